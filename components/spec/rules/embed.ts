/** Whose pages may show an app in a frame, and by which sign-in that works. */
import { defaultPorts, siteOrigin } from "../defaults";
import type { Fault } from "../errors";
import { areSameSite } from "../same-site";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults of the origins in each app's `embed`.
 *
 * @param spec the spec as it was written
 */
export function* embedFaults({ site, apps, auth, target }: UncheckedSpec): Generator<Fault> {
  const { host } = site;
  const { https = defaultPorts[target].https } = asObject(site.ports);
  for (const { name, app } of apps) {
    const from = asArray(asObject(app.embed).from);
    for (const [index, origin] of from.entries()) {
      const path = `apps.${name}.embed.from[${index}]`;
      if (typeof origin !== "string" || !URL.canParse(origin)) continue;
      if (from.indexOf(origin) < index) yield { path, message: `${origin} is listed twice` };
      else if (typeof host !== "string") continue;
      else if (typeof https === "number" && origin === siteOrigin(host, https))
        yield { path, message: "is the site itself, whose pages may show the app anyway" };
      else if (auth.basic !== undefined && !areSameSite(host, new URL(origin).hostname))
        yield {
          path,
          message: `needs auth.oidc: it is another site than ${host}, and in its frames browsers have no password of ${host}, nor do all of them ask for one`,
        };
    }
  }
}
