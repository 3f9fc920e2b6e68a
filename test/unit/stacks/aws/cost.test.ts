/** What a site on AWS costs while nobody visits. */
import * as fs from "node:fs";
import * as path from "node:path";
import { siteCost } from "../../../../stacks/aws/cost";
import { type Cost, countCost, type Declared } from "../../../../stacks/aws/cost/count";
import { priceList, type PriceList } from "../../../../stacks/aws/cost/prices";
import { recordStack } from "../../../../stacks/aws/cost/record";
import { cost } from "../../../../stacks/commands/cost";
import { readStackFile, type StackFile } from "../../../../stacks/stack-file";

/** Round prices, so that sums can be followed. */
const prices: PriceList = {
  ...priceList,
  hoursPerMonth: 100,
  prices: Object.fromEntries(
    Object.entries(priceList.prices).map(([key, price]) => [key, { ...price, amount: 1 }]),
  ) as PriceList["prices"],
};

const count = (declared: Declared[]): Cost => countCost(declared, prices, { stack: "prod" });
const counts = ({ lines }: Cost): [string, number, number][] =>
  lines.map(({ resource, count: number, sum }) => [resource, number, sum]);

test("what is charged by the hour counts a month of hours, what is charged by the month once", () => {
  const counted = count([
    {
      type: "aws:lb/loadBalancer:LoadBalancer",
      name: "site",
      inputs: { internal: false, subnets: ["a", "b"] },
    },
    { type: "aws:cloudwatch/metricAlarm:MetricAlarm", name: "one", inputs: {} },
    { type: "aws:cloudwatch/metricAlarm:MetricAlarm", name: "two", inputs: {} },
  ]);
  expect(counts(counted)).toEqual([
    ["Application Load Balancer", 1, 100],
    ["public IPv4 address", 2, 200],
    ["CloudWatch alarm of one metric", 2, 2],
  ]);
  expect(counted.total).toBe(302);
});

test("endpoints count in each zone, and the gateway endpoint of S3 costs nothing", () => {
  const endpoint = (vpcEndpointType: string, subnetIds: string[]): Declared => ({
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    name: "site",
    inputs: { vpcEndpointType, subnetIds },
  });
  expect(
    counts(
      count([endpoint("Interface", ["a", "b"]), endpoint("Interface", ["a", "b"]), endpoint("Gateway", [])]),
    ),
  ).toEqual([["interface endpoint in a zone", 4, 400]]);
});

const definition = {
  type: "aws:ecs/taskDefinition:TaskDefinition",
  name: "site-sales",
  inputs: { cpu: "512", memory: "2048" },
};
const service = (inputs: object): Declared => ({
  type: "aws:ecs/service:Service",
  name: "site-sales",
  inputs: { desiredCount: 3, ...inputs },
});

test("tasks count by their size and number, with autoscaling by the least number", () => {
  expect(counts(count([definition, service({})]))).toEqual([
    ["Fargate, vCPU (Linux, x86)", 1.5, 150],
    ["Fargate, GB of memory (Linux, x86)", 6, 600],
  ]);
  const scaling = {
    type: "aws:appautoscaling/target:Target",
    name: "site-sales",
    inputs: { minCapacity: 2 },
  };
  expect(counts(count([definition, service({}), scaling]))[0]).toEqual([
    "Fargate, vCPU (Linux, x86)",
    1,
    100,
  ]);
  expect(() => count([service({})])).toThrow("site-sales: its service has no task definition");
});

test("spare capacity is counted at the full price, and that is said", () => {
  const spot = service({ capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] });
  expect(counts(count([definition, spot]))).toEqual(counts(count([definition, service({})])));
  expect(count([definition, spot]).notCounted.join("\n")).toContain("spot: true");
  expect(count([definition, service({})]).notCounted.join("\n")).not.toContain("spot: true");
});

test("what the price list does not know is told", () => {
  expect(count([{ type: "aws:rds/instance:Instance", name: "db", inputs: {} }]).unknown).toEqual([
    "aws:rds/instance:Instance",
  ]);
});

test("each price has a page of AWS, and the list a day", () => {
  expect(priceList.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const { source, amount, what } of Object.values(priceList.prices)) {
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing\/$/);
    expect([what, amount > 0]).toEqual([what, true]);
  }
});

