/**
 * The commands on a stack for AWS: the real engine, a stand-in for the plugin on PATH, and an API on this machine for what the commands ask
 * themselves.
 *
 * It does NOT prove that AWS takes what is made: the stand-in takes what the generated code knows, and the API's answers are made by hand.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { dump } from "js-yaml";
import { Checkout } from "../../contract/docker/checkout";
import { ApiFault, Aws } from "../../unit/stacks/aws/api";
import { Store } from "../plugin/store";

// Eight commands, each a start of the engine.
jest.setTimeout(400_000);

const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sales:1";
/** With a route of its own: the only app of a site would be at `/`, and move when another comes. */
const sales = { image, route: "/sales" };
const project = "contract-commands";

let aws: Aws;
let checkout: Checkout;
/** The folder of the stand-in. */
const plugin = path.join(__dirname, "..", "plugin");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "aws-commands-"));

beforeAll(async () => {
  aws = await Aws.start();
  checkout = new Checkout(project);
  configure({ sales });
});
beforeEach(() => aws.answers.set("ListClusters", { clusterArns: [] }));
afterAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(checkout.folder, { recursive: true, force: true });
  await aws.stop();
});

function configure(apps: Record<string, object>): void {
  const config = {
    [`${project}:target`]: "aws",
    "aws:region": "eu-central-1",
    [`${project}:site`]: {
      host: "apps.example.com",
      apps,
      auth: { cognito: {} },
      tls: { acm: { zone: "Z0123456789ABC" } },
    },
  };
  fs.writeFileSync(path.join(checkout.folder, "stacks", "Pulumi.test.yaml"), dump({ config }));
}

async function run(
  command: string,
  args: string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ how: unknown; output: string; standardOutput: string }> {
  return checkout.startWith(
    {
      environment: {
        AWS_STAND_IN_FOLDER: path.join(folder, "aws"),
        PATH: [plugin, process.env.PATH ?? ""].join(path.delimiter),
        ...environment,
      },
    },
    command,
    ...args,
  ).end;
}

const existing = (): string[] => new Store(path.join(folder, "aws")).all().map(({ type }) => type);

test("credentials that AWS does not accept end a command before anything is begun", async () => {
  aws.answers.set("ListClusters", new ApiFault("UnrecognizedClientException", "The token is invalid."));
  const { how, output } = await run("up");
  expect([how, output]).toEqual([1, expect.stringMatching(/^error: AWS does not accept the credentials/)]);
  expect(fs.existsSync(path.join(checkout.folder, ".state"))).toBe(false);
});

test("a site comes up, stays as it is, gets an app more, and goes", async () => {
  const previewed = await run("preview");
  expect(previewed).toMatchObject({ how: 0 });
  expect(previewed.standardOutput).toMatch(/^app sales: to create$/m);
  expect(previewed.standardOutput).toMatch(/^load balancer: to create$/m);
  expect(existing()).toEqual([]);

  const up = await run("up");
  expect(up).toMatchObject({ how: 0 });
  expect(up.output).toMatch(/^app sales: service created/m);
  expect(up.standardOutput).toContain("The site is at https://apps.example.com\n");
  expect(existing()).toContain("aws:ecs/service:Service");

  expect((await run("up")).output).toMatch(/^Resources:\n +\d+ unchanged\n/m);

  const outputs = JSON.parse((await run("outputs", ["--json"])).standardOutput) as Record<string, unknown>;
  expect(outputs).toMatchObject({
    url: "https://apps.example.com",
    loadBalancer: expect.stringContaining(".elb.") as unknown,
    taskRoles: { sales: expect.stringContaining(":role/") as unknown },
    userPoolId: expect.stringMatching(/./) as unknown,
  });

  configure({ sales, board: { image } });
  const more = await run("up");
  expect(more).toMatchObject({ how: 0 });
  expect(more.output).not.toMatch(/^app sales/m);
  expect(existing().filter((type) => type === "aws:ecs/service:Service")).toHaveLength(2);

  const down = await run("down");
  expect(down).toMatchObject({ how: 0 });
  expect(down.output).toContain("All of it is removed, the stack's state as well.");
  expect(existing()).toEqual([]);
});

test("services that are there and that no state knows of keep an up from making a second site", async () => {
  const cluster = "arn:aws:ecs:eu-central-1:123456789012:cluster/site-0";
  const tags = Object.entries({ project, stack: "test", site: "site" });
  aws.answers
    .set("ListClusters", { clusterArns: [cluster] })
    .set("DescribeClusters", {
      clusters: [
        {
          ...{ clusterArn: cluster, status: "ACTIVE" },
          tags: tags.map(([key, value]) => ({ key: `streamlit.${key}`, value })),
        },
      ],
    })
    .set("ListServices", {
      serviceArns: ["arn:aws:ecs:eu-central-1:123456789012:service/site-0/site-sales-1"],
    })
    .set("DescribeServices", { services: [{ serviceName: "site-sales-1", status: "ACTIVE" }] })
    .set("ListTasks", { taskArns: [] });
  const { how, output } = await run("up");
  expect(how).toBe(1);
  expect(output).toMatch(/error: ECS services of stack test are there, its state is not[^]*site-sales-1/);
  expect(output).toContain("If its state is lost: on AWS nothing is removed without its state");
  expect(existing()).toEqual([]);
});
