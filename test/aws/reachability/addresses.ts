/** Ranges of addresses. */
import { Address4, Address6 } from "ip-address";

interface Range {
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/** @throws if it is no range of addresses */
function rangeOf(cidr: string): Range {
  const address = cidr.includes(":") ? new Address6(cidr) : new Address4(cidr);
  return {
    family: address instanceof Address4 ? 4 : 6,
    first: address.startAddress().bigInt(),
    last: address.endAddress().bigInt(),
  };
}

/** The IP version of a range. */
export function familyOf(cidr: string): 4 | 6 {
  return rangeOf(cidr).family;
}

/** Have two ranges an address in common? */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** What nobody has in the internet. */
const reserved = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "fe80::/10",
].map(rangeOf);

/** Is there an address of the internet in a range? */
export function hasPublicAddress(cidr: string): boolean {
  const { family, first, last } = rangeOf(cidr);
  return !reserved.some((range) => range.family === family && range.first <= first && last <= range.last);
}
