/** `auth.oidc`: oauth2-proxy knows who is signed in, and people sign in at their provider. */
import type { Oidc, Site } from "../../spec/site";
import { streamlitResources } from "../../streamlit/streamlit";
import { proxyToAuthServer } from "../auth-server";
import { hasEmbeddedApp } from "../embed";
import { errorPages, pageSettings } from "../error-pages";
import { fileNames } from "../files";
import { guestLists, hasIndexPage } from "../guest-lists";
import type { GatewayPlatform } from "../platform";
import type { SignIn } from "../sign-in";
import { block, lines, map, type Part, proxyHeaders } from "../text";
import { websocketScript } from "../websockets";
import { authServer, guestMaps, invalidatePath, tokenEmailMaps } from "./auth-server";
import { appCookieMap, credentials, csrfCookieMap, sessionCookieMaps } from "./cookies";
import { largeHeaderBuffers, oauth2ProxyPort, oauth2ProxyUpstream, proxyToOauth2Proxy } from "./oauth2-proxy";
import { indexEntryPath, oidcPageFiles, oidcPages, pageNames } from "./pages";
import { callbackPath, signedOutPath, signOutPath } from "./paths";

/**
 * The sign-in by `auth.oidc`.
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 * @param platform where the gateway runs
 */
export function oidcSignIn(site: Site, oidc: Oidc, platform: GatewayPlatform): SignIn {
  const embedded = site.apps.filter(({ embed }) => embed !== undefined).map(({ name }) => name);
  return {
    identity: {
      user: "$auth_user",
      email: "$auth_email",
      name: "$auth_label",
      groups: "$forwarded_groups",
    },
    appCookies: "$app_cookies",
    http: [oauth2ProxyServers(platform), maps(site, oidc)],
    authRequest: (guestList, navigation = false) =>
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
      ),
    authSubrequest: (guestList) => authSubrequest(oidc, platform, guestList),
    locations: () => locations(site, oidc, platform),
    servers: [authServer(site, oidc, platform)],
    websocketCheck: {
      interval: oidc.sessions.connectionCheckInterval,
      credentials: () => credentials(oidc),
      authPath: (guestList) => guestList,
    },
    pages: oidcPages,
    files: [...oidcPageFiles(site), websocketScript()],
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
  const paths = site.apps.map(({ path }) => path).join("|");
  const framed = hasEmbeddedApp(site);
  return [
    sessionCookieMaps(site, oidc),
    map(`"${Object.values(credentials(oidc)).join("")}"`, "$without_credentials", "0", [['""', "1"]]),
    lines(
      "# Only a page that is opened leads to the provider. What a page loads by itself, and a program, gets a plain 401: to them a",
      "# redirect to another site would be an error that they cannot explain.",
      framed && "# Providers do not show themselves in frames.",
      map(`"$request_method $http_sec_fetch_mode${framed ? "$framed" : ""}"`, "$navigation", "0", [
        ['"~^(GET|HEAD) (navigate)?$"', "1"],
      ]),
      map('"$navigation $http_authorization $request_path"', "$leads_to_provider", "0", [
        [`"~^1  (${paths})/(${streamlitResources.join("|")})(/|$)"`, "0"],
        ['"~^1  "', "1"],
      ]),
    ),
    appCookieMap(),
    csrfCookieMap(site),
    oidc.bearer && tokenEmailMaps(),
    lines(
      "# The name by which people know themselves.",
      map("$auth_name", "$auth_label", "$auth_name", [['""', "$auth_email_or_user"]]),
      map("$auth_email", "$auth_email_or_user", "$auth_email", [['""', "$auth_user"]]),
    ),
    lines(
      "# Streamlit's server refuses a websocket with a longer header: an app gets no groups of somebody who is in so many.",
      map("$auth_groups", "$forwarded_groups", '""', [['"~^.{1,7000}$"', "$auth_groups"]]),
    ),
    ...guestMaps(site, oidc),
  ];
}

