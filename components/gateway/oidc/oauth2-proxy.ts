/** The configuration of oauth2-proxy, and how the gateway talks to it. */
import { stringify } from "smol-toml";
import type { Oidc, Site } from "../../spec/site";
import { hasCrossSiteEmbedAtSite } from "../embed";
import { type NamedFile, publicFile, secretFile } from "../files";
import { lines, proxyHeaders } from "../text";
import { sessionCookieName } from "./cookies";
import { callbackPath } from "./paths";
import { redisPort, redisUser } from "./redis";

/** The port that oauth2-proxy listens on. */
export const oauth2ProxyPort = 4180;

/** What nginx calls oauth2-proxy. */
export const oauth2ProxyUpstream = "oauth2_proxy";

/** What differs between the places where oauth2-proxy runs. */
export interface Oauth2ProxyPlatform {
  /** Where its files are, to be read only; without a slash at the end. */
  configFolder: string;
  /** The IP addresses or subnets (CIDR) of the gateway, whose word on the client's IP address is taken. */
  trustedProxies: string[];
  /** The name at which Redis is found; unused with sessions in the cookie. */
  redisHost: string;
}

/** Values of the configuration that are known only when the site comes up. */
export interface Oauth2ProxyValues {
  clientId: string;
  /** The password of Redis; unused with sessions in the cookie. */
  redisPassword: string;
}

const fileNames = {
  config: "oauth2-proxy.toml",
  clientSecret: "client-secret",
  cookieSecret: "cookie-secret",
  emails: "emails",
  caCertificate: "ca.pem",
} as const;

/** The name of oauth2-proxy's configuration file. */
export const oauth2ProxyConfigFile = fileNames.config;

/**
 * Write oauth2-proxy's configuration file for 7.15.4 and later (`pkg/apis/options` there has every option).
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 * @param platform where oauth2-proxy runs
 * @param values what is known only when the site comes up
 * @returns TOML; it refers to the files that {@link oauth2ProxyFiles} lists
 */
export function oauth2ProxyConfig(
  site: Site,
  oidc: Oidc,
  platform: Oauth2ProxyPlatform,
  values: Oauth2ProxyValues,
): string {
  const { allow, sessions } = oidc;
  const file = (name: string): string => `${platform.configFolder}/${name}`;
  return stringify({
    provider: oidc.provider,
    ...(oidc.issuer !== undefined && { oidc_issuer_url: oidc.issuer }),
    client_id: values.clientId,
    client_secret_file: file(fileNames.clientSecret),
    redirect_url: `${site.origin}${callbackPath}`,
    scope: oidc.scopes.join(" "),
    oidc_groups_claim: oidc.groupsClaim,
    ...(oidc.caCertificate !== undefined && {
      provider_ca_files: [file(fileNames.caCertificate)],
      use_system_trust_store: true,
    }),
    code_challenge_method: "S256",
    // Its default is true.
    insecure_oidc_skip_nonce: false,
    skip_provider_button: true,

    email_domains: allow.emailDomains ?? (allow.emails ? [] : ["*"]),
    ...(allow.emails && { authenticated_emails_file: file(fileNames.emails) }),
    ...(allow.groups && { allowed_groups: allow.groups }),
    ...(allow.githubOrg !== undefined && { github_org: allow.githubOrg }),
    ...(allow.githubTeams && { github_team: allow.githubTeams.join(",") }),

    http_address: `0.0.0.0:${oauth2ProxyPort}`,
    reverse_proxy: true,
    // Nobody else on its networks has a say in whose request it is.
    trusted_proxy_ips: platform.trustedProxies,
    // A place to come back to as a whole URL; a path alone is refused when its query has // in it.
    whitelist_domains: [site.authority, ...endSessionHosts(oidc)],
    skip_jwt_bearer_tokens: oidc.bearer,
    ...(oidc.audiences.length > 0 && { oidc_extra_audiences: oidc.audiences }),

    cookie_name: sessionCookieName(site),
    cookie_secret_file: file(fileNames.cookieSecret),
    cookie_secure: true,
    cookie_httponly: true,
    // The cookies of a sign-in that is under way stay as they are: nobody signs in in a frame.
    ...(hasCrossSiteEmbedAtSite(site)
      ? { cookie_samesite: "none", cookie_csrf_samesite: "lax" }
      : { cookie_samesite: "lax" }),
    cookie_expire: `${sessions.lifetime}s`,
    cookie_refresh: `${sessions.refresh}s`,
    // Several pages may be on their way to sign in at once.
    cookie_csrf_per_request: true,
    cookie_csrf_per_request_limit: 5,
    cookie_csrf_expire: "15m",

    ...(sessions.store === "redis"
      ? {
          session_store_type: "redis",
          redis_connection_url: `redis://${platform.redisHost}:${redisPort}?max_retries=${redisRetries}`,
          redis_username: redisUser,
          redis_password: values.redisPassword,
        }
      : { session_store_type: "cookie", session_cookie_minimal: true }),

    // Reachable from the same container only.
    metrics_address: "127.0.0.1:44180",
    // The gateway logs every request already.
    request_logging: false,
    silence_ping_logging: true,
  });
}

