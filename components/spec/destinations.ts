/** What `egressTo` lists: hosts and TCP ports that an app may reach. */
import * as net from "node:net";
import { domainToASCII } from "node:url";

/** A host that an app may reach, at one TCP port. */
export interface Destination {
  /** A full host name in lower case. */
  host: string;
  port: number;
}

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
/** With a dot; the last label begins with a letter, so that nothing takes it for an IP address. */
const fullName = new RegExp(`^(?=.{1,253}$)(${label}\\.)+(?=[a-z])${label}$`);

const example = "for instance db.example.com:5432";

/**
 * What is wrong with an entry of `egressTo`.
 *
 * @param text the entry
 * @param siteHosts the names that the site's own parts have on the networks of its apps
 * @returns undefined when nothing is
 */
export function destinationComplaint(text: string, siteHosts: readonly string[]): string | undefined {
  if (text.includes("://")) return `must have no scheme: a host and a port, ${example}`;
  if (text.startsWith("[") || net.isIP(text) !== 0) return ipAddress;
  const [, host = "", port] = /^([^:]*):([^:]*)$/.exec(text) ?? [text, text];
  return hostComplaint(host, siteHosts) ?? portComplaint(port);
}

const ipAddress =
  "must not be an IP address, to which a network without a way out has no route: give the host a name in DNS";

function hostComplaint(host: string, siteHosts: readonly string[]): string | undefined {
  if (host.includes("*"))
    return `must name one host: a wildcard stands for hosts that nobody knows, ${example}`;
  if (net.isIP(host) !== 0) return ipAddress;
  if (host === "localhost" || host.endsWith(".localhost"))
    return "must be another host: localhost is the app's own container";
  if (siteHosts.includes(host)) return `must be another host: ${host} is a part of the site itself`;
  const ascii = domainToASCII(host);
  if (ascii !== host && /^[\p{L}\p{M}\p{N}.-]+$/u.test(host) && fullName.test(ascii))
    return `must be in lower case and ASCII: ${ascii}`;
  if (new RegExp(`^${label}$`).test(host))
    return `needs the host's full name: no search domain is tried, ${example}`;
  return fullName.test(host) ? undefined : `must be a host name and a port, ${example}`;
}

function portComplaint(port: string | undefined): string | undefined {
  if (port === undefined || port === "") return `needs the port after the host, ${example}`;
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535 ? undefined : "the port must be 1–65535";
}

/**
 * An entry of `egressTo`, taken apart.
 *
 * @param text one without a complaint
 */
export function destination(text: string): Destination {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
