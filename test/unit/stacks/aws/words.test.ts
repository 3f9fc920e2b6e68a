/** What the commands say of resources, steps and refusals on AWS. */
import { expectedParts } from "../../../../stacks/aws/expected-parts";
import { explainFault } from "../../../../stacks/aws/faults";
import { tellHalfMade } from "../../../../stacks/aws/half-made";
import { interruption } from "../../../../stacks/aws/interruptions";
import { partOf } from "../../../../stacks/aws/parts";
import { targetStatus } from "../../../../stacks/aws/status";
import { lostState } from "../../../../stacks/lost-state";
import type { StackResource } from "../../../../stacks/operation/resource";
import { app, definition, target, task } from "./answers";

const site = { type: "streamlit-site:index:AwsSite", name: "site" };
const sales = { type: "streamlit-site:index:AwsApp", name: "site-sales" };
const service: StackResource = {
  ...{ type: "aws:ecs/service:Service", name: "site-sales", urn: "urn:service" },
  ...{ physicalName: "site-sales-0123456", ancestors: [sales, site] },
};
const of = (type: string, name = "site"): StackResource => ({ type, name, ancestors: [site] });

test.each<[StackResource, string, string, boolean]>([
  [service, "app sales", "service", true],
  [{ ...service, type: "docker:index/image:Image" }, "app sales", "image", true],
  [{ ...service, type: "aws:iam/rolePolicy:RolePolicy" }, "app sales", "role", false],
  [of("aws:lb/loadBalancer:LoadBalancer"), "load balancer", "load balancer", true],
  [of("aws:ec2/vpcEndpoint:VpcEndpoint"), "network", "endpoint", true],
  [of("aws:cognito/userPool:UserPool"), "sign-in", "accounts", true],
  [of("aws:cloudwatch/logGroup:LogGroup", "site-out"), "sign-in", "log", false],
  [of("aws:acm/certificateValidation:CertificateValidation"), "certificate", "certificate", true],
  [of("tls:index/privateKey:PrivateKey"), "certificate", "certificate", false],
  [of("aws:ecs/cluster:Cluster"), "site", "cluster", false],
])("%j", (resource, name, piece, shown) => {
  expect(partOf(resource)).toEqual({ name, piece, shown });
});

describe("whom a step interrupts", () => {
  const state = {
    deployment: {
      resources: [
        { type: "aws:ecs/service:Service", urn: "urn:service", parent: "urn:app" },
        { type: "aws:lb/targetGroup:TargetGroup", parent: "urn:other", outputs: { deregistrationDelay: 5 } },
        { type: "aws:lb/targetGroup:TargetGroup", parent: "urn:app", outputs: { deregistrationDelay: 120 } },
      ],
    },
  };
  const update = (...changedProperties: string[]): string | undefined =>
    interruption({ ...service, changedProperties }, "update", state);

  test("a new version of an app tells how long the old one stays", () => {
    expect(update("taskDefinition")).toBe(
      "app sales: new visits get the new version; who has it open keeps the old one for 2 min at most, and then goes on in a new session",
    );
  });

  test("what makes no new tasks interrupts nobody", () => {
    expect(update("tags.owner", "desiredCount")).toBeUndefined();
    expect(interruption(of("aws:cloudwatch/metricAlarm:MetricAlarm"), "update", state)).toBeUndefined();
    expect(interruption(service, "create", state)).toBeUndefined();
  });

  test("removals and replacements do", () => {
    expect(interruption(service, "delete", state)).toBe("app sales: it is removed, and its sessions end");
    expect(interruption(of("aws:lb/loadBalancer:LoadBalancer"), "replace", state)).toMatch(
      /^load balancer: it is replaced: nobody can open a page/,
    );
    expect(interruption(of("aws:cognito/userPool:UserPool"), "create-replacement", state)).toMatch(
      /^sign-in: the accounts are replaced/,
    );
  });
});

test.each([
  [
    "operation error ECS: CreateService, AccessDeniedException: User: arn:… is not authorized to perform: ecs:CreateService on resource: *",
    /lacks ecs:CreateService: docs\/aws\.md/,
  ],
  [
    "OperationNotPermitted: Load balancer 'arn:…' cannot be deleted because deletion protection is enabled",
    /set it to false in stacks\/Pulumi\.prod\.yaml/,
  ],
  [
    "VpcLimitExceeded: The maximum number of VPCs has been reached.",
    /quota of the account is reached \(VpcLimitExceeded\)/,
  ],
  ["waiting for ACM Certificate (arn:…) to be issued: timeout while waiting for state", /tls\.acm\.zone/],
  ["ExpiredToken: The security token included in the request is expired", /sign in again/],
  ["timeout while waiting for state to become 'tfSTABLE'", /npm run status -- --stack prod/],
])("a refusal of AWS is explained: %s", (message, words) => {
  expect(explainFault({ project: "shop", stack: "prod" }, message).join("\n")).toMatch(words);
});

test("what nobody knows is not explained", () => {
  expect(explainFault({ project: "shop", stack: "prod" }, "ValidationException: no")).toEqual([]);
});

test("the parts that there should be", () => {
  expect(
    expectedParts({
      apps: { sales: { replicas: 2 }, board: {}, live: { autoscaling: { min: 2, max: 8 } } },
    }),
  ).toEqual(["load-balancer", "sales", "sales.2", "board", "live", "live.2"]);
  expect(expectedParts(undefined)).toEqual(["load-balancer"]);
});

test("a task of an earlier version is old, one that is not well says why", () => {
  const { parts } = targetStatus({
    services: [
      app({
        tasks: [task("a"), task("bb", { taskDefinitionArn: definition(1) })],
        targets: [
          target("a", "unhealthy", { Reason: "Target.Timeout", Description: "Request timed out" }),
          target("bb", "draining"),
        ],
      }),
    ],
  });
  expect(parts).toEqual([
    expect.objectContaining({
      ...{ part: "sales", old: false, health: "unhealthy" },
      reason: "target 10.0.4.1:8501 is unhealthy (Target.Timeout: Request timed out)",
    }),
    expect.objectContaining({ part: "sales.2", old: true }),
  ]);
  expect(parts[1]).not.toHaveProperty("health");
});

test("what a command that was killed was making is told, and nothing is removed by guess", () => {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const name = { project: "shop", stack: "prod" };
  tellHalfMade(name, [{ type: "updating", resource: { type: "aws:ecs/service:Service" } }], log);
  expect(lines).toEqual([]);
  tellHalfMade(
    name,
    [{ type: "creating", resource: { type: "aws:ec2/eip:Eip", inputs: { name: "site-1" } } }],
    log,
  );
  expect(lines.join("\n")).toMatch(/aws:ec2\/eip:Eip site-1[^]*streamlit\.stack=prod/);
});

test("where nothing is removed without a state, nobody is told that it would be", () => {
  const text = lostState("prod", "file://here", ["site-sales-0123456"], "ECS services", "look there");
  expect(text).toMatch(/^ECS services of stack prod are there[^]*If its state is lost: look there$/);
  expect(text).not.toContain("--leftovers");
});
