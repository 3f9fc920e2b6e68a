/** What AWS would have of a site, made by hand from the API references. */
import type { Service, Task } from "@aws-sdk/client-ecs";
import type { TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ObservedService } from "../../../../stacks/aws/observed";

const account = "arn:aws:ecs:eu-central-1:123456789012";

/** The ARN of the task definition of a version. */
export function definition(version: number): string {
  return `${account}:task-definition/site-sales:${String(version)}`;
}

/** A task that runs and is well, unless it is changed. */
export function task(id: string, changes: Partial<Task> = {}): Task {
  return {
    taskArn: `${account}:task/site-0123456/${id}`,
    taskDefinitionArn: definition(2),
    startedBy: "ecs-svc/2",
    desiredStatus: "RUNNING",
    lastStatus: "RUNNING",
    healthStatus: "HEALTHY",
    createdAt: new Date("2026-11-28T09:00:00Z"),
    startedAt: new Date("2026-11-28T09:01:00Z"),
    attachments: [{ details: [{ name: "privateIPv4Address", value: `10.0.4.${id.length}` }] }],
    containers: [
      { name: "files", exitCode: 0, lastStatus: "STOPPED", image: "example.com/sales:1" },
      {
        name: "streamlit",
        lastStatus: "RUNNING",
        image: "example.com/sales:1",
        imageDigest: `sha256:${"ab".repeat(32)}`,
      },
    ],
    ...changes,
  };
}

/** A task that has ended. */
export function ended(id: string, stoppedReason: string, changes: Partial<Task> = {}): Task {
  return task(id, {
    desiredStatus: "STOPPED",
    lastStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedAt: new Date("2026-11-28T09:05:00Z"),
    stoppedReason,
    ...changes,
  });
}

/** What the load balancer thinks of a task. */
export function target(
  id: string,
  State: "healthy" | "unhealthy" | "initial" | "draining",
  more: object = {},
): TargetHealthDescription {
  return {
    Target: { Id: `10.0.4.${id.length}`, Port: 8501 },
    TargetHealth: { State, ...more },
  };
}

/** An app that is well, unless it is changed. */
export function app(changes: Partial<ObservedService> = {}, service: Partial<Service> = {}): ObservedService {
  return {
    app: "sales",
    tasks: [task("a")],
    targets: [target("a", "healthy")],
    service: {
      serviceName: "site-sales-0123456",
      taskDefinition: definition(2),
      desiredCount: 1,
      runningCount: 1,
      pendingCount: 0,
      deployments: [
        { id: "ecs-svc/2", status: "PRIMARY", taskDefinition: definition(2), rolloutState: "COMPLETED" },
      ],
      events: [],
      ...service,
    },
    ...changes,
  };
}
