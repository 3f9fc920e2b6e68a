/** Host names of apps' own, as the spec says them. */
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { provided } from "../certificates";
import { hostNames } from "../../../components/spec/hosts";

const spec = (apps: Record<string, Partial<AppArgs>>, own: Partial<SiteArgs> = {}): SiteArgs => ({
  host: "site.example.com",
  apps: Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, { source: "x", ...app }])),
  auth: { basic: { generatedUsers: ["anna"] } },
  ...own,
});

function faults(args: SiteArgs): string[] {
  try {
    checkSite(args, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const perApp = { hosts: { perApp: "{app}.apps.example.com" } };

describe("an app with a host of its own", () => {
  it("is at / there, and is led to from where it would be without", () => {
    const { apps } = checkSite(spec({ sales: { host: "sales.example.com" }, live: {} }), "docker");
    expect(apps[0]).toMatchObject({
      host: "sales.example.com",
      hasOwnHost: true,
      origin: "https://sales.example.com:8443",
      authority: "sales.example.com:8443",
      path: "",
      formerPaths: ["/sales"],
    });
    expect(apps[1]).toMatchObject({
      host: "site.example.com",
      hasOwnHost: false,
      path: "/live",
      formerPaths: [],
    });
  });

  it.each<[string, Record<string, Partial<AppArgs>>, string[]]>([
    ["the only one, from every path", { sales: {} }, [""]],
    ["one with a route", { sales: { route: "/s" }, live: {} }, ["/s"]],
    ["one that was elsewhere", { sales: { formerRoutes: ["/was"] }, live: {} }, ["/sales", "/was"]],
  ])("is led to: %s", (_kind, apps, formerPaths) => {
    expect(checkSite(spec(apps, perApp), "docker").apps[0]).toMatchObject({ path: "", formerPaths });
  });

  it("has that of the pattern, unless it names one", () => {
    const site = checkSite(spec({ sales: {}, live: { host: "live.example.net" } }, perApp), "docker");
    expect(hostNames(site)).toEqual(["site.example.com", "sales.apps.example.com", "live.example.net"]);
  });
});

describe("a spec is refused", () => {
  it.each<[string, SiteArgs, string]>([
    [
      "the site's host",
      spec({ sales: { host: "site.example.com" } }),
      "apps.sales.host: site.example.com is the site's own host",
    ],
    [
      "another app's host",
      spec({ a: { host: "own.example.com" }, b: { host: "own.example.com" } }),
      "apps.b.host: own.example.com is already the host of apps.a",
    ],
    [
      "another app's host by the pattern",
      spec({ a: { host: "b.apps.example.com" }, b: {} }, perApp),
      "hosts.perApp: b.apps.example.com, which it makes for apps.b, is already the host of apps.a",
    ],
    [
      "a pattern that makes the site's host",
      spec({ site: {} }, { hosts: { perApp: "{app}.example.com" } }),
      "hosts.perApp: site.example.com, which it makes for apps.site, is the site's own host",
    ],
    [
      "a pattern that makes too long a label",
      spec({ ["a".repeat(32)]: {} }, { hosts: { perApp: `${"b".repeat(40)}{app}.example.com` } }),
      `hosts.perApp: ${"b".repeat(40)}${"a".repeat(32)}.example.com, which it makes for apps.${"a".repeat(32)}, is no host name`,
    ],
    [
      "an IP address",
      spec({ sales: { host: "192.0.2.7" } }),
      "apps.sales.host: must be a host name in lower case without scheme, port or path, for instance sales.example.com",
    ],
    [
      "a pattern without the app",
      spec({ sales: {} }, { hosts: { perApp: "apps.example.com" } }),
      "hosts.perApp: must be a host name in lower case with {app} once, for instance {app}.apps.example.com",
    ],
    [
      "a path of Streamlit's beside an app at /",
      spec({ sales: { route: "/" }, live: { route: "/static" } }),
      "apps.live.route: /static is a path of Streamlit itself, which apps.sales serves at /",
    ],
  ])("%s", (_kind, args, fault) => {
    expect(faults(args)).toEqual([fault]);
  });

  it("with a certificate that is not for all hosts, naming those", () => {
    const args = { host: "localhost", tls: { provided } };
    expect(faults(spec({ a: {}, b: { host: "b.localhost" } }, args))).toEqual([
      "tls.provided.certificate: must be for b.localhost: it is for DNS:localhost, DNS:site.example.com",
    ]);
    expect(faults(spec({ a: {} }, args))).toEqual([]);
  });

  it("with sessions in the cookie", () => {
    const oidc = { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" };
    const args = { auth: { oidc }, sessions: { cookie: {} } };
    expect(faults(spec({ a: { host: "a.example.com" } }, args))).toEqual([
      "sessions.cookie: must be redis: apps.a.host asks for a host of an app's own, to which a whole session would have to be carried in an address",
    ]);
    expect(faults(spec({ a: { host: "a.example.com" } }, { ...args, sessions: { redis: {} } }))).toEqual([]);
  });

  it("but not for a path of Streamlit's where the app at / is elsewhere", () => {
    expect(
      faults(spec({ sales: { route: "/", host: "sales.example.com" }, live: { route: "/static" } })),
    ).toEqual([]);
  });
});
