/** What a cluster knows of the parts of a site. */
import { replicaName } from "../part-names";
import type { Endpoint, PartStatus, StackName, TargetStatus } from "../target";
import type { ClusterClient } from "./client";
import { type ClusterEvent, type Pod, type Service, type VolumeClaim } from "./objects";
import { type Observed, observe } from "./observed";
import { isLeaving, partNames, partOfLabels } from "./parts";
import { podTrouble } from "./pods";
import { currentPods, isComplete, isOutdated, wantedReplicas, workloads, workloadTrouble } from "./troubles";

/** See `StackTarget.status`. */
export async function status(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
): Promise<TargetStatus> {
  const found = await observe(cluster, namespace, name);
  return { parts: partsOf(found), endpoints: endpointsOf(found), between };
}

const between =
  "something between this machine and the gateway is broken: a firewall before the nodes or the load balancer, or the cluster's own network; from another pod the gateway's Service can be tried";

/** Each pod, and what stands for those that cannot be made. */
export function partsOf(found: Observed): PartStatus[] {
  const named = [...partNames(found.pods)];
  return [
    ...named.map(([part, pod]) => toPart(part, pod, isReplaced(pod, found), found.events, found.claims)),
    ...workloads(found).flatMap((workload) => {
      const part = partOfLabels(workload.metadata?.labels);
      const there = currentPods(workload, found).length;
      const trouble = there < wantedReplicas(workload) ? workloadTrouble(workload, found) : undefined;
      if (part === undefined || !trouble) return [];
      const taken = named.filter(([, pod]) => partOfLabels(pod.metadata?.labels) === part).length;
      const { status: what, details } = trouble;
      const app = workload.metadata?.labels?.["streamlit.app"];
      return Array.from({ length: wantedReplicas(workload) - there }, (_, index) => ({
        part: replicaName(part, taken + index),
        ...(app !== undefined && { app }),
        state: "not made",
        restarts: 0,
        killedForMemory: false,
        image: workload.spec?.template.spec?.containers[0]?.image ?? "",
        old: false,
        reason: [what, ...details].join("; "),
      }));
    }),
  ];
}

/** Has a pod been replaced, by what is there and well, or is it about to go? */
function isReplaced(pod: Pod, found: Observed): boolean {
  if (isLeaving(pod)) return true;
  const workload = workloads(found).find(
    (one) => isOutdated(pod, one, found.replicaSets) && owns(one, pod, found),
  );
  return workload !== undefined && isComplete(workload);
}

function owns(workload: ReturnType<typeof workloads>[number], pod: Pod, { replicaSets }: Observed): boolean {
  const owners = pod.metadata?.ownerReferences ?? [];
  const { uid } = workload.metadata ?? {};
  return owners.some(
    (owner) =>
      owner.uid === uid ||
      replicaSets.some(
        ({ metadata }) =>
          metadata?.uid === owner.uid && (metadata.ownerReferences ?? []).some((above) => above.uid === uid),
      ),
  );
}

/**
 * What one pod is, as a part of the site.
 *
 * @param part its name
 * @param old whether another one has taken its place
 */
export function toPart(
  part: string,
  pod: Pod,
  old: boolean,
  events: readonly ClusterEvent[] = [],
  claims: readonly VolumeClaim[] = [],
): PartStatus {
  const containers = pod.status?.containerStatuses ?? [];
  const app = pod.metadata?.labels?.["streamlit.app"];
  const trouble = old ? undefined : podTrouble(pod, events, claims);
  const state = stateOf(pod);
  const isReady = pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
  const since = sinceWhen(pod);
  return {
    part,
    ...(app !== undefined && { app }),
    state,
    ...(state === "running" && {
      health: isReady
        ? "healthy"
        : containers.some(({ started }) => started === false)
          ? "starting"
          : "unhealthy",
    }),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    killedForMemory: containers.some(({ state: now, lastState }) =>
      [now?.terminated?.reason, lastState?.terminated?.reason].includes("OOMKilled"),
    ),
    image: imageOf(pod),
    old,
    ...(trouble && { reason: [trouble.status, ...trouble.details].join("; ") }),
  };
}

