/** What ECS and the load balancer answer of what fails, in words. The answers are made by hand: see `answers.ts`. */
import type { Task } from "@aws-sdk/client-ecs";
import { rollbacks, serviceTrouble, taskEnding } from "../../../../stacks/aws/troubles";
import { app, definition, ended, target, task } from "./answers";

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 28, 9, minute));

test("an app that is well is no trouble", () => {
  expect(serviceTrouble(app())).toBeUndefined();
});

/** A first deployment that does not come up. */
const comingUp = {
  runningCount: 0,
  deployments: [
    {
      id: "ecs-svc/2",
      status: "PRIMARY",
      taskDefinition: definition(2),
      rolloutState: "IN_PROGRESS" as const,
      rolloutStateReason: "ECS deployment ecs-svc/2 in progress.",
    },
  ],
};

test("one that comes up says how many of its tasks run", () => {
  expect(serviceTrouble(app({ tasks: [], targets: [] }, comingUp))).toEqual({
    part: "app sales",
    resource: "site-sales-0123456",
    status: "its tasks are not all there yet (0 of 1 tasks run)",
    details: ["ECS deployment ecs-svc/2 in progress."],
    hopeless: false,
  });
});

test("a container that keeps exiting is named with its code, and its log is looked for", () => {
  const crashed = ended("abc", "Essential container in task exited", {
    containers: [
      { name: "files", exitCode: 0 },
      { name: "streamlit", exitCode: 3 },
    ],
  });
  const trouble = serviceTrouble(
    app(
      { tasks: [crashed], targets: [] },
      {
        ...comingUp,
        events: [
          { createdAt: at(4), message: "(service site-sales-0123456) has started 1 tasks: (task abc)." },
          {
            createdAt: at(6),
            message: "(service site-sales-0123456) is unable to consistently start tasks successfully.",
          },
        ],
      },
    ),
  );
  expect(trouble).toMatchObject({
    status: "its container keeps exiting (exit code 3)",
    log: { task: "abc", container: "streamlit" },
    hopeless: false,
  });
  expect(trouble?.details).toEqual([
    "Essential container in task exited",
    "ECS deployment ecs-svc/2 in progress.",
    "ECS: is unable to consistently start tasks successfully.",
    "ECS: has started 1 tasks: (task abc).",
  ]);
});

test("a deployment that ECS gave up is hopeless", () => {
  const trouble = serviceTrouble(
    app(
      { tasks: [ended("a", "x", { containers: [{ name: "streamlit", exitCode: 1 }] })], targets: [] },
      {
        runningCount: 0,
        deployments: [
          {
            id: "ecs-svc/2",
            status: "PRIMARY",
            rolloutState: "FAILED",
            rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
          },
        ],
      },
    ),
  );
  expect(trouble).toMatchObject({
    status: "ECS has given up its deployment: its container keeps exiting (exit code 1)",
    hopeless: true,
  });
  expect(trouble?.details).toContain("ECS deployment circuit breaker: tasks failed to start.");
});

test("what the load balancer thinks of a task that runs is told", () => {
  const trouble = serviceTrouble(
    app({
      targets: [
        target("a", "unhealthy", {
          Reason: "Target.ResponseCodeMismatch",
          Description: "Health checks failed with these codes: [502]",
        }),
      ],
    }),
  );
  expect(trouble).toMatchObject({
    status: "the load balancer's health checks fail",
    details: [
      "target 10.0.4.1:8501 is unhealthy (Target.ResponseCodeMismatch: Health checks failed with these codes: [502])",
    ],
  });
});

test("tasks that are ended for newer ones, or by somebody, have not failed", () => {
  for (const stopped of [
    ended("old", "Scaling activity initiated by (deployment ecs-svc/2)", {
      stopCode: "ServiceSchedulerInitiated",
    }),
    ended("byhand", "Task stopped by user", { stopCode: "UserInitiated" }),
  ])
    expect(serviceTrouble(app({ tasks: [stopped], targets: [] }, comingUp))?.status).toBe(
      "its tasks are not all there yet (0 of 1 tasks run)",
    );
});

