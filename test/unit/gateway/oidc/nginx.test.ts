/** The gateway contract with `auth.oidc`, as far as the text of nginx.conf can show it; test/contract asks the running gateway. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import type { AppArgs, OidcArgs, SessionsArgs, SiteArgs } from "../../../../components/spec/args";
import { checkSite } from "../../../../components/spec/check";
import { validOidcSpec } from "../../oidc-arbitraries";
import { type Directive, everyDirective, PythonTools } from "../../python-tools";
import { asks, block, location, ParsedConfig, values } from "../parsed-config";
import { dockerConfig } from "../rendered";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const parsed = (spec: SiteArgs): Promise<ParsedConfig> => ParsedConfig.of(spec, tools);

const example: SiteArgs = {
  host: "site.example.com",
  ports: { https: 443, http: 80 },
  apps: {
    sales: {
      source: "apps/sales",
      allow: {
        users: ["auth0|1.2"],
        emails: ["Ann+x@example.com"],
        groups: ["finance", "R&D (all)"],
      },
    },
    "live-view": { source: "apps/live", route: "/live/view" },
  },
  auth: {
    oidc: {
      provider: "keycloak-oidc",
      issuer: "https://id.example.com/realms/staff",
      clientId: "site",
      clientSecret: "secret of the client",
      bearer: true,
    },
  },
};

function changed(
  oidc: Partial<OidcArgs>,
  sessions: SessionsArgs = {},
  rest: Partial<SiteArgs> = {},
): SiteArgs {
  return {
    ...example,
    auth: { oidc: { ...example.auth.oidc, ...oidc } as OidcArgs },
    ...(Object.keys(sessions).length > 0 && { sessions }),
    ...rest,
  };
}

/** The server that decides. */
const signIn = (config: ParsedConfig): Directive[] => config.server("unix:/tmp/auth.sock", "");

/** The headers that a location sets, by name. */
const headers = (within: Directive[]): Record<string, string> =>
  Object.fromEntries(values(within, "proxy_set_header").map(([name = "", value = ""]) => [name, value]));

/** The locations of a server by their arguments. */
const locations = (server: Directive[]): [string, Directive[]][] =>
  server
    .filter(({ directive }) => directive === "location")
    .map(({ args, block: inside = [] }) => [args.join(" "), inside]);

const isInternal = ([at, inside]: [string, Directive[]]): boolean =>
  at.startsWith("@") || values(inside, "internal").length > 0;

/** The names of the guest lists of a spec. */
function lists(spec: SiteArgs): string[] {
  const { apps } = checkSite(spec, "docker");
  return [...apps.map(({ name }) => name), ...(apps.some(({ path }) => path === "") ? [] : ["index_page"])];
}

describe("the whole file", () => {
  it("is the one that was reviewed", () => {
    const reviewed = path.join(__dirname, "nginx.reviewed.conf");
    const written = dockerConfig(checkSite(example, "docker"));
    // A change is reviewed with the commit: `UPDATE=1 npx jest test/unit/gateway/oidc` writes it.
    if (process.env.UPDATE !== undefined) fs.writeFileSync(reviewed, written);
    expect(written).toBe(fs.readFileSync(reviewed, "utf8"));
  });
});

