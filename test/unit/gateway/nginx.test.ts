/** The gateway contract, as far as the text of nginx.conf can show it; test/contract asks the running gateway. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { containerHost } from "../../../components/docker/platform";
import { identityHeaders } from "../../../components/streamlit/streamlit";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { clientHeaders } from "../../../components/spec/request-headers";
import { checkSite } from "../../../components/spec/check";
import { validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { everyDirective, PythonTools } from "../python-tools";
import { asks, block, location, ParsedConfig, values } from "./parsed-config";
import { onDocker } from "./platforms";
import { dockerConfig, dockerUpstreams, passwordCheck, replicaNames, wholeConfig } from "./rendered";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const example: SiteArgs = {
  host: "site.example.com",
  ports: { https: 443, http: 80 },
  apps: {
    sales: { source: "apps/sales", allow: { users: ["anna", "ben+x@example.com"] }, title: "Sales & more" },
    "live-view": { source: "apps/live", route: "/live/view", streamlit: { "server.maxUploadSize": "50" } },
  },
  auth: { basic: { realm: "Analytics", generatedUsers: ["anna", "ben+x@example.com", "carl"] } },
};

const Config = { of: (spec: SiteArgs): Promise<ParsedConfig> => ParsedConfig.of(spec, tools) };

describe("each whole file", () => {
  const site = checkSite(example, "docker");
  it.each([
    ["nginx.reviewed.conf", dockerConfig(site)],
    ["upstreams.reviewed.conf", dockerUpstreams(site, replicaNames(site))],
  ])("is the one that was reviewed: %s", (name, written) => {
    const reviewed = path.join(__dirname, name);
    // A change is reviewed with the commit: `UPDATE=1 npx jest test/unit/gateway/nginx` writes it.
    if (process.env.UPDATE !== undefined) fs.writeFileSync(reviewed, written);
    expect(written).toBe(fs.readFileSync(reviewed, "utf8"));
  });
});

describe("1. nobody gets in without signing in", () => {
  it("asks in every location that answers with something, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validSpec, async (spec) => {
        const site = (await Config.of(spec)).site(spec.host);
        const open = site
          .filter(
            ({ directive, block: inside = [] }) => directive === "location" && asks(inside) === undefined,
          )
          .filter(({ block: inside = [] }) => values(inside, "internal").length === 0);
        for (const { args, block: inside = [] } of open) {
          const answers = inside.filter(
            ({ directive }) => !["access_log", "default_type", "error_page"].includes(directive),
          );
          const named = args[0]?.startsWith("@") ?? false;
          // What is left says nothing of the app: alive, not found, or add the slash, or lead to where the app is now, after the check has been made.
          expect(answers.map(({ directive }) => directive)).toEqual(["return"]);
          expect([args.join(" "), answers[0]?.args[0]]).toEqual([
            named
              ? expect.stringMatching(/^@([a-z0-9-]+_slash|not_found|former|former_[a-z0-9_]+)$/)
              : expect.anything(),
            named && args[0] !== "@not_found" ? "308" : args.join(" ") === "= /healthz" ? "200" : "404",
          ]);
        }
      }),
      { numRuns: 30 },
    );
  }, 300_000);

  it("asks for the very app that it passes to, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validSpec, async (spec) => {
        const config = await Config.of(spec);
        const sent = config
          .site(spec.host)
          .filter(({ directive }) => directive === "location")
          .map(({ block: inside = [] }) => ({ list: asks(inside), to: values(inside, "proxy_pass")[0]?.[0] }))
          .filter(({ to }) => to?.startsWith("http://app_"));
        expect(sent.length).toBeGreaterThanOrEqual(3 * Object.keys(spec.apps).length);
        for (const { list, to } of sent) expect(to).toBe(`http://app_${list?.replaceAll("-", "_")}`);
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("checks the password before the guest list, by a file, with the realm as challenge", async () => {
    const signIn = (await Config.of(example)).server("unix:/tmp/auth.sock", "");
    expect(values(location(signIn, "=", "/sales"), "auth_request")).toEqual([["/_password"]]);
    const check = location(
      block(
        block(await tools.ask("parse nginx", passwordCheck(checkSite(example, "docker"))), "http"),
        "server",
      ),
      "/",
    );
    expect(values(check, "auth_basic")).toEqual([["Analytics"]]);
    expect(values(check, "auth_basic_user_file")).toEqual([["/etc/nginx/site/htpasswd"]]);
  });

  it("checks passwords in a process of its own, which lets the gateway's go first", async () => {
    expect(JSON.stringify((await Config.of(example)).http)).not.toContain("auth_basic");
    const main = await tools.ask("parse nginx", passwordCheck(checkSite(example, "docker")));
    expect(values(main, "worker_processes")).toEqual([["1"]]);
    expect(values(main, "worker_priority")).toEqual([["10"]]);
    expect(values(main, "pid")).not.toEqual(
      values(await tools.ask("parse nginx", dockerConfig(checkSite(example, "docker"))), "pid"),
    );
    const http = block(main, "http");
    expect(values(block(http, "server"), "listen")).toEqual([["unix:/tmp/passwords.sock"]]);
  });

  it("passes on to it what the limits let pass, behind the memory of right passwords", async () => {
    const config = await Config.of(example);
    const passwords = location(config.server("unix:/tmp/auth.sock", ""), "=", "/_password");
    expect(values(passwords, "proxy_cache")).toEqual([["passwords"]]);
    expect(values(passwords, "proxy_pass")).toEqual([["http://unix:/tmp/attempts.sock:/"]]);
    const attempts = location(config.server("unix:/tmp/attempts.sock", ""), "=", "/");
    expect(values(attempts, "limit_req").map(([zone]) => zone)).toEqual([
      "zone=attempts_by_address",
      "zone=attempts_by_name",
      "zone=attempts",
    ]);
    expect(values(attempts, "limit_conn")).toEqual([["password_checks", "10"]]);
    expect(values(attempts, "proxy_pass")).toEqual([["http://unix:/tmp/passwords.sock:/"]]);
  });

  it("checks nobody's password in place of that of a name that is not there", async () => {
    const config = await Config.of(example);
    expect(
      values(location(config.server("unix:/tmp/attempts.sock", ""), "=", "/"), "proxy_set_header"),
    ).toContainEqual(["Authorization", "$checked_credentials"]);
    expect(config.map("$checked_credentials")).toEqual([
      ["default", `Basic ${Buffer.from("*:x").toString("base64")}`],
      ["~^anna\\z", "$http_authorization"],
      ["~^ben\\+x@example\\.com\\z", "$http_authorization"],
      ["~^carl\\z", "$http_authorization"],
    ]);
  });

  it("remembers a check for the same credentials and the same guest list only", async () => {
    const site = (await Config.of(example)).site();
    for (const app of ["sales", "live-view"]) {
      const check = location(site, "=", `/_gateway/auth/${app}`);
      const [key = ""] = values(check, "proxy_cache_key")[0] ?? [];
      expect(key.split(" ")).toEqual([app, "$credentials_key"]);
      for (const unless of ["proxy_cache_bypass", "proxy_no_cache"])
        expect(values(check, unless)).toEqual([["$without_credentials"]]);
    }
  });

  it("has no password in what a check is remembered under, nor in anything else that a cache keeps", async () => {
    const config = await Config.of(example);
    const keys = [...everyDirective(config.http)].filter(({ directive }) => directive === "proxy_cache_key");
    expect(keys.length).toBeGreaterThanOrEqual(4);
    for (const { args } of keys) expect(args.join(" ")).not.toMatch(/\$(http_|remote_|cookie_)/);
    // Without a key, because there are no credentials or the script fails, all would share one answer.
    expect(config.map("$without_credentials")).toEqual([
      ["default", "0"],
      ["", "1"],
    ]);
    expect(values(config.http, "js_set")).toEqual([["$credentials_key", "cache_key.of"]]);
  });

  it("answers 401 with a page of its own and never a redirect", async () => {
    const directives = [...everyDirective((await Config.of(example)).http)];
    const pages = directives.filter(
      ({ directive, args }) => directive === "error_page" && args.includes("401"),
    );
    // An argument that begins with = would change the status; an address would redirect.
    for (const { args } of pages) expect(args.at(-1)).toBe("/_gateway/401.html");
    for (const { args } of pages) expect(args.slice(0, -1)).toEqual(["401"]);
  });
});

describe("2. the websocket", () => {
  it("has a location of its own that stays open for a day of silence", async () => {
    const stream = location((await Config.of(example)).site(), "=", "/live/view/_stcore/stream");
    expect(asks(stream)).toBe("live-view");
    expect(values(stream, "proxy_read_timeout")).toEqual([["1d"]]);
    expect(values(stream, "proxy_send_timeout")).toEqual([["1d"]]);
  });

  it("is refused from a foreign origin on every path, an app's own as well", async () => {
    const config = await Config.of(example);
    // A condition of the server, not of a location: it comes before the location is even looked for.
    expect(config.site()).toContainEqual(
      expect.objectContaining({
        directive: "if",
        args: ["$foreign_websocket"],
        block: [expect.objectContaining({ directive: "return", args: ["403"] })],
      }),
    );
    expect(config.map("$foreign_websocket")).toEqual([
      ["default", "0"],
      ["websocket 1", "1"],
    ]);
    expect(config.map("$foreign_origin")).toEqual([
      ["default", "1"],
      ["~ $", "0"],
      ["~^(?<own_host>[^ ]+) https://\\k<own_host>$", "0"],
    ]);
  });

  it("is the only thing that may be upgraded", async () => {
    const config = await Config.of(example);
    expect(config.map("$websocket_upgrade")).toEqual([
      ["default", ""],
      ["~*^websocket$", "websocket"],
    ]);
    expect(headersToApps(config)).toMatchObject({
      upgrade: "$websocket_upgrade",
      connection: "$connection_header",
    });
  });
});

/** The headers that every app is sent, by their names in lower case. */
function headersToApps(config: ParsedConfig): Record<string, string> {
  const set = values(config.site(), "proxy_set_header").map(([name = "", value = ""]) => [
    name.toLowerCase(),
    value,
  ]);
  const names = set.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length); // nginx would send both.
  return Object.fromEntries(set) as Record<string, string>;
}

