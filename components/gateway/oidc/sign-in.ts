/** `auth.oidc`: the part of the gateway that asks oauth2-proxy who somebody is, and sends people there to sign in. */
import type { App, Oidc, Site } from "../../spec/check";
import {
  errorPages,
  gatewayFolder,
  guestLists,
  guestMap,
  hasIndex,
  indent,
  indexList,
  proxyToSignInServer,
  type SignInText,
  variableName,
} from "../nginx";
import type { SocketCredentials } from "../websockets";

/** The name by which oauth2-proxy is found on the network that it shares with the gateway. */
export const oauth2ProxyHostName = "oauth2-proxy";

/** The port that oauth2-proxy listens on. */
export const oauth2ProxyPort = 4180;

/** Where the provider sends people back to. */
export const callbackPath = "/oauth2/callback";

/** The page that people see when they have signed out. */
export const signedOutPath = "/oauth2/signed_out";

/** How the names of all cookies of a sign-in begin, at whatever port of the host. */
const cookiePrefix = "__Host-oauth2_proxy";

/**
 * The name of the session's cookie. `__Host-`: no other host, not even a subdomain, can set it (RFC 6265bis). Browsers send
 * cookies to every port of a host, hence the port, by which two sites on one machine keep apart.
 */
export function sessionCookieName({ ports }: Pick<Site, "ports">): string {
  return `${cookiePrefix}${ports.https === 443 ? "" : `_${ports.https}`}`;
}

/** The name of the file, among the gateway's pages, that holds an app's entry on the index page. */
export function indexItemFile({ name }: Pick<App, "name">): string {
  return `item-${name}.html`;
}

/** The name of the file, among the gateway's, with the script that watches websockets. */
export const socketsScriptFile = "watch-sockets.js";

/** Of the server behind the check, whose other paths are the names of apps, which have no underscore. */
const sessionPath = "/_session";
const forgetPath = "/_forget";

/** How many pieces oauth2-proxy may have cut a session's cookie into, 4 kB each; more than fits into a request's head. */
const cookiePieces = 4;

/**
 * What `auth.oidc` adds to the gateway's configuration.
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 */
export function oidcText(site: Site, oidc: Oidc): SignInText {
  return {
    identity: {
      user: "$auth_user",
      email: "$auth_email",
      name: "$auth_label",
      groups: "$forwarded_groups",
    },
    appCookies: "$app_cookies",
    http: `upstream oauth2_proxy {
  zone oauth2_proxy 64k;
  server ${oauth2ProxyHostName}:${oauth2ProxyPort} resolve max_fails=0;
  keepalive 8;
}`,
    maps: maps(site, oidc),
    check: (list, navigation) => `auth_request /_gateway/auth/${list};
auth_request_set $auth_user $upstream_http_x_auth_request_user;
auth_request_set $auth_email $upstream_http_x_auth_request_email;
auth_request_set $auth_name $upstream_http_x_auth_request_preferred_username;
auth_request_set $auth_groups $upstream_http_x_auth_request_groups;
# Of a session that was refreshed.
auth_request_set $auth_cookie $upstream_http_set_cookie;
add_header Set-Cookie $auth_cookie always;${
      navigation === undefined
        ? ""
        : `
error_page 401 = @sign_in;
${errorPages}`
    }`,
    question: (list) => question(oidc, list),
    locations: locations(site, oidc),
    servers: signInServer(site, oidc),
    sockets: {
      args: {
        script: `${gatewayFolder}/${socketsScriptFile}`,
        signIn: "http://unix:/tmp/sign-in.sock:/",
        seconds: oidc.sessions.connectionCheckInterval,
      },
      credentials: credentials(oidc),
    },
  };
}

