/**
 * Which pages may show an app in a frame (`embed` in the spec), and what else has to be so in a frame.
 *
 * A location of pages says whose they are in `$embedded_app`. It is set and not found by the path, so that it is nginx's own
 * choice of the location that counts, in whatever spelling a path comes, and stays so for the error page that is shown instead.
 */
import type { App, Site } from "../spec/site";
import { upstreamName } from "./names";
import { block, lines, map, type Part } from "./text";

/** Has the site an app that pages elsewhere may show in a frame? */
export function hasEmbeddedApp({ apps }: { apps: readonly Pick<App, "embed">[] }): boolean {
  return apps.some(({ embed }) => embed !== undefined);
}

/** Has it one that pages of another site may show, to which browsers send `SameSite=None` cookies only? */
export function hasCrossSiteEmbed({ apps }: { apps: readonly Pick<App, "embed">[] }): boolean {
  return apps.some(isCrossSite);
}

function isCrossSite({ embed }: Pick<App, "embed">): boolean {
  return embed?.crossSite === true;
}

/** `SameSite` of the cookies that an app's frame needs. */
export function sameSiteOf(app: Pick<App, "embed">): "lax" | "none" {
  return isCrossSite(app) ? "none" : "lax";
}

/** The two headers by which browsers know whose pages may show an answer in a frame. */
export function frameHeaders(site: Site): string {
  const [ancestors, options] = hasEmbeddedApp(site)
    ? ["$frame_ancestors", "$frame_options"]
    : ["'self'", "SAMEORIGIN"];
  return `add_header X-Frame-Options ${options} always;
add_header Content-Security-Policy "frame-ancestors ${ancestors}; object-src 'none'; base-uri 'self'" always;`;
}

/** The maps that these headers and the conditions below refer to. */
export function embedMaps(site: Site): Part[] {
  const embedded = site.apps.filter(({ embed }) => embed !== undefined);
  if (embedded.length === 0) return [];
  return [
    lines(
      "# Whose pages may show an app in a frame. X-Frame-Options has no word for it, and is left out where it is empty.",
      map(
        "$embedded_app",
        "$frame_ancestors",
        `"'self'"`,
        embedded.map((app) => [upstreamName(app), `"${["'self'", ...(app.embed?.from ?? [])].join(" ")}"`]),
      ),
      map(
        "$embedded_app",
        "$frame_options",
        "SAMEORIGIN",
        embedded.map((app) => [upstreamName(app), '""']),
      ),
    ),
    lines(
      "# Is the page to be shown in a frame?",
      map("$http_sec_fetch_dest", "$framed", '""', [['"~^(iframe|frame|embed|object|fencedframe)$"', "1"]]),
    ),
    hasCrossSiteEmbed(site) &&
      lines(
        "# With SameSite=None cookies come with requests that pages of other sites make. They may open a page, as with",
        "# SameSite=Lax, and open one in a frame where an app is for frames.",
        map(
          '"$http_sec_fetch_site $request_method $http_sec_fetch_mode $framed $request_path"',
          "$cross_site_request",
          "0",
          [
            ['"~^cross-site (GET|HEAD) navigate  "', "0"],
            // One for each path: nginx takes no pattern of 4096 bytes.
            ...crossSitePaths(site).map(
              (path) => [`"~^cross-site (GET|HEAD) navigate 1 (?!/oauth2/)${path}(/|$)"`, "0"] as const,
            ),
            ['"~^cross-site "', "1"],
          ],
        ),
      ),
  ];
}

/** The paths of the apps that other sites may show, those where they were before as well. */
function crossSitePaths({ apps }: Site): string[] {
  return apps.filter(isCrossSite).flatMap(({ path, formerPaths }) => [path, ...formerPaths]);
}

/** The condition of the site's server that keeps other sites' requests out. */
export function crossSiteCondition(site: Site): Part {
  return (
    hasCrossSiteEmbed(site) && [
      "# What SameSite=Lax would keep out.",
      block("if ($cross_site_request)", "return 403;"),
    ]
  );
}

/** Directives of a location of an app's pages. */
export function pageLocation(app: App): Part {
  return app.embed !== undefined && `set $embedded_app ${upstreamName(app)};`;
}

/** Directives of the location that passes the requests for an app's pages on to the app. */
export function pageCookies(app: App): Part {
  return (
    isCrossSite(app) && [
      "# Without Streamlit's token nothing can be uploaded. Other cookies of the app are its own affair.",
      "proxy_cookie_flags _streamlit_xsrf secure samesite=none;",
      "proxy_cookie_flags ~ secure;",
    ]
  );
}