describe("4. identity cannot be forged", () => {
  it("passes on what browsers need and nothing else, and tells itself who is calling and from where", async () => {
    const config = await Config.of(example);
    expect(values(config.site(), "proxy_pass_request_headers")).toEqual([["off"]]);
    const headers = headersToApps(config);
    const fromClient = Object.entries(headers).filter(([, value]) => value.startsWith("$http_"));
    expect(fromClient).toEqual(
      clientHeaders.map((name) => [name.toLowerCase(), `$http_${name.toLowerCase().replaceAll("-", "_")}`]),
    );
    expect(
      Object.fromEntries(Object.entries(headers).filter(([, value]) => !value.startsWith("$http_"))),
    ).toEqual({
      host: "site.example.com",
      upgrade: "$websocket_upgrade",
      connection: "$connection_header",
      cookie: "$app_cookies",
      "x-forwarded-groups": "",
      "x-forwarded-preferred-username": "$auth_user",
      "x-forwarded-for": "$remote_addr",
      "x-real-ip": "$remote_addr",
      "x-forwarded-host": "site.example.com",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "x-forwarded-user": "$auth_user",
      "x-forwarded-email": "$auth_email",
    });
  });

  it("sends every header that Streamlit trusts, and takes none of them from the client", async () => {
    const headers = headersToApps(await Config.of(example));
    for (const name of Object.keys(identityHeaders)) {
      expect(headers).toHaveProperty(name.toLowerCase());
      expect(headers[name.toLowerCase()]).not.toMatch(/\$http_/);
    }
  });

  it("does so on every path, but for the headers that an app asks for, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validSpec, async (spec) => {
        const site = (await Config.of(spec)).site(spec.host);
        const everywhere = values(site, "proxy_set_header");
        expect(values(site, "proxy_pass_request_headers")).toEqual([["off"]]);
        for (const { directive, args, block: inside = [] } of site) {
          if (directive !== "location" || args.join(" ").startsWith("= /_gateway/auth/")) continue;
          const nested = inside.filter(({ directive }) => directive === "location");
          for (const within of [inside, ...nested.map(({ block = [] }) => block)]) {
            expect(values(within, "proxy_pass_request_headers")).toEqual([]);
            const own = values(within, "proxy_set_header");
            if (own.length === 0) continue;
            if (values(within, "proxy_cache").length > 0) {
              expect(own.map(([name]) => name)).toEqual(["Host", "Connection", "Accept-Encoding", "Cookie"]);
              continue;
            }
            const more = Object.values(spec.apps).map(({ forwardHeaders = [] }) =>
              forwardHeaders.map((name) => [name, `$http_${name.toLowerCase().replaceAll("-", "_")}`]),
            );
            expect(more.map((named) => [...everywhere, ...named].map(String).sort())).toContainEqual(
              own.map(String).sort(),
            );
          }
        }
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("does not take a header with an underscore for one with a hyphen", async () => {
    const { http } = await Config.of(example);
    expect(values(http, "underscores_in_headers")).toEqual([["off"]]);
    expect(values(http, "ignore_invalid_headers")).toEqual([["on"]]);
  });

  it("takes the user's name from the sign-in check", async () => {
    const site = (await Config.of(example)).site();
    for (const { block: inside = [] } of site.filter(({ block: inside = [] }) => asks(inside) !== undefined))
      expect(values(inside, "auth_request_set")).toContainEqual([
        "$auth_user",
        "$upstream_http_x_auth_request_user",
      ]);
  });
});

describe("5. each app has its own guest list", () => {
  it("refuses with 403 who is not on it, once the password was right", async () => {
    const config = await Config.of(example);
    const signIn = config.server("unix:/tmp/auth.sock", "");
    const [after = ""] = values(location(signIn, "=", "/sales"), "try_files")[0]?.slice(-1) ?? [];
    expect(location(signIn, after).find(({ directive }) => directive === "if")).toMatchObject({
      args: ["$guest_sales", "=", "0"],
      block: [{ directive: "return", args: ["403"] }],
    });
  });

  it("lists the guests by their whole name, with its case", async () => {
    const config = await Config.of(example);
    for (const variable of ["$guest_sales", "$listed_sales"])
      expect(config.map(variable)).toEqual([
        ["default", "0"],
        ["~^anna$", "1"],
        ["~^ben\\+x@example\\.com$", "1"],
      ]);
  });

  it("lets in everyone who is signed in where there is none", async () => {
    const signIn = (await Config.of(example)).server("unix:/tmp/auth.sock", "");
    const [after = ""] = values(location(signIn, "=", "/live-view"), "try_files")[0]?.slice(-1) ?? [];
    expect(location(signIn, after).map(({ directive }) => directive)).not.toContain("if");
  });

  it("lets in nobody where it is empty", async () => {
    const config = await Config.of({ ...example, apps: { a: { source: "a", allow: { users: [] } } } });
    expect(config.map("$guest_a")).toEqual([["default", "0"]]);
  });

  it("keeps an app named index apart from the index page", async () => {
    const apps: Record<string, AppArgs> = {
      index: { source: "a", allow: { users: [] } },
      other: { source: "b" },
    };
    const config = await Config.of({ ...example, apps });
    const lists = config
      .server("unix:/tmp/auth.sock", "")
      .filter(({ directive }) => directive === "location");
    const names = lists.map(({ args }) => args.join(" "));
    expect(new Set(names).size).toBe(names.length);
    expect(asks(location(config.site(), "=", "/"))).not.toBe("index");
    expect(asks(location(config.site(), "/index/"))).toBe("index");
  });
});

describe("6. TLS as it should be", () => {
  it("takes TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only", async () => {
    const { http } = await Config.of(example);
    expect(values(http, "ssl_protocols")).toEqual([["TLSv1.2", "TLSv1.3"]]);
    const ciphers = values(http, "ssl_ciphers")[0]?.[0]?.split(":") ?? [];
    expect(ciphers.length).toBeGreaterThan(0);
    for (const cipher of ciphers)
      expect(cipher).toMatch(/^ECDHE-(ECDSA|RSA)-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)$/);
  });

  it("sends plain HTTP to the same page of the site for good", async () => {
    const plain = (await Config.of(example)).server("unix:/tmp/plain.sock", example.host);
    expect(values(location(plain, "/"), "return")).toEqual([["308", "https://site.example.com$request_uri"]]);
  });

  it("names the port in the redirect and to the app when it is not 443", async () => {
    const config = await Config.of({ ...example, ports: { https: 9443, http: 9080 } });
    const plain = config.server("unix:/tmp/plain.sock", example.host);
    expect(values(location(plain, "/"), "return")).toEqual([
      ["308", "https://site.example.com:9443$request_uri"],
    ]);
    expect(headersToApps(config)).toMatchObject({
      host: "site.example.com:9443",
      "x-forwarded-port": "9443",
    });
    expect(config.map("$foreign_origin")).toContainEqual([
      "~^(?<own_host>[^ ]+) https://\\k<own_host>:9443$",
      "0",
    ]);
  });

  it("sends the security headers with every answer, errors too", async () => {
    const site = (await Config.of(example)).site();
    const headers = new Map(
      values(site, "add_header").map(([name = "", value = "", when]) => [name, { value, when }]),
    );
    expect(headers.get("Strict-Transport-Security")).toEqual({ value: "max-age=63072000", when: "always" });
    expect(headers.get("X-Content-Type-Options")).toEqual({ value: "nosniff", when: "always" });
    expect(headers.get("X-Frame-Options")).toEqual({ value: "SAMEORIGIN", when: "always" });
    expect(headers.get("Content-Security-Policy")?.value).toContain("frame-ancestors 'self'");
    expect(headers.get("Referrer-Policy")?.when).toBe("always");
    // Without it, a location that adds one header would lose all these.
    expect(values(site, "add_header_inherit")).toEqual([["merge"]]);
  });
});