function maps(site: Site, oidc: Oidc): string[] {
  const paths = site.apps.map(({ path }) => path).join("|");
  return [
    sessionCookieMaps(site, oidc),
    `map "${Object.values(credentials(oidc)).join("")}" $without_credentials {
  default 0;
  "" 1;
}`,
    `# A page that is opened is sent to sign in. What a page asks for by itself, and a program, gets a plain 401: a redirect to
# another site would be an error to them that they cannot explain.
map "$request_method $http_sec_fetch_mode" $navigation {
  default 0;
  "~^(GET|HEAD) (navigate)?$" 1;
}
map "$navigation $http_authorization $request_path" $sends_to_sign_in {
  default 0;
  "~^1  (${paths})/(_stcore|static|media|component|app/static)(/|$)" 0;
  "~^1  " 1;
}`,
    appCookieMaps(),
    `# The one cookie that goes with an answer of the provider. Of an answer without it oauth2-proxy writes down all that came.
map "$arg_state $http_cookie" $sign_in_cookie {
  default "";
  "~^(?<state>[A-Za-z0-9_-]{8})\\S* (?:.*;)? *(?<csrf>${sessionCookieName(site)}_\\k<state>_csrf=[^; ]+)" $csrf;
}`,
    ...(oidc.bearer ? [addressMaps] : []),
    `# By what name people know themselves.
map $auth_name $auth_label {
  default $auth_name;
  "" $auth_email_or_user;
}
map $auth_email $auth_email_or_user {
  default $auth_email;
  "" $auth_user;
}`,
    `# The websocket's server ends a connection with a longer line; somebody in so many groups has none, for the app.
map $auth_groups $forwarded_groups {
  default "";
  "~^.{1,7000}$" $auth_groups;
}`,
    ...site.apps.flatMap((app) => guestMaps(app, address(oidc))),
  ];
}

/** The session's cookie out of all that come, and nothing else: what is asked and what the answer is kept under are one. */
function sessionCookieMaps(site: Site, oidc: Oidc): string {
  const map = (suffix: string, result: string): string =>
    `map $http_cookie ${result} {
  default "";
  "~(?:^|;) *(?<found${suffix}>${sessionCookieName(site)}${suffix}=[^; \\t\\"]+)" $found${suffix};
}`;
  const suffixes = ["", ...Array.from({ length: cookiePieces }, (_, piece) => `_${piece}`)];
  const pieces = suffixes.map((suffix) => `$session_piece${suffix}`);
  return [
    ...(oidc.sessions.store === "redis"
      ? [map("", "$session_cookie")]
      : [
          ...suffixes.map((suffix) => map(suffix, `$session_piece${suffix}`)),
          `map "${pieces.join("")}" $session_cookie {
  default "${pieces.join("; ")}";
  "" "";
}`,
        ]),
    ...(oidc.bearer
      ? [
          `map $http_authorization $bearer {
  default "";
  "~*^Bearer " $http_authorization;
}
# Who comes with a token comes as its bearer, whoever is signed in at the browser.
map $bearer $asking_cookie {
  default "";
  "" $session_cookie;
}`,
        ]
      : []),
    `# Without the last character, and the separators of pieces that are not there: a copy with another one may be as good (the
# last bits of base64), and has to go with it at sign-out.
map ${credentials(oidc).cookie} $session_key {
  default ${credentials(oidc).cookie};
  "~^(?<signed>.+)[^=; ]=*[; ]*$" $signed;
}`,
  ].join("\n");
}

/** The variables that hold what the sign-in goes by. */
function credentials({ bearer }: Oidc): SocketCredentials {
  return bearer ? { cookie: "$asking_cookie", authorization: "$bearer" } : { cookie: "$session_cookie" };
}

/**
 * A token without an e-mail address has its subject for one in oauth2-proxy (`CreateSessionFromToken` in `providers/oidc.go`), and at
 * some providers people choose a subject that looks like somebody else's address.
 */
const addressMaps = `map "$identity_user $identity_email" $address_is_user {
  default 0;
  "~^(.+) \\1$" 1;
}
map "$address_is_user$http_authorization" $token_without_address {
  default 0;
  "~^1." 1;
}
map $token_without_address $identity_address {
  default $identity_email;
  1 "";
}`;

/** The variable with the e-mail address of whoever asks. */
function address({ bearer }: Oidc): string {
  return bearer ? "$identity_address" : "$identity_email";
}

