/** A recorded graph with what the APIs of AWS say of it in place of what the program said. */
import { paginateDescribeSecurityGroupRules, type SecurityGroupRule } from "@aws-sdk/client-ec2";
import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Graph, ofType, type RecordedResource } from "../graph";
import { canonicalType } from "../types";
import { type Applied, renamed } from "./apply";
import type { Moto } from "./server";

type Inputs = Record<string, unknown>;

/** The types that are read back; security groups with the rules that stand in them. */
const balancer = "aws:lb/loadBalancer:LoadBalancer";
const listener = "aws:lb/listener:Listener";
const listenerRule = "aws:lb/listenerRule:ListenerRule";
const group = "aws:ec2/securityGroup:SecurityGroup";
const groupRules = /^aws:vpc\/securityGroup(Ingress|Egress)Rule:|^aws:ec2\/securityGroupRule:/;

/**
 * Read everything back.
 *
 * @param applied what became of the graph's resources; a rule of a listener that was refused stays as it was recorded
 * @throws Error if there is a rule that the program did not make
 */
export async function readBack(moto: Moto, graph: Graph, { ids, refused }: Applied): Promise<Graph> {
  const recorded = new Map([...ids].map(([before, after]) => [after, before]));
  const described = new Map<string, Inputs>();
  const describe = (id: string | undefined, inputs: Inputs): void => {
    const known = recorded.get(id ?? "");
    if (known === undefined) throw new Error(`the program did not make ${String(id)}`);
    described.set(known, renamed(inputs, recorded) as Inputs);
  };
  const { LoadBalancers = [] } = await moto.balancing.send(new DescribeLoadBalancersCommand({}));
  for (const { LoadBalancerArn, Scheme, SecurityGroups, AvailabilityZones = [] } of LoadBalancers) {
    const subnets = AvailabilityZones.map(({ SubnetId }) => SubnetId);
    describe(LoadBalancerArn, {
      internal: Scheme !== "internet-facing",
      securityGroups: SecurityGroups,
      subnets,
    });
    const { Listeners = [] } = await moto.balancing.send(new DescribeListenersCommand({ LoadBalancerArn }));
    for (const { ListenerArn, Port, Protocol, SslPolicy, DefaultActions = [] } of Listeners) {
      describe(ListenerArn, {
        loadBalancerArn: LoadBalancerArn,
        port: Port,
        protocol: Protocol,
        ...(SslPolicy !== undefined && { sslPolicy: SslPolicy }),
        defaultActions: DefaultActions.map(actionInputs),
      });
      const { Rules = [] } = await moto.balancing.send(new DescribeRulesCommand({ ListenerArn }));
      for (const { RuleArn, IsDefault, Priority, Conditions = [], Actions = [] } of Rules)
        if (IsDefault !== true)
          describe(RuleArn, {
            listenerArn: ListenerArn,
            priority: Number(Priority),
            conditions: Conditions.map(conditionInputs),
            actions: Actions.map(actionInputs),
          });
    }
  }
  const rules: SecurityGroupRule[] = [];
  for await (const { SecurityGroupRules = [] } of paginateDescribeSecurityGroupRules(
    { client: moto.ec2 },
    {},
  ))
    rules.push(...SecurityGroupRules);
  const own = new Set(ofType(graph, group).map(({ id }) => ids.get(id)));
  const isReadBack = ({ id, name, type }: RecordedResource): boolean =>
    [balancer, listener, listenerRule].includes(type) && !refused.has(name) && id !== "";
  return {
    ...graph,
    resources: [
      ...graph.resources
        .filter(({ type }) => !groupRules.test(canonicalType(type)))
        .map((resource) => {
          const canonical = { ...resource, type: canonicalType(resource.type) };
          if (canonical.type === group)
            return { ...resource, inputs: { ...resource.inputs, ingress: [], egress: [] } };
          if (!isReadBack(canonical)) return resource;
          const inputs = described.get(resource.id);
          if (inputs === undefined) throw new Error(`"${resource.name}" is not among what is there`);
          return { ...resource, inputs };
        }),
      // Those of the groups that every VPC has by itself are no part of the program.
      ...rules.filter(({ GroupId }) => own.has(GroupId)).map((rule) => groupRule(rule, recorded)),
    ],
  };
}

/** What a condition is called in the program. */
function conditionInputs(condition: RuleCondition): Inputs {
  const { Field = "" } = condition;
  const config = condition[`${pascal(Field)}Config` as keyof RuleCondition];
  const inputs = inResourceWords(config) as Inputs;
  return Field === "query-string" ? { queryStrings: inputs.values } : { [camel(Field)]: inputs };
}

/** What an action is called in the program. */
function actionInputs({ ForwardConfig, ...action }: Action): Inputs {
  const inputs = Object.entries(action).map(([key, value]) => [
    initialDown(key.replace(/Config$/, "")),
    inResourceWords(value),
  ]);
  const targets = ForwardConfig?.TargetGroups?.map(({ TargetGroupArn, Weight }) => ({
    arn: TargetGroupArn,
    weight: Weight,
  }));
  return {
    ...(Object.fromEntries(inputs) as Inputs),
    ...(targets !== undefined && { forward: { targetGroups: targets } }),
  };
}

function groupRule(rule: SecurityGroupRule, recorded: ReadonlyMap<string, string>): RecordedResource {
  const { SecurityGroupRuleId: id = "", GroupId, IsEgress, IpProtocol, FromPort, ToPort } = rule;
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo } = rule;
  const direction = IsEgress === true ? "Egress" : "Ingress";
  const inputs = {
    securityGroupId: GroupId,
    ipProtocol: IpProtocol,
    fromPort: FromPort,
    toPort: ToPort,
    cidrIpv4: CidrIpv4,
    cidrIpv6: CidrIpv6,
    prefixListId: PrefixListId,
    referencedSecurityGroupId: ReferencedGroupInfo?.GroupId,
  };
  const given = Object.entries(inputs).filter(([, value]) => value !== undefined);
  return {
    urn: "",
    type: `aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`,
    name: id,
    custom: true,
    inputs: renamed(Object.fromEntries(given), recorded) as Inputs,
    id,
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
  };
}

/** The API's words begin with a capital letter, and the program's do not. */
function inResourceWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inResourceWords);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [initialDown(key), inResourceWords(item)]),
  );
}

const initialDown = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);
const pascal = (field: string): string =>
  field
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
const camel = (field: string): string => initialDown(pascal(field));