describe("7. only its own host name", () => {
  it.each(["unix:/tmp/plain.sock", "8443"])("answers nothing but 421 to strangers on %s", async (port) => {
    const stranger = (await Config.of(example)).server(port);
    const answers = [...everyDirective(stranger)].filter(({ directive }) => directive === "return");
    const others = answers.filter(({ args }) => args[0] !== "421");
    // The health check of a load balancer has no host name.
    expect(others.map(({ args }) => args)).toEqual(port === "8443" ? [] : [["200", "ok\\n"]]);
    expect([...everyDirective(stranger)].map(({ directive }) => directive)).not.toContain("proxy_pass");
  });

  it("shows strangers no certificate, unless the site is an address", async () => {
    expect(values((await Config.of(example)).server("8443"), "ssl_reject_handshake")).toEqual([["on"]]);
    const byAddress = (await Config.of({ ...example, host: "192.0.2.7" })).server("8443");
    expect(values(byAddress, "ssl_certificate")).toEqual([["/etc/nginx/site/tls.crt"]]);
    expect(values(location(byAddress, "/"), "return")).toEqual([["421"]]);
  });

  it("tells the app its public name, whatever the client said", async () => {
    const directives = [...everyDirective((await Config.of(example)).http)];
    const hosts = directives.filter(
      ({ directive, args }) => directive === "proxy_set_header" && args[0] === "Host",
    );
    for (const { args } of hosts) expect(["site.example.com", "sign-in"]).toContain(args[1]);
  });
});