describe("1. nobody gets in without signing in", () => {
  it("opens these paths only to somebody who is not signed in, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const open = locations((await parsed(spec)).site(spec.host)).filter(
          (found) => !isInternal(found) && asks(found[1]) === undefined,
        );
        const answers = open.map(([at, inside]) => [
          at,
          ...values(inside, "return").map(([status]) => status),
        ]);
        const hidden = checkSite(spec, "docker").apps.flatMap(({ path }) =>
          ["metrics", "script-health-check"].map((name) => [`^~ ${path}/_stcore/${name}`, "404"]),
        );
        expect(answers.sort()).toEqual(
          [
            ["= /healthz", "200"],
            ["= /oauth2/callback"],
            ["= /oauth2/sign_out"],
            ["= /oauth2/signed_out"],
            ["^~ /oauth2/", "404"],
            ...hidden,
          ].sort(),
        );
      }),
      { numRuns: 30 },
    );
  }, 300_000);

  it("asks for the very app that it passes to, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const { apps } = checkSite(spec, "docker");
        const found = locations(config.site(spec.host));
        for (const { name, path, formerPaths } of apps) {
          const former = formerPaths.filter((was) => was !== "");
          const own = found.filter(([, inside]) => asks(inside) === name).map(([at]) => at);
          expect(own.sort()).toEqual(
            [
              ...(path === "" ? [] : [`= ${path}`]),
              `${path}/`,
              `= ${path}/_stcore/stream`,
              `^~ ${path}/_stcore/upload_file/`,
              `^~ ${path}/static/`,
              ...former.flatMap((was) => [`= ${was}`, `${was}/`]),
            ].sort(),
          );
        }
        for (const [, inside] of found) {
          const [to = ""] = values(inside, "proxy_pass")[0] ?? [];
          const app = /^http:\/\/app_(.*)$/.exec(to)?.[1];
          if (app !== undefined) expect(asks(inside)?.replaceAll("-", "_")).toBe(app);
        }
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("asks oauth2-proxy where nobody can come from outside", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const asking = config.servers().flatMap((server) =>
          locations(server)
            .filter(([, inside]) =>
              values(inside, "proxy_pass").some(([to]) => /\/oauth2\/(auth|userinfo)/.test(to ?? "")),
            )
            .map((found) => ({ server, found })),
        );
        expect(asking.length).toBeGreaterThan(0);
        for (const { server, found } of asking) {
          expect(values(server, "listen")).toEqual([["unix:/tmp/auth.sock"]]);
          expect(isInternal(found)).toBe(true);
        }
        for (const [at, inside] of locations(config.site(spec.host)))
          for (const [to = ""] of values(inside, "proxy_pass"))
            if (to.startsWith("http://oauth2_proxy"))
              // Without a path: it is the request's, or that of the rewrite.
              expect([at, to]).toEqual([
                expect.stringMatching(/^(@sign_in|= \/oauth2\/(callback|sign_out))$/),
                "http://oauth2_proxy",
              ]);
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("watches each websocket that is open, by what its session was checked with, from where nobody can come", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const site = (await parsed(spec)).site(spec.host);
        for (const { name, path } of checkSite(spec, "docker").apps) {
          const stream = location(site, "=", `${path}/_stcore/stream`);
          expect(values(stream, "mirror")).toEqual([[`/_gateway/websocket/${name}`]]);
          expect(values(stream, "mirror_request_body")).toEqual([["off"]]);
          expect(values(stream, "post_action")).toEqual([["@websocket_end"]]);
          // Where an error page leads elsewhere after the watch has begun, its end is looked after as well.
          for (const status of ["502", "503", "504"])
            expect(
              values(stream, "error_page")
                .find((args) => args.includes(status))
                ?.at(-1),
            ).toBe("@websocket_failed");

          const watch = location(site, "=", `/_gateway/websocket/${name}`);
          expect(values(watch, "internal")).toEqual([[]]);
          const { Cookie = "", Authorization = "" } = headers(location(site, "=", `/_gateway/auth/${name}`));
          expect(values(watch, "set")).toEqual([
            [
              "$websocket_session",
              [`http://unix:/tmp/auth.sock:/${name}`, Cookie, Authorization].join("\\n"),
            ],
          ]);
        }
        expect(values(location(site, "@websocket_failed"), "post_action")).toEqual([["@websocket_end"]]);
        expect(values(location(site, "@websocket_end"), "return")).toEqual([["499"]]);
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("sends to sign in where pages are opened, with where to come back to and no query of the client's", async () => {
    const site = (await parsed(example)).site();
    for (const [at, inside] of locations(site).filter(([, inside]) => asks(inside) !== undefined)) {
      const pages = values(inside, "error_page").filter((args) => args.includes("401"));
      const navigation = ["= /sales", "/sales/", "= /live/view", "/live/view/", "= /", "/"].includes(at);
      // Others inherit the page of the server; a websocket's location has error pages of its own, and repeats it.
      const own = at.endsWith("/_stcore/stream") ? [["401", "/_gateway/401.html"]] : [];
      expect([at, pages]).toEqual([at, navigation ? [["401", "=", "@sign_in"]] : own]);
    }
    expect(values(site, "error_page")).toContainEqual(["401", "/_gateway/401.html"]);
    const start = location(site, "@sign_in");
    expect(start).toContainEqual(
      expect.objectContaining({
        directive: "if",
        args: ["$leads_to_provider", "=", "0"],
        block: [{ directive: "return", args: ["401"] }],
      }),
    );
    expect(values(start, "rewrite")).toEqual([["^", "/oauth2/start?", "break"]]);
    expect(headers(start)["X-Auth-Request-Redirect"]).toBe("https://site.example.com$request_uri");
  });

  it("refuses an answer without a name: oauth2-proxy may let in somebody without a session", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const server = signIn(await parsed(spec));
        const named = locations(server).filter(([at]) => /^@.*_(guest|member)$/.test(at));
        expect(named.length).toBeGreaterThanOrEqual(lists(spec).length);
        for (const [, inside] of named)
          // Before anything else that answers.
          expect(inside.find(({ directive }) => ["if", "return", "try_files"].includes(directive))).toEqual({
            directive: "if",
            args: ["$identity_user", "=", ""],
            block: [{ directive: "return", args: ["401", " "] }],
          });
      }),
      { numRuns: 20 },
    );
  }, 300_000);
});

