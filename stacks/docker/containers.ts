/** The containers of a stack, by the labels that the components give them. */
import Docker from "dockerode";
import type { Failure, StackName } from "../target";
import { UserError } from "../workspace";

const filters = (project: string, stack: string): string =>
  JSON.stringify({ label: [`streamlit.project=${project}`, `streamlit.stack=${stack}`] });

/**
 * What a container is called by its labels: `gateway`, `oauth2-proxy`, `redis`, an app's name for its first replica,
 * `<app>.2` for the second, or `<app>.drain` for what waits until nobody has an old one open.
 */
export function partName(labels: Record<string, string>): string {
  return labels["streamlit.part"] ?? labels["streamlit.app"] ?? "gateway";
}

/**
 * The containers of a stack that run or are meant to, newest first.
 *
 * @throws {@link UserError} when the daemon does not answer
 */
export async function partContainers({ project, stack }: StackName): Promise<Docker.ContainerInfo[]> {
  const containers = await new Docker()
    .listContainers({ all: true, filters: filters(project, stack) })
    .catch((error: unknown) => {
      throw new UserError(
        `the Docker daemon does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  return (
    containers
      // A container that only carries files is never started, and is on no network.
      .filter(({ HostConfig }) => HostConfig.NetworkMode !== "none")
      .sort((a, b) => b.Created - a.Created)
  );
}

/**
 * The containers of a stack that should run and do not, or are not healthy; each part as {@link partName} gives it.
 *
 * @param lines how many lines of each one's log
 */
export async function failedContainers(project: string, stack: string, lines: number): Promise<Failure[]> {
  const docker = new Docker();
  const containers = await docker.listContainers({ all: true, filters: filters(project, stack) });
  // A container that only carries files is never started and stays "created".
  const failed = containers.filter(
    ({ State, Status }) => State !== "created" && (State !== "running" || !Status.includes("(healthy)")),
  );
  return Promise.all(
    failed.map(async ({ Id, Labels, Status }) => {
      const output = await docker.getContainer(Id).logs({ stdout: true, stderr: true, tail: lines });
      return { part: partName(Labels), status: Status, log: withoutHeaders(output) };
    }),
  );
}

/** Docker's log stream puts eight bytes, the last four of them the length, before each piece of text. */
function withoutHeaders(stream: Buffer): string {
  const pieces: string[] = [];
  for (let at = 0; at + 8 <= stream.length;) {
    const length = stream.readUInt32BE(at + 4);
    pieces.push(stream.toString("utf8", at + 8, at + 8 + length));
    at += 8 + length;
  }
  return pieces.join("");
}

/** Remove the images that were built for a stack. What they were built from, and what another stack uses, stays. */
export async function removeImages(project: string, stack: string): Promise<void> {
  const docker = new Docker();
  const reference = `${project}/${stack}-*`;
  const images = await docker.listImages({ filters: JSON.stringify({ reference: [reference] }) });
  // By name, not by id: an image that has another name keeps it.
  for (const name of images.flatMap(({ RepoTags }) => RepoTags ?? []))
    if (name.startsWith(`${project}/${stack}-`)) await docker.getImage(name).remove();
}
