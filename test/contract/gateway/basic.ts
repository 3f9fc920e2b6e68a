/** The gateway contract with `auth.basic`. */
import { BasicSignIn } from "../sign-ins/basic";
import { appsWithOwnHosts, ContractSite } from "../support/site";
import type { ContractTarget } from "../target";
import { basicChanges } from "./basic-changes";
import { basicSignIn } from "./basic-sign-in";
import { contract, type ContractTopics } from "./contract";

/** Register the whole contract for a site with `auth.basic`. */
export function basicContract(
  target: ContractTarget,
  ofTarget: ContractTopics<BasicSignIn>["ofTarget"],
): void {
  contract(new ContractSite(target, new BasicSignIn(), appsWithOwnHosts), {
    signIn: basicSignIn,
    changes: basicChanges,
    ofTarget,
  });
}
