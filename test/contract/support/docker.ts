/** What the tests look at in Docker itself. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";

export const docker = new Docker();

/** How a command in a container ended. */
export interface Ran {
  code: number;
  output: string;
}

/** Run a command in a running container. */
export async function run(container: string, ...command: string[]): Promise<Ran> {
  const exec = await docker.getContainer(container).exec({
    Cmd: command,
    // A name that nobody knows is a matter of a second, not of ten.
    Env: ["RES_OPTIONS=timeout:1 attempts:1"],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  const both = new PassThrough();
  docker.modem.demuxStream(stream, both, both);
  stream.on("end", () => both.end());
  const output = await text(both);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? -1, output };
}

/** Run Python in a running container. */
export function python(container: string, ...lines: string[]): Promise<Ran> {
  return run(container, "python3", "-c", lines.join("\n"));
}

/** A container's whole log. */
export async function log(container: string): Promise<string> {
  const stream = await docker.getContainer(container).logs({ stdout: true, stderr: true });
  return stream.toString("utf8");
}

/** Every container of a project, running or not. */
export async function containersOf(project: string): Promise<Docker.ContainerInspectInfo[]> {
  const list = await docker.listContainers({ all: true, filters: filter(project) });
  return Promise.all(list.map(({ Id }) => docker.getContainer(Id).inspect()));
}

/** What a project has on the machine. */
export type Census = Record<"containers" | "networks" | "volumes" | "images", number>;

/** How many containers, networks, volumes and built images a project has on the machine. */
export async function census(project: string): Promise<Census> {
  const filters = filter(project);
  const [containers, networks, volumes, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    docker.listImages({ filters: JSON.stringify({ reference: [`${project}/*`] }) }),
  ]);
  return {
    containers: containers.length,
    networks: networks.length,
    volumes: volumes.Volumes.length,
    images: images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`${project}/`))
      .length,
  };
}

const filter = (project: string): string => JSON.stringify({ label: [`streamlit.project=${project}`] });
