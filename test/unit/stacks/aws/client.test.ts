/**
 * The commands' questions to AWS, over AWS's SDK and an API on this machine. Its answers are made by hand (see `api.ts`): that AWS answers so is
 * not proved here.
 */
import type { StackFile } from "../../../../stacks/stack-file";
import type { LogLine } from "../../../../stacks/target";
import { awsTarget } from "../../../../stacks/aws/target";
import { ApiFault, Aws } from "./api";
import { app, definition, ended, task } from "./answers";

const name = { project: "shop", stack: "prod" };
const file = (config: Record<string, unknown> = {}): StackFile => ({
  file: "stacks/Pulumi.prod.yaml",
  name,
  spec: { host: "apps.example.com", apps: { sales: { image: "example.com/sales:1" } } },
  config,
});

const cluster = "arn:aws:ecs:eu-central-1:123456789012:cluster/site-0123456";
const group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/site-sales/0123";
const balancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/site/0123";
const tags = [
  { key: "streamlit.project", value: "shop" },
  { key: "streamlit.stack", value: "prod" },
  { key: "streamlit.site", value: "site" },
];

/** Dates as the API has them. */
const wire = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === "string" && /^\d{4}-\d\d-\d\dT/.test(inner) ? Date.parse(inner) / 1000 : inner,
  );

let aws: Aws;
beforeEach(async () => {
  aws = await Aws.start();
  const { service } = app();
  const crashed = ended("dead", "Essential container in task exited", {
    containers: [{ name: "streamlit", exitCode: 3 }],
  });
  const tasks = [task("a"), crashed];
  aws.answers
    .set("ListClusters", { clusterArns: ["arn:aws:ecs:eu-central-1:123456789012:cluster/other", cluster] })
    .set("DescribeClusters", {
      clusters: [
        { clusterArn: "arn:aws:ecs:eu-central-1:123456789012:cluster/other", status: "ACTIVE", tags: [] },
        { clusterArn: cluster, status: "ACTIVE", tags },
      ],
    })
    .set("ListServices", { serviceArns: ["arn:aws:ecs:eu-central-1:123456789012:service/site/sales"] })
    .set("DescribeServices", {
      services: [
        {
          ...service,
          status: "ACTIVE",
          desiredCount: 2,
          runningCount: 1,
          deployments: [{ ...service.deployments?.[0], rolloutState: "IN_PROGRESS" }],
          tags: [...tags, { key: "streamlit.app", value: "sales" }],
          loadBalancers: [{ targetGroupArn: group }],
        },
      ],
    })
    .set("ListTasks", ({ desiredStatus }) => ({
      taskArns: tasks.filter((one) => one.desiredStatus === desiredStatus).map(({ taskArn }) => taskArn),
    }))
    .set("DescribeTasks", ({ tasks: wanted }) => ({
      tasks: wire(tasks.filter(({ taskArn = "" }) => (wanted as string[]).includes(taskArn))),
    }))
    .set("DescribeTaskDefinition", {
      taskDefinition: {
        taskDefinitionArn: definition(2),
        containerDefinitions: ["files", "streamlit"].map((container) => ({
          name: container,
          logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "site-sales-log" } },
        })),
      },
    })
    .set(
      "DescribeTargetHealth",
      "<TargetHealthDescriptions><member><Target><Id>10.0.4.1</Id><Port>8501</Port></Target>" +
        "<TargetHealth><State>healthy</State></TargetHealth></member></TargetHealthDescriptions>",
    )
    .set(
      "DescribeTargetGroups",
      `<TargetGroups><member><TargetGroupArn>${group}</TargetGroupArn><LoadBalancerArns><member>${balancer}</member></LoadBalancerArns></member></TargetGroups>`,
    )
    .set(
      "DescribeLoadBalancers",
      `<LoadBalancers><member><LoadBalancerArn>${balancer}</LoadBalancerArn><DNSName>site.elb.amazonaws.com</DNSName>` +
        "<CreatedTime>2026-11-28T08:00:00Z</CreatedTime><State><Code>active</Code></State></member></LoadBalancers>",
    )
    .set("DescribeLogStreams", {
      logStreams: [{ logStreamName: "app/streamlit/a" }, { logStreamName: "app/streamlit/dead" }],
    })
    .set("GetLogEvents", ({ logStreamName, nextToken }) => ({
      events:
        nextToken === undefined
          ? logStreamName === "app/streamlit/dead"
            ? [
                { timestamp: 1000, message: "Traceback" },
                { timestamp: 3000, message: "ValueError: no\n" },
              ]
            : [{ timestamp: 2000, message: "hello" }]
          : [],
      nextBackwardToken: "b/1",
    }));
});
afterEach(() => aws.stop());

test("status has the load balancer, each task, and what there should be and is not, with the reason", async () => {
  const status = await awsTarget(file()).status(name);
  expect(status.parts).toEqual([
    expect.objectContaining({ part: "load-balancer", state: "running", since: "2026-11-28T08:00:00.000Z" }),
    expect.objectContaining({
      ...{ part: "sales", app: "sales", state: "running", health: "healthy", old: false },
      image: "example.com/sales:1 abababababab",
    }),
    expect.objectContaining({
      ...{ part: "sales.2", app: "sales", state: "not started" },
      reason: "its container keeps exiting (exit code 3): Essential container in task exited",
    }),
  ]);
  expect(status.endpoints).toEqual([
    { protocol: "https", address: "site.elb.amazonaws.com", port: 443 },
    { protocol: "http", address: "site.elb.amazonaws.com", port: 80 },
  ]);
});