describe("8. nothing internal is public", () => {
  it.each(["metrics", "script-health-check"])("hides /_stcore/%s of every app", async (name) => {
    const site = (await Config.of(example)).site();
    for (const at of ["/sales", "/live/view"])
      expect(location(site, "^~", `${at}/_stcore/${name}`)).toEqual([{ directive: "return", args: ["404"] }]);
  });

  it("keeps the sign-in check and the gateway's pages to itself", async () => {
    const site = (await Config.of(example)).site();
    const own = site.filter(
      ({ directive, args }) => directive === "location" && args.join().includes("/_gateway/"),
    );
    expect(own.length).toBeGreaterThanOrEqual(4);
    for (const { block: inside = [] } of own) expect(values(inside, "internal")).toEqual([[]]);
  });

  it("listens on two ports only", async () => {
    const config = await Config.of(example);
    const listens = config.servers().flatMap((server) => values(server, "listen"));
    expect(new Set(listens.map(([where]) => where))).toEqual(
      new Set([
        "8443",
        "unix:/tmp/attempts.sock",
        "unix:/tmp/auth.sock",
        "unix:/tmp/compression.sock",
        "unix:/tmp/plain.sock",
      ]),
    );
    expect(values(block(config.stream, "server"), "listen")).toEqual([["8080"]]);
  });

  it("refuses paths that the app may read in another way than nginx", async () => {
    const config = await Config.of(example);
    const patterns = config
      .map("$ambiguous_path")
      .filter(([, value]) => value === "1")
      // crossplane leaves the escapes of nginx's quotes as they are.
      .map(([pattern = ""]) => new RegExp(pattern.replace(/^~\*?/, "").replaceAll("\\\\", "\\"), "i"));
    const refused = (uri: string): boolean => patterns.some((pattern) => pattern.test(uri));
    for (const uri of [
      "/a/%2e%2e/b",
      "/a%2Fb",
      "/a%5cb",
      "/a%00",
      "//a",
      "/a/../b",
      "/a/..",
      "/./a",
      "/a;b",
      "/a\\b",
      "/%252e",
    ])
      expect([uri, refused(uri)]).toEqual([uri, true]);
    for (const uri of ["/", "/sales/", "/sales/a.b/c..d", "/sales/?x=../..//;%2e", "/sales/.well", "/a%20b"])
      expect([uri, refused(uri)]).toEqual([uri, false]);
    expect(block(config.site(), "if", ([variable]) => variable === "$ambiguous_path")).toEqual([
      { directive: "return", args: ["400"] },
    ]);
  });

  it("does not write query strings or credentials to the log", async () => {
    const format = values((await Config.of(example)).http, "log_format")
      .flat()
      .join("");
    expect(format).not.toMatch(
      /\$(request|request_uri|args|query_string|http_authorization|http_cookie|http_referer|remote_passwd)\b(?!_)/,
    );
  });
});