/**
 * How often oauth2-proxy asks Redis again, after a quarter of a second on average (go-redis, `RetryBackoff`): for half a minute. When it
 * gives up it removes the session from Redis, which may be back by then (`pkg/middleware/stored_session.go`), and so signs out
 * whoever has asked meanwhile. The gateway, which waits for {@link authTimeout}, has to be the first who gives up: with the
 * request oauth2-proxy leaves the session alone, too.
 */
const redisRetries = 120;

/** How long the gateway waits for oauth2-proxy to tell who somebody is, in seconds. */
export const authTimeout = 10;

function endSessionHosts({ endSessionEndpoint }: Oidc): string[] {
  return endSessionEndpoint === undefined ? [] : [new URL(endSessionEndpoint).host];
}

/**
 * oauth2-proxy's files, to be mounted at `configFolder`.
 *
 * @param oidc `auth.oidc` of a checked spec
 * @param texts `config` as {@link oauth2ProxyConfig} gives it (it holds Redis's password), the client's secret, the 32 bytes in
 * base64url by which cookies are encrypted, and the provider's certificate authority where the spec has one
 */
export function oauth2ProxyFiles<Text>(
  oidc: Pick<Oidc, "allow">,
  texts: { config: Text; clientSecret: Text; cookieSecret: Text; caCertificate: Text | undefined },
): NamedFile<Text | string>[] {
  const { emails } = oidc.allow;
  return [
    secretFile(fileNames.config, texts.config),
    secretFile(fileNames.clientSecret, texts.clientSecret),
    secretFile(fileNames.cookieSecret, texts.cookieSecret),
    ...(emails ? [publicFile(fileNames.emails, emails.map((email) => `${email}\n`).join(""))] : []),
    ...(texts.caCertificate === undefined ? [] : [publicFile(fileNames.caCertificate, texts.caCertificate)]),
  ];
}

/**
 * Directives that tell oauth2-proxy of a request: nothing that the client made up but a cookie.
 *
 * @param clientAddress the variable with the client's IP address
 * @param cookie the variable with the cookies
 */
export function proxyToOauth2Proxy(site: Site, clientAddress: string, cookie: string): string {
  return lines(
    "proxy_pass_request_headers off;",
    "proxy_http_version 1.1;",
    proxyHeaders({
      Host: site.authority,
      Connection: "",
      Cookie: cookie,
      "User-Agent": "$http_user_agent",
      "X-Real-IP": clientAddress,
      "X-Forwarded-For": clientAddress,
      "X-Forwarded-Host": site.authority,
      "X-Forwarded-Proto": "https",
    }),
    largeHeaderBuffers,
  );
}

/** For somebody in hundreds of groups, and for a session in a cookie. */
export const largeHeaderBuffers = `proxy_buffer_size 32k;
proxy_buffers 4 32k;
proxy_busy_buffers_size 64k;`;
