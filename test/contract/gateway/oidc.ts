/** The gateway contract with `auth.oidc`. */
import type { SessionsArgs } from "../../../components/spec/args";
import { OidcSignIn } from "../sign-ins/oidc";
import { appsWithOwnHosts, ContractSite } from "../support/site";
import type { ContractTarget } from "../target";
import { bearer } from "./bearer";
import { contract, type ContractTopics } from "./contract";
import { oidcAttacks } from "./oidc-attacks";
import { oidcChanges } from "./oidc-changes";
import { oidcSignIn } from "./oidc-sign-in";
import { ownHostsSignIn } from "./own-hosts-sign-in";
import { signOut } from "./sign-out";

/** Register the whole contract for a site with `auth.oidc`. */
export function oidcContract(
  target: ContractTarget,
  sessions: SessionsArgs,
  ofTarget: ContractTopics<OidcSignIn>["ofTarget"],
): void {
  // Not with sessions in the cookie.
  const apps = sessions.cookie ? undefined : appsWithOwnHosts;
  contract(new ContractSite(target, new OidcSignIn(sessions), apps), {
    signIn: (site) => {
      oidcSignIn(site);
      describe("tokens", () => {
        bearer(site);
      });
      describe("sign-out", () => {
        signOut(site);
      });
      if (apps)
        describe("hosts of apps' own", () => {
          ownHostsSignIn(site);
        });
      describe("attacks", () => {
        oidcAttacks(site);
      });
    },
    changes: oidcChanges,
    ofTarget,
  });
}