describe("Streamlit's own files", () => {
  it("are kept where they have a hash in their name, are immutable and are asked for without a query", async () => {
    const config = await Config.of(example);
    const assets = location(config.site(), "^~", "/sales/static/");
    expect(values(assets, "proxy_cache")).toEqual([]);
    const [hashed, other] = assets.filter(({ directive }) => directive === "location");
    expect(values(other?.block ?? [], "proxy_pass")).toEqual([["http://app_sales"]]);
    // The script that sorts cookies costs each request that it sees, and is inherited.
    expect(values(other?.block ?? [], "js_header_filter")).toEqual([["cookies.confine"]]);
    for (const around of [config.site(), assets, hashed?.block ?? []])
      expect(values(around, "js_header_filter")).toEqual([]);
    expect(values(hashed?.block ?? [], "proxy_no_cache")).toEqual([["$is_args", "$mutable_asset"]]);
    expect(values(hashed?.block ?? [], "proxy_cache_bypass")).toEqual([["$is_args"]]);
    // The check of the location around it counts for it as well.
    expect(asks(assets)).toBe("sales");
    expect(asks(hashed?.block ?? [])).toBeUndefined();
    const pattern = new RegExp(hashed?.args[1] ?? "none");
    for (const name of [
      "js/index.DKN5MVff.js",
      "media/KaTeX_Math-Italic.t53AETM-.woff2",
      "css/DataFrame.DUkanX9_.css",
    ])
      expect([name, pattern.test(`/sales/static/${name}`)]).toEqual([name, true]);
    for (const name of [
      "index.js",
      "a.something.js",
      "DKN5MVff.js",
      "a.DKN5MVff",
      "a.DKN5MV.js",
      "a.DKN5MVff.js/",
      "v.DKN5MVff.x/a.js",
    ])
      expect([name, pattern.test(`/sales/static/${name}`)]).toEqual([name, false]);
  });
});

