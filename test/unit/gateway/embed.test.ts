/** Who may show which answer in a frame, as far as the text of the configuration can show it; test/contract asks the gateway. */
import * as fc from "fast-check";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import type { App, Site } from "../../../components/spec/site";
import { embedding, validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { type Directive, everyDirective, PythonTools } from "../python-tools";
import { location, ParsedConfig, values } from "./parsed-config";
import { dockerConfig, dockerUpstreams, pages } from "./rendered";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const oidc = { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" };
const sameSite = "https://intranet.example.com";
const otherSite = "https://portal.example.org";

const spec = (from: string[] | undefined, own: Partial<AppArgs> = {}): SiteArgs => ({
  host: "site.example.com",
  ports: { https: 443, http: 80 },
  apps: {
    "live-view": { source: "x", route: "/live", ...own, ...(from && { embed: { from } }) },
    other: { source: "x" },
  },
  auth: { oidc },
});
const parsed = (args: SiteArgs): Promise<ParsedConfig> => ParsedConfig.of(args, tools);
const anySpec = fc.oneof(embedding(validSpec), embedding(validOidcSpec));

/** The app that a location says its pages are of. */
const embeddedApp = (inside: Directive[]): string | undefined =>
  values(inside, "set").find(([variable]) => variable === "$embedded_app")?.[1];

const cookies = (args: SiteArgs): string[] =>
  dockerUpstreams(checkSite(args, "docker"), new Map()).match(/replica_\w+|samesite=\w+/g) ?? [];

describe("a site without embed", () => {
  it("has no word of it in its configuration, its pages and its cookies", () => {
    const site = checkSite(spec(undefined), "docker");
    const all = [dockerConfig(site), ...Object.values(pages(site))].join("\n");
    expect(all).not.toMatch(/embedded|\$framed|cross_site|recursive_error_pages|<base|samesite=none/i);
    expect(all).toContain("add_header X-Frame-Options SAMEORIGIN always;");
    expect(all).toContain("frame-ancestors 'self';");
  });
});

describe("any site with embed", () => {
  it("marks the locations of its apps' pages, each with its own app, and no other", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (args) => {
        const site = checkSite(args, "docker");
        const expected = site.apps.flatMap((app) =>
          pageLocations(app).map((at) => [
            at,
            app.embed === undefined ? undefined : `app_${app.name.replaceAll("-", "_")}`,
          ]),
        );
        const server = (await parsed(args)).site(site.host);
        const found = server
          .filter(({ directive }) => directive === "location")
          .map(({ args, block = [] }): [string, string | undefined] => [args.join(" "), embeddedApp(block)]);
        const pagesOf = new Map(expected as [string, string | undefined][]);
        for (const [at, app] of found) expect([at, app]).toEqual([at, pagesOf.get(at)]);
        for (const [at] of expected) expect(found.map(([name]) => name)).toContain(at);
        // Only there: in the server itself it would be for all.
        expect(values(server, "set")).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 300_000);

  it("lets nobody show an answer but whom the spec lists for its app, and sends each header once", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (args) => {
        const site = checkSite(args, "docker");
        const embedded = site.apps.filter(({ embed }) => embed !== undefined);
        fc.pre(embedded.length > 0);
        const config = await parsed(args);
        const key = ({ name }: App): string => `app_${name.replaceAll("-", "_")}`;
        expect(config.map("$frame_ancestors")).toEqual([
          ["default", "'self'"],
          ...embedded.map((app) => [key(app), `'self' ${app.embed?.from.join(" ")}`]),
        ]);
        expect(config.map("$frame_options")).toEqual([
          ["default", "SAMEORIGIN"],
          ...embedded.map((app) => [key(app), ""]),
        ]);
        const headers = [...everyDirective(config.site(site.host))]
          .filter(({ directive, args }) => directive === "add_header" && /frame/i.test(args.join(" ")))
          .map(({ args }) => args);
        expect(headers).toEqual([
          ["X-Frame-Options", "$frame_options", "always"],
          [
            "Content-Security-Policy",
            "frame-ancestors $frame_ancestors; object-src 'none'; base-uri 'self'",
            "always",
          ],
        ]);
      }),
      { numRuns: 40 },
    );
  }, 300_000);

  it("loosens the cookies of no app but those that another site may show", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (args) => {
        const site = checkSite(args, "docker");
        const crossSite = ({ embed }: App): boolean => embed?.crossSite === true;
        expect(cookies(args)).toEqual(
          site.apps.flatMap((app) => [
            `replica_${app.name.replaceAll("-", "_")}`,
            `samesite=${crossSite(app) ? "none" : "lax"}`,
          ]),
        );
        const config = await parsed(args);
        for (const app of site.apps)
          expect(values(location(config.site(site.host), `${app.path}/`), "proxy_cookie_flags")).toEqual(
            crossSite(app)
              ? [
                  ["_streamlit_xsrf", "secure", "samesite=none"],
                  ["~", "secure"],
                ]
              : [],
          );
        const conditions = config.site(site.host).filter(({ args }) => args[0] === "$cross_site_request");
        expect(conditions).toHaveLength(site.apps.some(crossSite) ? 1 : 0);
      }),
      { numRuns: 40 },
    );
  }, 300_000);

  it("has room for ten origins of any length", async () => {
    const name = (index: number): string => `${`${"x".repeat(63)}.`.repeat(3)}${"y".repeat(60)}${index}`;
    const from = Array.from({ length: 10 }, (_, index) => `https://${name(index)}:65535`);
    const config = await parsed(spec(from));
    expect(config.map("$frame_ancestors")[1]?.[1]).toBe(["'self'", ...from].join(" "));
  });
});

