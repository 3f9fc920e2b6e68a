import * as aws from "@pulumi/aws";
import { knownTypes, replaces } from "../plugin/replacements";
import { ensureAwsPythonTools } from "../python";
import { record } from "../recorder";
import { sampleSite } from "../samples/site";
import { resourceSchema } from "../schema";
import { lintFindings } from "./lint";
import { nameOf } from "./names";
import { rendered, type Template } from "./render";
import { TypeSchemas } from "./schemas";
import { renderings } from "./types";

let bin: string;
let schemas: TypeSchemas;

beforeAll(async () => {
  bin = await ensureAwsPythonTools();
  schemas = new TypeSchemas(bin);
}, 600_000);

async function template(program: () => unknown) {
  return rendered(await record(program), schemas);
}

const apps = { sales: { route: "/sales" }, ops: { route: "/ops", egress: true } };

test("the same things stand in the template", async () => {
  const site = await template(() => sampleSite({ apps: { sales: { route: "/sales" } } }));
  expect(site.Resources.ServiceSales?.Properties).toMatchObject({
    LaunchType: "FARGATE",
    NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "DISABLED" } },
    LoadBalancers: [{ ContainerName: "app", ContainerPort: 8501 }],
  });
  expect(site.Resources.ListenerRuleSalesInternal?.Properties).toMatchObject({
    Conditions: [
      { Field: "host-header", HostHeaderConfig: { Values: ["apps.example.com"] } },
      { Field: "path-pattern", PathPatternConfig: { Values: ["/sales/_stcore/*"] } },
    ],
    Actions: [
      {
        Type: "authenticate-cognito",
        Order: 1,
        AuthenticateCognitoConfig: { OnUnauthenticatedRequest: "deny" },
      },
      { Type: "forward", Order: 2 },
    ],
  });
});

describe("cfn-lint", () => {
  const role = "arn:aws:iam::123456789012:role/a";
  const task = (more: Partial<aws.ecs.TaskDefinitionArgs>) => () =>
    void new aws.ecs.TaskDefinition("app", {
      family: "app",
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: role,
      containerDefinitions: JSON.stringify([{ name: "app", image: "app", essential: true }]),
      ...more,
    });

  const faulty: readonly [string, () => void, string][] = [
    ["sizes that Fargate does not have", task({ memory: "8192" }), "E3047"],
    ["a network mode that Fargate does not have", task({ networkMode: "bridge" }), "E3048"],
    [
      "HTTPS without a certificate",
      () => {
        const edge = new aws.lb.LoadBalancer("edge", {
          subnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        });
        new aws.lb.Listener("https", {
          loadBalancerArn: edge.arn,
          port: 443,
          protocol: "HTTPS",
          defaultActions: [
            { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
          ],
        });
      },
      "E3676",
    ],
    [
      "a retention that logs cannot have",
      () => void new aws.cloudwatch.LogGroup("app", { retentionInDays: 31 }),
      "E3030",
    ],
    [
      "a load balancer in one subnet",
      () => void new aws.lb.LoadBalancer("edge", { subnets: ["subnet-0123456789abcdef0"] }),
      "E3680",
    ],
    [
      "a policy with a misspelling",
      () =>
        void new aws.iam.Role("task", {
          assumeRolePolicy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Alow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } },
            ],
          }),
        }),
      "E3530",
    ],
  ];

  test("has nothing to say against a site without faults, and finds what it is there for", async () => {
    const good: Record<string, Template> = {};
    for (const signIn of ["cognito", "oidc"] as const) {
      good[signIn] = await template(() => sampleSite({ apps, signIn, bearer: true }));
      expect(Object.keys(good[signIn].Resources).length).toBeGreaterThan(60);
    }
    const bad: Record<string, Template> = {};
    for (const [name, program] of faulty) bad[name] = await template(program);
    const found = await lintFindings(bin, { ...good, ...bad });
    expect(Object.keys(good).flatMap((name) => found[name])).toEqual([]);
    const rules = faulty.map(([name, , rule]) => [name, found[name]?.find((one) => one.rule === rule)?.rule]);
    expect(rules).toEqual(faulty.map(([name, , rule]) => [name, rule]));
  }, 200_000);
});

test("a certificate that is imported is left out, and the rest is still there", async () => {
  const { Resources } = await template(() => {
    new aws.acm.Certificate("own", { certificateBody: "body", privateKey: "key" });
    new aws.acm.Certificate("public", { domainName: "apps.example.com", validationMethod: "DNS" });
  });
  expect(Object.keys(Resources)).toEqual(["CertificatePublic"]);
});

test("what has no name in CloudFormation is refused", async () => {
  await expect(template(() => void new aws.ec2.NetworkAcl("acl", { vpcId: "vpc-1" }))).rejects.toThrow(
    "test/aws/cloudformation/types.ts does not have aws:ec2/networkAcl:NetworkAcl",
  );
  await expect(
    template(
      () =>
        void new aws.ecs.Service("app", { wait: true, triggers: { a: "b" }, taskDefinition: "arn" } as never),
    ),
  ).rejects.toThrow('aws:ecs/service:Service "app": CloudFormation has no name for "triggers"');
});

test("every type of the table is one of Pulumi and one of CloudFormation", () => {
  for (const [token, { type, why, partOf }] of Object.entries(renderings)) {
    expect([token, resourceSchema(token)?.token]).toEqual([token, token]);
    if (type !== undefined) expect(schemas.get(type).properties).toBeDefined();
    else expect([token, why ?? partOf]).not.toEqual([token, undefined]);
  }
});

/** What CloudFormation replaces and the provider changes in place, since the API can. */
const changedInPlace = [
  /^aws:vpc\/securityGroup(In|E)gressRule:/,
  /^aws:ec2\/routeTableAssociation:RouteTableAssociation routeTableId$/,
];

test("what CloudFormation replaces, the stand-in for AWS replaces too", () => {
  const differing: string[] = [];
  for (const token of knownTypes) {
    const { type, names = {} } = renderings[token] ?? {};
    const schema = resourceSchema(token);
    if (type === undefined || schema === undefined) continue;
    const { createOnlyProperties = [] } = schemas.get(type);
    const createOnly = createOnlyProperties.map((pointer) => pointer.replace("/properties/", ""));
    for (const input of Object.keys(schema.inputs)) {
      const name = nameOf(createOnly, names[input] ?? input);
      if (name !== undefined && !replaces(token, input)) differing.push(`${token} ${input}`);
    }
  }
  expect(differing.filter((one) => !changedInPlace.some((known) => known.test(one)))).toEqual([]);
  // The comparison does compare.
  expect(differing.length).toBeGreaterThan(0);
});