describe("9. uploads", () => {
  it("pass unbuffered up to the app's own size", async () => {
    const upload = location((await Config.of(example)).site(), "^~", "/live/view/_stcore/upload_file/");
    expect(asks(upload)).toBe("live-view");
    // In MB; the file itself may be as large as the app says, and comes in an envelope.
    const [size = ""] = values(upload, "client_max_body_size")[0] ?? [];
    expect(Number.parseInt(size)).toBeGreaterThanOrEqual(50);
    expect(Number.parseInt(size)).toBeLessThanOrEqual(51);
  });
});

describe("bodies", () => {
  it("are kept nowhere: each passes as it arrives, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(validSpec, validOidcSpec), async (spec) => {
        const config = await Config.of(spec);
        // A server behind a socket gets none but what the site's server passes on.
        for (const server of [config.site(spec.host), config.server("unix:/tmp/compression.sock", spec.host)])
          expect(values(server, "proxy_request_buffering")).toEqual([["off"]]);
        for (const { directive, args } of everyDirective(config.http))
          if (directive === "proxy_request_buffering") expect(args).toEqual(["off"]);
      }),
      { numRuns: 20 },
    );
  }, 300_000);
});

describe("the plain port", () => {
  it("counts an address's connections before it reads anything, and has short limits", async () => {
    const config = await Config.of(example);
    const plain = block(config.stream, "server");
    expect(values(plain, "limit_conn")).toEqual([["plain", "100"]]);
    expect(values(plain, "proxy_pass")).toEqual([["unix:/tmp/plain.sock"]]);
    for (const name of [undefined, example.host]) {
      const server = config.server("unix:/tmp/plain.sock", name);
      expect(values(server, "client_header_timeout")).toEqual([["5s"]]);
      // The log has the client, and not the socket.
      expect(values(server, "real_ip_header")).toEqual([["proxy_protocol"]]);
    }
  });
});

