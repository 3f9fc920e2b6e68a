/** The volumes of a stack's apps, which `down` keeps unless it is asked not to. */
import Docker from "dockerode";
import type { KeptVolume } from "../target";

/** The label of an app's volume, `<app>/<volume>`. */
export const volumeLabel = "streamlit.volume";

/**
 * The volumes of a stack's apps that are on this machine, those of apps that the spec has no longer among them.
 *
 * @param project the name of the Pulumi project
 * @param stack the name of the stack
 */
export async function keptVolumes(project: string, stack: string): Promise<KeptVolume[]> {
  const filters = JSON.stringify({
    label: [`streamlit.project=${project}`, `streamlit.stack=${stack}`, volumeLabel],
  });
  const { Volumes } = await new Docker().listVolumes({ filters });
  return Volumes.map(({ Name, Labels }) => ({ volume: Labels[volumeLabel] ?? "", name: Name })).sort(
    (a, b) => (a.volume < b.volume ? -1 : 1),
  );
}

/**
 * Remove the volumes of a stack's apps, and with them all that the apps kept there.
 *
 * @param project the name of the Pulumi project
 * @param stack the name of a stack that was destroyed: a volume that a container has is not removed
 * @returns those that were removed
 */
export async function removeVolumes(project: string, stack: string): Promise<KeptVolume[]> {
  const docker = new Docker();
  const volumes = await keptVolumes(project, stack);
  for (const { name } of volumes) await docker.getVolume(name).remove();
  return volumes;
}
