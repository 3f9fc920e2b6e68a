/** The gateway contract on Docker with `auth.oidc`, sessions in the browser's cookie. */
import { dockerOidcContract } from "./oidc-contract";

dockerOidcContract("contract-oidc-cookie", { cookie: { connectionCheckInterval: "3s" } });