describe("10. replicas are sticky", () => {
  it("by a cookie per app that scripts cannot read", async () => {
    const config = await Config.of(example);
    const sticky = block(config.http, "upstream", ([name]) => name === "app_live_view").find(
      ({ directive }) => directive === "sticky",
    );
    expect(sticky?.args).toEqual(
      expect.arrayContaining(["cookie", "secure", "httponly", "samesite=lax", "path=/live/view/"]),
    );
  });

  const servers = async (spec: SiteArgs, name: string): Promise<string[][]> =>
    values(
      block((await Config.of(spec)).http, "upstream", ([found]) => found === name),
      "server",
    );
  const replicated: SiteArgs = {
    ...example,
    apps: { sales: { source: "a", replicas: 3 }, "live-view": { source: "b" } },
  };

  it("gives newcomers to those that are named, and leaves the rest with whom they have", async () => {
    expect(await servers(replicated, "app_sales")).toEqual([
      ["abcdef000000:8501", "resolve", "max_fails=0"],
      ["abcdef000001:8501", "resolve", "max_fails=0"],
      ["abcdef000002:8501", "resolve", "max_fails=0"],
      ["app-sales:8501", "resolve", "max_fails=0", "drain"],
      ["app-sales:8501", "resolve", "max_fails=0", "backup"],
    ]);
    expect(await servers(replicated, "app_live_view")).toEqual([
      ["abcdef000003:8501", "resolve", "max_fails=0"],
      ["app-live-view:8501", "resolve", "max_fails=0", "drain"],
      ["app-live-view:8501", "resolve", "max_fails=0", "backup"],
    ]);
  });

  it("gives them to whoever goes by the app's name until somebody is named", async () => {
    const first = wholeConfig(checkSite(replicated, "docker"), onDocker, new Map());
    const http = block(await tools.ask("parse nginx", first), "http");
    expect(
      values(
        block(http, "upstream", ([name]) => name === "app_sales"),
        "server",
      ),
    ).toEqual([["app-sales:8501", "resolve", "max_fails=0"]]);
  });

  it("has the same upstreams in the same order, whoever is named: the gateway's script compares them", () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        const site = checkSite(spec, "docker");
        const names = (text: string): string[] =>
          text.split("\n").filter((line) => line.startsWith("upstream"));
        const first = names(dockerUpstreams(site, new Map()));
        expect(first).toHaveLength(site.apps.length);
        expect(names(dockerUpstreams(site, replicaNames(site)))).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });

  it("names a container by the short form of its id", () => {
    expect(containerHost("0123456789abcdef".repeat(4))).toBe("0123456789ab");
  });

  it("lets a worker whose configuration was replaced keep its websockets for as long as they may be silent", async () => {
    const main = await tools.ask("parse nginx", dockerConfig(checkSite(example, "docker")));
    expect(values(main, "worker_shutdown_timeout")).toEqual([["1d"]]);
    const stream = location((await Config.of(example)).site(), "=", "/sales/_stcore/stream");
    expect(values(stream, "proxy_read_timeout")).toEqual([["1d"]]);
  });
});

describe("several apps", () => {
  it("get the slash that Streamlit's page needs, and keep the query", async () => {
    const site = (await Config.of(example)).site();
    expect(asks(location(site, "=", "/sales"))).toBe("sales");
    const [after = ""] = values(location(site, "=", "/sales"), "try_files")[0]?.slice(-1) ?? [];
    expect(values(location(site, after), "return")).toEqual([["308", "/sales/$is_args$args"]]);
  });

  it("share an index page at / that one must sign in for", async () => {
    expect(asks(location((await Config.of(example)).site(), "=", "/"))).toBeDefined();
  });

  it("leave / to the app that is there", async () => {
    const apps: Record<string, AppArgs> = { home: { source: "a", route: "/" }, other: { source: "b" } };
    const site = (await Config.of({ ...example, apps })).site();
    expect(asks(location(site, "/"))).toBe("home");
    expect(asks(location(site, "/other/"))).toBe("other");
    expect(site.filter(({ args }) => args.join(" ") === "= /")).toEqual([]);
  });
});