/** Ask the auth server about a guest list. */
function authSubrequest(oidc: Oidc, platform: GatewayPlatform, guestList: string): string {
  return lines(
    proxyToAuthServer(platform, guestList),
    authCache(oidc, guestList, ["proxy_cache_bypass $without_credentials;", "proxy_cache_lock on;"]),
  );
}

/** Cache a refusal in the place of whatever the auth server last said about a guest list. */
function invalidation(oidc: Oidc, platform: GatewayPlatform, guestList: string): string {
  return lines(
    proxyToAuthServer(platform, invalidatePath),
    authCache(oidc, guestList, ["# The cached answer is not read, only replaced.", "proxy_cache_bypass 1;"]),
  );
}

/** What the auth server is asked with, and that its answer is cached under exactly that. */
function authCache(oidc: Oidc, guestList: string, reading: Part): string {
  const { cookie, authorization } = credentials(oidc);
  const key = [guestList, "$session_key", ...(authorization === undefined ? [] : [authorization])].join("|");
  return lines(
    proxyHeaders({ Cookie: cookie, ...(authorization !== undefined && { Authorization: authorization }) }),
    largeHeaderBuffers,
    oidc.sessions.checkInterval > 0 && [
      `proxy_cache auth;
proxy_cache_key "${key}";
proxy_no_cache $without_credentials;`,
      reading,
    ],
  );
}

function locations(site: Site, oidc: Oidc, platform: GatewayPlatform): Part[] {
  const invalidated = oidc.sessions.checkInterval > 0 ? guestLists(site) : [];
  const invalidationPath = (name: string): string => `/_gateway/invalidate/${name}`;
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
      proxyPass,
      proxyToOauth2Proxy(site, "$remote_addr", "$csrf_cookie"),
      `proxy_intercept_errors on;
# 500 is also the answer to an e-mail address that nobody has verified.
error_page 400 401 403 404 500 /_gateway/${pageNames.failed};
error_page 502 503 504 /_gateway/${pageNames.unavailable};`,
    ),
    block(
      `location = ${signOutPath}`,
      invalidated.map(({ name }) => `mirror ${invalidationPath(name)};`),
      `mirror_request_body off;
rewrite ^ "${signOutPath}?rd=${afterSignOut(site, oidc)}?" break;`,
      proxyPass,
      proxyToOauth2Proxy(site, "$remote_addr", "$session_cookie"),
      `# Without a session there is no ID token to put there, and nobody to sign out at the provider.
proxy_redirect "~id_token_hint=([{]|%7B)id_token" ${signedOutPath};
proxy_intercept_errors on;
error_page 500 502 503 504 /_gateway/${pageNames.unavailable};`,
    ),
    block(
      `location = ${signedOutPath}`,
      `root ${platform.folders.config}/${fileNames.pages};`,
      pageSettings,
      `try_files /${pageNames.signedOut} =404;`,
    ),
    lines("# Nothing else of oauth2-proxy is public.", block("location ^~ /oauth2/", "return 404;")),
    ...invalidated.map(({ name }) =>
      lines(
        "# Sign-out invalidates the cached answers to auth subrequests.",
        block(`location = ${invalidationPath(name)}`, "internal;", invalidation(oidc, platform, name)),
      ),
    ),
    ...(hasIndexPage(site) ? site.apps : []).map((app) =>
      lines(
        "# The app's entry on the index page, for the people on its guest list.",
        block(`location = ${indexEntryPath(app)}`, "internal;", authSubrequest(oidc, platform, app.name)),
      ),
    ),
  ];
}

/** Where a browser goes when it has signed out, as a query has it: to the provider first, where that has a place for it. */
function afterSignOut(site: Site, { endSessionEndpoint }: Oidc): string {
  if (endSessionEndpoint === undefined) return encodeURIComponent(signedOutPath);
  const url = new URL(endSessionEndpoint);
  url.searchParams.set("post_logout_redirect_uri", `${site.origin}${signedOutPath}`);
  url.searchParams.set("id_token_hint", idToken);
  return encodeURIComponent(url.href.replace(encodeURIComponent(idToken), idToken));
}

/** oauth2-proxy puts the ID token there. */
const idToken = "{id_token}";
