/**
 * The rules of load balancers and the references of security groups as AWS's APIs understand them, by moto through the AWS SDK: that they take each
 * as it is meant to be, and give back what leads every request to the same answer and everybody to the same places.
 *
 * It does NOT prove that AWS takes them. moto is no AWS: it counts neither rules nor the values of their conditions, compares no region but a
 * certificate's, takes any TLS policy, and knows neither regular expressions for paths nor tokens (`jwt-validation`), which is why the rules that have
 * them are judged as they were recorded. Nothing sends a request through a load balancer or a packet through a security group: what the rules mean is
 * the interpreter's word and that of reachability, here as there. Routes, endpoints and tasks are not asked of it.
 */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
} from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  SetRulePrioritiesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { TypeSchemas } from "../cloudformation/schemas";
import { type Graph, ofType } from "../graph";
import { contractTable, contractViolations, type Row } from "../listeners/contract";
import { answerRequests } from "../listeners/interpreter";
import { ensureAwsPythonTools } from "../python";
import { reachability, reachabilityViolations } from "../reachability/rules";
import { record } from "../recorder";
import { existing, federated, oidc, plain, siteProgram } from "../site/sites";
import { type Applied, apply } from "./apply";
import { readBack } from "./read-back";
import { Moto } from "./server";

let moto: Moto;
let schemas: TypeSchemas;

beforeAll(async () => {
  moto = await Moto.start();
  schemas = new TypeSchemas(await ensureAwsPythonTools());
}, 600_000);
afterAll(() => moto.stop());

/** What a program makes, as it was recorded and as moto has it. */
async function brought(program: () => unknown): Promise<{ graph: Graph; applied: Applied }> {
  await moto.reset();
  const graph = await record(program);
  return { graph, applied: await apply(moto, graph, schemas) };
}

function table(host: string, routes: Record<string, string>, bearer = false): Row[] {
  const apps = Object.entries(routes).map(([name, route]) => ({ name, route }));
  return contractTable({ host, gateway: "alb", apps, bearer });
}

const plainTable = table("plain.example.com", { sales: "/sales", out: "/team/out" });

/** What moto does not know, in its words: they are gone when it does, and then these rules are no exceptions any more. */
const noRegex = "A condition value must be specified";
const noTokens = expect.stringContaining(
  "Value 'jwt-validation' at 'actions.1.member.type' failed",
) as string;

/** What was made is read back, and answers as what was recorded. */
async function sameAnswers(
  graph: Graph,
  applied: Applied,
  rows: readonly Row[],
  refused: Record<string, string>,
): Promise<void> {
  expect(Object.fromEntries(applied.refused)).toEqual(refused);
  const again = await readBack(moto, graph, applied);
  const requests = rows.map(({ request }) => request);
  expect(answerRequests(again, requests)).toEqual(answerRequests(graph, requests));
  expect(contractViolations(again, rows)).toEqual([]);
  expect(reachability(again)).toEqual(reachability(graph));
}

test.each<[string, () => unknown, Row[], Record<string, string>]>([
  [
    "Cognito with all that it can have",
    () => siteProgram(federated),
    table("federated.example.com", { sales: "/sales", spare: "/spare" }, true),
    { "fed-encoded": noRegex, "fed-sales-bearer": noTokens, "fed-spare-bearer": noTokens },
  ],
  [
    "OIDC, programs too",
    () => siteProgram(oidc),
    table("site.example.com", { home: "/", ops: "/ops" }, true),
    { "oidc-encoded": noRegex, "oidc-home-bearer": noTokens, "oidc-ops-bearer": noTokens },
  ],
  [
    "a network that is there",
    () => siteProgram(existing()),
    table("existing.example.com", { explorer: "/explorer", reports: "/reports" }),
    { "in-encoded": noRegex },
  ],
])("what is read back answers as what was recorded: %s", async (_, program, rows, refused) => {
  const { graph, applied } = await brought(program);
  await sameAnswers(graph, applied, rows, refused);
});

