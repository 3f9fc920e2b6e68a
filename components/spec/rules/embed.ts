/** Whose pages may show an app in a frame, and by which sign-in that works. */
import { defaultPorts, siteOrigin } from "../defaults";
import type { Fault } from "../errors";
import { areSameSite } from "../same-site";
import { ownHosts } from "./hosts";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults of the origins in each app's `embed`.
 *
 * @param spec the spec as it was written
 */
export function* embedFaults(spec: UncheckedSpec): Generator<Fault> {
  const { site, apps, auth, target } = spec;
  const { https = defaultPorts[target].https } = asObject(site.ports);
  const own = new Map(ownHosts(spec).map(({ name, host }) => [name, host]));
  for (const { name, app } of apps) {
    const host = own.get(name) ?? site.host;
    const from = asArray(asObject(app.embed).from);
    for (const [index, origin] of from.entries()) {
      const path = `apps.${name}.embed.from[${index}]`;
      if (typeof origin !== "string" || !URL.canParse(origin)) continue;
      if (from.indexOf(origin) < index) yield { path, message: `${origin} is listed twice` };
      else if (typeof host !== "string") continue;
      else if (typeof https === "number" && origin === siteOrigin(host, https))
        yield {
          path,
          message: `is ${host === site.host ? "the site itself" : "the app's own host"}, whose pages may show the app anyway`,
        };
      else if (auth.basic !== undefined && !areSameSite(host, new URL(origin).hostname))
        yield {
          path,
          message: `needs auth.oidc: it is another site than ${host}, and in its frames browsers have no password of ${host}, nor do all of them ask for one`,
        };
    }
  }
}
