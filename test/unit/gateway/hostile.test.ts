/** Nothing that a spec can say breaks out of the place where it is written. */
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { streamlitConfig } from "../../../components/streamlit/config";
import { type KnownSecrets, streamlitSecrets } from "../../../components/streamlit/secrets";
import { streamlitSetting } from "../../../components/streamlit/setting";
import { SiteSpecError } from "../../../components/spec/errors";
import { htpasswd } from "../../../components/gateway/basic/htpasswd";
import { oauth2ProxyConfig } from "../../../components/gateway/oidc/oauth2-proxy";
import { checkSite } from "../../../components/spec/check";
import type { Site } from "../../../components/spec/site";
import type { SiteArgs } from "../../../components/spec/args";
import { hostile, nasty, type Place, places as otherPlaces, tomlText } from "../arbitraries";
import { oidcPlaces } from "../oidc-arbitraries";
import { type Directive, everyDirective, PythonTools } from "../python-tools";
import { behindBalancer, onDocker, type PlatformOf } from "./platforms";
import { pages, passwordCheck, wholeConfig } from "./rendered";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

/** Names of directives and how many arguments they have, a line each; not the arguments, which is where values belong. */
function shape(block: Directive[], around = "", indent = ""): string {
  return block
    .map(({ directive, args, block: inner }) => {
      const name = around === "map" ? "(what is looked up)" : directive;
      return `${indent}${name} ${args.length}${inner ? `\n${shape(inner, directive, `${indent}  `)}` : ""}`;
    })
    .join("\n");
}

/** Tags, the names of their attributes, comments (so SSI directives); not the text. */
function tags(parts: string[][], app: string): string[][] {
  return parts
    .filter(([kind]) => kind !== "text")
    .map((part) => part.map((text) => text.replaceAll(`listed_${app.replaceAll("-", "_")}`, "listed_")));
}

const read = new Map<string, Promise<unknown>>();
/** Most texts have nothing of the value in them, so that they come again and again: each is read once, which takes Python its time. */
function once(text: string, reading: (text: string) => Promise<unknown>): Promise<unknown> {
  const key = `${reading.name} ${createHash("sha256").update(text).digest("base64")}`;
  const found = read.get(key) ?? reading(text);
  read.set(key, found);
  return found;
}
const nginxShape = async (text: string): Promise<unknown> => shape(await tools.ask("parse nginx", text));
const htmlParts = (text: string): Promise<unknown> => tools.ask("parse html", text);

interface Shapes {
  nginx: unknown;
  passwordCheck: unknown;
  html: unknown;
  ssi: number[];
  passwordLines: number;
  oauth2Proxy: unknown;
}

const places = [...otherPlaces, ...oidcPlaces];

/** Names of options, the types of their values, and how many are in a list. */
function options({ oidc }: Site["auth"], site: Site): unknown {
  if (oidc === undefined) return undefined;
  const clientId = oidc.clientId as string;
  const platform = { configFolder: "/etc/oauth2-proxy", trustedProxies: [], redisHost: "redis" };
  const text = oauth2ProxyConfig(site, oidc, platform, { clientId, redisPassword: "x" });
  const found = parse(text);
  expect(found.client_id).toBe(clientId);
  return Object.entries(found).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.length : typeof value,
  ]);
}

async function shapes(site: Site, platformOf: PlatformOf): Promise<Shapes> {
  const all = pages(site, platformOf);
  // What differs from spec to spec is on these two; the style, which never does, takes longest to read.
  const html = ["index.html", "403.html"].map(
    (file) => all[file]?.replace(/<style>[^]*?<\/style>/, "") ?? "",
  );
  const users = [...Object.keys(site.auth.basic?.users ?? {}), ...(site.auth.basic?.generatedUsers ?? [])];
  const passwords = htpasswd(Object.fromEntries(users.map((user) => [user, "$2y$11$hash"])));
  return {
    nginx: await once(wholeConfig(site, platformOf), nginxShape),
    passwordCheck: await once(passwordCheck(site, platformOf), nginxShape),
    html: await Promise.all(
      html.map(async (page) => tags((await once(page, htmlParts)) as string[][], site.apps[0]?.name ?? "")),
    ),
    ssi: html.map((page) => page.split("<!--#").length),
    oauth2Proxy: options(site.auth, site),
    passwordLines: passwords.split("\n").filter((line) => /^[^:]+:\$2y\$11\$hash$/.test(line)).length,
  };
}