describe("what is remembered of a check", () => {
  it("goes by exactly the guest list and what is asked with, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const remembers = checkSite(spec, "docker").auth.oidc?.sessions.checkInterval !== 0;
        const bearer = spec.auth.oidc?.bearer ?? false;
        const sent = bearer
          ? { Cookie: "$cookie_without_bearer", Authorization: "$bearer" }
          : { Cookie: "$session_cookie" };
        const names = lists(spec);
        for (const list of names) {
          const check = location(config.site(spec.host), "=", `/_gateway/auth/${list}`);
          expect(values(check, "internal")).toEqual([[]]);
          expect(values(check, "proxy_pass")).toEqual([[`http://unix:/tmp/auth.sock:/${list}`]]);
          expect(values(check, "proxy_pass_request_headers")).toEqual([["off"]]);
          // Whatever else were sent might change the answer, and would be missing in the key.
          expect(headers(check)).toEqual({
            Host: "sign-in",
            Connection: "",
            "Content-Length": "",
            "X-Real-IP": "$remote_addr",
            ...sent,
          });
          expect(
            check.filter(
              ({ directive }) => directive.startsWith("proxy_cache") || directive === "proxy_no_cache",
            ),
          ).toEqual(
            remembers
              ? [
                  { directive: "proxy_cache", args: ["auth"] },
                  {
                    directive: "proxy_cache_key",
                    args: [[list, "$session_key", ...(bearer ? ["$bearer"] : [])].join("|")],
                  },
                  { directive: "proxy_no_cache", args: ["$without_credentials"] },
                  { directive: "proxy_cache_bypass", args: ["$without_credentials"] },
                  { directive: "proxy_cache_lock", args: ["on"] },
                ]
              : [],
          );
        }
        expect(block(config.http, "map", ([, name]) => name === "$without_credentials")).toEqual([
          { directive: "default", args: ["0"] },
          { directive: "", args: ["1"] },
        ]);
        const [source] = values(config.http, "map").find(([, name]) => name === "$without_credentials") ?? [];
        expect(source).toBe(Object.values(sent).join(""));
        const [keyed] = values(config.http, "map").find(([, name]) => name === "$session_key") ?? [];
        expect(keyed).toBe(sent.Cookie);
      }),
      { numRuns: 30 },
    );
  }, 300_000);

  it("is kept nowhere but there, and nothing of it when the interval is 0s", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const interval = checkSite(spec, "docker").auth.oidc?.sessions.checkInterval ?? -1;
        const times = [...everyDirective(config.http)]
          .filter(({ directive, args }) => directive === "add_header" && args[0] === "X-Accel-Expires")
          .map(({ args }) => Number(args[1]));
        const caching = [...everyDirective(config.site(spec.host))].filter(
          ({ directive, args }) => directive === "proxy_cache" && args[0] === "auth",
        );
        if (interval === 0) {
          expect(times).toEqual([]);
          expect(caching).toEqual([]);
        } else {
          for (const time of times) expect([1, interval]).toContain(time);
          expect(caching.length).toBeGreaterThanOrEqual(lists(spec).length);
        }
        // By these, an answer would be kept for longer, or given when oauth2-proxy does not answer.
        const names = [...everyDirective(config.http)].map(({ directive }) => directive);
        for (const name of ["proxy_cache_valid", "proxy_cache_use_stale", "proxy_cache_background_update"])
          expect(names).not.toContain(name);
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("is made to say no at sign-out, under the same keys", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const site = config.site(spec.host);
        const remembers = checkSite(spec, "docker").auth.oidc?.sessions.checkInterval !== 0;
        const names = remembers ? lists(spec) : [];
        expect(values(location(site, "=", "/oauth2/sign_out"), "mirror").map(([at]) => at)).toEqual(
          names.map((name) => `/_gateway/invalidate/${name}`),
        );
        expect(locations(site).filter(([at]) => at.includes("/invalidate/"))).toHaveLength(names.length);
        for (const name of names) {
          const check = location(site, "=", `/_gateway/auth/${name}`);
          const invalidate = location(site, "=", `/_gateway/invalidate/${name}`);
          expect(values(invalidate, "internal")).toEqual([[]]);
          expect(values(invalidate, "proxy_pass")).toEqual([["http://unix:/tmp/auth.sock:/_invalidate"]]);
          for (const same of ["proxy_cache", "proxy_cache_key", "proxy_no_cache", "proxy_set_header"])
            expect(values(invalidate, same)).toEqual(values(check, same));
          // A mirrored request has its own method, and nginx keeps no answers to other methods than it is told.
          expect(values(invalidate, "proxy_cache_methods")).toEqual([["POST"]]);
          // It must be asked anew, or the answer that is there would stay.
          expect(values(invalidate, "proxy_cache_bypass")).toEqual([["1"]]);
          const answer = location(signIn(config), "=", "/_invalidate");
          // With a text: without, the answer would be that of the error page, which counts for a second only.
          expect(values(answer, "return")).toEqual([["401", " "]]);
          const { checkInterval } = checkSite(spec, "docker").auth.oidc?.sessions ?? {};
          expect(values(answer, "add_header")).toEqual([
            ["X-Accel-Expires", String(checkInterval), "always"],
          ]);
        }
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("sends a token only with bearer", async () => {
    const authorization = async (bearer: boolean): Promise<unknown[]> =>
      [...everyDirective((await parsed(changed({ bearer }))).site())]
        .filter(({ directive, args }) => directive === "proxy_set_header" && args[0] === "Authorization")
        .map(({ args }) => args[1]);
    // To oauth2-proxy, and never to an app.
    expect(new Set(await authorization(false))).toEqual(new Set());
    expect(new Set(await authorization(true))).toEqual(new Set(["$bearer"]));
  });
});

