/** What of a site on AWS does not do its work, and why: pure functions of what AWS answers. */
import type { Container, Deployment, Service, Task } from "@aws-sdk/client-ecs";
import type { TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Failure } from "../target";
import { hasEnded, idOf, isEnding, type ObservedService, presentTasks, targetOf } from "./observed";

/** What is wrong with an app. */
export interface Trouble extends Omit<Failure, "log"> {
  /** The container whose log tells more. */
  log?: { task: string; container: string };
}

/** Why a task ended, in words. */
export interface Ending {
  status: string;
  details: string[];
  /** The container whose log tells more. */
  container?: string;
  /** Would another task end the same way? */
  hopeless: boolean;
}

/** The deployment that a service goes to. */
export function primaryDeployment({ deployments = [] }: Service): Deployment | undefined {
  return deployments.find(({ status }) => status === "PRIMARY");
}

/** What is wrong with an app, or undefined when all its tasks of the newest version are there and the load balancer sends visits to them. */
export function serviceTrouble(observed: ObservedService): Trouble | undefined {
  const { app, service, tasks, targets } = observed;
  const primary = primaryDeployment(service);
  const gaveUp = (service.deployments ?? []).find(({ rolloutState }) => rolloutState === "FAILED");
  const present = presentTasks(observed).filter((task) => !isEnding(task));
  const sick = present
    .map((task) => targetOf(task, targets))
    .filter((target) => target !== undefined)
    .filter(({ TargetHealth }) => TargetHealth?.State === "unhealthy");
  const running = service.runningCount ?? 0;
  const wanted = service.desiredCount ?? 0;
  const isDone = (primary?.rolloutState ?? "COMPLETED") === "COMPLETED" && gaveUp === undefined;
  if (isDone && running >= wanted && sick.length === 0) return undefined;

  const deployment = gaveUp ?? primary;
  const ended = lastFailed(tasks, deployment);
  const ending = ended && taskEnding(ended, app);
  const count = `${String(running)} of ${String(wanted)} tasks run`;
  const log =
    ended && ending?.container ? { task: idOf(ended.taskArn), container: ending.container } : undefined;
  const status =
    ending?.status ??
    (sick.length > 0
      ? "the load balancer's health checks fail"
      : (noPlace(service) ?? `its tasks are not all there yet (${count})`));
  return {
    part: `app ${app}`,
    resource: service.serviceName ?? "",
    status: gaveUp === undefined ? status : `ECS has given up its deployment: ${status}`,
    details: [
      ...(ending?.details ?? []),
      ...(deployment?.rolloutStateReason === undefined || isDone ? [] : [deployment.rolloutStateReason]),
      ...[...new Set([...sick, ...targets.filter(isUnhealthy)])].map(targetText),
      ...lastEvents(service).map((message) => `ECS: ${message}`),
    ],
    ...(log && { log }),
    // Nothing comes after a deployment that was given up, unless ECS goes back to one that works.
    hopeless: gaveUp === undefined ? (ending?.hopeless ?? false) : true,
  };
}

/** Why the load balancer sends no visits to a task. */
export function targetText({ Target, TargetHealth }: TargetHealthDescription): string {
  const where = `${Target?.Id ?? "?"}:${String(Target?.Port ?? "?")}`;
  const why = [TargetHealth?.Reason, TargetHealth?.Description].filter((text) => text !== undefined);
  return `target ${where} is ${TargetHealth?.State ?? "unknown"}${why.length === 0 ? "" : ` (${why.join(": ")})`}`;
}

function isUnhealthy({ TargetHealth }: TargetHealthDescription): boolean {
  return TargetHealth?.State === "unhealthy";
}

/** The task that failed last, of a deployment if one of it did. One that was ended for a newer one did not fail. */
function lastFailed(tasks: readonly Task[], deployment: Deployment | undefined): Task | undefined {
  const failed = tasks
    .filter((task) => (hasEnded(task) || isEnding(task)) && !endedByPlan(task))
    .sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
  return failed.find(({ startedBy }) => startedBy === deployment?.id);
}

function endedByPlan({ stopCode, stoppedReason = "" }: Task): boolean {
  if (stopCode === "UserInitiated") return true;
  // The scheduler ends what the load balancer finds unhealthy as well as what is replaced.
  return stopCode === "ServiceSchedulerInitiated" && !/health checks?/i.test(stoppedReason);
}

