/**
 * Sign-in at hosts of apps' own with the session of the site's host: the configuration around `seal-sessions.js`, which has how
 * it goes.
 *
 * A request at such a host is checked like any other, under the sealed cookie in place of the session's: the answer is cached
 * under it, so that the script is run only where nothing is remembered. Then a server of its own opens the cookie and asks the
 * auth server.
 */
import type { App, Oidc, Site } from "../../spec/site";
import { authServerUrl } from "../auth-server";
import { sameSiteOf } from "../embed";
import { type NamedFile, secretFile, scriptFile } from "../files";
import { hasOwnHosts } from "../hosts";
import { type GatewayPlatform, unixSocket } from "../platform";
import { block, lines, type Part } from "../text";
import { sealedCookieName, sessionCookieName } from "./cookies";
import { askingBefore } from "./pages";
import { appSignInPath, signedInPath, signOutPath } from "./paths";

const scriptName = "seal-sessions.js";
const keyFileName = "seal-key";

/** The njs script, for a site with hosts of apps' own. */
export function sealScript(): NamedFile {
  return scriptFile(__dirname, scriptName);
}

/**
 * The file with the key that sessions are sealed by, to be put among the gateway's files. With another key everybody is signed in
 * anew at these hosts, by the session at the site's host.
 *
 * @param key 32 random bytes, base64
 */
export function sealKeyFile<Text>(key: Text): NamedFile<Text> {
  return secretFile(keyFileName, key);
}

/** The internal location that ends a session whose cookie was opened, in `$unsealed_session`. */
export const unsealedSignOutPath = "/_gateway/sign_out";

/** The URL at which an app's host asks about the app's guest list. */
export function sealedAuthUrl(
  platform: Pick<GatewayPlatform, "folders">,
  { name }: Pick<App, "name">,
): string {
  return `http://${unixSocket(platform, "sealed")}:/${name}`;
}

/**
 * Write what the script needs of the `http` block.
 *
 * @param site a checked spec
 * @param platform where the gateway runs
 * @returns nothing for a site whose apps are all at its host
 */
export function sealHttp(site: Site, platform: Pick<GatewayPlatform, "folders">): Part {
  const { config } = platform.folders;
  return (
    hasOwnHosts(site) &&
    lines(
      `js_import sealed from ${config}/${scriptName};`,
      `js_var $sealed_key_file ${config}/${keyFileName};`,
      `js_var $sealed_auth_server ${authServerUrl(platform)};`,
      `js_var $sealed_site ${site.origin};`,
      `js_var $session_name ${sessionCookieName(site)};`,
      `js_var $sealed_name ${sealedCookieName(site)};`,
      "js_var $unsealed_session;",
    )
  );
}

/**
 * Write the server between hosts of apps' own and the auth server.
 *
 * @param site a checked spec
 * @param oidc its `auth.oidc`
 * @param platform where the gateway runs
 */
export function sealedServer(site: Site, oidc: Oidc, platform: Pick<GatewayPlatform, "folders">): Part {
  const own = site.apps.filter(({ hasOwnHost }) => hasOwnHost);
  return (
    own.length > 0 &&
    block(
      "server",
      `listen ${unixSocket(platform, "sealed")};
access_log off;
large_client_header_buffers 4 64k;
# As long as nginx waits elsewhere, and for as much as it takes elsewhere of somebody in hundreds of groups.
js_fetch_timeout 60s;
js_fetch_buffer_size 64k;`,
      own.map((app) => block(`location = /${app.name}`, sealTerms(app, oidc), "js_content sealed.ask;")),
    )
  );
}

/** What the script has to know of an app. */
function sealTerms(app: App, { sessions }: Oidc): string {
  const sameSite = sameSiteOf(app) === "none" ? "None" : "Lax";
  return lines(
    `set $sealed_app ${app.name};`,
    `set $sealed_origin ${app.origin};`,
    `set $sealed_attributes "; Path=/; Max-Age=${sessions.lifetime}; Secure; HttpOnly; SameSite=${sameSite}";`,
  );
}

/**
 * Write the locations by which people come to a host of an app's own.
 *
 * @param app the app whose own it is
 * @param oidc `auth.oidc`
 * @returns locations of its server, `@sign_in` among them
 */
export function sealedSignIn(app: App, oidc: Oidc): Part[] {
  return [
    block(
      "location @sign_in",
      block("if ($leads_to_provider = 0)", "return 401;"),
      sealTerms(app, oidc),
      "js_content sealed.begin;",
    ),
    block(`location = ${signedInPath}`, sealTerms(app, oidc), "js_content sealed.redeem;"),
    block(`location = ${signOutPath}`, askingBefore, sealTerms(app, oidc), "js_content sealed.signOut;"),
  ];
}

/**
 * Write the location of the site's host that sends people on to a host of an app's own.
 *
 * @param authRequest directives that let in everybody who is signed in
 */
export function issueLocation(authRequest: string): string {
  return lines(
    "# The guest list is asked about at the app's host. In a frame, or by a script, nobody needs to be signed in there.",
    block(
      `location = ${appSignInPath}`,
      block("if ($navigation = 0)", "return 403;"),
      block("if ($framed)", "return 403;"),
      authRequest,
      "js_content sealed.issue;",
    ),
  );
}