function accepted(spec: SiteArgs): Site | undefined {
  try {
    return checkSite(spec, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return undefined;
    throw error;
  }
}

const harmlessShapes = new Map<PlatformOf, Map<string, Promise<Shapes>>>();
function harmless({ field, harmless, put }: Place, platformOf: PlatformOf): Promise<Shapes> {
  const ofPlatform = harmlessShapes.get(platformOf) ?? new Map<string, Promise<Shapes>>();
  harmlessShapes.set(platformOf, ofPlatform);
  const known = ofPlatform.get(field) ?? shapes(checkSite(put(harmless), "docker"), platformOf);
  ofPlatform.set(field, known);
  return known;
}

describe.each([
  ["on Docker", onDocker, 2500],
  ["behind a balancer", behindBalancer, 500],
])("a hostile string anywhere in a spec %s", (_, platformOf, numRuns) => {
  it("is refused, or leaves every text with the structure that a harmless one gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), hostile, async (place, value) => {
        // An app at the root has other locations: that is what the route means.
        fc.pre(!(place.field === "route" && value === "/"));
        const site = accepted(place.put(value));
        if (site !== undefined)
          expect(await shapes(site, platformOf)).toEqual(await harmless(place, platformOf));
      }),
      { numRuns },
    );
  }, 600_000);

  it("is refused or kept, each known nasty one in each place", async () => {
    const kept = places.flatMap((place) =>
      nasty
        .filter((value) => !(place.field === "route" && value === "/"))
        .flatMap((value) => accepted(place.put(value)) ?? [])
        .map(async (site) => {
          expect(await shapes(site, platformOf)).toEqual(await harmless(place, platformOf));
        }),
    );
    await Promise.all(kept);
    expect(kept.length).toBeGreaterThan(100); // Otherwise this proves nothing but refusals.
  }, 600_000);
});

describe("a hostile string", () => {
  it("is one argument of auth_basic when it is a realm", async () => {
    for (const realm of ["{};#", "a;b", "<!--#", "'", "a # b", "]", "`", " x ", "auth_basic off;"]) {
      const site = checkSite(
        { host: "a", apps: { a: { source: "a" } }, auth: { basic: { realm, generatedUsers: ["u"] } } },
        "docker",
      );
      const check = [...everyDirective(await tools.ask("parse nginx", passwordCheck(site)))];
      const challenges = check.filter(({ directive }) => directive === "auth_basic");
      expect(challenges.map(({ args }) => args)).toEqual([[realm]]);
      const config = await tools.ask("parse nginx", wholeConfig(site));
      const challenge = [...everyDirective(config)].find(({ args }) => args[1] === "$challenge");
      expect(challenge?.block).toEqual([
        { directive: "default", args: [""] },
        { directive: "", args: [`Basic realm="${realm}"`] },
      ]);
    }
  });

  it("is the text of the page when it is a title or a description", async () => {
    const title = `</a></small>"'&amp;<!--# echo var="x" --><script>`;
    const [description, siteTitle, icon] = [`of the app: ${title}`, `of the site: ${title}`, "<&"];
    const site = checkSite(
      {
        host: "a",
        title: siteTitle,
        apps: { a: { source: "a", title, description, icon }, b: { source: "b" } },
        auth: { basic: { generatedUsers: ["u"] } },
      },
      "docker",
    );
    const index = await tools.ask("parse html", pages(site)["index.html"] ?? "");
    for (const text of [title, description, icon, siteTitle]) expect(index).toContainEqual(["text", text]);
    expect(index.filter(([kind, text]) => kind === "text" && text === siteTitle)).toHaveLength(2);
    const forbidden = await tools.ask("parse html", pages(site)["403.html"] ?? "");
    expect(forbidden).toContainEqual(["text", siteTitle]);
    expect(forbidden).toContainEqual(["text", `Not allowed · ${siteTitle}`]);
  });

  it("is exactly the value that the app reads when it is a setting or a secret", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (name, value) => {
        const spec: SiteArgs = {
          host: "a",
          apps: {
            a: {
              source: "a",
              secrets: Object.fromEntries([[name, value]]),
              streamlit: {
                "theme.font": tomlText(value),
                "theme.codeFont": value,
                "server.folderWatchList": tomlText([value, "x"]),
              },
            },
          },
          auth: { basic: { generatedUsers: ["u"] } },
        };
        const site = accepted(spec);
        const app = site?.apps[0];
        if (site === undefined || app === undefined) return;
        const secrets = streamlitSecrets(app.secrets as KnownSecrets);
        const nested = name
          .split(".")
          .reduceRight<unknown>((inner, part) => Object.fromEntries([[part, inner]]), value);
        expect(await tools.ask("parse toml", secrets)).toEqual(nested);
        expect(await tools.ask("parse toml", streamlitConfig(site, app))).toMatchObject({
          theme: { font: value, codeFont: streamlitSetting(value) },
          server: { folderWatchList: [value, "x"] },
        });
      }),
      { numRuns: 500 },
    );
  }, 300_000);
});
