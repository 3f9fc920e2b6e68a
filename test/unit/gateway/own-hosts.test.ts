/** Apps with hosts of their own, as far as the text of nginx.conf can show it; test/contract asks the running gateway. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { hostNames } from "../../../components/spec/hosts";
import { validSpec, withOwnHosts } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { PythonTools } from "../python-tools";
import { asks, location, ParsedConfig, values } from "./parsed-config";
import { dockerConfig } from "./rendered";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const apps: SiteArgs["apps"] = {
  sales: { source: "apps/sales", host: "sales.example.net", embed: { from: ["https://www.example.net"] } },
  live: { source: "apps/live" },
};
const basic: SiteArgs = {
  host: "site.example.com",
  apps,
  auth: { basic: { generatedUsers: ["anna"] } },
};

const oidc: SiteArgs = {
  ...basic,
  auth: {
    oidc: {
      provider: "oidc",
      issuer: "https://id.example.com",
      clientId: "site",
      clientSecret: "x",
      bearer: true,
    },
  },
};

describe("each whole file", () => {
  it.each([
    ["own-hosts.reviewed.conf", basic],
    ["oidc/own-hosts.reviewed.conf", oidc],
  ])("is the one that was reviewed: %s", (name, spec) => {
    const reviewed = path.join(__dirname, name);
    const written = dockerConfig(checkSite(spec, "docker"));
    // A change is reviewed with the commit: `UPDATE=1 npx jest test/unit/gateway/own-hosts` writes it.
    if (process.env.UPDATE !== undefined) fs.writeFileSync(reviewed, written);
    expect(written).toBe(fs.readFileSync(reviewed, "utf8"));
  });
});

describe.each([
  ["basic", validSpec],
  ["oidc", validOidcSpec],
])("any valid spec with auth.%s", (_kind, specs) => {
  it("has a server for each host, in which every location asks for an app that is there", async () => {
    await fc.assert(
      fc.asyncProperty(withOwnHosts(specs), async (spec) => {
        const site = checkSite(spec, "docker");
        const config = await ParsedConfig.of(spec, tools);
        for (const host of hostNames(site)) {
          const there = site.apps.filter((app) => app.host === host);
          const sent = config
            .site(host)
            .filter(({ directive }) => directive === "location")
            .map(({ block: inside = [] }) => ({
              list: asks(inside),
              to: values(inside, "proxy_pass")[0]?.[0],
            }))
            .filter(({ to }) => to?.startsWith("http://app_"));
          expect(sent.length >= 3 * there.length).toBe(true);
          for (const { list = "", to } of sent) {
            expect(to).toBe(`http://app_${list.replaceAll("-", "_")}`);
            expect(there.map(({ name }) => name)).toContain(list);
          }
          const plain = config.server("unix:/tmp/plain.sock", host);
          expect(values(location(plain, "/"), "return")[0]?.[1]).toMatch(
            new RegExp(`^https://${host}(:\\d+)?\\$request_uri$`),
          );
        }
      }),
      { numRuns: 15 },
    );
  }, 300_000);
});

describe("an app with a host of its own", () => {
  const parsed = (): Promise<ParsedConfig> => ParsedConfig.of(basic, tools);

  it("is told of that host alone", async () => {
    const headers = values((await parsed()).site("sales.example.net"), "proxy_set_header");
    expect(headers).toContainEqual(["Host", "sales.example.net:8443"]);
    expect(headers).toContainEqual(["X-Forwarded-Host", "sales.example.net:8443"]);
  });

  it("is led to from the site's host, by those on its guest list", async () => {
    const site = (await parsed()).site();
    const [after = ""] = values(location(site, "/sales/"), "try_files")[0]?.slice(-1) ?? [];
    expect(asks(location(site, "/sales/"))).toBe("sales");
    expect(values(location(site, after), "return")).toEqual([
      ["308", "https://sales.example.net:8443$former_sales_0"],
    ]);
  });

  it("gets no request that a page of another host makes, but for opening a page, and for frames where it may be in one", async () => {
    const config = await parsed();
    const map = config.map("$cross_site_request").slice(1);
    const verdict = (request: string): string | undefined =>
      map.find(([pattern = ""]) => new RegExp(pattern.slice(1)).test(request))?.[1] ?? "0";
    const own = "sales.example.net/";
    expect(
      [
        `same-site GET cors  ${own}`,
        `same-site POST navigate  ${own}`,
        `same-site GET no-cors  ${own}`,
        `same-site GET navigate 1 site.example.com/live/`,
        `same-site GET navigate 1 ${own}oauth2/sign_out`,
        `cross-site GET cors  ${own}`,
      ].map(verdict),
    ).toEqual(["1", "1", "1", "1", "1", "1"]);
    expect(
      [
        `same-site GET navigate  ${own}`,
        `same-site GET navigate 1 ${own}`,
        `same-origin POST cors  ${own}`,
      ].map(verdict),
    ).toEqual(["0", "0", "0"]);
    for (const host of ["site.example.com", "sales.example.net"])
      expect(config.site(host)).toContainEqual(
        expect.objectContaining({ directive: "if", args: ["$cross_site_request"] }),
      );
  });

  it("has a websocket that is for pages of its own host", async () => {
    const map = (await parsed()).map("$foreign_origin").slice(1);
    const foreign = (server: string, origin: string): string =>
      map.find(([pattern = ""]) => new RegExp(pattern.slice(1)).test(`${server} ${origin}`))?.[1] ?? "1";
    expect(foreign("sales.example.net", "https://sales.example.net:8443")).toBe("0");
    expect(foreign("sales.example.net", "https://site.example.com:8443")).toBe("1");
    expect(foreign("site.example.com", "https://sales.example.net:8443")).toBe("1");
    expect(foreign("sales.example.net", "https://sales.example.net")).toBe("1");
    expect(foreign("sales.example.net", "http://sales.example.net:8443")).toBe("1");
  });
});
