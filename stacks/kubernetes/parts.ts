/** What the pods and the resources of a site on Kubernetes are, in the words of who wrote its spec. */
import type { StackResource } from "../operation/resource";
import { replicaName } from "../part-names";
import type { Part } from "../target";

/** What the names of pods follow from. */
export interface NamedPod {
  metadata?: {
    name?: string;
    labels?: Record<string, string>;
    creationTimestamp?: Date | string;
    deletionTimestamp?: Date | string;
  };
  status?: { phase?: string };
}

/** The part that an object belongs to by its labels: `gateway`, `oauth2-proxy`, `redis` or an app's name. */
export function partOfLabels(labels: Record<string, string> = {}): string | undefined {
  return labels["streamlit.part"] ?? labels["streamlit.app"];
}

/** The same as a spec has it: `app sales`. */
export function describedPart(labels: Record<string, string> = {}): string {
  const part = partOfLabels(labels) ?? "site";
  return labels["streamlit.app"] === undefined ? part : `app ${part}`;
}

/** Is a pod about to go, or has it ended for good? One of those does not count any more where replicas are counted. */
export function isLeaving({ metadata, status }: NamedPod): boolean {
  return (
    metadata?.deletionTimestamp !== undefined || status?.phase === "Failed" || status?.phase === "Succeeded"
  );
}

/**
 * The pods of a site by what they are called: `gateway`, `gateway.2` for its second replica, an app's name, `<app>.2` and so
 * on; the oldest first, those that are about to go behind all others.
 *
 * @param pods of one site; those that have no part of it are left out
 */
export function partNames<P extends NamedPod>(pods: readonly P[]): Map<string, P> {
  const parts = new Map<string, P[]>();
  for (const pod of pods) {
    const part = partOfLabels(pod.metadata?.labels);
    if (part !== undefined) parts.set(part, [...(parts.get(part) ?? []), pod]);
  }
  return new Map(
    [...parts].flatMap(([part, of]) =>
      of
        .map((pod) => [order(pod), pod] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, pod], index) => [replicaName(part, index), pod] as const),
    ),
  );
}

function order(pod: NamedPod): string {
  const { name = "", creationTimestamp } = pod.metadata ?? {};
  const created = creationTimestamp === undefined ? "" : new Date(creationTimestamp).toISOString();
  return `${isLeaving(pod) ? "1" : "0"} ${created} ${name}`;
}

/** What the types of the provider are called. */
const pieces: Record<string, string> = {
  Namespace: "namespace",
  ConfigMap: "settings",
  Secret: "secrets",
  Service: "service",
  ServiceAccount: "service account",
  PersistentVolumeClaim: "volume",
  Deployment: "deployment",
  StatefulSet: "deployment",
  NetworkPolicy: "network",
  Ingress: "ingress",
  PodDisruptionBudget: "disruption budget",
  HorizontalPodAutoscaler: "autoscaler",
  Certificate: "certificate",
  HTTPRoute: "route",
  TLSRoute: "route",
};

/** Those that take long, or matter by themselves. */
const shown = new Set(["Namespace", "Deployment", "StatefulSet", "Ingress", "PersistentVolumeClaim"]);

/** The kind of a resource of the provider: `Deployment` for `kubernetes:apps/v1:Deployment`; undefined for any other. */
export function kindOf(type: string): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":").at(-1) : undefined;
}

/** See `StackTarget.partOf`. */
export function partOf({ type, name, ancestors }: StackResource): Part {
  const kind = kindOf(type);
  const inside = (component: string): string | undefined =>
    ancestors.find((ancestor) => ancestor.type === `streamlit-site:index:Kubernetes${component}`)?.name;
  const site = inside("Site") ?? "";
  const withoutSite = (text: string): string =>
    site !== "" && text.startsWith(`${site}-`) ? text.slice(site.length + 1) : text;
  const app = inside("App");
  const part =
    app !== undefined
      ? `app ${withoutSite(app)}`
      : inside("Gateway") !== undefined
        ? "gateway"
        : inside("Oauth2Proxy") === undefined
          ? undefined
          : name.startsWith(`${site}-sign-in-redis`)
            ? "redis"
            : "oauth2-proxy";
  if (kind !== undefined) {
    const piece = pieces[kind] ?? kind;
    return { name: part ?? "site", piece, shown: shown.has(kind) };
  }
  if (type === "docker:index/image:Image" || type.startsWith("docker-build:"))
    return { name: part ?? "site", piece: "image", shown: true };
  if (type === "random:index/randomPassword:RandomPassword")
    return { name: part ?? "passwords", piece: "password", shown: false };
  if (type.startsWith("tls:")) return { name: part ?? "certificates", piece: "certificate", shown: false };
  return { name: part ?? "site", piece: "key", shown: false };
}
