/** Which hosts are one site to a browser, whose rules for cookies go by it. */
import { getDomain } from "tldts";

/**
 * Are two hosts, both with https, the same site to browsers? They are when they have one registrable domain: `a.example.com` and
 * `b.example.com`, but not `a.github.io` and `b.github.io`. A host without one, `localhost` or an IP address, is a site of its own.
 *
 * @param one a host name in lower case, or an IP address
 * @param other another
 */
export function areSameSite(one: string, other: string): boolean {
  return siteOf(one) === siteOf(other);
}

function siteOf(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}
