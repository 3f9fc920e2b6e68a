import { OidcContract, type OidcContractArgs } from "../support/site";
import { bearer } from "./bearer";
import { contract } from "./contract";
import { oidcAttacks } from "./oidc-attacks";
import { oidcChanges } from "./oidc-changes";
import { oidcSignIn } from "./oidc-sign-in";
import { signOut } from "./sign-out";

/** Register the whole contract for a site with `auth.oidc`. */
export function oidcContract(args: OidcContractArgs): void {
  jest.setTimeout(60_000);
  const signIn = (site: OidcContract): void => {
    oidcSignIn(site);
    describe("tokens", () => {
      bearer(site);
    });
    describe("sign-out", () => {
      signOut(site);
    });
    describe("attacks", () => {
      oidcAttacks(site);
    });
  };
  contract(new OidcContract(args), signIn, oidcChanges);
}
