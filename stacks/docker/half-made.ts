/** What a command that was killed in the middle leaves on Docker. */
import Docker from "dockerode";
import type { PendingOperation } from "../state";
import { volumeLabel } from "./volumes";

/**
 * Remove what was being created. The names of containers, networks and volumes are given by Pulumi, so what is there by
 * such a name is of this stack. A volume of an app stays: its name is always the same, and it may be one that an earlier site
 * left, with what people entrusted to it. The next `up` takes it as it is.
 *
 * @param pending what the engine wrote down before it began
 */
export async function removeHalfMade(pending: readonly PendingOperation[]): Promise<void> {
  const docker = new Docker();
  for (const { type, resource } of pending) {
    const name = resource.inputs?.name;
    if (type !== "creating" || typeof name !== "string" || isAppVolume(resource)) continue;
    const remove = {
      "docker:index/container:Container": () => docker.getContainer(name).remove({ force: true }),
      "docker:index/network:Network": () => docker.getNetwork(name).remove(),
      "docker:index/volume:Volume": () => docker.getVolume(name).remove({ force: true }),
    }[resource.type];
    await remove?.().catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    });
  }
}

function isAppVolume({ inputs }: PendingOperation["resource"]): boolean {
  const labels = inputs?.labels;
  return (
    Array.isArray(labels) && (labels as { label?: unknown }[]).some(({ label }) => label === volumeLabel)
  );
}
