/** Who reaches whom by the NetworkPolicies of a namespace, as the API's documentation says it (`networking.k8s.io/v1`). */
import * as net from "node:net";
import type * as kubernetes from "@pulumi/kubernetes";

/** A policy as data. */
export type Policy = kubernetes.types.input.networking.v1.NetworkPolicySpec;

/** Somebody on the network: a pod, or an address that is none. */
export interface Party {
  address: string;
  namespace?: string;
  labels?: Record<string, string>;
}

/** A place where somebody may listen. */
export interface Listener {
  protocol: "TCP" | "UDP";
  port: number;
}

interface Selector {
  matchLabels?: Record<string, string>;
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol: string; port: number }[];
}

interface Plain {
  podSelector: Selector;
  policyTypes: string[];
  ingress?: Rule[];
  egress?: Rule[];
}

/**
 * May somebody connect?
 *
 * @param policies of the namespace
 * @param namespace where they are
 */
export function reaches(
  policies: readonly Policy[],
  namespace: string,
  from: Party,
  to: Party,
  at: Listener,
): boolean {
  const plain = policies as unknown as readonly Plain[];
  const allows = (party: Party, direction: "Ingress" | "Egress", other: Party): boolean => {
    const own = plain.filter(
      ({ podSelector, policyTypes }) =>
        policyTypes.includes(direction) &&
        party.namespace === namespace &&
        isSelected(podSelector, party.labels),
    );
    if (own.length === 0) return true;
    return own
      .flatMap((policy) => (direction === "Ingress" ? policy.ingress : policy.egress) ?? [])
      .some((rule) => {
        const peers = direction === "Ingress" ? rule.from : rule.to;
        const ports = rule.ports;
        return (
          (peers === undefined || peers.some((peer) => isPeer(peer, other, namespace))) &&
          (ports === undefined ||
            ports.some(({ protocol, port }) => protocol === at.protocol && port === at.port))
        );
      });
  };
  return allows(from, "Egress", to) && allows(to, "Ingress", from);
}

function isSelected({ matchLabels = {} }: Selector, labels: Record<string, string> | undefined): boolean {
  return labels !== undefined && Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, party: Party, namespace: string): boolean {
  if (ipBlock)
    return isIn(ipBlock.cidr, party.address) && !ipBlock.except?.some((cidr) => isIn(cidr, party.address));
  const here =
    namespaceSelector === undefined
      ? party.namespace === namespace
      : party.namespace !== undefined &&
        isSelected(namespaceSelector, { "kubernetes.io/metadata.name": party.namespace });
  return here && (podSelector === undefined || isSelected(podSelector, party.labels));
}

function isIn(cidr: string, address: string): boolean {
  const [network = "", bits] = cidr.split("/");
  const family = (text: string): "ipv4" | "ipv6" => (net.isIPv6(text) ? "ipv6" : "ipv4");
  if (family(network) !== family(address)) return false;
  const list = new net.BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}
