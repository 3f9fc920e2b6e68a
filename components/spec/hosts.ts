/** Host names: what is one, and which an app and a site have. */
import type { AppArgs, HostsArgs } from "./args";
import type { Site } from "./site";

/** A label of a host name, as a pattern. */
export const hostLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^(?=.{1,253}$)${hostLabel}(\\.${hostLabel})*$`);

/**
 * Is a text a host name in lower case, and no IP address?
 *
 * @param value any text
 */
export function isHostName(value: string): boolean {
  return hostName.test(value) && !/^[0-9.]+$/.test(value);
}

/**
 * The host name that an app has for itself.
 *
 * @param name the app's name
 * @param app the app in a spec
 * @param hosts `hosts` of the spec
 * @returns undefined for an app at the site's host
 */
export function ownHost(
  name: string,
  { host }: Pick<AppArgs, "host">,
  hosts: HostsArgs | undefined,
): string | undefined {
  return host ?? hosts?.perApp?.replace("{app}", name);
}

/**
 * All host names of a site, its own first.
 *
 * @param site a checked spec
 */
export function hostNames({ host, apps }: Pick<Site, "host" | "apps">): string[] {
  return [host, ...apps.flatMap((app) => (app.hasOwnHost ? [app.host] : []))];
}
