/** When an object counts as ready: as the official plugin has it (`provider/pkg/await`). */
import type { KubernetesObject } from "@kubernetes/client-node";

import type { Cluster } from "./cluster";

/** Not ready yet. */
export class Pending {
  constructor(
    /** For the engine's display. */
    readonly message: string,
    /** What the error says when the time is up, a line each. */
    readonly reasons: readonly string[] = [message],
  ) {}
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface Workload extends KubernetesObject {
  spec: { replicas?: number; selector: { matchLabels?: Record<string, string> } };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    readyReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    conditions?: Condition[];
  };
}

interface Service extends KubernetesObject {
  spec: { type?: string; clusterIP?: string; selector?: Record<string, string> };
  status?: { loadBalancer?: { ingress?: unknown[] } };
}

interface Pod extends KubernetesObject {
  status?: {
    conditions?: Condition[];
    containerStatuses?: {
      name: string;
      ready: boolean;
      state?: { waiting?: { reason?: string; message?: string } };
    }[];
  };
}

/**
 * Whether an object is ready.
 *
 * @returns undefined when it is, or is of a kind that nobody waits for
 */
export async function readiness(object: KubernetesObject, cluster: Cluster): Promise<Pending | undefined> {
  switch (object.kind) {
    case "Deployment":
      return deployment(object as Workload, cluster);
    case "StatefulSet":
      return statefulSet(object as Workload, cluster);
    case "Service":
      return service(object as Service, cluster);
    default:
      return undefined;
  }
}

async function deployment(object: Workload, cluster: Cluster): Promise<Pending | undefined> {
  const { status = {}, metadata, spec } = object;
  const wanted = spec.replicas ?? 1;
  const progressing = status.conditions?.find(({ type }) => type === "Progressing");
  const isDone =
    (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    progressing?.reason === "NewReplicaSetAvailable" &&
    (status.updatedReplicas ?? 0) >= wanted &&
    (status.availableReplicas ?? 0) >= wanted;
  if (isDone) return undefined;
  return new Pending(
    `Waiting for app ReplicaSet to become available (${String(status.availableReplicas ?? 0)}/${String(wanted)} Pods available)`,
    [
      ...(status.conditions ?? [])
        .filter(({ status }) => status === "False")
        .map(({ reason = "", message = "" }) => `[${reason}] ${message}`),
      ...(await podReasons(object, cluster)),
    ],
  );
}

async function statefulSet(object: Workload, cluster: Cluster): Promise<Pending | undefined> {
  const { status = {}, metadata, spec } = object;
  const wanted = spec.replicas ?? 1;
  const isDone =
    (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    status.currentRevision === status.updateRevision &&
    (status.readyReplicas ?? 0) >= wanted;
  if (isDone) return undefined;
  return new Pending(
    `Waiting for StatefulSet to create Pods (${String(status.readyReplicas ?? 0)}/${String(wanted)} Pods ready)`,
    [
      `${String(status.readyReplicas ?? 0)} out of ${String(wanted)} replicas succeeded readiness checks`,
      ...(await podReasons(object, cluster)),
    ],
  );
}

/** A Service without a selector, or without an address, waits for nobody. */
async function service(object: Service, cluster: Cluster): Promise<Pending | undefined> {
  const { type, clusterIP, selector = {} } = object.spec;
  if (type === "LoadBalancer" && (object.status?.loadBalancer?.ingress ?? []).length === 0)
    return new Pending("Service was not allocated an IP address; does your cloud provider support this?");
  if (clusterIP === "None" || type === "ExternalName" || Object.keys(selector).length === 0) return undefined;
  const slices = (await cluster.list(
    "discovery.k8s.io/v1",
    "EndpointSlice",
    object.metadata?.namespace ?? "",
    `kubernetes.io/service-name=${object.metadata?.name ?? ""}`,
  )) as (KubernetesObject & { endpoints?: { conditions?: { ready?: boolean } }[] })[];
  const isServed = slices.some(({ endpoints = [] }) =>
    endpoints.some(({ conditions }) => conditions?.ready === true),
  );
  return isServed
    ? undefined
    : new Pending(
        "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
      );
}

async function podReasons({ metadata, spec }: Workload, cluster: Cluster): Promise<string[]> {
  const selector = Object.entries(spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = (await cluster.list("v1", "Pod", metadata?.namespace ?? "", selector)) as Pod[];
  return pods.flatMap(({ metadata: pod, status = {} }) => {
    const unready = (status.containerStatuses ?? []).filter(({ ready }) => !ready);
    const waiting = unready.flatMap(({ state }) =>
      state?.waiting ? [`[${state.waiting.reason ?? ""}] ${state.waiting.message ?? ""}`.trim()] : [],
    );
    const unscheduled = status.conditions?.find(
      ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    return [
      ...(unready.length > 0
        ? [
            `[Pod ${pod?.namespace ?? ""}/${pod?.name ?? ""}]: containers with unready status: [${unready.map(({ name }) => name).join(" ")}]${waiting.length > 0 ? ` -- ${waiting.join(" -- ")}` : ""}`,
          ]
        : []),
      ...(unscheduled
        ? [
            `[Pod ${pod?.namespace ?? ""}/${pod?.name ?? ""}]: [${unscheduled.reason ?? ""}] ${unscheduled.message ?? ""}`,
          ]
        : []),
    ];
  });
}
