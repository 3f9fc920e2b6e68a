/** What an app finds in its .streamlit folder. */
import * as fc from "fast-check";
import { parse, stringify, type TomlTable } from "smol-toml";
import { streamlitConfig } from "../../../components/streamlit/config";
import type { AppArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import type { StreamlitSetting } from "../../../components/spec/site";
import { gatewaySettings } from "../../../components/streamlit/streamlit";
import { nasty, validSpec } from "../arbitraries";

function config(own = "", app: Partial<AppArgs> = {}): TomlTable {
  const site = checkSite(
    {
      host: "site.example.com",
      apps: { sales: { source: "apps/sales", ...app }, other: { source: "apps/other" } },
      auth: { basic: { generatedUsers: ["anna"] } },
    },
    "docker",
  );
  const [sales] = site.apps;
  if (sales === undefined) throw new Error("no app");
  return parse(streamlitConfig(site, sales, own));
}

/** Options by the names that Streamlit gives them when it reads a file (`_update_config_with_toml`, 1.67). */
function options(file: TomlTable): Map<string, unknown> {
  const below = (section: string, table: object): [string, unknown][] =>
    Object.entries(table).flatMap(([key, value]: [string, unknown]): [string, unknown][] =>
      section.startsWith("theme") && /^(sidebar|light|dark)$/.test(key)
        ? below(`${section}.${key}`, value as object)
        : [[`${section}.${key}`, value]],
    );
  return new Map(Object.entries(file).flatMap(([section, table]) => below(section, table as object)));
}

function ofTheGateway(file: TomlTable): unknown[] {
  const found = options(file);
  return Object.keys(gatewaySettings).map((option) => [option, found.get(option)]);
}

describe("config.toml", () => {
  it("has what the gateway needs", () => {
    expect(config("", { route: "/x/y" })).toMatchObject({
      server: {
        address: "0.0.0.0",
        port: 8501,
        headless: true,
        baseUrlPath: "x/y",
        allowedHosts: ["site.example.com"],
        corsAllowedOrigins: ["https://site.example.com:8443"],
        enableCORS: true,
        enableXsrfProtection: true,
        maxUploadSize: 200,
        trustedUserHeaders: { "X-Forwarded-User": "user", "X-Forwarded-Email": "email" },
        scriptHealthCheckEnabled: false,
      },
      browser: { serverAddress: "site.example.com", serverPort: 8443, gatherUsageStats: false },
      global: { developmentMode: false, e2eTest: false },
      client: { allowedOrigins: ["https://site.example.com:8443"] },
    });
  });

  it("trusts different headers for different things: Streamlit refuses to start otherwise", () => {
    const { server } = config() as { server: { trustedUserHeaders: Record<string, string> } };
    const keys = Object.values(server.trustedUserHeaders);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("has what the app's own file says, in every section", () => {
    const own =
      '[theme]\nbase = "dark"\n[theme.sidebar]\nfont = "x"\n[server]\nrunOnSave = true\n[runner]\nfastReruns = false';
    expect(config(own)).toMatchObject({
      theme: { base: "dark", sidebar: { font: "x" } },
      server: { runOnSave: true, port: 8501 },
      runner: { fastReruns: false },
    });
  });

  it("prefers the spec to the app's own file, setting by setting", () => {
    const file = config('[theme]\nbase = "dark"\nfont = "mono"', { streamlit: { "theme.base": "light" } });
    expect(file).toMatchObject({ theme: { base: "light", font: "mono" } });
  });

  it("shows visitors no stack trace, unless the app wants it", () => {
    expect(config()).toMatchObject({
      client: { showErrorDetails: "type" },
      server: { fileWatcherType: "none" },
    });
    expect(config('[client]\nshowErrorDetails = "full"')).toMatchObject({
      client: { showErrorDetails: "full" },
    });
    expect(config('[client]\ntoolbarMode = "minimal"')).toMatchObject({
      client: { showErrorDetails: "type" },
    });
    expect(config("", { streamlit: { "client.showErrorDetails": "none" } })).toMatchObject({
      client: { showErrorDetails: "none" },
    });
  });

  it("is refused when the app's own file is no TOML", () => {
    expect(() => config("[server")).toThrow();
  });

  it.each([
    "[server]\nport = 1",
    "server.port = 1",
    '"server"."port" = 1',
    "['server']\n\"port\" = 1",
    '"\\u0073erver".port = 1',
    "server = { port = 1, enableCORS = false }",
    "[[server]]\nport = 1",
    "server = 5",
    'server = "x"',
    'browser = ["x"]',
    "[server.port]\nx = 1",
    '[server.trustedUserHeaders]\nX-Evil = "user"',
    '[server]\ntrustedUserHeaders = { X-Evil = "email" }',
    'server.trustedUserHeaders = \'{"X-Evil": "email"}\'',
    '[server.trustedUserHeaders]\n"X-Forwarded-User" = "name"',
    "[__proto__.server]\nport = 1",
    "[server.__proto__]\nport = 1",
    '[__proto__]\nserver = "x"',
    "[constructor.prototype]\nport = 1",
    '[server]\nallowedHosts = ["*"]',
    '[server]\nsslCertFile = "x"\nsslKeyFile = "y"',
    '[server]\ncookieSecret = "x"\nxsrfCookieSameSite = "none"\ncustomComponentBaseUrlPath = "x"',
    '[client]\nallowedOrigins = ["https://evil.example.com"]',
    "[browser]\ngatherUsageStats = true\nserverPort = 1",
    "[global]\ndevelopmentMode = true",
    "[global]\ne2eTest = true\nappTest = true\nunitTest = true",
    '[server]\nunsafeMetricsUserAttributes = ["email"]',
  ])("keeps what the gateway needs against the app's own %j", (own) => {
    expect(ofTheGateway(config(own))).toEqual(ofTheGateway(config()));
  });

  it("keeps what the gateway needs, whatever the app's own file says", () => {
    const key = fc.oneof(
      fc.constantFrom(...Object.keys(gatewaySettings).flatMap((option) => [option, ...option.split(".")])),
      fc.constantFrom(
        "__proto__",
        "constructor",
        "X-Evil",
        "theme",
        ...nasty.filter((text) => text !== "\ud800"),
      ),
    );
    const { table } = fc.letrec<{ table: object; value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(1, true, "x", "user", '{"X-Evil": "user"}', ["*"]),
        tie("table"),
        fc.array(tie("table"), { maxLength: 2 }),
      ),
      table: fc
        .array(fc.tuple(key, tie("value")), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries)),
    }));
    const expected = ofTheGateway(config());
    fc.assert(
      fc.property(table, (own) => {
        expect(ofTheGateway(config(stringify(own)))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("has exactly the settings of any valid spec", () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        const site = checkSite(spec, "docker");
        for (const app of site.apps) {
          const found = options(parse(streamlitConfig(site, app)));
          for (const [option, value] of Object.entries<StreamlitSetting>(app.streamlit))
            expect([option, found.get(option)]).toEqual([option, value]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
