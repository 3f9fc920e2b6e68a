/** Which hosts and ports an app may be given a way to. */
import { destinationComplaint } from "../destinations";
import type { Fault } from "../errors";
import { asArray, type UncheckedSpec } from "./unchecked";

/**
 * The faults of each app's way out.
 *
 * @param spec the spec as it was written
 */
export function* egressFaults({ apps }: UncheckedSpec): Generator<Fault> {
  // The gateway looks for these names on the networks of the apps: with one of them an app would take their place.
  const siteHosts = ["gateway", "oauth2-proxy", "redis", ...apps.map(({ name }) => `app-${name}`)];
  for (const { name, app } of apps) {
    const at = `apps.${name}.egressTo`;
    if (app.egress === true && app.egressTo !== undefined)
      yield {
        path: at,
        message:
          "goes without `egress: true`, which lets the app reach everything: drop `egress` to keep it to these, or drop `egressTo`",
      };
    const entries = asArray(app.egressTo);
    for (const [index, entry] of entries.entries()) {
      if (typeof entry !== "string") continue;
      const first = entries.indexOf(entry);
      const message =
        destinationComplaint(entry, siteHosts) ??
        (first < index ? `${entry} is there already, as egressTo[${first}]` : undefined);
      if (message !== undefined) yield { path: `${at}[${index}]`, message };
    }
  }
}