/** In how many places among a browser's cookies those of sign-ins are reckoned with. */
const cookieRuns = 6;

/**
 * Take the sign-in's cookies out, run by run, and those of a site at another port, which browsers send as well: an app that had
 * a visitor's could be that visitor at every other app.
 */
function appCookieMaps(): string {
  const passes = Array.from({ length: cookieRuns }, (_, index) => {
    const [from, to] = [index === 0 ? "$http_cookie" : `$cookies_${index}`, `cookies_${index + 1}`];
    return `map ${from} $${to} {
  default ${from};
  "~^(?<before>(?:.*?;)?? *)(?:${cookiePrefix}[^=;]*=[^;]*(?:; *|$))+(?<after>.*)$" $before$after;
}`;
  });
  return [
    ...passes,
    `# A page of an app can set many of that name, between which the session's would be left: then the app gets none at all.
map $cookies_${cookieRuns} $app_cookies {
  default $cookies_${cookieRuns};
  "~(?:^|;)\\s*${cookiePrefix}" "";
}`,
  ].join("\n");
}

/** Users and e-mail addresses are compared here; of groups oauth2-proxy has the list, in which a comma is no separator. */
function guestMaps(app: App, address: string): string[] {
  if (!hasNames(app)) return [];
  const name = variableName(app);
  const { users = [], emails = [] } = app.allow ?? {};
  return [
    // What differs comes first: an app may be called user-sales.
    `${guestMap("$identity_user", `$user_guest_${name}`, users)}
${guestMap(address, `$email_guest_${name}`, emails, "i")}
map "$user_guest_${name}$email_guest_${name}" $guest_${name} {
  default 0;
  ~1 1;
}`,
  ];
}

function hasNames({ allow }: Pick<App, "allow">): boolean {
  return allow !== undefined && allow.users.length + allow.emails.length > 0;
}

/** Ask a path of the server behind the check for a guest list, with what the answer is remembered under. */
function question(oidc: Oidc, list: string, path = list): string {
  const { checkInterval } = oidc.sessions;
  const { cookie, authorization } = credentials(oidc);
  const given = { Cookie: cookie, ...(authorization !== undefined && { Authorization: authorization }) };
  const key = [list, "$session_key", ...(authorization === undefined ? [] : [authorization])].join("|");
  return `${proxyToSignInServer(path)}
${Object.entries(given)
  .map(([name, variable]) => `proxy_set_header ${name} ${variable};`)
  .join("\n")}
${largeHeaders}${
    checkInterval === 0
      ? ""
      : `
proxy_cache sign_in;
proxy_cache_key "${key}";
proxy_no_cache $without_credentials;
${path === list ? "proxy_cache_bypass $without_credentials;\nproxy_cache_lock on;" : "# Not read, only written.\nproxy_cache_bypass 1;"}`
  }`;
}

/** For somebody in hundreds of groups, and a session in a cookie. */
const largeHeaders = `proxy_buffer_size 32k;
proxy_buffers 4 32k;
proxy_busy_buffers_size 64k;`;

/** What oauth2-proxy is told of a request: nothing that the client made up but a cookie. */
function toOauth2Proxy(site: Site, clientAddress: string, cookie: string): string {
  return `proxy_pass_request_headers off;
proxy_http_version 1.1;
proxy_set_header Host ${site.authority};
proxy_set_header Connection "";
proxy_set_header Cookie ${cookie};
proxy_set_header User-Agent $http_user_agent;
proxy_set_header X-Real-IP ${clientAddress};
proxy_set_header X-Forwarded-For ${clientAddress};
proxy_set_header X-Forwarded-Host ${site.authority};
proxy_set_header X-Forwarded-Proto https;
${largeHeaders}`;
}

