/** The gateway contract with `auth.oidc`, sessions in the browser's cookie. */
import { oidcContract } from "./gateway/oidc";

oidcContract({ project: "contract-oidc-cookie", sessions: { cookie: { connectionCheckInterval: "3s" } } });
