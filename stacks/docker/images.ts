/** The images that were built for a stack. What they were built from is no matter of it. */
import Docker from "dockerode";
import type { StackName } from "../target";
import { ofStack } from "./containers";

/**
 * How the names of a stack's images begin: `<project>/<stack>-<site>-`. The program of a stack calls its site so.
 *
 * Not `<project>/<stack>-` alone: that is also how those of a stack `<stack>-two` begin.
 */
const prefix = (project: string, stack: string): string => `${project}/${stack}-site-`.toLowerCase();

/** The names of the images that were built for a stack. */
export async function stackImages(docker: Docker, project: string, stack: string): Promise<string[]> {
  const start = prefix(project, stack);
  const images = await docker.listImages({ filters: JSON.stringify({ reference: [`${start}*`] }) });
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.startsWith(start));
}

/** The ids of the images that a stack has: those built for it, and those that its containers are made of. */
async function usedImages(docker: Docker, { project, stack }: StackName): Promise<Set<string>> {
  const start = prefix(project, stack);
  const [images, containers] = await Promise.all([
    docker.listImages({ filters: JSON.stringify({ reference: [`${start}*`] }) }),
    docker.listContainers({ all: true, filters: ofStack(project, stack) }),
  ]);
  return new Set([...images.map(({ Id }) => Id), ...containers.map(({ ImageID }) => ImageID)]);
}

/** See `StackTarget.oldBuilds`. */
export async function oldBuilds(name: StackName): Promise<() => Promise<void>> {
  const docker = new Docker();
  const before = await usedImages(docker, name);
  return async () => {
    const containers = await docker.listContainers({ all: true });
    const inUse = new Set(containers.map(({ ImageID }) => ImageID));
    const start = prefix(name.project, name.stack);
    const ownApps = new Set(
      containers
        .filter(({ Labels }) => isOfStack(Labels, name))
        .map(({ Labels }) => `${start}${Labels["streamlit.app"] ?? ""}:latest`),
    );
    const images = await docker.listImages();
    for (const { Id, RepoTags, RepoDigests } of images) {
      const names = (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
      // An app that is no longer there leaves its image with its name; one name of several, when another app has the same content.
      const left = (tag: string): boolean => !inUse.has(Id) || (names.length > 1 && !ownApps.has(tag));
      for (const tag of names.filter((tag) => tag.startsWith(start) && left(tag)))
        await removeImage(docker, tag);
      if (inUse.has(Id)) continue;
      const pulled = (RepoDigests ?? []).some((digest) => !digest.startsWith("<none>"));
      // A build of before has lost its name to the one after it. What was pulled is not ours to remove.
      if (before.has(Id) && names.length === 0 && !pulled) await removeImage(docker, Id);
    }
  };
}

function isOfStack(labels: Record<string, string>, { project, stack }: StackName): boolean {
  return labels["streamlit.project"] === project && labels["streamlit.stack"] === stack;
}

/** Removes an image unless somebody uses it, or it has gone. */
async function removeImage(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getImage(name).remove();
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
