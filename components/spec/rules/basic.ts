/** What goes together in `auth.basic`. */
import type { Fault } from "../errors";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults between the fields of `auth.basic`.
 *
 * @param spec the spec as it was written
 */
export function* basicFaults({ site, auth }: UncheckedSpec): Generator<Fault> {
  const { users, generatedUsers, realm = site.host } = asObject(auth.basic);
  // nginx reads `auth_basic "off"` as: ask nobody for a password.
  if (realm === "off")
    yield {
      path: "auth.basic.realm",
      message: "must not be off, which would switch the sign-in off",
    };
  if (auth.basic === undefined) return;
  const given = Object.keys(asObject(users));
  const generated = asArray(generatedUsers);
  if (given.length + generated.length === 0)
    yield { path: "auth.basic", message: "needs at least one user in users or generatedUsers" };
  for (const [index, name] of generated.entries()) {
    const path = `auth.basic.generatedUsers.${index}`;
    if (typeof name !== "string") continue;
    if (generated.indexOf(name) < index) yield { path, message: `${name} is listed twice` };
    else if (given.includes(name))
      yield { path, message: `${name} already has a password in auth.basic.users` };
  }
}
