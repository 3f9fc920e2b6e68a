/** What may reach what in a site, whatever it is made of; see {@link reachablePorts} for what this does NOT prove. */
import type { Graph } from "../graph";
import { neededServices, signInBalancers, targetsOf } from "./needs";
import { networkOf, type Place } from "./network";
import { includes, portText, type Ports } from "./ports";
import { internet, reachablePorts, reachService } from "./reach";

/** What differs between sites. */
export interface SiteNetwork {
  /** The resource names of the services that may call out. @default none */
  egress?: readonly string[];
  /**
   * Connections between parts beside those of the load balancers to their targets, each of which there has to be: of a gateway to the apps, for
   * instance. @default none
   */
  connections?: readonly { from: string; to: string; port: number }[];
}

/** Who reaches whom, in words, with nobody who reaches nobody. */
export interface Reachability {
  fromInternet: Record<string, string[]>;
  toInternet: Record<string, string[]>;
  /** First who, then whom. */
  between: Record<string, Record<string, string[]>>;
  /** First who, then the service of AWS; how, or why not. */
  services: Record<string, Record<string, string>>;
}

/** Who reaches whom in a graph. */
export function reachability(graph: Graph): Reachability {
  const network = networkOf(graph);
  const { places } = network;
  const words = (ports: Ports[]) => ports.map(portText);
  const table = (of: (place: Place) => string[]): Record<string, string[]> =>
    Object.fromEntries(
      places.map((place) => [place.name, of(place)] as const).filter(([, ports]) => ports.length > 0),
    );
  const nonEmpty = <T extends object>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
    Object.fromEntries(entries.filter(([, value]) => Object.keys(value).length > 0));
  return {
    fromInternet: table((place) => words(reachablePorts(network, internet, place))),
    toInternet: table((place) => words(reachablePorts(network, place, internet))),
    between: nonEmpty(
      places.map((from) => {
        const others = places.filter((to) => to !== from);
        const reached = nonEmpty(
          others.map((to) => [to.name, words(reachablePorts(network, from, to))] as const),
        );
        return [from.name, reached] as const;
      }),
    ),
    services: nonEmpty(
      places
        .filter(({ kind }) => kind === "service")
        .map((place) => {
          const reached = neededServices(graph, place).map((service) => {
            const { by, why } = reachService(network, place, service);
            return [service, by ?? `not: ${why}`] as const;
          });
          return [place.name, Object.fromEntries(reached)] as const;
        }),
    ),
  };
}

/** What reaches too much or too little, in words; empty if nothing. */
export function reachabilityViolations(graph: Graph, site: SiteNetwork = {}): string[] {
  const { egress = [], connections = [] } = site;
  const network = networkOf(graph);
  const { places } = network;
  const faults: string[] = [];
  const label = ({ kind, name }: Place) => `${kind} "${name}"`;
  const byName = (kinds: readonly Place["kind"][], name: string) =>
    places.find((place) => kinds.includes(place.kind) && place.name === name);

  for (const place of places) {
    const open = reachablePorts(network, internet, place);
    const wanted = place.kind === "load balancer" ? [80, 443] : [];
    for (const ports of excess(open, wanted))
      faults.push(`the internet reaches ${label(place)} on ${portText(ports)}`);
    if (place.kind === "service" && place.hasPublicAddress)
      faults.push(`${label(place)} has a public address`);
  }
  for (const name of [...egress, ...connections.flatMap(({ from }) => from)]) {
    if (byName(["service", "load balancer"], name) === undefined)
      faults.push(`there is no service "${name}"`);
  }

  const targets = targetsOf(graph);
  const wanted = [
    ...targets.map(({ loadBalancer, service, port }) => ({ from: loadBalancer, to: service, port })),
    ...connections,
  ];
  for (const { from, to, port } of wanted) {
    const [one, other] = [
      byName(["load balancer", "service"], from),
      byName(["service", "cache", "file system", "load balancer"], to),
    ];
    if (one === undefined || other === undefined)
      faults.push(`"${from}" and "${to}" are not both in the network`);
    else if (!includes(reachablePorts(network, one, other), "tcp", port))
      faults.push(`${label(one)} does not reach ${label(other)} on tcp ${String(port)}`);
  }

  for (const from of places) {
    for (const to of places) {
      if (from === to) continue;
      const ports = wanted
        .filter((pair) => pair.from === from.name && pair.to === to.name)
        .map(({ port }) => port);
      const open = reachablePorts(network, from, to);
      const endpoint = to.kind === "endpoint" && from.kind === "service" ? [443] : [];
      // What may call out may come in by the front door like everybody else.
      const door =
        egress.includes(from.name) && to.kind === "load balancer" && to.hasPublicAddress ? [80, 443] : [];
      for (const range of excess(open, [...ports, ...endpoint, ...door]))
        faults.push(`${label(from)} reaches ${label(to)} on ${portText(range)}`);
    }
  }

  const asking = signInBalancers(graph);
  for (const place of places) {
    const out = reachablePorts(network, place, internet);
    if (place.kind === "service") {
      if (!egress.includes(place.name))
        for (const ports of out) faults.push(`${label(place)} reaches the internet on ${portText(ports)}`);
      else if (!includes(out, "tcp", 443))
        faults.push(`${label(place)} does not reach the internet on tcp 443`);
      for (const service of neededServices(graph, place)) {
        const { by, why } = reachService(network, place, service);
        if (by === undefined) faults.push(`${label(place)} does not reach ${service}: ${why}`);
      }
    }
    if (place.kind === "load balancer" && asking.includes(place.name) && !includes(out, "tcp", 443))
      faults.push(`${label(place)} does not reach its identity provider on tcp 443`);
  }
  return faults;
}

/** What is open and not among the ports of TCP that may be. */
function excess(open: readonly Ports[], wanted: readonly number[]): Ports[] {
  return open.filter(({ protocol, from, to }) => protocol !== "tcp" || from !== to || !wanted.includes(from));
}
