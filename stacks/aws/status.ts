/** The parts of a site as AWS sees them: the load balancer, and each task of each app. */
import type { Task } from "@aws-sdk/client-ecs";
import type { LoadBalancer, TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import { replicaName } from "../part-names";
import type { Endpoint, PartStatus, TargetStatus } from "../target";
import { balancerPart } from "./expected-parts";
import { isEnding, type Observed, type ObservedService, presentTasks, targetOf } from "./observed";
import { primaryDeployment, serviceTrouble, targetText } from "./troubles";

/** What there is of a site, whether it is well or not. */
export function targetStatus({ services, balancer }: Observed): TargetStatus {
  if (services.length === 0 && balancer === undefined) return { parts: [], endpoints: [] };
  return {
    parts: [...(balancer ? [balancerStatus(balancer)] : []), ...services.flatMap(serviceParts)],
    endpoints: balancer?.State?.Code === "active" ? endpointsOf(balancer) : [],
    between:
      "something between this machine and the load balancer is broken, for instance a firewall or proxy here, or its name is not known yet",
  };
}

function balancerStatus({ State, CreatedTime }: LoadBalancer): PartStatus {
  const code = State?.Code ?? "unknown";
  return {
    ...{ part: balancerPart, restarts: 0, killedForMemory: false, image: "", old: false },
    state: code === "active" ? "running" : code,
    ...(CreatedTime && { since: CreatedTime.toISOString() }),
    ...(State?.Reason !== undefined && { reason: State.Reason }),
  };
}

function endpointsOf({ DNSName: address }: LoadBalancer): Endpoint[] {
  if (address === undefined) return [];
  return [
    { protocol: "https", address, port: 443 },
    { protocol: "http", address, port: 80 },
  ];
}

/** The tasks of an app, and one part more for each that there should be and is not. */
function serviceParts(observed: ObservedService): PartStatus[] {
  const { app, service } = observed;
  const tasks = presentTasks(observed);
  const trouble = serviceTrouble(observed);
  const newest = primaryDeployment(service)?.taskDefinition ?? service.taskDefinition;
  const parts = tasks.map((task, index): PartStatus => {
    const old = isEnding(task) || (newest !== undefined && task.taskDefinitionArn !== newest);
    return { ...taskStatus(task, observed.targets), part: replicaName(app, index), app, old };
  });
  const current = tasks.filter((task) => !isEnding(task)).length;
  const missing = Math.max(0, (service.desiredCount ?? 0) - current);
  return [
    ...parts,
    ...Array.from({ length: missing }, (_, index): PartStatus => {
      const part = replicaName(app, tasks.length + index);
      return {
        ...{ part, app, restarts: 0, killedForMemory: false, image: "", old: false },
        state: "not started",
        ...(trouble && { reason: [trouble.status, ...trouble.details.slice(0, 1)].join(": ") }),
      };
    }),
  ];
}

/** The states of the load balancer's targets in the words of the other targets; undefined for what is not looked at. */
const healths: Partial<Record<string, string>> = {
  healthy: "healthy",
  unhealthy: "unhealthy",
  "unhealthy.draining": "unhealthy",
  initial: "starting",
};

function taskStatus(
  task: Task,
  targets: readonly TargetHealthDescription[],
): Omit<PartStatus, "part" | "app" | "old"> {
  const { containers = [], startedAt, lastStatus = "unknown", healthStatus } = task;
  const main = containers.find(({ name }) => name !== "files");
  const target = targetOf(task, targets);
  const own = healthStatus === "UNHEALTHY" ? "unhealthy" : undefined;
  const health = own ?? healths[target?.TargetHealth?.State ?? ""] ?? (target ? undefined : "starting");
  return {
    // PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING
    state: lastStatus.toLowerCase(),
    ...(health !== undefined && { health }),
    ...(startedAt && { since: startedAt.toISOString() }),
    // ECS starts no container over: it makes another task.
    restarts: 0,
    killedForMemory: false,
    image: imageText(main?.image ?? "", main?.imageDigest),
    ...(health === "unhealthy" && {
      reason: own === undefined && target ? targetText(target) : "its container's health check fails",
    }),
  };
}

function imageText(image: string, digest = ""): string {
  const [name = ""] = image.split("@");
  const short = (digest || (image.split("@")[1] ?? "")).replace(/^sha256:/, "").slice(0, 12);
  return short === "" ? name : `${name} ${short}`;
}