test("that Fargate has no room is told", () => {
  const events = [
    {
      createdAt: at(6),
      message:
        "(service site-sales-0123456) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later.",
    },
  ];
  expect(serviceTrouble(app({ tasks: [], targets: [] }, { ...comingUp, events }))?.status).toBe(
    "Fargate has no capacity for its tasks at the moment",
  );
});

describe("why a task has ended", () => {
  test.each<[string, Task, string, { container?: string; hopeless?: boolean; detail?: RegExp }]>([
    [
      "an image that is not there",
      ended(
        "a",
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): example.com/sales:1: not found",
        {
          stopCode: "TaskFailedToStart",
        },
      ),
      "its image cannot be pulled",
      { hopeless: true, detail: /not found$/ },
    ],
    [
      "a registry that does not answer",
      ended("a", "CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout", {
        stopCode: "TaskFailedToStart",
      }),
      "its image cannot be pulled",
      { hopeless: false },
    ],
    [
      "no way to the secrets",
      ended(
        "a",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: context deadline exceeded",
        { stopCode: "TaskFailedToStart" },
      ),
      "its task cannot be set up: its secret, the registry's token or its log cannot be reached or may not be used",
      { detail: /^with network\.existing/ },
    ],
    [
      "the load balancer's checks",
      ended("a", "Task failed ELB health checks in (target-group arn:aws:…)", {
        stopCode: "ServiceSchedulerInitiated",
      }),
      "it does not answer the load balancer's health checks",
      { container: "streamlit" },
    ],
    [
      "the container's own check",
      ended("a", "Task failed container health checks", { stopCode: "ServiceSchedulerInitiated" }),
      "it does not answer the health check of its container",
      { container: "streamlit" },
    ],
    [
      "memory",
      ended("a", "Essential container in task exited", {
        containers: [
          {
            name: "streamlit",
            exitCode: 137,
            reason: "OutOfMemoryError: Container killed due to memory usage",
          },
        ],
      }),
      "it has used up its memory",
      { container: "streamlit", detail: /^raise apps\.sales\.resources\.memory$/ },
    ],
    [
      "what writes the settings",
      ended("a", "Task failed to start", {
        containers: [{ name: "files", exitCode: 1 }, { name: "streamlit" }],
      }),
      "what writes its settings and secrets has failed (container files, exit code 1)",
      { container: "files" },
    ],
    [
      "an app that ends without an error",
      ended("a", "Essential container in task exited", {
        containers: [
          { name: "files", exitCode: 0 },
          { name: "streamlit", exitCode: 0 },
        ],
      }),
      "its container keeps exiting (exit code 0)",
      { container: "streamlit" },
    ],
    [
      "spare capacity",
      ended("a", "Your Spot Task was interrupted.", { stopCode: "SpotInterruption" }),
      "AWS has taken its task back (spare capacity of Fargate Spot)",
      { detail: /apps\.sales\.spot/ },
    ],
  ])("%s", (_, stopped, status, { container, hopeless = false, detail }) => {
    const ending = taskEnding(stopped, "sales");
    expect(ending).toMatchObject({ status, hopeless });
    expect(ending.container).toBe(container);
    if (detail) expect(ending.details.some((line) => detail.test(line))).toBe(true);
  });
});

test("a deployment that ECS went back from since the up began is found, an earlier one is not", () => {
  const message = "(service site-sales-0123456) rolling back to deployment ecs-svc/1.";
  const services = [app({}, { events: [{ createdAt: at(10), message }] })];
  expect(rollbacks(services, at(9))).toEqual(["sales"]);
  expect(rollbacks(services, at(11))).toEqual([]);
  expect(rollbacks([app({ tasks: [task("a")] })], at(0))).toEqual([]);
});
