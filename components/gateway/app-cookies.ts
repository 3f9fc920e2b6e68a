/** The cookies of apps: which of a browser's they get, and which they can set. */
import type { App } from "../spec/site";
import { type NamedFile, scriptFile } from "./files";
import { replicaCookieName } from "./names";
import type { GatewayPlatform } from "./platform";
import { lines, map } from "./text";

/** How the names of all cookies of a sign-in begin, at whatever port of the host, and of whatever site there. */
export const signInCookiePrefix = "__Host-oauth2_proxy";

/**
 * How often a browser's cookies may change between those of sign-ins and others. A browser lists cookies by the length of
 * their path and by their age, so that few changes are usual.
 */
const cookieRuns = 6;

/**
 * The cookies without those of sign-ins, at this and at other ports, which browsers send as well: an app that had a
 * visitor's could be that visitor at every other app.
 *
 * One regular expression takes the header apart into runs of other cookies, which are kept, with runs of sign-in cookies
 * between them. There is one way only to divide a header so, which keeps a header that does not fit from being tried in
 * many: a separator takes all the spaces (`(?! )`), and a run of sign-in cookies all that there are.
 */
function appCookieMap(): string {
  const separator = "(?:; *(?! )|$)";
  const others = `(?:(?!\\s*${signInCookiePrefix})[^;]*${separator})*`;
  const signIns = `(?:${signInCookiePrefix}[^=;]*=[^;]*${separator})+(?!${signInCookiePrefix})`;
  const kept = Array.from({ length: cookieRuns + 1 }, (_, run) => `cookies_${run}`);
  const pattern = kept
    .map((name, run) => (run === 0 ? `(?<${name}>${others})` : `(?:${signIns}(?<${name}>${others}))?`))
    .join("");
  return lines(
    "# Other cookies, sign-in cookies, other cookies and so on. A page of an app can set more runs than are expected here, and",
    "# cookies that two servers read differently: then the app gets no cookies at all.",
    map("$http_cookie", "$app_cookies", '""', [
      [`"~^${pattern}$"`, `"${kept.map((name) => `$${name}`).join("")}"`],
    ]),
  );
}

const scriptName = "confine-cookies.js";

/** The njs script, which {@link appCookieHttp} imports from the folder of the gateway's files. */
export function appCookieScript(): NamedFile {
  return scriptFile(__dirname, scriptName);
}

/** Write what cookies of apps need of the `http` block. */
export function appCookieHttp({ folders }: Pick<GatewayPlatform, "folders">): string {
  return lines(`js_import cookies from ${folders.config}/${scriptName};`, appCookieMap());
}

/**
 * Directives of a location that leads to an app: of the cookies that it sets, those of sign-ins and of other apps are dropped, and
 * the others are sent to the app only.
 */
export function confineCookies(app: Pick<App, "name" | "path">): string {
  return `set $app_path "${app.path}";
set $app_replica_cookie ${replicaCookieName(app)};
js_header_filter cookies.confine;`;
}
