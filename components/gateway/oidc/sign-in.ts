/** `auth.oidc`: oauth2-proxy knows who is signed in, and people sign in at their provider. */
import { siteOrigin } from "../../spec/defaults";
import type { Oidc, Site } from "../../spec/site";
import { streamlitResources } from "../../streamlit/streamlit";
import { authServerUrl, proxyToAuth, proxyToAuthServer } from "../auth-server";
import { hasEmbeddedApp } from "../embed";
import { errorPages, formPageSettings, pageSettings } from "../error-pages";
import { fileNames } from "../files";
import { type GuestList, guestListsAt, hasIndexPage, indexGuestList } from "../guest-lists";
import { type Host, hasOwnHosts } from "../hosts";
import type { GatewayPlatform } from "../platform";
import type { SignIn } from "../sign-in";
import { block, lines, map, type Part, proxyHeaders } from "../text";
import { websocketScript } from "../websockets";
import {
  authServer,
  authServerHttp,
  authServerScript,
  guestMaps,
  invalidatePath,
  tokenEmailMaps,
} from "./auth-server";
import {
  cacheVariables,
  credentials,
  csrfCookieMap,
  sealedCookieMaps,
  sealedCookieName,
  sessionCookieMaps,
} from "./cookies";
import { largeHeaderBuffers, oauth2ProxyPort, oauth2ProxyUpstream, proxyToOauth2Proxy } from "./oauth2-proxy";
import { askingBefore, indexEntryPath, oidcPageFiles, oidcPages, pageNames } from "./pages";
import { callbackPath, notSignedInPath, signedOutPath, signOutPath } from "./paths";
import {
  issueLocation,
  sealedAuthUrl,
  sealedServer,
  sealedSignIn,
  sealHttp,
  sealScript,
  unsealedSignOutPath,
} from "./sealed-sessions";

/**
 * The sign-in by `auth.oidc`.
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 * @param platform where the gateway runs
 */
export function oidcSignIn(site: Site, oidc: Oidc, platform: GatewayPlatform): SignIn {
  const embedded = site.apps.filter(({ embed }) => embed !== undefined).map(({ name }) => name);
  const authRequest: SignIn["authRequest"] = (guestList, navigation = false) =>
    lines(
      `auth_request /_gateway/auth/${guestList};
auth_request_set $auth_user $upstream_http_x_auth_request_user;
auth_request_set $auth_email $upstream_http_x_auth_request_email;
auth_request_set $auth_name $upstream_http_x_auth_request_preferred_username;
auth_request_set $auth_groups $upstream_http_x_auth_request_groups;
# oauth2-proxy sets the cookie anew when it has refreshed the session.
auth_request_set $auth_cookie $upstream_http_set_cookie;
add_header Set-Cookie $auth_cookie always;`,
      navigation && ["error_page 401 = @sign_in;", errorPages],
      navigation &&
        embedded.includes(guestList) && [
          "# In a frame, @sign_in answers 401, which has a page of its own.",
          "recursive_error_pages on;",
        ],
    );
  return {
    identity: {
      user: "$auth_user",
      email: "$auth_email",
      name: "$auth_label",
      groups: "$auth_groups",
    },
    http: [
      oauth2ProxyServers(platform),
      authServerHttp(platform),
      maps(site, oidc),
      sealHttp(site, platform),
    ],
    authRequest,
    authSubrequest: (guestList, host) => authSubrequest(oidc, platform, guestList, host),
    locations: (host) => locations(host, { site, oidc, platform, authRequest }),
    servers: [authServer(site, oidc, platform), sealedServer(site, oidc, platform)],
    websocketCheck: {
      interval: oidc.sessions.connectionCheckInterval,
      credentials: (host) => credentials(oidc, host),
      authUrl: (app, host) =>
        host.app === undefined ? authServerUrl(platform, app.name) : sealedAuthUrl(platform, app),
    },
    pages: oidcPages,
    files: [
      ...oidcPageFiles(site),
      websocketScript(),
      authServerScript(),
      ...(hasOwnHosts(site) ? [sealScript()] : []),
    ],
  };
}

function oauth2ProxyServers({ hosts }: GatewayPlatform): string {
  if (hosts.oauth2Proxy === undefined) throw new Error("the platform names no host of oauth2-proxy");
  return block(
    `upstream ${oauth2ProxyUpstream}`,
    `zone ${oauth2ProxyUpstream} 64k;
server ${hosts.oauth2Proxy}:${oauth2ProxyPort} resolve max_fails=0;
keepalive 8;`,
  );
}

