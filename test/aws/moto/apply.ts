/**
 * What a program makes of EC2 security groups and Elastic Load Balancing, asked for in AWS's own API: each resource of its CloudFormation template,
 * whose words are those of the API, is a call of the AWS SDK.
 */
import * as ec2 from "@aws-sdk/client-ec2";
import * as balancing from "@aws-sdk/client-elastic-load-balancing-v2";
import { logicalIds, rendered, type TemplateResource } from "../cloudformation/render";
import type { TypeSchemas } from "../cloudformation/schemas";
import { type Graph, ofType, type RecordedResource } from "../graph";
import { canonicalType } from "../types";
import type { Moto } from "./server";

/** What became of the calls. */
export interface Applied {
  /** What moto calls the resources: ids and ARNs, by those of the recording. */
  ids: Map<string, string>;
  /** What moto said to rules of listeners that it refused, by the resource's name. */
  refused: Map<string, string>;
}

type Properties = Record<string, unknown>;

/** In the order in which AWS needs them. */
const order = [
  "AWS::EC2::VPC",
  "AWS::EC2::Subnet",
  "AWS::EC2::SecurityGroup",
  "AWS::EC2::SecurityGroupIngress",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::ElasticLoadBalancingV2::LoadBalancer",
  "AWS::ElasticLoadBalancingV2::TargetGroup",
  "AWS::ElasticLoadBalancingV2::Listener",
  "AWS::ElasticLoadBalancingV2::ListenerRule",
];

/**
 * Make them.
 *
 * @throws the error of AWS's that says why one of them is refused, unless it is a rule of a listener
 */
export async function apply(moto: Moto, graph: Graph, schemas: TypeSchemas): Promise<Applied> {
  const { Resources: resources } = rendered(graph, schemas);
  const logicalId = logicalIds(graph);
  const applied: Applied = { ids: new Map(), refused: new Map() };
  const made = graph.resources.flatMap((resource) => {
    const template = resource.custom ? resources[logicalId(resource)] : undefined;
    const place = template === undefined ? -1 : order.indexOf(template.Type);
    return template === undefined || place < 0 ? [] : [{ resource, template, place }];
  });
  made.sort((a, b) => a.place - b.place);
  // Certificates are no matter of these APIs, but have to be there.
  for (const { inputs } of ofType(graph, "aws:lb/listener:Listener"))
    if (typeof inputs.certificateArn === "string")
      applied.ids.set(inputs.certificateArn, await moto.certificate());
  for (const { resource, template } of made) {
    try {
      applied.ids.set(resource.id, await create(moto, resource, template, applied.ids));
    } catch (error) {
      if (canonicalType(resource.type) !== "aws:lb/listenerRule:ListenerRule") throw error;
      applied.refused.set(resource.name, (error as Error).message);
    }
  }
  return applied;
}

