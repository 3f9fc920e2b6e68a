/** The volumes of a stack's apps, which `down` keeps unless it is asked not to. */
import type { KeptVolume, StackName } from "../target";
import type { ClusterClient } from "./client";
import { pathOf } from "./kinds";
import { type KubernetesObject, nameOf, ofStack, type VolumeClaim } from "./objects";

/** The label of the volume of an app, and its two names; a label's value may have no slash. */
const volumeLabel = "streamlit.volume";

/** Is an object the volume claim of an app, with what people entrusted to it? */
export function isAppVolume({ metadata }: KubernetesObject): boolean {
  return metadata?.labels?.[volumeLabel] !== undefined;
}

/** The claims of a stack's apps, those of apps that the spec has no longer among them. */
export async function keptVolumes(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
): Promise<KeptVolume[]> {
  const claims = await cluster.list<VolumeClaim>(pathOf("v1", "PersistentVolumeClaim", namespace), {
    labelSelector: `${ofStack(name)},${volumeLabel}`,
  });
  return (
    claims
      // One that is about to go with its namespace is not kept.
      .filter((claim) => isAppVolume(claim) && claim.metadata?.deletionTimestamp === undefined)
      .map((claim) => {
        const { "streamlit.app": app = "", [volumeLabel]: volume = "" } = claim.metadata?.labels ?? {};
        return { volume: `${app}/${volume}`, name: nameOf(claim) };
      })
      .sort((a, b) => (a.volume < b.volume ? -1 : 1))
  );
}

/** See `StackTarget.removeVolumes`. */
export async function removeVolumes(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
): Promise<KeptVolume[]> {
  const volumes = await keptVolumes(cluster, namespace, name);
  for (const volume of volumes)
    await cluster.delete(pathOf("v1", "PersistentVolumeClaim", namespace, volume.name));
  return volumes;
}