function maps(site: Site, oidc: Oidc): Part[] {
  const framed = hasEmbeddedApp(site);
  return [
    sessionCookieMaps(site, oidc),
    sealedCookieMaps(site, oidc),
    lines(
      "# Only a page that is opened leads to the provider. What a page loads by itself, and a program, gets a plain 401: to them a",
      "# redirect to another site would be an error that they cannot explain.",
      framed && "# Providers do not show themselves in frames.",
      map(`"$request_method $http_sec_fetch_mode${framed ? "$framed" : ""}"`, "$navigation", "0", [
        ['"~^(GET|HEAD) (navigate)?$"', "1"],
      ]),
      map('"$navigation $http_authorization $request_path"', "$leads_to_provider", "0", [
        // One for each app: nginx takes no pattern of 4096 bytes.
        ...[...new Set(site.apps.map(({ path }) => path))].map(
          (path) => [`"~^1  ${path}/(${streamlitResources.join("|")})(/|$)"`, "0"] as const,
        ),
        ['"~^1  "', "1"],
      ]),
    ),
    sameOriginMap(site),
    csrfCookieMap(site),
    oidc.bearer && tokenEmailMaps(),
    lines(
      "# The name by which people know themselves.",
      map("$auth_name", "$auth_label", "$auth_name", [['""', "$auth_email_or_user"]]),
      map("$auth_email", "$auth_email_or_user", "$auth_email", [['""', "$auth_user"]]),
    ),
    ...guestMaps(site, oidc),
  ];
}

/**
 * A map that tells requests of the site's own pages, and URLs that somebody typed or has as a bookmark, from those that a page
 * elsewhere made: by Fetch Metadata, else by the page that a request says it comes from.
 */
function sameOriginMap({ ports }: Site): string {
  const own = siteOrigin("\\k<asked_host>", ports.https);
  return lines(
    "# Did a page of this site make the request, or its user? Browsers say so; those that do not name the page.",
    map('"$server_name|$http_sec_fetch_site|$http_origin|$http_referer"', "$same_origin", "0", [
      ['"~^[^|]+\\|(same-origin|none)\\|"', "1"],
      [`"~^(?<asked_host>[^|]+)\\|\\|${own}\\|"`, "1"],
      [`"~^(?<asked_host>[^|]+)\\|\\|\\|${own}/"`, "1"],
    ]),
  );
}

/** Ask the auth server about a guest list. */
function authSubrequest(oidc: Oidc, platform: GatewayPlatform, guestList: string, host: Host): string {
  return lines(
    host.app === undefined
      ? proxyToAuthServer(platform, guestList)
      : proxyToAuth(sealedAuthUrl(platform, host.app)),
    authCache(oidc, guestList, host, [
      `proxy_cache_bypass ${cacheVariables(host).none};`,
      "proxy_cache_lock on;",
    ]),
  );
}

/** Cache a refusal in the place of whatever the auth server last said about a guest list. */
function invalidation(oidc: Oidc, platform: GatewayPlatform, guestList: string, host: Host): string {
  return lines(
    proxyToAuthServer(platform, invalidatePath),
    authCache(oidc, guestList, host, [
      "# The cached answer is not read, only replaced. A mirrored request has the method of its own, POST perhaps.",
      "proxy_cache_bypass 1;",
      "proxy_cache_methods POST;",
    ]),
  );
}

/** What the auth server is asked with, and that its answer is cached under exactly that. */
function authCache(oidc: Oidc, guestList: string, host: Host, reading: Part): string {
  const { cookie, authorization } = credentials(oidc, host);
  const { key: session, none } = cacheVariables(host);
  const key = [guestList, session, ...(authorization === undefined ? [] : [authorization])].join("|");
  return lines(
    proxyHeaders({ Cookie: cookie, ...(authorization !== undefined && { Authorization: authorization }) }),
    oidc.sessions.store === "cookie"
      ? largeHeaderBuffers
      : [
          "# The groups, and a cookie of Redis's. An open websocket keeps this for as long as it is open.",
          "proxy_buffer_size 12k;",
        ],
    oidc.sessions.checkInterval > 0 && [
      `proxy_cache auth;
proxy_cache_key "${key}";
proxy_no_cache ${none};`,
      reading,
    ],
  );
}

/** What the locations of a host are written from. */
interface Parts {
  site: Site;
  oidc: Oidc;
  platform: GatewayPlatform;
  authRequest: SignIn["authRequest"];
}

function locations(host: Host, parts: Parts): Part[] {
  const { site, oidc, platform, authRequest } = parts;
  return [
    ...(host.app === undefined ? siteSignIn(parts) : sealedSignIn(host.app, oidc)),
    host.app === undefined ? signOut(signOutPath, host, parts) : signOut(unsealedSignOutPath, host, parts),
    askingPage(platform),
    pageLocation(signedOutPath, pageNames.signedOut, platform),
    hasOwnHosts(site) && [
      host.app === undefined && issueLocation(authRequest(indexGuestList, true)),
      pageLocation(notSignedInPath, pageNames.failed, platform),
    ],
    lines("# Nothing else of oauth2-proxy is public.", block("location ^~ /oauth2/", "return 404;")),
    ...invalidated(host, parts).map(({ name }) =>
      lines(
        "# Sign-out invalidates the cached answers to auth subrequests.",
        block(`location = ${invalidationPath(name)}`, "internal;", invalidation(oidc, platform, name, host)),
      ),
    ),
    ...(host.app === undefined && hasIndexPage(site) ? site.apps : []).map((app) =>
      lines(
        "# The app's entry on the index page, for the people on its guest list.",
        block(
          `location = ${indexEntryPath(app)}`,
          "internal;",
          authSubrequest(oidc, platform, app.name, host),
        ),
      ),
    ),
  ];
}