/** @returns what AWS calls it */
async function create(
  moto: Moto,
  { outputs }: RecordedResource,
  { Type, Properties: given }: TemplateResource,
  ids: ReadonlyMap<string, string>,
): Promise<string> {
  const all = renamed(given, ids) as Properties;
  const name = String(outputs.name);
  switch (Type) {
    case "AWS::EC2::VPC": {
      const { Vpc } = await moto.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: String(all.CidrBlock) }));
      return known(Vpc?.VpcId);
    }
    case "AWS::EC2::Subnet": {
      const { VpcId, CidrBlock, AvailabilityZone } = all as Record<string, string>;
      const { Subnet } = await moto.ec2.send(
        new ec2.CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }),
      );
      return known(Subnet?.SubnetId);
    }
    case "AWS::EC2::SecurityGroup":
      return securityGroup(moto, name, all);
    case "AWS::EC2::SecurityGroupIngress":
      return allow(moto, "ingress", String(all.GroupId), all);
    case "AWS::EC2::SecurityGroupEgress":
      return allow(moto, "egress", String(all.GroupId), all);
    case "AWS::ElasticLoadBalancingV2::LoadBalancer": {
      const { LoadBalancerAttributes, ...input } = all;
      const { LoadBalancers } = await moto.balancing.send(
        new balancing.CreateLoadBalancerCommand(inputOf({ ...input, Name: name })),
      );
      const LoadBalancerArn = known(LoadBalancers?.[0]?.LoadBalancerArn);
      const Attributes = LoadBalancerAttributes as balancing.LoadBalancerAttribute[];
      await moto.balancing.send(
        new balancing.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }),
      );
      return LoadBalancerArn;
    }
    case "AWS::ElasticLoadBalancingV2::TargetGroup": {
      const { TargetGroupAttributes, ...input } = all;
      // Who registers there is another call.
      delete input.Targets;
      const { TargetGroups } = await moto.balancing.send(
        new balancing.CreateTargetGroupCommand(inputOf({ ...input, Name: name })),
      );
      const TargetGroupArn = known(TargetGroups?.[0]?.TargetGroupArn);
      const Attributes = TargetGroupAttributes as balancing.TargetGroupAttribute[];
      await moto.balancing.send(
        new balancing.ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }),
      );
      return TargetGroupArn;
    }
    case "AWS::ElasticLoadBalancingV2::Listener": {
      const { ListenerAttributes, ...input } = all;
      const { Listeners } = await moto.balancing.send(
        new balancing.CreateListenerCommand(inputOf({ ...input })),
      );
      const ListenerArn = known(Listeners?.[0]?.ListenerArn);
      const Attributes = ListenerAttributes as balancing.ListenerAttribute[] | undefined;
      if (Attributes !== undefined)
        await moto.balancing.send(new balancing.ModifyListenerAttributesCommand({ ListenerArn, Attributes }));
      return ListenerArn;
    }
    case "AWS::ElasticLoadBalancingV2::ListenerRule": {
      const { Rules } = await moto.balancing.send(new balancing.CreateRuleCommand(inputOf(all)));
      return known(Rules?.[0]?.RuleArn);
    }
    default:
      throw new Error(`there is no call for ${Type}`);
  }
}

async function securityGroup(moto: Moto, GroupName: string, all: Properties): Promise<string> {
  const { GroupDescription, VpcId, SecurityGroupIngress, SecurityGroupEgress } = all;
  const { GroupId } = await moto.ec2.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName,
      Description: String(GroupDescription),
      VpcId: String(VpcId),
    }),
  );
  const id = known(GroupId);
  // What EC2 gives to every group, and Pulumi's provider takes away.
  const everything: ec2.IpPermission[] = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
  await moto.ec2.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: everything }));
  for (const rule of (SecurityGroupIngress ?? []) as Properties[]) await allow(moto, "ingress", id, rule);
  for (const rule of (SecurityGroupEgress ?? []) as Properties[]) await allow(moto, "egress", id, rule);
  return id;
}

/** @returns the id of the rule */
async function allow(
  moto: Moto,
  direction: "ingress" | "egress",
  GroupId: string,
  rule: Properties,
): Promise<string> {
  const input = { GroupId, IpPermissions: [permission(rule)] };
  const { SecurityGroupRules } =
    direction === "ingress"
      ? await moto.ec2.send(new ec2.AuthorizeSecurityGroupIngressCommand(input))
      : await moto.ec2.send(new ec2.AuthorizeSecurityGroupEgressCommand(input));
  return known(SecurityGroupRules?.[0]?.SecurityGroupRuleId);
}

function permission(rule: Properties): ec2.IpPermission {
  const texts = rule as Record<string, string | undefined>;
  const { Description, IpProtocol, FromPort, ToPort, CidrIp, CidrIpv6 } = texts;
  const group = texts.SourceSecurityGroupId ?? texts.DestinationSecurityGroupId;
  const list = texts.SourcePrefixListId ?? texts.DestinationPrefixListId;
  return {
    IpProtocol,
    ...(FromPort !== undefined && { FromPort: Number(FromPort) }),
    ...(ToPort !== undefined && { ToPort: Number(ToPort) }),
    ...(CidrIp !== undefined && { IpRanges: [{ CidrIp, Description }] }),
    ...(CidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6, Description }] }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: group, Description }] }),
    ...(list !== undefined && { PrefixListIds: [{ PrefixListId: list, Description }] }),
  };
}

/** The parameters of a call: those of CloudFormation have the same names. */
function inputOf<Input>(properties: Properties): Input {
  return properties as Input;
}

/** A value with other ids in it. */
export function renamed(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, ids)]));
}

function known(id: string | undefined): string {
  if (id === undefined) throw new Error("moto made something and did not say what it calls it");
  return id;
}
