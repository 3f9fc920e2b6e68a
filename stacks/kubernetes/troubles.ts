/** What of a site does not do its work, and why. */
import {
  type ClusterEvent,
  type Deployment,
  eventsAbout,
  lastMessage,
  nameOf,
  type Pod,
  referenceTo,
  type ReplicaSet,
  type Service,
  type StatefulSet,
} from "./objects";
import type { Observed } from "./observed";
import { describedPart, isLeaving } from "./parts";
import { claimText, podTrouble, type PodTrouble } from "./pods";

/** What is wrong with an object of a site. */
export interface Trouble extends Omit<PodTrouble, "log"> {
  /** What it is called in the spec, for instance `app sales`. */
  part: string;
  /** The object, for instance `Deployment/site-sales`. */
  resource: string;
  /** What cannot get well before it does: the Services that lead to its pods. */
  blocks: string[];
  /** The log that tells more. */
  log?: { pod: string; container: string; previous: boolean };
}

/** What makes pods. */
export type Workload = ({ kind: "Deployment" } & Deployment) | ({ kind: "StatefulSet" } & StatefulSet);

/** The Deployments and StatefulSets that were found. A list's items do not say their kind. */
export function workloads({ deployments, statefulSets }: Observed): Workload[] {
  return [
    ...deployments.map((deployment) => ({ ...deployment, kind: "Deployment" as const })),
    ...statefulSets.map((set) => ({ ...set, kind: "StatefulSet" as const })),
  ];
}

/** Everything that is wrong with what was found of a site. */
export function troubles(found: Observed): Trouble[] {
  return [
    ...workloads(found).flatMap((workload) => workloadTrouble(workload, found) ?? []),
    ...claimTroubles(found),
    ...ingressTroubles(found),
    ...serviceTroubles(found),
  ];
}

/** How many pods a workload is to have. */
export function wantedReplicas({ spec }: Workload): number {
  return spec?.replicas ?? 1;
}

/** What is wrong with a workload, or undefined when it has all its pods in their newest version. */
export function workloadTrouble(workload: Workload, found: Observed): Trouble | undefined {
  if (isComplete(workload)) return undefined;
  const pods = currentPods(workload, found);
  const worst = pods
    .map((pod) => ({ pod, trouble: podTrouble(pod, found.events, found.claims) }))
    .filter((one): one is { pod: Pod; trouble: PodTrouble } => one.trouble !== undefined)
    .sort((a, b) => weight(b.trouble) - weight(a.trouble))[0];
  const about = {
    part: describedPart(workload.metadata?.labels),
    resource: referenceTo(workload.kind, workload),
    blocks: servicesOf(workload, found.services),
  };
  const refused = pods.length < wantedReplicas(workload) ? refusal(workload, found) : undefined;
  // What keeps a pod from being made matters more than that another one is not ready yet.
  if (refused && (!worst || weight(worst.trouble) < 2)) return { ...about, ...refused };
  if (!worst)
    return {
      ...about,
      status:
        pods.length === 0 ? "its pods are not made yet" : "its pods have not been ready for long enough yet",
      details: [],
      hopeless: false,
    };
  const { log, ...trouble } = worst.trouble;
  return { ...about, ...trouble, ...(log && { log: { pod: nameOf(worst.pod), ...log } }) };
}

function weight({ hopeless, log, details }: PodTrouble): number {
  return (hopeless ? 4 : 0) + (log ? 2 : 0) + (details.length > 0 ? 1 : 0);
}

/** Does everything of a workload run in its newest version? */
export function isComplete(workload: Workload): boolean {
  const { metadata, status } = workload;
  const wanted = wantedReplicas(workload);
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return false;
  const updated = status?.updatedReplicas ?? 0;
  if (workload.kind === "Deployment")
    return updated >= wanted && (workload.status?.availableReplicas ?? 0) >= wanted;
  const isRolled =
    workload.status?.updateRevision === undefined ||
    workload.status.currentRevision === workload.status.updateRevision ||
    updated >= wanted;
  return isRolled && (workload.status?.readyReplicas ?? 0) >= wanted;
}

/** The pods of a workload's newest version that are not about to go. */
export function currentPods(workload: Workload, found: Pick<Observed, "pods" | "replicaSets">): Pod[] {
  return ownPods(workload, found).filter(
    (pod) => !isLeaving(pod) && !isOutdated(pod, workload, found.replicaSets),
  );
}

/** The pods of a workload, of any version. */
function ownPods(workload: Workload, { pods, replicaSets }: Pick<Observed, "pods" | "replicaSets">): Pod[] {
  const owners = new Set([
    workload.metadata?.uid,
    ...replicaSetsOf(workload, replicaSets).map(({ metadata }) => metadata?.uid),
  ]);
  const known = pods.filter(({ metadata }) =>
    (metadata?.ownerReferences ?? []).some(({ uid }) => owners.has(uid)),
  );
  if (known.length > 0 || replicaSets.length > 0 || workload.kind === "StatefulSet") return known;
  // Where the ReplicaSets may not be read, the labels have to do.
  const selector = Object.entries(workload.spec?.selector.matchLabels ?? {});
  return pods.filter(({ metadata }) => selector.every(([key, value]) => metadata?.labels?.[key] === value));
}

/** Is a pod of an earlier version of its workload? */
export function isOutdated(pod: Pod, workload: Workload, replicaSets: readonly ReplicaSet[]): boolean {
  if (workload.kind === "StatefulSet") {
    const revision = pod.metadata?.labels?.["controller-revision-hash"];
    const newest = workload.status?.updateRevision;
    return revision !== undefined && newest !== undefined && newest !== "" && revision !== newest;
  }
  const newest = newestReplicaSet(workload, replicaSets);
  const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === "ReplicaSet");
  return newest !== undefined && owner !== undefined && owner.uid !== newest.metadata?.uid;
}

