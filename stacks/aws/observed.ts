/** What AWS has of a site, as its APIs answer. */
import type { Service, Task } from "@aws-sdk/client-ecs";
import type { LoadBalancer, TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";

/** An app as ECS and the load balancer see it. */
export interface ObservedService {
  /** The app's name in the spec. */
  app: string;
  service: Service;
  /** Its tasks: those that run or come up, and those that ended within the last hour, as long as ECS knows of them. */
  tasks: Task[];
  /** What the load balancer thinks of each task. */
  targets: TargetHealthDescription[];
}

/** A site. */
export interface Observed {
  services: ObservedService[];
  /** Undefined while no app is behind one. */
  balancer?: LoadBalancer;
}

/** The last part of an ARN: `1a2b…` of a task's. */
export function idOf(arn: string | undefined): string {
  return arn?.split("/").at(-1) ?? "";
}

/** Does a task go, or has it gone? */
export function isEnding({ desiredStatus }: Task): boolean {
  return desiredStatus === "STOPPED";
}

/** Has a task ended? */
export function hasEnded({ lastStatus }: Task): boolean {
  return lastStatus === "STOPPED" || lastStatus === "DELETED";
}

/** The tasks that there are, the oldest first, those that are about to go behind all others. */
export function presentTasks({ tasks }: Pick<ObservedService, "tasks">): Task[] {
  const order = (task: Task): string =>
    `${isEnding(task) ? "1" : "0"} ${task.createdAt?.toISOString() ?? ""} ${task.taskArn ?? ""}`;
  return tasks.filter((task) => !hasEnded(task)).sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** What the load balancer thinks of a task; undefined when it does not know it. */
export function targetOf(
  task: Task,
  targets: readonly TargetHealthDescription[],
): TargetHealthDescription | undefined {
  const addresses = (task.attachments ?? [])
    .flatMap(({ details = [] }) => details)
    .filter(({ name }) => name === "privateIPv4Address")
    .map(({ value }) => value);
  return targets.find(({ Target }) => Target?.Id !== undefined && addresses.includes(Target.Id));
}
