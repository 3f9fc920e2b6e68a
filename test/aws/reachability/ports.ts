/** Sets of ports by protocol. */

/** A range of ports of a protocol, or of all of them. */
export interface Ports {
  /** A name, or `all`, which has no ports. */
  protocol: string;
  from: number;
  to: number;
}

/** Every port of every protocol. */
export const everything: Ports = { protocol: "all", from: 0, to: 65535 };

const names: Record<string, string> = {
  "-1": "all",
  all: "all",
  "6": "tcp",
  "17": "udp",
  "1": "icmp",
  "58": "icmpv6",
};

/** What a rule of a security group says: a protocol by name or number, and ports that all protocols but TCP and UDP have not. */
export function portsOf(protocol: unknown, from: unknown, to: unknown): Ports {
  const word = String(protocol).toLowerCase();
  const name = names[word] ?? word;
  if (name !== "tcp" && name !== "udp") return { ...everything, protocol: name };
  return {
    protocol: name,
    from: typeof from === "number" ? from : 0,
    to: typeof to === "number" ? to : 65535,
  };
}

/** What is in both sets. */
export function intersection(a: readonly Ports[], b: readonly Ports[]): Ports[] {
  return merged(
    a.flatMap((one) =>
      b.flatMap((other) => {
        if (one.protocol === "all") return [other];
        if (other.protocol === "all") return [one];
        const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
        return one.protocol === other.protocol && from <= to ? [{ protocol: one.protocol, from, to }] : [];
      }),
    ),
  );
}

/** The same set with as few ranges as there can be, in order. */
export function merged(ports: readonly Ports[]): Ports[] {
  if (ports.some(({ protocol }) => protocol === "all")) return [everything];
  const sorted = [...ports].sort(
    (a, b) => (a.protocol < b.protocol ? -1 : Number(a.protocol > b.protocol)) || a.from - b.from,
  );
  const result: Ports[] = [];
  for (const { protocol, from, to } of sorted) {
    const last = result.at(-1);
    if (last?.protocol === protocol && from <= last.to + 1)
      result[result.length - 1] = { protocol, from: last.from, to: Math.max(last.to, to) };
    else result.push({ protocol, from, to });
  }
  return result;
}

/** Does a set have a port? */
export function includes(ports: readonly Ports[], protocol: string, port: number): boolean {
  return ports.some(
    (range) =>
      range.protocol === "all" || (range.protocol === protocol && range.from <= port && port <= range.to),
  );
}

/** For people: `tcp 443`, `tcp 1-1024`, `all`. */
export function portText({ protocol, from, to }: Ports): string {
  if (protocol !== "tcp" && protocol !== "udp") return protocol;
  return `${protocol} ${from === to ? String(from) : `${String(from)}-${String(to)}`}`;
}
