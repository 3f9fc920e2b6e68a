/** Subnets of IPv4, as numbers. */

/**
 * The first address of a subnet and the length of its prefix.
 *
 * @param cidr an IPv4 subnet, for instance `10.0.0.0/16`
 * @returns undefined for what is none, or has bits set beyond its prefix
 */
export function parseCidr(cidr: string): { first: number; prefix: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 33] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  return first % 2 ** (32 - prefix) === 0 ? { first, prefix } : undefined;
}

/** What RFC 1918 and RFC 6598 keep for private use. */
const privateSubnets = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/**
 * Can a VPC with subnets of its own be made of it?
 *
 * @param cidr any text
 */
export function isPrivateNetwork(cidr: string): boolean {
  const own = parseCidr(cidr);
  if (own === undefined || own.prefix < 16 || own.prefix > 20) return false;
  return privateSubnets.some((subnet) => {
    const around = parseCidr(subnet);
    if (around === undefined || around.prefix > own.prefix) return false;
    return Math.floor(own.first / 2 ** (32 - around.prefix)) === around.first / 2 ** (32 - around.prefix);
  });
}

/**
 * One of the subnets of a network, all of the same size.
 *
 * @param cidr the network
 * @param prefix the length of the subnet's prefix, larger than the network's
 * @param index which one, from 0
 * @example
 * ```ts
 * subnetOf("10.0.0.0/16", 20, 2); // "10.0.32.0/20"
 * ```
 */
export function subnetOf(cidr: string, prefix: number, index: number): string {
  const first = (parseCidr(cidr)?.first ?? 0) + index * 2 ** (32 - prefix);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join(".")}/${prefix}`;
}