describe("a site that is there", () => {
  let graph: Graph;
  let applied: Applied;
  beforeAll(async () => {
    ({ graph, applied } = await brought(() => siteProgram(plain)));
  });

  const id = (type: string, name: string): string => {
    const found = ofType(graph, type).find((resource) => resource.name === name);
    const known = applied.ids.get(found?.id ?? "");
    if (known === undefined) throw new Error(`there is no ${type} "${name}"`);
    return known;
  };
  const group = (name: string): string => id("aws:ec2/securityGroup:SecurityGroup", name);
  const targets = (name: string): string => id("aws:lb/targetGroup:TargetGroup", name);
  const rule = (name: string): string => id("aws:lb/listenerRule:ListenerRule", name);
  const https = (): string => id("aws:lb/listener:Listener", "plain-https");

  /** A rule that is right but for what is given. */
  const createRule = (wrong: Partial<CreateRuleCommandInput>): Promise<unknown> =>
    moto.balancing.send(
      new CreateRuleCommand({
        ListenerArn: https(),
        Priority: 40_000,
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/more"] } }],
        Actions: [{ Type: "forward", TargetGroupArn: targets("plain-sales") }],
        ...wrong,
      }),
    );
  const allow = (
    input: Omit<AuthorizeSecurityGroupIngressCommandInput, "GroupId">,
    name = "plain-sales",
  ): Promise<unknown> =>
    moto.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group(name), ...input }));
  const from = (
    GroupId: string,
    port: number,
    Description?: string,
  ): AuthorizeSecurityGroupIngressCommandInput => ({
    IpPermissions: [
      { IpProtocol: "tcp", FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId, Description }] },
    ],
  });

  test("is read back, and answers as what was recorded: Cognito", () =>
    sameAnswers(graph, applied, plainTable, { "plain-encoded": noRegex }));

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "a rule with the priority of another",
      () => createRule({ Priority: Number(ofRule("plain-sales-stream")) }),
      "PriorityInUseException",
    ],
    [
      "a rule that leads to targets that are not there",
      () => createRule({ Actions: [{ Type: "forward", TargetGroupArn: `${targets("plain-sales")}0` }] }),
      "TargetGroupNotFoundException",
    ],
    [
      "a pattern of more than 128 characters",
      () =>
        createRule({
          Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: [`/${"a".repeat(128)}`] } }],
        }),
      "ValidationError",
    ],
    [
      "a header's name of more than 40 characters",
      () =>
        createRule({
          Conditions: [
            { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "a".repeat(41), Values: ["*"] } },
          ],
        }),
      "ValidationError",
    ],
    [
      "an answer that is none",
      () => createRule({ Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "302" } }] }),
      "ValidationError",
    ],
    [
      "an answer of a kind that a load balancer does not give",
      () =>
        createRule({
          Actions: [
            {
              Type: "fixed-response",
              FixedResponseConfig: { StatusCode: "200", ContentType: "text/markdown" },
            },
          ],
        }),
      "InvalidLoadBalancerActionException",
    ],
    [
      "a name of targets of more than 32 characters",
      () =>
        moto.balancing.send(
          new CreateTargetGroupCommand({ Name: "a".repeat(33), Protocol: "HTTP", Port: 8501, VpcId: "vpc" }),
        ),
      "ValidationError",
    ],
    [
      "the removal of targets that a rule leads to",
      () => moto.balancing.send(new DeleteTargetGroupCommand({ TargetGroupArn: targets("plain-sales") })),
      "ResourceInUseException",
    ],
    [
      "a listener with a certificate of another region",
      async () =>
        moto.balancing.send(
          new CreateListenerCommand({
            LoadBalancerArn: id("aws:lb/loadBalancer:LoadBalancer", "plain"),
            Protocol: "HTTPS",
            Port: 8443,
            Certificates: [{ CertificateArn: await moto.certificate("eu-central-1") }],
            DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
          }),
        ),
      "CertificateNotFoundException",
    ],
    [
      "a rule of a group that it has",
      () => allow(from(group("plain-alb"), 8501, "The load balancer, and nothing else")),
      "InvalidPermission.Duplicate",
    ],
    ["a group that is not there", () => allow(from("sg-0123456789abcdef0", 1)), "InvalidGroup.NotFound"],
    [
      "more than sixty rules of a group",
      () =>
        allow({
          IpPermissions: [
            {
              IpProtocol: "tcp",
              FromPort: 443,
              ToPort: 443,
              IpRanges: Array.from({ length: 60 }, (_, index) => ({ CidrIp: `10.0.${String(index)}.0/24` })),
            },
          ],
        }),
      "RulesPerSecurityGroupLimitExceeded",
    ],
  ])("is not given %s", async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ name: code });
  });

  /** The priority of a rule, as the program has it. */
  const ofRule = (name: string): unknown =>
    ofType(graph, "aws:lb/listenerRule:ListenerRule").find((resource) => resource.name === name)?.inputs
      .priority;

  test("is seen as it is, whatever the program says", async () => {
    await moto.balancing.send(
      new SetRulePrioritiesCommand({
        RulePriorities: [{ RuleArn: rule("plain-sales-pages"), Priority: 20 }],
      }),
    );
    await allow(from(group("plain-out"), 8501));
    const again = await readBack(moto, graph, applied);
    expect(contractViolations(again, plainTable)).toContain(
      'sales: websocket: authenticate by "plain-sales-pages" instead of deny',
    );
    // To connect, out has to be let out as well.
    expect(reachabilityViolations(again)).toEqual([]);
    await moto.ec2.send(
      new AuthorizeSecurityGroupEgressCommand({
        GroupId: group("plain-out"),
        ...from(group("plain-sales"), 8501),
      }),
    );
    expect(reachabilityViolations(await readBack(moto, graph, applied))).toEqual([
      'service "plain-out" reaches service "plain-sales" on tcp 8501',
    ]);
  });
});
