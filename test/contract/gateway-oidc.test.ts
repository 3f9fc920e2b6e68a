/** The gateway contract with `auth.oidc`, sessions in Redis. */
import { oidcContract } from "./gateway/oidc";

oidcContract({ project: "contract-oidc", sessions: { redis: { connectionCheckInterval: "3s" } } });
