/** Which host names apps may have next to each other. */
import type { Fault } from "../errors";
import { isHostName, ownHost } from "../hosts";
import { asObject, type UncheckedSpec } from "./unchecked";

/** A host name of an app's own. */
interface OwnHost {
  /** The app's name. */
  name: string;
  host: string;
  /** Where it is in the spec. */
  path: string;
}

/**
 * The host names of apps' own, as far as they are strings.
 *
 * @param spec the spec as it was written
 */
export function ownHosts({ site, apps }: Pick<UncheckedSpec, "site" | "apps">): OwnHost[] {
  const { perApp } = asObject(site.hosts);
  return apps.flatMap(({ name, app }) => {
    if (app.host !== undefined && typeof app.host !== "string") return [];
    const host = ownHost(
      name,
      { ...(app.host !== undefined && { host: app.host }) },
      {
        ...(typeof perApp === "string" && { perApp }),
      },
    );
    const path = app.host === undefined ? "hosts.perApp" : `apps.${name}.host`;
    return host === undefined ? [] : [{ name, host, path }];
  });
}

/**
 * The faults of host names that meet each other, and with the sign-in.
 *
 * @param spec the spec as it was written
 */
export function* hostFaults(spec: UncheckedSpec): Generator<Fault> {
  const { site } = spec;
  const own = ownHosts(spec);
  for (const [index, { name, host, path }] of own.entries()) {
    const other = own.slice(0, index).find((before) => before.host === host);
    const what = path === "hosts.perApp" ? `${host}, which it makes for apps.${name},` : host;
    if (path === "hosts.perApp" && !isHostName(host)) yield { path, message: `${what} is no host name` };
    else if (host === site.host) yield { path, message: `${what} is the site's own host` };
    else if (other !== undefined)
      yield { path, message: `${what} is already the host of apps.${other.name}` };
  }
  const [first] = own;
  if (first !== undefined && asObject(site.sessions).cookie !== undefined)
    yield {
      path: "sessions.cookie",
      message: `must be redis: ${first.path} asks for a host of an app's own, to which a whole session would have to be carried in an address`,
    };
}