/** `running`, or the cluster's own word for what is in the way. */
function stateOf({ status, metadata }: Pod): string {
  const containers = status?.containerStatuses ?? [];
  const reasons = [...(status?.initContainerStatuses ?? []), ...containers].map(
    ({ state }) => state?.waiting?.reason ?? state?.terminated?.reason,
  );
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return status.reason ?? status.phase;
  if (containers.length > 0 && containers.every(({ state }) => state?.running)) return "running";
  if (metadata?.deletionTimestamp !== undefined) return "Terminating";
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return scheduled.reason ?? "Pending";
  const telling = reasons.filter((reason) => reason !== undefined && reason !== "Completed");
  return telling.find((reason) => reason !== "PodInitializing") ?? telling[0] ?? status?.phase ?? "Unknown";
}

/** Since when a pod's container runs, or does not. */
function sinceWhen({ status, metadata }: Pod): string | undefined {
  const [container] = status?.containerStatuses ?? [];
  return (
    container?.state?.running?.startedAt ??
    container?.state?.terminated?.finishedAt ??
    container?.lastState?.terminated?.finishedAt ??
    metadata?.creationTimestamp
  );
}

/** The name of the image that was asked for, and its short id. */
function imageOf({ spec, status }: Pod): string {
  const asked = spec?.containers[0]?.image ?? "";
  const digest = /sha256:([0-9a-f]{12})/.exec(status?.containerStatuses?.[0]?.imageID ?? "")?.[1];
  const name = asked.replace(/@sha256:[0-9a-f]+$/, "");
  return [name, digest].filter((text) => text !== undefined && text !== "").join(" ");
}

/** Where the gateway is reached; nothing while none of its pods is ready. */
export function endpointsOf({ pods, services, ingresses }: Observed): Endpoint[] {
  const gateways = pods.filter(
    (pod) =>
      pod.metadata?.labels?.["streamlit.part"] === "gateway" &&
      !isLeaving(pod) &&
      pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
  );
  if (gateways.length === 0) return [];
  const own = services
    .filter(({ metadata }) => metadata?.labels?.["streamlit.part"] === "gateway")
    .flatMap((service) => serviceEndpoints(service, gateways));
  const outside = ingresses.flatMap(({ spec, status }) =>
    (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => {
      const address = ip ?? hostname;
      if (address === undefined) return [];
      return (spec?.tls ?? []).length > 0
        ? [
            { protocol: "https" as const, address, port: 443 },
            { protocol: "http" as const, address, port: 80 },
          ]
        : [{ protocol: "http" as const, address, port: 80 }];
    }),
  );
  return [...own, ...outside];
}

function serviceEndpoints({ spec, status }: Service, gateways: readonly Pod[]): Endpoint[] {
  const ports = (["https", "http"] as const).flatMap((protocol) =>
    (spec?.ports ?? [])
      .filter(({ name }) => name === protocol)
      .map(({ port, nodePort }) => ({ protocol, port, nodePort })),
  );
  if (spec?.type === "LoadBalancer")
    return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => {
      const address = ip ?? hostname;
      return address === undefined ? [] : ports.map(({ protocol, port }) => ({ protocol, address, port }));
    });
  if (spec?.type !== "NodePort") return [];
  // The nodes themselves are the cluster's, and whoever has rights in one namespace may not list them.
  const address = gateways.map((pod) => pod.status?.hostIP).find((ip) => ip !== undefined);
  return address === undefined
    ? []
    : ports.flatMap(({ protocol, nodePort }) =>
        nodePort === undefined ? [] : [{ protocol, address, port: nodePort }],
      );
}
