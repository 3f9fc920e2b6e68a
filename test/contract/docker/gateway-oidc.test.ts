/** The gateway contract on Docker with `auth.oidc`, sessions in Redis. */
import { dockerOidcContract } from "./oidc-contract";

dockerOidcContract("contract-oidc", { redis: { connectionCheckInterval: "3s" } });
