/**
 * Which pages may show an app in a frame (`embed` in the spec), and what else has to be so in a frame.
 *
 * A location of pages says whose they are in `$embedded_app`. It is set and not found by the path, so that it is nginx's own
 * choice of the location that counts, in whatever spelling a path comes, and stays so for the error page that is shown instead.
 */
import type { App, Site } from "../spec/site";
import { hasOwnHosts } from "./hosts";
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

/**
 * Has it one among the apps at the site's host? The session's cookie is that host's alone.
 */
export function hasCrossSiteEmbedAtSite({
  apps,
}: {
  apps: readonly Pick<App, "embed" | "hasOwnHost">[];
}): boolean {
  return apps.some((app) => isCrossSite(app) && !app.hasOwnHost);
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
  return [
    embedded.length > 0 &&
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
    (embedded.length > 0 || refusesOtherSites(site)) &&
      lines(
        "# Is the page to be shown in a frame?",
        map("$http_sec_fetch_dest", "$framed", '""', [['"~^(iframe|frame|embed|object|fencedframe)$"', "1"]]),
      ),
    refusesOtherSites(site) && crossSiteMap(site),
  ];
}

/**
 * Are requests refused that pages of other sites make? Where cookies come with them, and where apps have hosts of their own: under
 * one registrable domain these are one site to browsers, to which `SameSite=Lax` is no hindrance.
 */
function refusesOtherSites(site: Site): boolean {
  return hasCrossSiteEmbed(site) || hasOwnHosts(site);
}

function crossSiteMap(site: Site): string {
  const others = hasOwnHosts(site) ? "(cross|same)-site" : "cross-site";
  return lines(
    "# With SameSite=None cookies come with requests that pages of other sites make, and always with those of a host under the",
    "# same registrable domain. They may open a page, and open one in a frame where an app is for frames.",
    map(
      '"$http_sec_fetch_site $request_method $http_sec_fetch_mode $framed $server_name$request_path"',
      "$cross_site_request",
      "0",
      [
        [`"~^${others} (GET|HEAD) navigate  "`, "0"],
        ...site.apps.flatMap((app) => {
          const isForFrames = hasOwnHosts(site) ? app.embed !== undefined : isCrossSite(app);
          return isForFrames
            ? framedPlaces(site, app).map(
                (place) => [`"~^${others} (GET|HEAD) navigate 1 ${place}(/|$)"`, "0"] as const,
              )
            : [];
        }),
        [`"~^${others} "`, "1"],
      ],
    ),
  );
}

/** Where an app is and was before, as patterns of a host with a path. */
function framedPlaces(site: Site, { host, path, formerPaths }: App): string[] {
  const place = (at: string, paths: readonly string[]): string =>
    `${at.replaceAll(".", "\\.")}(?!/oauth2/)(${paths.join("|")})`;
  return host === site.host
    ? [place(host, [path, ...formerPaths])]
    : [place(host, [path]), place(site.host, formerPaths)];
}

/** The condition of a host's server that keeps other sites' requests out. */
export function crossSiteCondition(site: Site): Part {
  return (
    refusesOtherSites(site) && [
      "# What SameSite=Lax would keep out, and between hosts of one site does not.",
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