describe("4. identity cannot be forged", () => {
  it("overwrites the identity headers on every path, and filters the cookies, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const site = (await parsed(spec)).site(spec.host);
        expect(headers(site)).toMatchObject({
          "X-Forwarded-User": "$auth_user",
          "X-Forwarded-Email": "$auth_email",
          "X-Forwarded-Preferred-Username": "$auth_label",
          "X-Forwarded-Groups": "$auth_groups",
          Cookie: "$app_cookies",
        });
        for (const [at, inside] of locations(site)) {
          if (asks(inside) === undefined) continue;
          // One header of its own, and all of those would be lost.
          if (values(inside, "proxy_set_header").length > 0 && !at.endsWith("/static/"))
            expect([at, headers(inside)]).toEqual([at, expect.objectContaining(headers(site))]);
          for (const [variable, header] of [
            ["$auth_user", "user"],
            ["$auth_email", "email"],
            ["$auth_name", "preferred_username"],
            ["$auth_groups", "groups"],
          ])
            expect(values(inside, "auth_request_set")).toContainEqual([
              variable,
              `$upstream_http_x_auth_request_${header}`,
            ]);
        }
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  it("tells oauth2-proxy nothing that the client made up", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const config = await parsed(spec);
        const { authority } = checkSite(spec, "docker");
        const toProxy = config
          .servers()
          .flatMap(locations)
          .filter(([, inside]) =>
            values(inside, "proxy_pass").some(([to]) => to?.startsWith("http://oauth2_proxy")),
          );
        for (const [at, inside] of toProxy) {
          expect(values(inside, "proxy_pass_request_headers")).toEqual([["off"]]);
          const { Cookie, "User-Agent": agent, Authorization = "", ...rest } = headers(inside);
          const cookies: Record<string, string> = {
            "= /oauth2/callback": "$csrf_cookie",
            "= /oauth2/sign_out": "$session_cookie",
          };
          expect([Cookie, agent]).toEqual([cookies[at] ?? "$http_cookie", "$http_user_agent"]);
          const behind = at.includes("/_user_info") || at.includes("/groups/");
          // The server behind the check gets the token only where it counts.
          expect(Authorization).toBe(behind ? "$http_authorization" : "");
          const address = behind ? "$http_x_real_ip" : "$remote_addr";
          expect(rest).toMatchObject({
            Host: authority,
            "X-Real-IP": address,
            "X-Forwarded-For": address,
            "X-Forwarded-Host": authority,
            "X-Forwarded-Proto": "https",
          });
          for (const [name, value] of Object.entries(rest))
            if (name !== "X-Real-IP" && name !== "X-Forwarded-For") expect(value).not.toMatch(/\$http_/);
        }
        expect(toProxy.length).toBeGreaterThanOrEqual(4);
      }),
      { numRuns: 20 },
    );
  }, 300_000);
});

