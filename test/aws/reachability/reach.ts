/**
 * Who reaches whom in a recorded graph, by routes, addresses and security groups.
 *
 * It does NOT prove that anything listens there, nor what AWS's resolver gives away: a task without a way out can still ask it for names, and a name
 * can carry data. Network ACLs, peering and the like are refused rather than ignored; policies of endpoints are not read. Traffic that leaves by a
 * NAT gateway and comes back to a public load balancer counts as traffic of the internet, which has to sign in like any other.
 */
import { familyOf, hasPublicAddress, overlap } from "./addresses";
import type { Endpoint, Network, Place, Route, Subnet } from "./network";
import { includes, intersection, merged, type Ports } from "./ports";
import type { GroupRule, Peer } from "./security-groups";

/** Everybody who is not in the VPC. */
export const internet = "internet";

/** One end of a connection. */
export type End = Place | typeof internet;

const families = [4, 6] as const;

/** On which ports the one opens connections to the other. */
export function reachablePorts(network: Network, from: End, to: End): Ports[] {
  if (from === internet && to === internet) return [];
  if (from === internet) return to === internet ? [] : fromInternet(network, to);
  if (to === internet) return toInternet(network, from);
  const together = from.subnets.some((one) => to.subnets.some((other) => one.vpc === other.vpc));
  if (!together) return [];
  return intersection(
    allowed(network, from, "egress", (peer) => isPlace(peer, to)),
    allowed(network, to, "ingress", (peer) => isPlace(peer, from)),
  );
}

/** @throws Error if a security group is not in the graph, so that nobody knows its rules */
function allowed(
  { groups }: Network,
  place: Place,
  direction: GroupRule["direction"],
  isPeer: (peer: Peer) => boolean,
): Ports[] {
  const rules = place.securityGroups.flatMap((id) => {
    const group = groups.get(id);
    if (group === undefined)
      throw new Error(`the security group ${id} of "${place.name}" is not in the graph`);
    return group;
  });
  return merged(
    rules.filter((rule) => rule.direction === direction && isPeer(rule.peer)).map(({ ports }) => ports),
  );
}

function isPlace(peer: Peer, place: Place): boolean {
  if (peer.kind === "group") return place.securityGroups.includes(peer.id);
  if (peer.kind === "prefix list") return false;
  return place.subnets.some(({ cidrs }) => cidrs.some((cidr) => overlap(cidr, peer.cidr)));
}

/** A list that belongs to no gateway endpoint may be of anybody. */
function isInternet(network: Network, family: 4 | 6): (peer: Peer) => boolean {
  return (peer) => {
    if (peer.kind === "range") return familyOf(peer.cidr) === family && hasPublicAddress(peer.cidr);
    return peer.kind === "prefix list" && !network.endpoints.some(({ prefixList }) => prefixList === peer.id);
  };
}

function fromInternet(network: Network, to: Place): Ports[] {
  if (!to.hasPublicAddress) return [];
  return merged(
    families.flatMap((family) =>
      to.subnets.some((subnet) => leadsOut(network, subnet, family, ["internet gateway"]))
        ? allowed(network, to, "ingress", isInternet(network, family))
        : [],
    ),
  );
}

function toInternet(network: Network, from: Place): Ports[] {
  return merged(
    families.flatMap((family) => {
      const ways: Route["target"][] = ["nat gateway", "egress-only gateway"];
      if (from.hasPublicAddress) ways.push("internet gateway");
      return from.subnets.some((subnet) => leadsOut(network, subnet, family, ways))
        ? allowed(network, from, "egress", isInternet(network, family))
        : [];
    }),
  );
}

function leadsOut(
  network: Network,
  subnet: Subnet,
  family: 4 | 6,
  ways: readonly Route["target"][],
): boolean {
  return subnet.routes.some(({ destination, target, gateway }) => {
    if (!ways.includes(target) || familyOf(destination) !== family || !hasPublicAddress(destination))
      return false;
    if (target !== "nat gateway") return true;
    const own = network.natSubnets.get(gateway);
    return own !== undefined && leadsOut(network, own, family, ["internet gateway"]);
  });
}

/** How a place reaches a service of AWS, or why it does not. */
export interface ServiceReach {
  by?: "interface endpoint" | "gateway endpoint" | "internet";
  why: string;
}

/**
 * How a place reaches a service of AWS.
 *
 * @param service the end of an endpoint's name: `ecr.api`
 */
export function reachService(network: Network, place: Place, service: string): ServiceReach {
  const mine = network.endpoints.filter(
    (endpoint) => endpoint.service === service && place.subnets.every(({ vpc }) => vpc === endpoint.vpc),
  );
  const tries = mine.map((endpoint) =>
    endpoint.place === undefined
      ? byGateway(network, place, endpoint)
      : byAddress(network, place, endpoint, endpoint.place),
  );
  const found = tries.find(({ by }) => by !== undefined);
  if (found !== undefined) return found;
  if (includes(toInternet(network, place), "tcp", 443)) return { by: "internet", why: "it has a way out" };
  return {
    why: tries.map(({ why }) => why).join("; ") || `there is no endpoint for ${service}, and no way out`,
  };
}

function byAddress(network: Network, place: Place, endpoint: Endpoint, end: Place): ServiceReach {
  if (!endpoint.privateDns) return { why: `the endpoint "${end.name}" has no private DNS` };
  if (!network.resolving.has(endpoint.vpc))
    return { why: `the VPC of the endpoint "${end.name}" has not both DNS support and DNS host names` };
  if (!includes(reachablePorts(network, place, end), "tcp", 443))
    return { why: `security groups do not let it reach the endpoint "${end.name}" on tcp 443` };
  return { by: "interface endpoint", why: end.name };
}

function byGateway(network: Network, place: Place, endpoint: Endpoint): ServiceReach {
  const without = place.subnets.filter(({ routeTable }) => !endpoint.routeTables.includes(routeTable));
  if (without.length > 0)
    return {
      why: `no route to the gateway endpoint of ${endpoint.service} from ${without.map(({ name }) => name).join(", ")}`,
    };
  const isEndpoint = (peer: Peer): boolean =>
    peer.kind === "prefix list" ? peer.id === endpoint.prefixList : isEverybody(peer);
  if (!includes(allowed(network, place, "egress", isEndpoint), "tcp", 443))
    return {
      why: `security groups do not let it reach the gateway endpoint of ${endpoint.service} on tcp 443`,
    };
  return { by: "gateway endpoint", why: endpoint.service };
}

function isEverybody(peer: Peer): boolean {
  return peer.kind === "range" && peer.cidr === "0.0.0.0/0";
}
