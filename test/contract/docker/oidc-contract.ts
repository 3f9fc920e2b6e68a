/** The gateway contract with `auth.oidc` on Docker. */
import type { SessionsArgs } from "../../../components/spec/args";
import type { TestProject } from "../../leftovers";
import { oidcContract } from "../gateway/oidc";
import { hardening } from "./hardening";
import { health } from "./health";
import { dockerIsolation } from "./isolation";
import { oidcIsolation } from "./oidc-isolation";
import { DockerTarget } from "./target";

/** Register the whole contract, and what only Docker can have. */
export function dockerOidcContract(project: TestProject, sessions: SessionsArgs): void {
  oidcContract(new DockerTarget(project), sessions, {
    "containers and networks": dockerIsolation,
    "networks of the sign-in": (site) => {
      oidcIsolation(project, site);
    },
    hardening,
    "health checks": health,
  });
}