function locations(site: Site, oidc: Oidc): string {
  const forget = oidc.sessions.checkInterval === 0 ? [] : guestLists(site);
  const [start, callback, signOut] = ["$http_cookie", "$sign_in_cookie", "$session_cookie"].map((cookie) =>
    indent(toOauth2Proxy(site, "$remote_addr", cookie)),
  );
  return [
    `location @sign_in {
  if ($sends_to_sign_in = 0) {
    return 401;
  }
  # Without the query: it is part of where to come back to.
  rewrite ^ /oauth2/start? break;
  proxy_pass http://oauth2_proxy;
${start}
  proxy_set_header X-Auth-Request-Redirect ${site.origin}$request_uri;
}`,
    `location = ${callbackPath} {
  proxy_pass http://oauth2_proxy;
${callback}
  proxy_intercept_errors on;
  # 500 is the answer to an address that nobody has verified, too.
  error_page 400 401 403 404 500 /_gateway/sign-in-failed.html;
  error_page 502 503 504 /_gateway/sign-in-unavailable.html;
}`,
    `location = /oauth2/sign_out {
${forget.map(({ name }) => `  mirror /_gateway/forget/${name};\n`).join("")}  mirror_request_body off;
  rewrite ^ "/oauth2/sign_out?rd=${afterSignOut(site, oidc)}?" break;
  proxy_pass http://oauth2_proxy;
${signOut}
  # Without a session there is no ID token to put there, and nobody to sign out at the provider.
  proxy_redirect "~id_token_hint=([{]|%7B)id_token" ${signedOutPath};
  proxy_intercept_errors on;
  error_page 500 502 503 504 /_gateway/sign-in-unavailable.html;
}`,
    `location = ${signedOutPath} {
  root ${gatewayFolder}/pages;
  add_header Cache-Control no-store always;
  try_files /signed-out.html =404;
}`,
    `# Nothing else of oauth2-proxy is public.
location ^~ /oauth2/ {
  return 404;
}`,
    ...forget.map(
      ({ name }) => `# At sign-out, what is remembered of a check is made to say no.
location = /_gateway/forget/${name} {
  internal;
${indent(question(oidc, name, forgetPath.slice(1)))}
}`,
    ),
    ...(hasIndex(site) ? site.apps : []).map(
      ({ name }) => `# The app's entry on the index page, for who is on its guest list.
location = /_gateway/item/${name} {
  internal;
${indent(question(oidc, name))}
}`,
    ),
  ].join("\n\n");
}

/** Where a browser goes when it has signed out, as a query has it: the provider first, where that has a place for it. */
function afterSignOut(site: Site, { endSessionEndpoint }: Oidc): string {
  if (endSessionEndpoint === undefined) return encodeURIComponent(signedOutPath);
  const url = new URL(endSessionEndpoint);
  url.searchParams.set("post_logout_redirect_uri", `${site.origin}${signedOutPath}`);
  url.searchParams.set("id_token_hint", idToken);
  return encodeURIComponent(url.href.replace(encodeURIComponent(idToken), idToken));
}

/** oauth2-proxy puts the ID token there. */
const idToken = "{id_token}";

/**
 * The server behind the sign-in check: it asks oauth2-proxy about the session, and decides about the guest list. 200 with the app's
 * entry for the index page and with who it is in headers, 403 with who it is when only the list says no, else 401.
 *
 * It is a server of its own, reached by a socket in the container, so that its answers can be remembered as a whole.
 */
function signInServer(site: Site, oidc: Oidc): string {
  const { checkInterval } = oidc.sessions;
  const expires = (seconds: number): string =>
    checkInterval === 0 ? "" : `add_header X-Accel-Expires ${seconds} always;`;
  const lists = guestLists(site);
  const who = whoItIs(oidc, expires(checkInterval));
  const locations = [
    ...lists.map((list) => listLocations(list, hasIndex(site) && list.name !== indexList, who)),
    `location = ${sessionPath} {
  internal;
${indent(askOauth2Proxy(site))}
}`,
    ...(checkInterval === 0
      ? []
      : [
          `location = ${forgetPath} {
  ${expires(checkInterval)}
  return 401 " ";
}`,
        ]),
    ...lists
      .filter(({ allow }) => allow !== undefined && allow.groups.length > 0)
      .map(
        ({ name, allow }) => `location = /groups/${name} {
  internal;
${indent(askOauth2Proxy(site, allow?.groups))}
}`,
      ),
  ];
  return `server {
  listen unix:/tmp/sign-in.sock;
  access_log off;
  ${[expires(1), oidc.bearer ? `add_header WWW-Authenticate Bearer always;` : ""].filter(Boolean).join("\n  ")}
  large_client_header_buffers 4 64k;
  root ${gatewayFolder}/pages;
  # Without a body, which would stand on the index page.
  error_page 401 = @unauthorized;
  location @unauthorized {
    return 401 " ";
  }
${indent(locations.join("\n"))}
}`;
}