const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sales:1";
const file = (site: unknown, config: Record<string, unknown> = {}): StackFile => ({
  file: path.resolve("stacks/Pulumi.prod.yaml"),
  name: { project: "shop", stack: "prod" },
  spec: site,
  config: { "shop:target": "aws", ...config },
});
const least = {
  host: "apps.example.com",
  apps: { sales: { image } },
  auth: { cognito: {} },
  tls: { acm: { zone: "Z0123456789ABC" } },
};
/** All that a spec can make. */
const most = {
  ...least,
  apps: {
    sales: {
      image,
      egress: true,
      secrets: { PASSWORD: { secure: "v1:encrypted" } },
      autoscaling: { min: 2, max: 4, cpu: 50, memory: 60 },
    },
    board: { source: "../apps/live", spot: true },
  },
  auth: {
    cognito: {
      selfSignUp: true,
      allow: { emailDomains: ["example.com"] },
      groups: ["staff"],
      bearer: { programs: ["nightly", "reports"] },
    },
  },
  waf: { managed: {} },
};

test("a site's own program is counted: all of it is known to the list, and nothing is decrypted", async () => {
  const counted = countCost(await recordStack(file(most), "us-east-1"), priceList, { stack: "prod" });
  expect(counted.unknown).toEqual([]);
  expect(
    Object.fromEntries(
      counted.lines.map(({ resource, of, count: number }) => [`${resource} ${of}`.trim(), number]),
    ),
  ).toMatchObject({
    "Application Load Balancer": 1,
    "public IPv4 address of the load balancer": 2,
    "public IPv4 address of NAT gateways": 2,
    "NAT gateway ways out, for egress: true": 2,
    "interface endpoint in a zone ECR, logs and secrets": 8,
    "secret in Secrets Manager of apps": 1,
    "CloudWatch alarm of one metric of the site": 8,
    "CloudWatch alarm of one metric of autoscaling": 4,
    "Cognito client of a program programs": 2,
    "CloudWatch dashboard": 1,
    "web ACL of AWS WAF": 1,
    "rule of a web ACL": 3,
    "Fargate, vCPU (Linux, x86) site-sales: 2 × (0.5 vCPU, 1 GB)": 1,
    "Fargate, vCPU (Linux, x86) site-board: 1 × (0.5 vCPU, 1 GB)": 0.5,
  });
});

test("the command prints a table with the sum, the day, the sources, and what is not in it", async () => {
  const printed = await siteCost(file(least), false);
  const lines = printed.split("\n");
  expect(lines[0]).toBe(
    `What stack prod consists of while nobody visits, at list prices of us-east-1 as of ${priceList.date}:`,
  );
  expect(printed).toMatch(
    /^interface endpoint in a zone +8 +0\.01\/hour +730 +58\.40 {2}ECR, logs and secrets$/m,
  );
  expect(printed).toMatch(/^in all +\d+\.\d\d$/m);
  expect(lines).toContain("Not counted:");
  expect(lines).toContain("  https://aws.amazon.com/fargate/pricing/");
  expect(printed).not.toContain("secret in Secrets Manager");
});

test("the docs have what it says of the sample stack", async () => {
  const printed = await siteCost(readStackFile("aws"), false);
  const table = printed.slice(printed.indexOf("RESOURCE"), printed.indexOf("\n\nNot counted"));
  expect(fs.readFileSync("docs/aws.md", "utf8")).toContain(table);
});

test("it says when the stack is in another region, and prints JSON", async () => {
  expect(await siteCost(file(least, { "aws:region": "eu-central-1" }), false)).toContain(
    "The stack is in eu-central-1, where prices are others",
  );
  const counted = JSON.parse(await siteCost(file(least), true)) as Cost;
  const sum = counted.lines.reduce((all, line) => all + line.sum, 0);
  expect(counted).toMatchObject({ stack: "prod", region: "us-east-1", currency: "USD", unknown: [] });
  expect(counted.total).toBeCloseTo(sum, 2);
  expect(counted.total).toBeGreaterThan(80);
});

test("a stack of another target is refused", async () => {
  await expect(cost(file(least, { "shop:target": "kubernetes" }), false)).rejects.toThrow(
    /its target is kubernetes.*shop:target: aws/,
  );
});

test("a wrong spec is refused with its field", async () => {
  await expect(siteCost(file({ ...least, host: "apps_example" }), false)).rejects.toThrow(/host/);
});
