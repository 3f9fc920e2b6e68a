/** What the guest list of an app can name with each kind of sign-in. */
import type { Fault } from "../errors";
import { oidcProvider } from "../oidc-providers";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults of the guest lists.
 *
 * @param spec the spec as it was written
 */
export function* guestListFaults({ apps, auth }: UncheckedSpec): Generator<Fault> {
  const basic = asObject(auth.basic);
  const users = new Set<unknown>([...Object.keys(asObject(basic.users)), ...asArray(basic.generatedUsers)]);
  const { noGroupsOnGuestLists } = oidcProvider(asObject(auth.oidc).provider) ?? {};
  for (const { name, app } of apps) {
    if (app.allow === undefined) continue;
    const at = `apps.${name}.allow`;
    const { users: guests, emails, groups } = asObject(app.allow);
    if (guests === undefined && emails === undefined && groups === undefined)
      yield {
        path: at,
        message: "must list users, emails or groups; leave allow out to let in everyone who is signed in",
      };
    if (auth.basic !== undefined) {
      const needsOidc = "needs auth.oidc: with auth.basic use allow.users";
      if (emails !== undefined) yield { path: `${at}.emails`, message: needsOidc };
      if (groups !== undefined) yield { path: `${at}.groups`, message: needsOidc };
      for (const [index, guest] of asArray(guests).entries())
        if (typeof guest === "string" && !users.has(guest))
          yield { path: `${at}.users.${index}`, message: `${guest} is no user of auth.basic` };
    }
    if (groups !== undefined && noGroupsOnGuestLists !== undefined)
      yield { path: `${at}.groups`, message: noGroupsOnGuestLists };
  }
}
