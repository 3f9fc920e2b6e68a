/** The containers and images of a stack, by the labels and names that the components give them. */
import Docker from "dockerode";
import type { Failure, StackName } from "../target";
import { UserError } from "../workspace";

/** The filter of Docker's lists for what belongs to a stack. */
export const ofStack = (project: string, stack: string): string =>
  JSON.stringify({ label: [`streamlit.project=${project}`, `streamlit.stack=${stack}`] });

/**
 * What a container is called by its labels: `gateway`, `oauth2-proxy`, `redis`, an app's name for its first replica,
 * `<app>.2` for the second, `<app>.drain` for what waits until nobody has an old one open, `<app>.egress` for what has the way out
 * of an app with `egressTo` and `<app>.egress-<host>` for what has the name of such a host, or `<part>.check` for what shows
 * before a part is replaced, or an app takes visits, that it will do.
 */
export function partName(labels: Record<string, string>): string {
  return labels["streamlit.part"] ?? labels["streamlit.app"] ?? "gateway";
}

/** Is a part of this name one that only shows whether another one will do? A host that an app may reach can be called so, too. */
export function isCheckName(part: string): boolean {
  return /^[^.]+\.check$/.test(part);
}

/** How often a container is started over before it counts as one that will not come up. */
const hopelessRestarts = 3;

/**
 * The containers of a stack that run or are meant to, newest first. A check is among them only when it has failed: it ends by
 * itself and has nothing more to say.
 *
 * @throws {@link UserError} when the daemon does not answer
 */
export async function partContainers({ project, stack }: StackName): Promise<Docker.ContainerInfo[]> {
  const containers = await new Docker()
    .listContainers({ all: true, filters: ofStack(project, stack) })
    .catch((error: unknown) => {
      throw new UserError(
        `the Docker daemon does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  return (
    containers
      // A container that only carries files is never started, and is on no network.
      .filter(({ HostConfig }) => HostConfig.NetworkMode !== "none")
      .filter(({ Labels, State, Status }) => {
        const wellSoFar = State === "running" || Status.startsWith("Exited (0)");
        return !(isCheckName(partName(Labels)) && wellSoFar);
      })
      .sort((a, b) => b.Created - a.Created)
  );
}

/**
 * The containers of a stack that should run and do not, or are not healthy; and with a check that failed, the container that it
 * looked at, however well that one is at the moment.
 *
 * @param lines how many lines of each one's log
 * @param only the names of the containers that are looked at. @default all
 */
export async function failedContainers(
  project: string,
  stack: string,
  lines: number,
  only?: readonly string[],
): Promise<Failure[]> {
  const docker = new Docker();
  const containers = await docker.listContainers({ all: true, filters: ofStack(project, stack) });
  const inspected = await Promise.all(
    // One may have gone meanwhile.
    containers.map(({ Id }) => docker.getContainer(Id).inspect().catch(ifGone)),
  );
  const failures = await Promise.all(
    troubles(inspected.flat(), only).map(async ({ container, trouble }) => {
      const output = await docker
        .getContainer(container.Id)
        .logs({ stdout: true, stderr: true, tail: lines })
        .catch(ifGone);
      const log = output instanceof Buffer ? withoutHeaders(output).trimEnd() : "";
      return { ...trouble, resource: nameOf(container), log };
    }),
  );
  return failures;
}

function nameOf({ Name }: { Name: string }): string {
  return Name.replace(/^\//, "");
}

/** What is wrong with a container. */
export type Trouble = Omit<Failure, "resource" | "log">;

/**
 * What is wrong with which containers.
 *
 * @param containers all of a stack
 * @param only the names of those that are looked at. @default all
 */
export function troubles<Container extends Inspected & { Id: string; Name: string }>(
  containers: readonly Container[],
  only?: readonly string[],
): { container: Container; trouble: Trouble }[] {
  const found = containers
    .filter((container) => only === undefined || only.includes(nameOf(container)))
    .flatMap((container) => {
      const trouble = troubleOf(container);
      return trouble ? [{ container, trouble }] : [];
    });
  const lookedAt = found
    .filter(({ container }) => isCheck(container))
    .map(({ container }) => container.HostConfig.NetworkMode?.replace(/^container:/, ""));
  const known = new Set(found.map(({ container }) => container.Id));
  const refused = containers
    .filter(({ Id }) => lookedAt.includes(Id) && !known.has(Id))
    .map((container) => ({
      container,
      trouble: {
        part: describedPart(container.Config.Labels),
        status: "its container was healthy and did not go on answering",
        details: [],
        hopeless: true,
      },
    }));
  return [...found, ...refused];
}

function ifGone(error: unknown): never[] {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 404 || statusCode === 409) return [];
  throw error;
}

/** What of a container's state tells whether it does its work. */
export type Inspected = Pick<Docker.ContainerInspectInfo, "State" | "RestartCount"> & {
  Config: Pick<Docker.ContainerInspectInfo["Config"], "Labels">;
  HostConfig: Pick<Docker.ContainerInspectInfo["HostConfig"], "Memory" | "NetworkMode">;
};

/** A container that only shows whether something works, and ends. */
function isCheck({ Config }: Pick<Inspected, "Config">): boolean {
  return isCheckName(partName(Config.Labels));
}

function describedPart(labels: Record<string, string>): string {
  const name = partName(labels);
  return labels["streamlit.app"] === undefined ? name : `app ${name}`;
}

/** What is wrong with a container, or undefined if nothing is. */
export function troubleOf(container: Inspected): Trouble | undefined {
  const { State: state, RestartCount: restarts, Config, HostConfig } = container;
  // A container that only carries files is never started.
  if (state.Status === "created" && state.Error === "") return undefined;
  const part = describedPart(Config.Labels);
  const health = state.Health;
  // A check ends by itself, and has found nothing wrong when it ends well; Docker calls it unhealthy from then on.
  if (isCheck(container) && (state.Running ? health?.Status !== "unhealthy" : state.ExitCode === 0))
    return undefined;
  const lastCheck = health?.Log.at(-1)?.Output.trim();
  const details = [
    ...(state.OOMKilled
      ? [`it was killed for want of memory (limit ${(HostConfig.Memory ?? 0) / 1024 ** 2} MiB)`]
      : []),
    ...(state.Error === "" ? [] : [state.Error]),
    ...(lastCheck ? [`its last health check said: ${lastCheck}`] : []),
  ];
  const over = restarts === 1 ? "once" : `${restarts} times`;
  const trouble = (status: string, hopeless: boolean): Trouble => ({
    part,
    status,
    details,
    hopeless,
  });
  if (state.Restarting || (restarts > 0 && health?.Status !== "healthy"))
    return trouble(
      `its container keeps exiting (exit code ${state.ExitCode}, started over ${over})`,
      restarts >= hopelessRestarts,
    );
  if (!state.Running) return trouble(`its container has exited (exit code ${state.ExitCode})`, true);
  if (health?.Status === "unhealthy") return trouble("its container is not healthy", false);
  if (health?.Status === "starting")
    return trouble("its container has not passed its health check yet", false);
  return undefined;
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