test("what failed has the end of the log of the task that ended", async () => {
  const target = awsTarget(file());
  expect(await target.failures(name)).toEqual([
    expect.objectContaining({
      part: "app sales",
      resource: "site-sales-0123456",
      status: "its container keeps exiting (exit code 3)",
      log: "Traceback\nValueError: no",
    }),
  ]);
  expect(await target.failures(name, ["site-log-0123456"])).toEqual([]);
});

test("that logs may not be read does not hide what failed", async () => {
  aws.answers.set("DescribeLogStreams", new ApiFault("AccessDeniedException", "not authorized"));
  const [failure] = await awsTarget(file()).failures(name);
  expect(failure?.status).toBe("its container keeps exiting (exit code 3)");
  expect(failure?.log).toMatch(/^\(its log cannot be read: AWS refuses: not authorized/);
});

async function logged(request: {
  part?: string;
  tail?: number;
  since?: Date;
}): Promise<[string[], LogLine[]]> {
  const lines: LogLine[] = [];
  const write = (line: LogLine): void => void lines.push(line);
  const parts = await awsTarget(file()).logs(
    name,
    { follow: false, ...request },
    write,
    new AbortController().signal,
  );
  return [parts, lines];
}

test("logs has the lines of all tasks in the order of their times; those of tasks that ended are the app's", async () => {
  const [parts, lines] = await logged({});
  expect(parts).toEqual(["sales"]);
  expect(lines).toEqual([
    { part: "sales", time: "1970-01-01T00:00:01.000000000Z", text: "Traceback" },
    { part: "sales", time: "1970-01-01T00:00:02.000000000Z", text: "hello" },
    { part: "sales", time: "1970-01-01T00:00:03.000000000Z", text: "ValueError: no" },
  ]);
  expect((await logged({ tail: 1 }))[1].map(({ text }) => text)).toEqual(["ValueError: no"]);
  await expect(logged({ part: "load-balancer" })).rejects.toThrow(/logs to a bucket of S3/);
});

test("logs goes on with what is written, and tells nothing twice", async () => {
  const stop = new AbortController();
  const time = Date.now();
  aws.answers.set("FilterLogEvents", () => ({
    events: [{ eventId: "1", logStreamName: "app/streamlit/a", timestamp: time, message: "new" }],
  }));
  const texts: string[] = [];
  const write = ({ text }: LogLine): void => void texts.push(text);
  const done = awsTarget(file()).logs(name, { follow: true, tail: 0 }, write, stop.signal);
  const polls = (): number => aws.asked.filter(({ action }) => action === "FilterLogEvents").length;
  while (polls() < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await done;
  expect(texts).toEqual(["new"]);
});

test("a stack without a cluster of its tags is not there", async () => {
  const target = awsTarget(file());
  expect(await target.status({ project: "shop", stack: "other" })).toEqual({ parts: [], endpoints: [] });
  expect(await target.leftovers({ project: "shop", stack: "other" }, false)).toEqual([]);
  expect(await target.leftovers(name, false)).toEqual([{ kind: "ECS service", name: "site-sales-0123456" }]);
});

describe("before anything is begun", () => {
  const prepared = (config?: Record<string, unknown>): Promise<unknown> =>
    awsTarget(file(config)).prepare(() => undefined);

  test("a missing region is told, with where it was looked for", async () => {
    delete process.env.AWS_REGION;
    await expect(prepared()).rejects.toThrow(/^no AWS region is known: looked for aws:region/);
    expect(aws.asked).toEqual([]);
  });

  test("missing credentials are told, with where they were looked for", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    await expect(prepared()).rejects.toThrow(/^no AWS credentials are found: looked for AWS_ACCESS_KEY_ID/);
    expect(aws.asked).toEqual([]);
  });

  test.each([
    ["ExpiredTokenException", /^the AWS credentials have ended/],
    ["UnrecognizedClientException", /^AWS does not accept the credentials \(no\)/],
    ["AccessDeniedException", /^AWS refuses: no\. docs\/aws\.md/],
    ["SomethingElse", /^AWS answers: SomethingElse: no$/],
  ])("%s is told in words", async (code, words) => {
    aws.answers.set("ListClusters", new ApiFault(code, "no"));
    await expect(prepared()).rejects.toThrow(words);
  });

  test("credentials in the stack's file are refused: the commands would ask as somebody else", async () => {
    await expect(async () => prepared({ "aws:secretKey": { secure: "v1:x" } })).rejects.toThrow(
      /Pulumi\.prod\.yaml: aws:secretKey is for the provider alone/,
    );
    await expect(async () => prepared({ "aws:region": { secure: "v1:x" } })).rejects.toThrow(
      /aws:region is not plain text/,
    );
  });

  test("an API that does not answer is told", async () => {
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:9";
    await expect(prepared()).rejects.toThrow(/^AWS does not answer/);
  });
});

test("after an up, a version that ECS went back from is told", async () => {
  const stack = awsTarget(file());
  const events = (at: number): void => {
    const answer = aws.answers.get("DescribeServices") as { services: object[] };
    const message = "(service site-sales-0123456) rolling back to deployment ecs-svc/1.";
    aws.answers.set("DescribeServices", {
      services: answer.services.map((one) => ({ ...one, events: [{ createdAt: at / 1000, message }] })),
    });
  };
  const begun = Date.now();
  events(begun - 60_000);
  await stack.afterUp?.(name, new Date(begun));
  events(begun + 60_000);
  await expect(stack.afterUp?.(name, new Date(begun))).rejects.toThrow(
    /^ECS has gone back to the version before.*app sales/,
  );
});
