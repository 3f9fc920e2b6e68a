/** Maps that take the cookies of a request apart: what oauth2-proxy is asked with. */
import type { Oidc, Site } from "../../spec/site";
import { signInCookiePrefix } from "../app-cookies";
import { allHosts, type Host, siteHost } from "../hosts";
import { lines, map, type Part } from "../text";
import type { WebsocketCredentials } from "../websockets";

/** How many pieces oauth2-proxy may have cut a session's cookie into, 4 kB each; more than fits into a request's head. */
const cookiePieces = 4;

/**
 * The name of the session's cookie. `__Host-`: no other host, not even a subdomain, can set it (RFC 6265bis). Browsers send
 * cookies to every port of a host, hence the port, by which two sites on one machine keep apart.
 */
export function sessionCookieName({ ports }: Pick<Site, "ports">): string {
  return `${signInCookiePrefix}${ports.https === 443 ? "" : `_${ports.https}`}`;
}

/** The name of the cookie that has the session at hosts of apps' own. */
export function sealedCookieName(site: Pick<Site, "ports">): string {
  return `${sessionCookieName(site)}_sealed`;
}

/** The variables that hold what the auth server is asked with, at a host. */
export function credentials(
  { bearer }: Pick<Oidc, "bearer">,
  { app }: Pick<Host, "app">,
): WebsocketCredentials {
  const own = app !== undefined;
  return bearer
    ? { cookie: own ? "$sealed_without_bearer" : "$cookie_without_bearer", authorization: "$bearer" }
    : { cookie: own ? "$sealed_session" : "$session_cookie" };
}

/** What answers of the auth server are cached under, beside the guest list, and whether there is anything. */
export function cacheVariables({ app }: Pick<Host, "app">): { key: string; none: string } {
  return app === undefined
    ? { key: "$session_key", none: "$without_credentials" }
    : { key: "$sealed_key", none: "$without_sealed_credentials" };
}

/**
 * The session's cookie out of all that come, and nothing else, so that what the auth server is asked with is what its
 * answer is cached under.
 */
export function sessionCookieMaps(site: Site, oidc: Oidc): string {
  const at = siteHost(site);
  return lines(
    oidc.sessions.store === "redis"
      ? cookieMap(sessionCookieName(site), "session_cookie")
      : sessionPieceMaps(sessionCookieName(site)),
    oidc.bearer && [
      map("$http_authorization", "$bearer", '""', [['"~*^Bearer "', "$http_authorization"]]),
      "# A request with a token is its bearer's, whoever is signed in at the browser.",
      map("$bearer", "$cookie_without_bearer", '""', [['""', "$session_cookie"]]),
    ],
    noCredentialsMap(oidc, at),
    "# What answers are cached under. The last character of base64 has bits that decoding ignores: cookies that differ in these",
    "# alone are the same to oauth2-proxy, so the key leaves it out, and sign-out invalidates the answers to all of them. It",
    "# leaves out the separators of missing pieces, too.",
    keyMap(oidc, at),
  );
}

/** The same for hosts of apps' own, and the nonce of a sign-in that is under way there. */
export function sealedCookieMaps(site: Site, oidc: Oidc): Part {
  const own = allHosts(site).find(({ app }) => app !== undefined);
  return (
    own && [
      lines(
        "# At hosts of apps' own: the session's cookie, sealed for the app, and the nonce of a sign-in that is under way.",
        cookieMap(sealedCookieName(site), "sealed_session"),
        cookieMap(`${sealedCookieName(site)}_nonce`, "sealed_nonce"),
        oidc.bearer && map("$bearer", "$sealed_without_bearer", '""', [['""', "$sealed_session"]]),
        noCredentialsMap(oidc, own),
        keyMap(oidc, own),
        "# One cookie, whatever was opened.",
        map("$unsealed_session", "$session_to_end", '""', [['"~^(?<to_end>[!-:<-~]+)$"', "$to_end"]]),
      ),
    ]
  );
}

function noCredentialsMap(oidc: Oidc, host: Host): string {
  const all = Object.values(credentials(oidc, host)).join("");
  return map(`"${all}"`, cacheVariables(host).none, "0", [['""', "1"]]);
}

function keyMap(oidc: Oidc, host: Host): string {
  const { cookie } = credentials(oidc, host);
  return map(cookie, cacheVariables(host).key, cookie, [['"~^(?<signed>.+)[^=; ]=*[; ]*$"', "$signed"]]);
}

/** A map to the first cookie of a name that has a value: `name=value`. */
function cookieMap(name: string, variable: string): string {
  return map("$http_cookie", `$${variable}`, '""', [
    [`"~(?:^|;) *(?<${variable}_found>${name}=[^; \\t\\"]+)"`, `$${variable}_found`],
  ]);
}

/** oauth2-proxy cuts a session that is too long for one cookie into pieces, whose names end with a number. */
function sessionPieceMaps(name: string): string {
  const suffixes = ["", ...Array.from({ length: cookiePieces }, (_, piece) => `_${piece}`)];
  const pieces = suffixes.map((suffix) => `$session_piece${suffix}`);
  return lines(
    suffixes.map((suffix) => cookieMap(`${name}${suffix}`, `session_piece${suffix}`)),
    map(`"${pieces.join("")}"`, "$session_cookie", `"${pieces.join("; ")}"`, [['""', '""']]),
  );
}

/**
 * The one cookie that belongs to an answer of the provider: oauth2-proxy writes all cookies into its log when it does not
 * find it.
 */
export function csrfCookieMap(site: Site): string {
  return lines(
    "# The one cookie that belongs to this answer of the provider. Without it, oauth2-proxy logs all cookies that came.",
    map('"$arg_state $http_cookie"', "$csrf_cookie", '""', [
      [
        `"~^(?<state>[A-Za-z0-9_-]{8})\\S* (?:.*;)? *(?<csrf>${sessionCookieName(site)}_\\k<state>_csrf=[^; ]+)"`,
        "$csrf",
      ],
    ]),
  );
}
