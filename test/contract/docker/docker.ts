/** What the tests look at in Docker itself. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import Docker from "dockerode";
import { extract } from "tar-stream";
import { isCheckName, partName } from "../../../stacks/docker/containers";
import type { Exec, Ran } from "../target";

/** The Docker daemon of this machine. */
export const docker = new Docker();

/** Run a command in a running container. */
export async function run(container: string, ...command: string[]): Promise<Ran> {
  const exec = await docker.getContainer(container).exec({
    Cmd: command,
    // A name that does not resolve is a matter of a second, not of ten.
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

/** The files below a path in a container, whether it has a shell or not, by their paths below it. */
export async function filesOf(container: string, path: string): Promise<Record<string, string>> {
  const archive = await docker.getContainer(container).getArchive({ path });
  const files: Record<string, string> = {};
  const unpack = extract();
  unpack.on("entry", ({ name, type }, stream, next) => {
    void text(stream).then((content) => {
      if (type === "file") files[name.includes("/") ? name.slice(name.indexOf("/") + 1) : name] = content;
      next();
    });
  });
  await pipeline(archive, unpack);
  return files;
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

/**
 * The containers of a project that run, by the names of their parts; without those that only show whether another one will do,
 * which end by themselves within seconds.
 */
export async function runningParts(project: string): Promise<Record<string, Docker.ContainerInspectInfo>> {
  const running = (await containersOf(project)).filter(({ State }) => State.Running);
  return Object.fromEntries(
    running
      .map((container) => [partName(container.Config.Labels), container] as const)
      .filter(([part]) => !isCheckName(part)),
  );
}

/** The IP addresses of a container on its networks. */
export function addressesOf(container: Docker.ContainerInspectInfo | undefined): string[] {
  return Object.values(container?.NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress);
}

/** As much of a network as the tests look at. */
export interface InspectedNetwork {
  /** By the ids of the containers that are connected. */
  Containers: Record<string, unknown>;
  Internal: boolean;
  IPAM: { Config: { Gateway?: string; Subnet?: string }[] };
}

/** A network by its name or id. */
export async function inspectNetwork(network: string): Promise<InspectedNetwork> {
  return (await docker.getNetwork(network).inspect()) as InspectedNetwork;
}

/**
 * Run something in a throw-away container of the test's own.
 *
 * @param project whose label it has, so that it goes with the other leftovers when the test is killed
 * @param image has Python
 * @param network its only one
 */
export async function inContainer<Result>(
  args: { project: string; image: string; network: string },
  use: (exec: Exec) => Promise<Result>,
): Promise<Result> {
  const container = await docker.createContainer({
    Image: args.image,
    Cmd: ["sleep", "60"],
    Labels: { "streamlit.project": args.project },
    HostConfig: { NetworkMode: args.network, AutoRemove: true, Init: true },
  });
  try {
    await container.start();
    return await use((...command) => run(container.id, ...command));
  } finally {
    await container.remove({ force: true });
  }
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