describe("5. each app has its own guest list", () => {
  it("compares users to the letter and addresses without regard to case, as a whole", async () => {
    const config = await parsed(example);
    expect(config.map("$user_guest_sales")).toEqual([
      ["default", "0"],
      ["~^auth0\\|1\\.2$", "1"],
    ]);
    expect(config.map("$email_guest_sales")).toEqual([
      ["default", "0"],
      ["~*^Ann\\+x@example\\.com$", "1"],
    ]);
    const sources = values(config.http, "map").filter(([, name]) => name?.includes("guest_sales"));
    expect(sources).toEqual([
      ["$identity_user", "$user_guest_sales"],
      // With bearer: a token without an address has none, whatever oauth2-proxy makes of it.
      ["$identity_own_email", "$email_guest_sales"],
      ["$user_guest_sales$email_guest_sales", "$guest_sales"],
    ]);
  });

  it("asks oauth2-proxy for members of its groups, percent-encoded, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const server = signIn(await parsed(spec));
        for (const { name, allow } of checkSite(spec, "docker").apps) {
          const found = locations(server).filter(([at]) => at === `= /groups/${name}`);
          const groups = allow?.groups ?? [];
          expect(found).toHaveLength(groups.length > 0 ? 1 : 0);
          for (const [, inside] of found) {
            const pieces = new Map(values(inside, "set") as [string, string][]);
            const [url = ""] = values(inside, "proxy_pass")[0] ?? [];
            const to = url.replaceAll(/\$groups_\d+/g, (name) => pieces.get(name) ?? name);
            expect(to).toMatch(/^http:\/\/oauth2_proxy\/oauth2\/auth\?allowed_groups=[!-~]+$/);
            const query = new URL(to).searchParams;
            expect([...query.keys()]).toEqual(["allowed_groups"]);
            // As oauth2-proxy takes it apart.
            expect(query.get("allowed_groups")?.split(",")).toEqual(groups);
          }
        }
      }),
      { numRuns: 40 },
    );
  }, 300_000);

  const decision = async (allow: AppArgs["allow"], own: Partial<AppArgs> = {}): Promise<unknown> => {
    const spec = changed({}, {}, { apps: { sales: { source: "a", ...own, ...(allow && { allow }) } } });
    return locations(signIn(await parsed(spec)))
      .filter(([at]) => at.includes("sales"))
      .map(([at, inside]) => [
        at,
        values(inside, "auth_request").flat()[0],
        ...inside
          .filter(({ directive }) => ["if", "return", "error_page", "try_files"].includes(directive))
          .map(({ directive, args, block: inner }) =>
            [directive, ...args, ...(inner ?? []).flatMap(({ args }) => args)].join(" ").trim(),
          ),
      ]);
  };
  const nobody = "if $identity_user =  401";

  it("lets in everyone who is signed in where there is none", async () => {
    expect(await decision(undefined)).toEqual([
      ["= /sales", "/_session", "try_files /.none @sales_guest"],
      ["@sales_guest", undefined, nobody, "return 204"],
    ]);
  });

  it("lets in nobody where it is empty", async () => {
    for (const empty of [{ users: [] }, { emails: [] }, { groups: [] }])
      expect(await decision(empty)).toEqual([
        ["= /sales", "/_session", "try_files /.none @sales_guest"],
        ["@sales_guest", undefined, nobody, "return 403"],
      ]);
  });

  it("looks at the names where it has some", async () => {
    for (const names of [{ users: ["a"] }, { emails: ["a@b.c"] }])
      expect(await decision(names)).toEqual([
        ["= /sales", "/_session", "try_files /.none @sales_guest"],
        ["@sales_guest", undefined, nobody, "if $guest_sales = 0 403", "return 204"],
      ]);
  });

  it("looks at the groups first, and at the names of who is in none of them", async () => {
    expect(await decision({ groups: ["g"], users: ["a"] })).toEqual([
      ["= /sales", "/_session", "try_files /.none @sales_known"],
      [
        "@sales_known",
        "/groups/sales",
        "error_page 401 = @unauthorized",
        "error_page 403 = @sales_guest",
        "try_files /.none @sales_member",
      ],
      ["@sales_member", undefined, nobody, "return 204"],
      ["@sales_guest", undefined, nobody, "if $guest_sales = 0 403", "return 204"],
      ["= /groups/sales", undefined],
    ]);
    expect(await decision({ groups: ["g"] })).toContainEqual([
      "@sales_guest",
      undefined,
      nobody,
      "return 403",
    ]);
  });

  it("has its own variables and paths, whatever the apps are called", async () => {
    const names = [
      "sales",
      "user-sales",
      "email-sales",
      "session",
      "forget",
      "groups",
      "names",
      "index-page",
      "unauthorized",
      "guest",
    ];
    const allow = { users: ["a"], emails: ["a@b.c"], groups: ["g"] };
    const apps = Object.fromEntries(names.map((name): [string, AppArgs] => [name, { source: "a", allow }]));
    const config = await parsed(changed({}, {}, { apps }));
    const variables = values(config.http, "map").map(([, name]) => name);
    expect(variables.length).toBeGreaterThan(3 * names.length);
    expect(new Set(variables).size).toBe(variables.length);
    for (const server of config.servers()) {
      const paths = locations(server).map(([at]) => at);
      expect(new Set(paths).size).toBe(paths.length);
    }
  });

  it("shows its app's entry on the index page to who is on it", async () => {
    const config = await parsed(example);
    for (const name of ["sales", "live-view"]) {
      const item = location(config.site(), "=", `/_gateway/item/${name}`);
      const check = location(config.site(), "=", `/_gateway/auth/${name}`);
      // The same question, so the same answer, remembered as one.
      expect(item).toEqual(check);
      expect(values(location(signIn(config), `@${name}_guest`), "try_files")).toEqual([
        [`/item-${name}.html`, "=404"],
      ]);
    }
  });
});

