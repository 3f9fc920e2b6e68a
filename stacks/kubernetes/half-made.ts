/** What a command that was killed in the middle leaves in a cluster. */
import type { PendingOperation } from "../state";
import type { StackName } from "../target";
import type { ClusterClient } from "./client";
import { kindOfType, pathOf } from "./kinds";
import type { KubernetesObject } from "./objects";
import { isOfStack, untilGone } from "./leftovers";
import { isAppVolume } from "./volumes";

/**
 * Remove what was being created. Its name is in the program, so an object of that name is of this stack when it has its labels;
 * anything else was there before, and stays. A volume of an app stays as well: it may be one that an earlier site left.
 *
 * @param pending what the engine wrote down before it began
 */
export async function removeHalfMade(
  cluster: ClusterClient,
  name: StackName,
  pending: readonly PendingOperation[],
): Promise<void> {
  for (const { type, resource } of pending) {
    const path = type === "creating" ? objectPath(resource) : undefined;
    if (path === undefined) continue;
    const found = await cluster.find<KubernetesObject>(path);
    if (!found || !isOfStack(found, name) || isAppVolume(found)) continue;
    await cluster.delete(path);
    // A name that is about to go cannot be had again.
    await untilGone(cluster, path);
  }
}

/** Where the object of a resource is; undefined when it is none of a cluster, or its name is not known. */
export function objectPath({ type, inputs }: PendingOperation["resource"]): string | undefined {
  const kind = kindOfType(type);
  const { name, namespace } = (inputs?.metadata ?? {}) as { name?: unknown; namespace?: unknown };
  if (!kind || typeof name !== "string") return undefined;
  if (kind.kind === "Namespace") return pathOf("v1", "Namespace", undefined, name);
  return typeof namespace === "string" ? pathOf(kind.apiVersion, kind.kind, namespace, name) : undefined;
}
