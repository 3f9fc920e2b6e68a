/** The rules of security groups, in all the spellings that `@pulumi/aws` has for them. */
import { type Graph, ofType, plainInputs } from "../graph";
import { type Ports, portsOf } from "./ports";

/** Who a rule is about. */
export type Peer =
  { kind: "range"; cidr: string } | { kind: "group"; id: string } | { kind: "prefix list"; id: string };

/** A rule of a security group. */
export interface GroupRule {
  direction: "ingress" | "egress";
  ports: Ports;
  peer: Peer;
}

/** The rules of every security group by its id. A group that has none lets nothing in or out: the provider removes the rule that AWS makes. */
export function securityGroups(graph: Graph): Map<string, GroupRule[]> {
  const groups = new Map<string, GroupRule[]>();
  const add = (id: unknown, rules: GroupRule[]): void => {
    const key = String(id);
    groups.set(key, [...(groups.get(key) ?? []), ...rules]);
  };
  for (const group of ofType(
    graph,
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  )) {
    const inputs = plainInputs(group);
    add(group.id, []);
    for (const direction of ["ingress", "egress"] as const) {
      for (const rule of objects(inputs[direction])) add(group.id, olderRule(direction, rule, group.id));
    }
  }
  for (const rule of ofType(graph, "aws:ec2/securityGroupRule:SecurityGroupRule")) {
    const inputs = plainInputs(rule);
    if (inputs.type !== "ingress" && inputs.type !== "egress")
      throw new Error(`security group rule "${rule.name}" is neither ingress nor egress`);
    add(inputs.securityGroupId, olderRule(inputs.type, inputs, String(inputs.securityGroupId)));
  }
  for (const direction of ["ingress", "egress"] as const) {
    const kind = direction === "ingress" ? "Ingress" : "Egress";
    for (const rule of ofType(graph, `aws:vpc/securityGroup${kind}Rule:SecurityGroup${kind}Rule`)) {
      const inputs = plainInputs(rule);
      const { cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId } = inputs;
      const peers: Peer[] = [
        ...strings([cidrIpv4, cidrIpv6]).map((cidr): Peer => ({ kind: "range", cidr })),
        ...strings([prefixListId]).map((id): Peer => ({ kind: "prefix list", id })),
        // Of another account: its number comes first.
        ...strings([referencedSecurityGroupId]).map((id): Peer => ({
          kind: "group",
          id: id.split("/").pop() ?? id,
        })),
      ];
      const ports = portsOf(inputs.ipProtocol, inputs.fromPort, inputs.toPort);
      add(
        inputs.securityGroupId,
        peers.map((peer) => ({ direction, ports, peer })),
      );
    }
  }
  return groups;
}

function olderRule(direction: "ingress" | "egress", rule: Record<string, unknown>, own: string): GroupRule[] {
  const ports = portsOf(rule.protocol, rule.fromPort, rule.toPort);
  const peers: Peer[] = [
    ...[...list(rule.cidrBlocks), ...list(rule.ipv6CidrBlocks)].map((cidr): Peer => ({
      kind: "range",
      cidr,
    })),
    ...list(rule.prefixListIds).map((id): Peer => ({ kind: "prefix list", id })),
    ...[...list(rule.securityGroups), ...strings([rule.sourceSecurityGroupId])].map((id): Peer => ({
      kind: "group",
      id,
    })),
    ...(rule.self === true ? [{ kind: "group", id: own } as const] : []),
  ];
  return peers.map((peer) => ({ direction, ports, peer }));
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

function list(value: unknown): string[] {
  return strings(Array.isArray(value) ? value : []);
}

function strings(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string" && value !== "");
}