/** Sign-in at the site's host: to the provider and back. */
function siteSignIn({ site }: Parts): string[] {
  const proxyPass = `proxy_pass http://${oauth2ProxyUpstream};`;
  return [
    block(
      "location @sign_in",
      block("if ($leads_to_provider = 0)", "return 401;"),
      "# Without the query, which is part of where to come back to.",
      "rewrite ^ /oauth2/start? break;",
      proxyPass,
      proxyToOauth2Proxy(site, "$remote_addr", "$http_cookie"),
      `proxy_set_header X-Auth-Request-Redirect ${site.origin}$request_uri;`,
    ),
    block(
      `location = ${callbackPath}`,
      noBody,
      proxyPass,
      proxyToOauth2Proxy(site, "$remote_addr", "$csrf_cookie"),
      `proxy_intercept_errors on;
# 500 is also the answer to an e-mail address that nobody has verified.
error_page 400 401 403 404 500 /_gateway/${pageNames.failed};
error_page 502 503 504 /_gateway/${pageNames.unavailable};`,
    ),
  ];
}

/** The guest lists about which answers are cached that sign-out at a host invalidates. */
function invalidated(host: Host, { site, oidc }: Parts): GuestList[] {
  return oidc.sessions.checkInterval > 0 ? guestListsAt(host, site) : [];
}

function invalidationPath(guestList: string): string {
  return `/_gateway/invalidate/${guestList}`;
}

/** Where the page that asks is shown. */
function askingPage({ folders }: GatewayPlatform): string {
  return block(
    `location = /_gateway/${pageNames.signOut}`,
    "internal;",
    `alias ${folders.config}/${fileNames.pages}/${pageNames.signOut};`,
    formPageSettings,
  );
}

/**
 * The location that ends the session at oauth2-proxy. At a host of an app's own it is an internal one, to which a request comes
 * when its cookie was opened.
 */
function signOut(path: string, host: Host, parts: Parts): string {
  const { site } = parts;
  const own = host.app !== undefined;
  return block(
    `location = ${path}`,
    own ? "internal;" : askingBefore,
    invalidated(host, parts).map(({ name }) => `mirror ${invalidationPath(name)};`),
    noBody,
    `mirror_request_body off;
rewrite ^ "${signOutPath}?rd=${afterSignOut(host, parts)}?" break;
proxy_pass http://${oauth2ProxyUpstream};`,
    proxyToOauth2Proxy(site, "$remote_addr", own ? "$session_to_end" : "$session_cookie"),
    own && [
      "proxy_hide_header Set-Cookie;",
      `add_header Set-Cookie "${sealedCookieName(site)}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax" always;`,
    ],
    `# Without a session there is no ID token to put there, and nobody to sign out at the provider.
proxy_redirect "~id_token_hint=([{]|%7B)id_token" ${signedOutAt(host, site)};
proxy_intercept_errors on;
error_page 500 502 503 504 /_gateway/${pageNames.unavailable};`,
  );
}

function pageLocation(path: string, page: string, { folders }: GatewayPlatform): string {
  return block(
    `location = ${path}`,
    `root ${folders.config}/${fileNames.pages};`,
    pageSettings,
    `try_files /${page} =404;`,
  );
}

/** What oauth2-proxy is told stands in the query and in cookies; a form without fields has no body either. */
const noBody = "client_max_body_size 1k;";

/** The page that people see who have signed out at a host: it is at the site's. */
function signedOutAt(host: Host, site: Site): string {
  return host.app === undefined ? signedOutPath : `${site.origin}${signedOutPath}`;
}

/** Where a browser goes when it has signed out at a host, as a query has it: to the provider first, where that has a place for it. */
function afterSignOut(host: Host, { site, oidc: { endSessionEndpoint } }: Parts): string {
  if (endSessionEndpoint === undefined) return encodeURIComponent(signedOutAt(host, site));
  const url = new URL(endSessionEndpoint);
  url.searchParams.set("post_logout_redirect_uri", `${site.origin}${signedOutPath}`);
  url.searchParams.set("id_token_hint", idToken);
  return encodeURIComponent(url.href.replace(encodeURIComponent(idToken), idToken));
}

/** oauth2-proxy puts the ID token there. */
const idToken = "{id_token}";