describe("6. the session's cookie", () => {
  const name = async (ports: SiteArgs["ports"]): Promise<string | undefined> => {
    const [, [pattern = ""] = []] = (await parsed({ ...example, ...(ports && { ports }) })).map(
      "$session_cookie",
    );
    return /<session_cookie_found>(.*)=\[/.exec(pattern)?.[1];
  };

  it("is for the host and port of the site", async () => {
    expect(await name({ https: 443, http: 80 })).toBe("__Host-oauth2_proxy");
    expect(await name({ https: 8443, http: 80 })).toBe("__Host-oauth2_proxy_8443");
    expect(await name({ https: 9443, http: 443 })).toBe("__Host-oauth2_proxy_9443");
  });
});

describe("11. sign-out", () => {
  const leadsTo = async (spec: SiteArgs): Promise<string> => {
    const signOut = location((await parsed(spec)).site(), "=", "/oauth2/sign_out");
    const [, to = ""] = values(signOut, "rewrite")[0] ?? [];
    expect(to).toMatch(/^\/oauth2\/sign_out\?rd=[^&?]*\?$/);
    return new URLSearchParams(to.slice("/oauth2/sign_out?".length, -1)).get("rd") ?? "";
  };

  it("asks whoever does not come from a page of the site's own, and takes no method that would leave something remembered", async () => {
    const signOut = location((await parsed(example)).site(), "=", "/oauth2/sign_out");
    expect(block(signOut, "if", ([variable]) => variable === "$same_origin")).toEqual([
      { directive: "return", args: ["403"] },
    ]);
    expect(values(signOut, "error_page")).toContainEqual(["403", "=200", "/_gateway/sign-out.html"]);
    expect(block(signOut, "limit_except", (methods) => methods.join() === "GET,POST")).toEqual([
      { directive: "deny", args: ["all"] },
    ]);
  });

  it("leads to a page of the site's own", async () => {
    expect(await leadsTo(changed({}, { cookie: {} }))).toBe("/oauth2/signed_out");
  });

  it("leads to the provider and back where that has a place for it", async () => {
    const url = new URL((await leadsTo(example)).replace("{id_token}", "TOKEN"));
    expect(url.origin + url.pathname).toBe(
      "https://id.example.com/realms/staff/protocol/openid-connect/logout",
    );
    expect(Object.fromEntries(url.searchParams)).toEqual({
      post_logout_redirect_uri: "https://site.example.com/oauth2/signed_out",
      id_token_hint: "TOKEN",
    });
  });

  it("keeps the query of the provider's address, with any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        const oidc = checkSite(spec, "docker").auth.oidc;
        if (oidc?.endSessionEndpoint === undefined) return;
        const site = (await parsed(spec)).site(spec.host);
        const [, to = ""] = values(location(site, "=", "/oauth2/sign_out"), "rewrite")[0] ?? [];
        expect(to).toMatch(/^\/oauth2\/sign_out\?rd=[!-~]+\?$/);
        expect(to).not.toMatch(/[$"\\;{}]/);
        const rd = new URLSearchParams(to.slice("/oauth2/sign_out?".length, -1)).get("rd") ?? "";
        expect(rd).toContain("id_token_hint={id_token}");
        const url = new URL(rd);
        const given = new URL(oidc.endSessionEndpoint);
        expect(url.origin + url.pathname).toBe(given.origin + given.pathname);
        for (const [key, value] of given.searchParams) expect(url.searchParams.get(key)).toBe(value);
      }),
      { numRuns: 40 },
    );
  }, 300_000);
});
