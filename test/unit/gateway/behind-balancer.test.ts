/** A gateway that Docker is not: behind a balancer that ends TLS. What holds on every platform is in the other tests. */
import * as fc from "fast-check";
import { checkSite } from "../../../components/spec/check";
import type { SiteArgs } from "../../../components/spec/args";
import { validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { type Directive, everyDirective, PythonTools } from "../python-tools";
import { asks, block, location, ParsedConfig, values } from "./parsed-config";
import { behindBalancer, onDocker } from "./platforms";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const example: SiteArgs = {
  host: "site.example.com",
  ports: { https: 443, http: 80 },
  apps: {
    sales: { source: "apps/sales", allow: { users: ["anna"] } },
    "live-view": { source: "apps/live", route: "/live/view" },
  },
  auth: { basic: { generatedUsers: ["anna", "ben"] } },
};

const parsed = (spec: SiteArgs, platformOf = behindBalancer): Promise<ParsedConfig> =>
  ParsedConfig.of(spec, tools, platformOf);

describe("TLS that ends in front", () => {
  it("leaves one port, and neither a certificate nor settings of TLS, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(validSpec, validOidcSpec), async (spec) => {
        const config = await parsed(spec);
        const listens = config.servers().flatMap((server) => values(server, "listen"));
        expect(listens.filter(([where]) => !where?.startsWith("unix:/var/run/gateway/"))).toEqual([
          ["8000", "default_server"],
          ["8000"],
        ]);
        for (const { directive } of everyDirective(config.http))
          expect(directive).not.toMatch(/^(ssl_|http2)/);
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("is asked for with a redirect to the site when a request came in plain text", async () => {
    const site = (await parsed(example)).server("8000", "site.example.com");
    expect(block(site, "if", ([variable]) => variable === "$http_x_forwarded_proto")).toEqual([
      { directive: "return", args: ["308", "https://site.example.com$request_uri"] },
    ]);
    expect(values(site, "add_header")).toContainEqual([
      "Strict-Transport-Security",
      "max-age=63072000",
      "always",
    ]);
  });

  it("tells another host name nothing but that the gateway is alive", async () => {
    const others = (await parsed(example)).server("8000");
    expect(values(location(others, "/"), "return")).toEqual([["421"]]);
    expect(values(location(others, "=", "/healthz"), "return")).toEqual([["200", "ok\\n"]]);
  });
});

describe("the client's IP address", () => {
  it("is the word of the trusted proxies, and of nobody else", async () => {
    const { http } = await parsed(example);
    expect(values(http, "set_real_ip_from")).toEqual([["10.0.0.0/16"], ["fd00:10::/64"]]);
    expect(values(http, "real_ip_header")).toEqual([["X-Forwarded-For"]]);
    expect(values(http, "real_ip_recursive")).toEqual([["on"]]);
  });

  it("is the peer's where there is nothing in front", async () => {
    const { http } = await parsed(example, onDocker);
    // The gateway's own servers, behind unix sockets, take the word of its others, and of what listens for plain HTTP.
    for (const { directive, args } of everyDirective(http))
      if (/^(set_real_ip|real_ip)/.test(directive))
        expect(["unix:", "proxy_protocol", "X-Real-IP"]).toContain(args.join());
    const inFront = (await parsed(example, onDocker))
      .servers()
      .filter((server) => !JSON.stringify(values(server, "listen")).includes("unix:"));
    for (const server of inFront) expect(JSON.stringify(server)).not.toContain("real_ip");
  });

  it("reaches apps and the auth server from nginx's own variable alone", async () => {
    const told = [...everyDirective((await parsed(example)).http)].filter(
      ({ directive, args }) =>
        directive === "proxy_set_header" && /^X-(Real-IP|Forwarded-For)$/.test(args[0] ?? ""),
    );
    expect(told.length).toBeGreaterThan(2);
    for (const { args } of told) expect(args[1]).toBe("$remote_addr");
  });
});

describe("names", () => {
  it("are looked up at the platform's DNS server, whose IPv6 address has brackets", async () => {
    const { http } = await parsed(example);
    expect(values(http, "resolver")).toEqual([["[fd00:10::a]", "valid=5s"]]);
  });

  it("are those of the platform, and stand in the configuration itself", async () => {
    const { http } = await parsed(example);
    expect(values(http, "include")).toEqual([["/etc/nginx/mime.types"]]);
    const servers = (name: string): string[][] =>
      values(
        block(http, "upstream", ([found]) => found === name),
        "server",
      );
    expect(servers("app_sales")).toEqual([
      ["sales.analytics.svc.cluster.local:8501", "resolve", "max_fails=0"],
    ]);
    expect(servers("app_live_view")).toEqual([
      ["live-view.analytics.svc.cluster.local:8501", "resolve", "max_fails=0"],
    ]);
  });

  it("of an app or of oauth2-proxy that the platform lacks are an error", () => {
    const site = checkSite(example, "docker");
    const without = { ...behindBalancer(site), hosts: { apps: {} } };
    expect(() => ParsedConfig.text(site, without)).toThrow("the platform names no host of the app sales");
    const sso = checkSite(
      {
        ...example,
        apps: { a: { source: "a" } },
        auth: {
          oidc: { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" },
        },
      },
      "docker",
    );
    expect(() => ParsedConfig.text(sso, { ...behindBalancer(sso), hosts: { apps: { a: "a" } } })).toThrow(
      "the platform names no host of oauth2-proxy",
    );
  });
});

describe("limits and folders", () => {
  it("are the platform's", async () => {
    const main = await tools.ask(
      "parse nginx",
      ParsedConfig.text(checkSite(example, "docker"), behindBalancer),
    );
    expect(values(main, "worker_processes")).toEqual([["4"]]);
    expect(values(main, "worker_rlimit_nofile")).toEqual([["2000"]]);
    expect(values(block(main, "events"), "worker_connections")).toEqual([["1000"]]);
    const text = JSON.stringify(main);
    expect(text).not.toMatch(/\/tmp|\/etc\/nginx\/site/);
    expect(text).toContain("/var/run/gateway/assets");
    expect(text).toContain("/srv/gateway/config/limit-attempts.js");
    expect(text).toContain("750ms");
    expect(text).toContain("max_size=64m");
  });
});

/** What protects the apps of a site, by location: who is asked for, what is hidden. Not where things are. */
function protection(server: Directive[]): unknown {
  return server
    .filter(({ directive }) => directive === "location")
    .map(({ args, block: inside = [] }) => [
      args.join(" "),
      asks(inside),
      values(inside, "internal"),
      values(inside, "return"),
      values(inside, "auth_request_set"),
      values(inside, "proxy_set_header"),
      values(inside, "proxy_cache_key"),
    ]);
}

it("protects the apps in the very same way as on Docker, with any valid spec", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(validSpec, validOidcSpec), async (spec) => {
      const [docker, balancer] = await Promise.all([parsed(spec, onDocker), parsed(spec)]);
      const [one, other] = [docker.site(spec.host), balancer.server("8000", spec.host)];
      expect(protection(other)).toEqual(protection(one));
      for (const name of ["add_header", "proxy_set_header", "proxy_hide_header"])
        expect(values(other, name)).toEqual(values(one, name));
      // Only where nginx itself ends TLS can somebody come to its port without.
      const withoutTls = values(one, "error_page").filter(([status]) => status !== "497");
      expect(values(other, "error_page")).toEqual(withoutTls);
      const auth = (config: ParsedConfig, folder: string): unknown =>
        protection(config.server(`unix:${folder}/auth.sock`, ""));
      expect(auth(balancer, "/var/run/gateway")).toEqual(auth(docker, "/tmp"));
    }),
    { numRuns: 20 },
  );
}, 300_000);