/**
 * The locations of a guest list.
 *
 * @param entry has its app an entry on the index page?
 * @param who what an answer has that says who it is
 */
function listLocations({ name, allow }: Pick<App, "name" | "allow">, entry: boolean, who: string): string {
  const welcome = entry ? `try_files /${indexItemFile({ name })} =404;` : "return 204;";
  const refusal = `return 403 " ";`;
  const byName =
    allow === undefined
      ? welcome
      : hasNames({ allow })
        ? `if ($guest_${variableName({ name })} = 0) {
  ${refusal}
}
${welcome}`
        : refusal;
  const location = (at: string, more: string, ask: string, then: string, answer: string): string =>
    `location = ${at} {
${indent(`${more}${identity(ask)}`)}
  try_files /.none @${name}_${then};
}
location @${name}_${then} {
${indent(`${who}\n${answer}`)}
}`;
  if (allow === undefined || allow.groups.length === 0)
    return location(`/${name}`, "", sessionPath, "guest", byName);
  // oauth2-proxy does not say who it is that its list of groups refuses: it is asked once more without.
  const elsewhere = `error_page 401 = @unauthorized;\nerror_page 403 = /names/${name};\n`;
  return [
    location(`/${name}`, elsewhere, `/groups/${name}`, "member", welcome),
    location(`/names/${name}`, "internal;\n", sessionPath, "guest", byName),
  ].join("\n");
}

function identity(at: string): string {
  return `auth_request ${at};
auth_request_set $identity_user $upstream_http_x_auth_request_user;
auth_request_set $identity_email $upstream_http_x_auth_request_email;
auth_request_set $identity_name $upstream_http_x_auth_request_preferred_username;
auth_request_set $identity_groups $upstream_http_x_auth_request_groups;
auth_request_set $identity_cookie $upstream_http_set_cookie;`;
}

/** Headers that say who it is, and the refusal of who is nobody. */
function whoItIs(oidc: Oidc, expires: string): string {
  const { emailDomains, emails } = oidc.allow;
  // Somebody whom oauth2-proxy let in by an address that they do not have.
  const stranger = oidc.bearer && (emailDomains ?? emails) !== undefined;
  return [
    "add_header X-Auth-Request-User $identity_user always;",
    `add_header X-Auth-Request-Email ${address(oidc)} always;`,
    "add_header X-Auth-Request-Preferred-Username $identity_name always;",
    "add_header X-Auth-Request-Groups $identity_groups always;",
    "# An answer that sets a cookie is not remembered.",
    "add_header Set-Cookie $identity_cookie always;",
    ...(expires === "" ? [] : [expires]),
    ...['$identity_user = ""', ...(stranger ? ["$token_without_address"] : [])].map(
      (condition) => `if (${condition}) {\n  return 401 " ";\n}`,
    ),
  ].join("\n");
}

/** A 202 from oauth2-proxy says that there is a session, of a member of one of the groups if there are any. */
function askOauth2Proxy(site: Site, groups: string[] = []): string {
  const query = groups.length === 0 ? "" : `?allowed_groups=${groups.map(encodeURIComponent).join(",")}`;
  return `proxy_pass http://oauth2_proxy/oauth2/auth${query};
proxy_pass_request_body off;
proxy_set_header Content-Length "";
proxy_set_header Authorization $http_authorization;
${toOauth2Proxy(site, "$http_x_real_ip", "$http_cookie")}`;
}
