/** Whose pages may show an app in a frame, as the spec says it. */
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { areSameSite } from "../../../components/spec/same-site";
import type { Embed } from "../../../components/spec/site";

const oidc = { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" };

const spec = (from: unknown, own: Partial<SiteArgs> = {}): SiteArgs => ({
  host: "analytics.example.com",
  ports: { https: 443 },
  apps: { sales: { source: "x", embed: { from: from as string[] } } },
  auth: { oidc },
  ...own,
});
const basic = { auth: { basic: { generatedUsers: ["anna"] } } };

function faults(args: SiteArgs): string[] {
  try {
    checkSite(args, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const embedOf = (args: SiteArgs): Embed | undefined => checkSite(args, "docker").apps[0]?.embed;

describe("the same site to browsers", () => {
  it.each([
    ["a.example.com", "b.example.com"],
    ["example.com", "a.b.example.com"],
    ["a.example.co.uk", "example.co.uk"],
    ["localhost", "localhost"],
    ["192.0.2.7", "192.0.2.7"],
    // A domain that no list knows ends as any other.
    ["a.analytics.test", "analytics.test"],
    ["a.corp.lan", "corp.lan"],
  ])("are %s and %s", (one, other) => {
    expect([areSameSite(one, other), areSameSite(other, one)]).toEqual([true, true]);
  });

  it.each([
    ["example.com", "example.org"],
    ["a.co.uk", "b.co.uk"],
    // Whoever has one of these is somebody else at the next.
    ["a.github.io", "b.github.io"],
    ["github.io", "a.github.io"],
    ["a.test", "b.test"],
    ["localhost", "a.localhost"],
    ["192.0.2.7", "192.0.2.8"],
    ["a.192.0.2.7.example", "192.0.2.7"],
    ["example.com", "example.com.evil.example"],
    ["example.com", "badexample.com"],
  ])("are not %s and %s", (one, other) => {
    expect([areSameSite(one, other), areSameSite(other, one)]).toEqual([false, false]);
  });
});

describe("embed", () => {
  it("is not there unless the spec says so", () => {
    const { apps } = checkSite({ ...spec([]), apps: { sales: { source: "x" } } }, "docker");
    expect(apps[0]?.embed).toBeUndefined();
  });

  it("leaves the cookies as they are for origins of the same site, whatever their port", () => {
    const from = [
      "https://intranet.example.com",
      "https://example.com:8443",
      "https://analytics.example.com:444",
    ];
    expect(embedOf(spec(from))).toEqual({ from, crossSite: false });
    expect(embedOf(spec(from, basic))).toEqual({ from, crossSite: false });
  });

  it("says so when an origin is another site", () => {
    const from = ["https://intranet.example.com", "https://portal.example.org"];
    expect(embedOf(spec(from))).toEqual({ from, crossSite: true });
    expect(embedOf(spec(["https://b.github.io"], { host: "a.github.io" }))?.crossSite).toBe(true);
    expect(embedOf(spec(["https://a.example.com"], { host: "192.0.2.7" }))?.crossSite).toBe(true);
  });

  it.each([
    "http://intranet.example.com",
    "http://localhost",
    "https://*",
    "*",
    "https://*.example.com",
    "https://intranet.example.com/",
    "https://intranet.example.com/page",
    "https://intranet.example.com:443",
    "https://intranet.example.com:*",
    "https://intranet.example.com:0443",
    "https://intranet.example.com:70000",
    "https://user@intranet.example.com",
    "https://Intranet.example.com",
    "HTTPS://intranet.example.com",
    "https://münchen.de",
    "https://intranet.example.com.",
    "https://192.0.2.7",
    "https://[2001:db8::1]",
    "https://1",
    "https://intranet.example.com?x",
    "https://intranet.example.com#x",
    "https://intranet.example.com https://evil.example",
    "https://intranet.example.com; script-src *",
    'https://intranet.example.com"',
    "https://intranet.example.com$host",
    " https://intranet.example.com",
    "https://intranet.example.com\n",
    "https:intranet.example.com",
    "https:///intranet.example.com",
    "intranet.example.com",
    "//intranet.example.com",
    "'self'",
    "null",
    "data:",
    "blob:https://intranet.example.com",
    "",
  ])("takes no other origins: %s", (origin) => {
    expect(faults(spec([origin]))).toEqual([
      expect.stringMatching(/^apps\.sales\.embed\.from\.0: must be the origin of pages with https /),
    ]);
  });

  it("takes any origin as browsers write it", () => {
    expect(
      faults(
        spec([
          "https://localhost",
          "https://localhost:3000",
          "https://xn--mnchen-3ya.de",
          "https://intranet",
        ]),
      ),
    ).toEqual([]);
  });

  it("lists every fault: the site itself, one listed twice", () => {
    const twice = "https://intranet.example.com";
    expect(faults(spec([twice, "https://analytics.example.com", twice]))).toEqual([
      "apps.sales.embed.from[1]: is the site itself, whose pages may show the app anyway",
      "apps.sales.embed.from[2]: https://intranet.example.com is listed twice",
    ]);
    // The default port on docker.
    expect(faults(spec(["https://analytics.example.com:8443"], { ports: {} }))).toEqual([
      "apps.sales.embed.from[0]: is the site itself, whose pages may show the app anyway",
    ]);
  });

  it("needs at least one origin and at most ten, and nothing else", () => {
    const many = (count: number): string[] =>
      Array.from({ length: count }, (_, n) => `https://n${n}.example.com`);
    expect(faults(spec([]))).toEqual([
      "apps.sales.embed.from: must not be empty: list at least one, or leave embed out",
    ]);
    expect(faults(spec(many(10)))).toEqual([]);
    expect(faults(spec(many(11)))).toEqual(["apps.sales.embed.from: must have at most 10 origins"]);
    expect(faults({ ...spec([]), apps: { sales: { source: "x", embed: { form: [] } as never } } })).toEqual([
      "apps.sales.embed.from: must be set (array)",
      expect.stringContaining("apps.sales.embed.form: is no field of the spec"),
    ]);
  });

  it("takes other sites with auth.oidc only", () => {
    const from = ["https://intranet.example.com", "https://portal.example.org"];
    expect(faults(spec(from, basic))).toEqual([
      "apps.sales.embed.from[1]: needs auth.oidc: it is another site than analytics.example.com, and in its frames browsers have no password of analytics.example.com, nor do all of them ask for one",
    ]);
  });
});
