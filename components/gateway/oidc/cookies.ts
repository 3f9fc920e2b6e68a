/** Maps that take the cookies of a request apart: what oauth2-proxy is asked with. */
import type { Oidc, Site } from "../../spec/site";
import { signInCookiePrefix } from "../app-cookies";
import { lines, map } from "../text";
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

/** The variables that hold what the auth server is asked with. */
export function credentials({ bearer }: Pick<Oidc, "bearer">): WebsocketCredentials {
  return bearer
    ? { cookie: "$cookie_without_bearer", authorization: "$bearer" }
    : { cookie: "$session_cookie" };
}

/**
 * The session's cookie out of all that come, and nothing else, so that what the auth server is asked with is what its
 * answer is cached under.
 */
export function sessionCookieMaps(site: Site, oidc: Oidc): string {
  const { cookie } = credentials(oidc);
  return lines(
    oidc.sessions.store === "redis"
      ? cookieMap(sessionCookieName(site), "session_cookie")
      : sessionPieceMaps(sessionCookieName(site)),
    oidc.bearer && [
      map("$http_authorization", "$bearer", '""', [['"~*^Bearer "', "$http_authorization"]]),
      "# A request with a token is its bearer's, whoever is signed in at the browser.",
      map("$bearer", "$cookie_without_bearer", '""', [['""', "$session_cookie"]]),
    ],
    "# What answers are cached under. The last character of base64 has bits that decoding ignores: cookies that differ in these",
    "# alone are the same to oauth2-proxy, so the key leaves it out, and sign-out invalidates the answers to all of them. It",
    "# leaves out the separators of missing pieces, too.",
    map(cookie, "$session_key", cookie, [['"~^(?<signed>.+)[^=; ]=*[; ]*$"', "$signed"]]),
  );
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
