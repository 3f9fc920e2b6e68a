/** What is on Docker of a stack, by its labels, whether any state knows of it or not. */
import Docker from "dockerode";
import type { Leftover, Log, StackName } from "../target";
import { ofStack } from "./containers";
import { stackImages } from "./images";
import { volumeLabel } from "./volumes";

/** See `StackTarget.leftovers`. */
export async function leftovers({ project, stack }: StackName, data: boolean): Promise<Leftover[]> {
  const docker = new Docker();
  const filters = ofStack(project, stack);
  const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    stackImages(docker, project, stack),
  ]);
  return [
    ...containers.map(({ Names: [name = ""] }) => ({ kind: "container" as const, name: name.slice(1) })),
    ...networks.map(({ Name }) => ({ kind: "network" as const, name: Name })),
    ...volumes
      .filter(({ Labels }) => data || (Labels as Record<string, string> | null)?.[volumeLabel] === undefined)
      .map(({ Name }) => ({ kind: "volume" as const, name: Name })),
    ...images.map((name) => ({ kind: "image" as const, name })),
  ];
}

/** See `StackTarget.removeLeftovers`. */
export async function removeLeftovers(found: readonly Leftover[], log: Log): Promise<boolean> {
  const docker = new Docker();
  let all = true;
  // In their order: what is used goes after who uses it.
  for (const { kind, name } of found)
    try {
      if (kind === "container") await docker.getContainer(name).remove({ force: true, v: true });
      else if (kind === "network") await docker.getNetwork(name).remove();
      else if (kind === "volume") await docker.getVolume(name).remove();
      else await docker.getImage(name).remove();
    } catch (error) {
      const { statusCode, message } = error as { statusCode?: number; message: string };
      if (statusCode === 404) continue;
      all = false;
      log(`the ${kind} ${name} stays: ${message}`);
    }
  return all;
}
