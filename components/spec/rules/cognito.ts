/** What goes together in `auth.cognito`. */
import type { Fault } from "../errors";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults between the fields of `auth.cognito`.
 *
 * @param spec the spec as it was written
 */
export function* cognitoFaults({ auth }: UncheckedSpec): Generator<Fault> {
  if (auth.cognito === undefined) return;
  const { selfSignUp, allow, federation, groups, bearer } = asObject(auth.cognito);
  const { google, oidc, saml } = asObject(federation);
  if (allow === undefined)
    for (const [open, field] of [
      [selfSignUp === true, "selfSignUp"],
      [google !== undefined, "federation.google"],
    ] as const)
      if (open)
        yield {
          path: "auth.cognito.allow",
          message: `must limit sign-in with ${field}: anybody in the world could sign in`,
        };
  for (const name of Object.keys(asObject(saml)))
    if (Object.hasOwn(asObject(oidc), name))
      yield {
        path: `auth.cognito.federation.saml.${name}`,
        message: `is already the name of auth.cognito.federation.oidc.${name}`,
      };
  for (const [list, names] of [
    ["groups", asArray(groups)],
    ["bearer.programs", asArray(asObject(bearer).programs)],
  ] as const)
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        yield { path: `auth.cognito.${list}.${index}`, message: "is in the list already" };
}