/**
 * Why a task ended.
 *
 * @param app the app's name in the spec
 */
export function taskEnding(task: Task, app: string): Ending {
  const { stopCode, stoppedReason = "", containers = [] } = task;
  const details = stoppedReason === "" ? [] : [stoppedReason];
  if (stopCode === "SpotInterruption" || stopCode === "TerminationNotice")
    return {
      status: "AWS has taken its task back (spare capacity of Fargate Spot)",
      details: [...details, `apps.${app}.spot: false keeps it from that`],
      hopeless: false,
    };
  const pulled = [stoppedReason, ...containers.map(({ reason = "" }) => reason)].find((text) =>
    text.includes("CannotPullContainer"),
  );
  if (pulled !== undefined)
    return {
      status: "its image cannot be pulled",
      details: [pulled],
      hopeless: /not found|manifest unknown|does not exist|manifest does not contain/i.test(pulled),
    };
  if (stoppedReason.includes("ResourceInitializationError"))
    return {
      status:
        "its task cannot be set up: its secret, the registry's token or its log cannot be reached or may not be used",
      details: [
        ...details,
        ...(/timed? ?out|i\/o timeout|context deadline/i.test(stoppedReason)
          ? [
              "with network.existing, the private subnets need endpoints of ecr.api, ecr.dkr, logs, secretsmanager and s3, or a NAT gateway",
            ]
          : []),
      ],
      hopeless: false,
    };
  if (/health checks?/i.test(stoppedReason))
    return {
      status: /container health/i.test(stoppedReason)
        ? "it does not answer the health check of its container"
        : "it does not answer the load balancer's health checks",
      details,
      container: mainContainer(containers),
      hopeless: false,
    };
  const failed = containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  if (containers.some(isOutOfMemory))
    return {
      status: "it has used up its memory",
      details: [...details, `raise apps.${app}.resources.memory`],
      container: mainContainer(containers.filter(isOutOfMemory)),
      hopeless: false,
    };
  if (failed?.name === "files")
    return {
      status: `what writes its settings and secrets has failed (container files, exit code ${String(failed.exitCode)})`,
      details: reasons(details, failed),
      container: "files",
      hopeless: false,
    };
  const [ended = failed] = containers.filter(
    ({ name, exitCode }) => name !== "files" && exitCode !== undefined,
  );
  if (ended !== undefined)
    return {
      status: `its container keeps exiting (exit code ${String(ended.exitCode)})`,
      details: reasons(details, ended),
      container: ended.name ?? "",
      hopeless: false,
    };
  return {
    status: stopCode === "TaskFailedToStart" ? "its task cannot be started" : "its task has ended",
    details: [...details, ...containers.flatMap(({ reason }) => reason ?? [])],
    hopeless: false,
  };
}

function isOutOfMemory({ reason = "" }: Container): boolean {
  return reason.includes("OutOfMemory");
}

function reasons(details: readonly string[], { reason }: Container): string[] {
  return reason === undefined ? [...details] : [...details, reason];
}

function mainContainer(containers: readonly Container[]): string {
  return (containers.find(({ name }) => name !== "files") ?? containers[0])?.name ?? "";
}

/** What ECS says last when it finds no place for a task. */
function noPlace(service: Service): string | undefined {
  const [last = ""] = lastEvents(service);
  if (/capacity is unavailable|capacity-unavailable/i.test(last))
    return "Fargate has no capacity for its tasks at the moment";
  return /was unable to place a task|was unable to (start|run)/i.test(last)
    ? "ECS cannot start its tasks"
    : undefined;
}

/** What ECS said last of a service, the newest first, without what it says when all is well. */
export function lastEvents({ events = [] }: Service, count = 3): string[] {
  return [...events]
    .sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0))
    .slice(0, count)
    .flatMap(({ message }) => message ?? [])
    .filter((message) => !message.includes("has reached a steady state"))
    .map((message) => message.replace(/^\(service [^)]*\) /, ""));
}

/**
 * The deployments that ECS gave up since a time and went back from, a sentence each. The engine does not see it: the service is steady
 * again, on the version before.
 */
export function rollbacks(services: readonly ObservedService[], since: Date): string[] {
  return services
    .filter(({ service: { events = [] } }) =>
      events.some(
        ({ createdAt, message = "" }) =>
          createdAt !== undefined && createdAt >= since && /rolling back to/i.test(message),
      ),
    )
    .map(({ app }) => app);
}