/** The locations of an app's pages, those that lead to them among them. */
function pageLocations({ path, formerPaths }: App): string[] {
  return [path, ...formerPaths.filter((was) => was !== "")]
    .flatMap((at) => [`= ${at}`, `${at}/`])
    .filter((at) => at !== "= ");
}

describe("requests of other sites", () => {
  const refused = async (args: SiteArgs, request: string): Promise<string | undefined> => {
    const [[, fallback] = [], ...patterns] = (await parsed(args)).map("$cross_site_request");
    const found = patterns.find(([pattern = ""]) =>
      new RegExp(pattern.slice(1)).test(request.replace("/", `${args.host}/`)),
    );
    return (found?.[1] ?? fallback) === "1" ? "refused" : undefined;
  };
  const args = spec([otherSite], { formerRoutes: ["/was"] });

  it.each([
    "cross-site GET navigate  /",
    "cross-site HEAD navigate  /other/",
    "cross-site GET navigate  /oauth2/callback",
    "cross-site GET navigate 1 /live",
    "cross-site GET navigate 1 /live/page",
    "cross-site GET navigate 1 /was/page",
    "same-site POST cors  /other/",
    "same-origin PUT cors  /live/_stcore/upload_file/x",
    "same-origin GET websocket  /live/_stcore/stream",
    "none GET navigate  /",
    // A program, or a browser of long ago.
    " GET   /live/",
  ])("pass where SameSite=Lax would let them, or the app is for frames: %s", async (request) => {
    expect(await refused(args, request)).toBeUndefined();
  });

  it.each([
    "cross-site POST navigate  /live/",
    "cross-site GET no-cors  /live/media/x.png",
    "cross-site GET cors  /live/",
    "cross-site GET   /live/",
    "cross-site GET websocket  /live/_stcore/stream",
    "cross-site GET navigate 1 /",
    "cross-site GET navigate 1 /other/",
    "cross-site GET navigate 1 /livelier/",
    "cross-site GET navigate 1 /oauth2/sign_out",
    "cross-site POST navigate 1 /live/",
  ])("are refused otherwise: %s", async (request) => {
    expect(await refused(args, request)).toBe("refused");
  });

  it("may not sign anybody out in a frame where the app is at /", async () => {
    const atRoot = { ...args, apps: { a: { source: "x", embed: { from: [otherSite] } } } };
    expect(await refused(atRoot, "cross-site GET navigate 1 /page")).toBeUndefined();
    expect(await refused(atRoot, "cross-site GET navigate 1 /oauth2/sign_out")).toBe("refused");
  });
});

describe("in a frame", () => {
  const siteOf = (args: SiteArgs): Site => checkSite(args, "docker");

  it("nobody is led to the provider, which would not show itself there", async () => {
    const config = await parsed(spec([sameSite]));
    expect(config.map("$framed")).toEqual([
      ["default", ""],
      ["~^(iframe|frame|embed|object|fencedframe)$", "1"],
    ]);
    const [, [pattern = ""] = []] = config.map("$navigation");
    const led = (request: string): boolean => new RegExp(pattern.slice(1)).test(request);
    expect(["GET navigate", "GET ", "GET navigate1", "GET 1"].map(led)).toEqual([true, true, false, false]);
    // Then the answer is a page, although it comes from where the page for 401 would have been.
    expect(values(location(config.site(), "/live/"), "recursive_error_pages")).toEqual([["on"]]);
    expect(values(location(config.site(), "/other/"), "recursive_error_pages")).toEqual([]);
  });

  it.each([
    ["oidc", spec([sameSite])],
    ["basic", { ...spec([sameSite]), auth: { basic: { generatedUsers: ["anna"] } } }],
  ])("the page for who is not signed in opens a tab, with auth.%s", (_kind, args) => {
    const page = pages(siteOf(args))["401.html"] ?? "";
    const main = page.split("<main")[1] ?? "";
    const [framed = "", otherwise = ""] = main.split("<!--# else -->");
    expect(framed).toContain('<a class="button" href="">Sign in</a>');
    expect(framed).toContain('<a href="" target="_self">load this page again</a>');
    expect(otherwise).not.toContain("tab");
    expect(page).toContain('<!--# if expr="$framed = 1" --><base target="_blank"><!--# endif -->');
  });

  it("every page that names the site has its links open a tab", () => {
    for (const [name, text] of Object.entries(pages(siteOf(spec([sameSite])))))
      if (!name.startsWith("item-"))
        expect([name, text.includes('<base target="_blank">')]).toEqual([name, name !== "421.html"]);
  });
});