function replicaSetsOf(workload: Workload, replicaSets: readonly ReplicaSet[]): ReplicaSet[] {
  return replicaSets.filter(({ metadata }) =>
    (metadata?.ownerReferences ?? []).some(({ uid }) => uid === workload.metadata?.uid),
  );
}

function newestReplicaSet(workload: Workload, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const revision = ({ metadata }: ReplicaSet): number =>
    Number(metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  return replicaSetsOf(workload, replicaSets).sort((a, b) => revision(b) - revision(a))[0];
}

/** What the API server says when a controller may not make a pod. */
function refusal(
  workload: Workload,
  found: Observed,
): Omit<Trouble, "part" | "resource" | "blocks"> | undefined {
  const maker = workload.kind === "StatefulSet" ? workload : newestReplicaSet(workload, found.replicaSets);
  const condition = (object: {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
  }) =>
    object.status?.conditions?.find(({ type, status }) => type === "ReplicaFailure" && status === "True")
      ?.message;
  const message =
    (maker && condition(maker)) ??
    condition(workload) ??
    (maker && lastMessage(eventsAbout(found.events, maker), "FailedCreate"));
  if (message === undefined) return undefined;
  return refusedPod(message, found.pods);
}

/** The API server's reason for not making a pod, in words. */
export function refusedPod(
  message: string,
  pods: readonly Pod[] = [],
): Pick<Trouble, "status" | "details" | "hopeless"> {
  const reason = message.trim().replace(/^(Error creating: )?(pods "[^"]*" is forbidden: )?/, "");
  const quota = /exceeded quota: ([^,]+), (requested: .*)$/s.exec(reason);
  if (quota) {
    const [, name = "", numbers = ""] = quota;
    return {
      status: `the ResourceQuota ${name} of its namespace leaves no room for its pod`,
      details: [numbers],
      // What is about to go makes room.
      hopeless: !pods.some(isLeaving),
    };
  }
  const level = /violates PodSecurity "([^"]+)": (.*)$/s.exec(reason);
  if (level)
    return {
      status: `its namespace's Pod Security level (${level[1] ?? ""}) does not let its pod in`,
      details: [level[2] ?? ""],
      hopeless: true,
    };
  return {
    status: "its pod cannot be made",
    details: [reason],
    hopeless: /maximum .* usage per|minimum .* usage per|must specify|is invalid/.test(reason),
  };
}

function servicesOf({ spec }: Workload, services: readonly Service[]): string[] {
  const labels = spec?.template.metadata?.labels ?? {};
  return services
    .filter((service) => {
      const selector = Object.entries(service.spec?.selector ?? {});
      return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
    })
    .map((service) => referenceTo("Service", service));
}

/** A claim that waits for its first pod is in no trouble by that. */
function claimTroubles({ claims, events, pods }: Observed): Trouble[] {
  return claims
    .filter(({ status }) => status?.phase === "Pending" || status?.phase === "Lost")
    .filter((claim) => {
      const said = eventsAbout(events, claim).at(-1)?.reason;
      return said !== undefined && said !== "WaitForFirstConsumer" && said !== "WaitForPodScheduled";
    })
    .filter((claim) => !pods.some((pod) => mounts(pod, claim)))
    .map((claim) => ({
      part: describedPart(claim.metadata?.labels),
      resource: referenceTo("PersistentVolumeClaim", claim),
      blocks: [],
      status: claimText(claim, events),
      details: [],
      hopeless: false,
    }));
}

function mounts({ spec }: Pod, claim: { metadata?: { name?: string } }): boolean {
  return (spec?.volumes ?? []).some(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === nameOf(claim),
  );
}

function ingressTroubles({ ingresses, ingressClasses, events }: Observed): Trouble[] {
  return ingresses
    .filter(({ status }) => (status?.loadBalancer?.ingress ?? []).length === 0)
    .map((ingress) => {
      const about = {
        part: describedPart(ingress.metadata?.labels),
        resource: referenceTo("Ingress", ingress),
        blocks: [],
      };
      const wanted = ingress.spec?.ingressClassName;
      if (ingressClasses && wanted !== undefined && !ingressClasses.includes(wanted))
        return {
          ...about,
          status: `the cluster has no IngressClass ${wanted}, so nobody serves the Ingress`,
          details: [
            ingressClasses.length === 0
              ? "it has none at all: install an ingress controller, or choose another key of expose"
              : `there are ${ingressClasses.join(", ")}`,
          ],
          hopeless: true,
        };
      return {
        ...about,
        status: "no ingress controller has given the Ingress an address",
        details: lastWarnings(events, ingress),
        hopeless: false,
      };
    });
}

function serviceTroubles({ services, events }: Observed): Trouble[] {
  return services
    .filter(
      ({ spec, status }) =>
        spec?.type === "LoadBalancer" && (status?.loadBalancer?.ingress ?? []).length === 0,
    )
    .map((service) => ({
      part: describedPart(service.metadata?.labels),
      resource: referenceTo("Service", service),
      blocks: [],
      status: "no load balancer has given the Service an address",
      details: [
        ...lastWarnings(events, service),
        "a cluster that nothing provides load balancers for needs another key of expose, for instance nodePort",
      ],
      hopeless: false,
    }));
}

function lastWarnings(events: readonly ClusterEvent[], object: { metadata?: { uid?: string } }): string[] {
  const warning = eventsAbout(events, object)
    .filter(({ type }) => type === "Warning")
    .at(-1)?.message;
  return warning === undefined ? [] : [warning.trim()];
}
