/** The configuration of oauth2-proxy, as text. */
import { stringify } from "smol-toml";
import type { Oidc, Site } from "../../spec/check";
import { callbackPath, oauth2ProxyPort, sessionCookieName } from "./sign-in";
import { redisHostName, redisPort, redisUser } from "./redis";

/** Where oauth2-proxy's files are mounted in its container. */
export const oauth2ProxyFolder = "/etc/oauth2-proxy";

/** Values of a configuration that are known only when the site comes up. */
export interface Oauth2ProxyValues {
  clientId: string;
  /** The subnets of the network that oauth2-proxy shares with the gateway, in CIDR notation. */
  gatewaySubnets: string[];
  /** The password of Redis; unused with sessions in the cookie. */
  redisPassword: string;
}

/**
 * Write oauth2-proxy's configuration file for 7.15.4 and later (`pkg/apis/options` there has every option).
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 * @returns TOML; it reads `client-secret`, `cookie-secret`, and where the spec asks for them `emails` and `ca.pem` from
 * {@link oauth2ProxyFolder}
 */
export function oauth2ProxyConfig(site: Site, oidc: Oidc, values: Oauth2ProxyValues): string {
  const { allow, sessions } = oidc;
  const file = (name: string): string => `${oauth2ProxyFolder}/${name}`;
  return stringify({
    provider: oidc.provider,
    ...(oidc.issuer !== undefined && { oidc_issuer_url: oidc.issuer }),
    client_id: values.clientId,
    client_secret_file: file("client-secret"),
    redirect_url: `${site.origin}${callbackPath}`,
    scope: oidc.scopes.join(" "),
    oidc_groups_claim: oidc.groupsClaim,
    ...(oidc.caCertificate !== undefined && {
      provider_ca_files: [file("ca.pem")],
      use_system_trust_store: true,
    }),
    code_challenge_method: "S256",
    // Its default is true.
    insecure_oidc_skip_nonce: false,
    skip_provider_button: true,

    email_domains: allow.emailDomains ?? (allow.emails ? [] : ["*"]),
    ...(allow.emails && { authenticated_emails_file: file("emails") }),
    ...(allow.groups && { allowed_groups: allow.groups }),
    ...(allow.githubOrg !== undefined && { github_org: allow.githubOrg }),
    ...(allow.githubTeams && { github_team: allow.githubTeams.join(",") }),

    http_address: `0.0.0.0:${oauth2ProxyPort}`,
    reverse_proxy: true,
    // Whoever else reaches it, by the network to the provider, has no say in who a request is from.
    trusted_proxy_ips: values.gatewaySubnets,
    // A place to come back to with the whole address; a path alone is refused when its query has // in it.
    whitelist_domains: [site.authority, ...endSessionHosts(oidc)],
    set_xauthrequest: true,
    skip_jwt_bearer_tokens: oidc.bearer,
    ...(oidc.audiences.length > 0 && { oidc_extra_audiences: oidc.audiences }),

    cookie_name: sessionCookieName(site),
    cookie_secret_file: file("cookie-secret"),
    cookie_secure: true,
    cookie_httponly: true,
    cookie_samesite: "lax",
    cookie_expire: `${sessions.lifetime}s`,
    cookie_refresh: `${sessions.refresh}s`,
    // Several pages may be on their way to sign in at once.
    cookie_csrf_per_request: true,
    cookie_csrf_per_request_limit: 5,
    cookie_csrf_expire: "15m",

    ...(sessions.store === "redis"
      ? {
          session_store_type: "redis",
          redis_connection_url: `redis://${redisHostName}:${redisPort}`,
          redis_username: redisUser,
          redis_password: values.redisPassword,
        }
      : { session_store_type: "cookie", session_cookie_minimal: true }),

    // For whoever is in the container.
    metrics_address: "127.0.0.1:44180",
    // The gateway writes down every request already.
    request_logging: false,
    silence_ping_logging: true,
  });
}

function endSessionHosts({ endSessionEndpoint }: Oidc): string[] {
  return endSessionEndpoint === undefined ? [] : [new URL(endSessionEndpoint).host];
}
