/** Where the API server has the objects of a site. */

/** The kinds that a site can consist of, in the order in which they can be removed: what leads to something goes before it. */
export const siteKinds: readonly { apiVersion: string; kind: string }[] = [
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
  { apiVersion: "gateway.networking.k8s.io/v1alpha2", kind: "TLSRoute" },
  { apiVersion: "gateway.networking.k8s.io/v1alpha3", kind: "TLSRoute" },
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "cert-manager.io/v1", kind: "Certificate" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
];

/**
 * The path of the objects of a kind, or of one of them.
 *
 * @param apiVersion for instance `v1` or `apps/v1`
 * @param kind for instance `Deployment`
 * @param namespace absent for what belongs to the cluster
 * @param name absent for all of them
 */
export function pathOf(apiVersion: string, kind: string, namespace?: string, name?: string): string {
  return [
    apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    plural(kind.toLowerCase()),
    ...(name === undefined ? [] : [name]),
  ].join("/");
}

/** The plural of a word, as the API server forms it. */
export function plural(word: string): string {
  if (word.endsWith("s")) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/**
 * What the provider's resource of a type is in the cluster.
 *
 * @param type for instance `kubernetes:core/v1:ConfigMap`
 * @returns undefined when it is none of this provider
 */
export function kindOfType(type: string): { apiVersion: string; kind: string } | undefined {
  const [provider, group, kind] = type.split(":");
  if (provider !== "kubernetes" || group === undefined || kind === undefined) return undefined;
  return { apiVersion: group.replace(/^core\//, ""), kind };
}
