import * as aws from "@pulumi/aws";
import fc from "fast-check";
import { record } from "../recorder";
import { contractTable, contractViolations, type SiteFacts } from "./contract";
import { answerRequest, type Request } from "./interpreter";
import { matchesPattern } from "./patterns";
import { noSignIn, oldTls, openBalancer, plainBehindCdn, websocketRedirected } from "../samples/published";
import { type SampleArgs, sampleHost, sampleSite } from "../samples/site";

const twoApps = { sales: { route: "/sales" }, ops: { route: "/ops" } };

async function violations(program: () => unknown, facts: Partial<SiteFacts>): Promise<string[]> {
  const table = contractTable({
    host: sampleHost,
    apps: [{ name: "app", route: "/" }],
    gateway: "alb",
    bearer: false,
    ...facts,
  });
  return contractViolations(await record(program), table);
}

function facts({ apps, bearer = false }: SampleArgs): Partial<SiteFacts> {
  return { apps: Object.entries(apps).map(([name, { route }]) => ({ name, route })), bearer };
}

describe("the contract's table holds for a site without faults", () => {
  test.each<[string, SampleArgs]>([
    ["two apps with Cognito", { apps: twoApps }],
    ["two apps with another provider", { apps: twoApps, signIn: "oidc" }],
    ["two apps, programs too", { apps: twoApps, bearer: true }],
    ["one app that has the host", { apps: { app: { route: "/" } } }],
  ])("%s", async (_, args) => {
    expect(await violations(() => sampleSite(args), facts(args))).toEqual([]);
  });

  test("and is asked about the other capability than the site has", async () => {
    const with_ = { apps: twoApps, bearer: true };
    const found = await violations(() => sampleSite(with_), { ...facts(with_), bearer: false });
    expect(found).toContain('sales: program with a token: validate by "sales-programs" instead of deny');
    const without = { apps: twoApps };
    expect(await violations(() => sampleSite(without), { ...facts(without), bearer: true })).toContain(
      'sales: program with a token: deny by "sales-internal" instead of validate',
    );
  });
});

describe("the contract's table fails on the rules of published samples, for their fault", () => {
  test("an open load balancer", async () => {
    const found = await violations(openBalancer, {});
    expect(found).toContain("app: page: closed by no listener instead of authenticate");
    expect(found).toContain('app: / in plain HTTP: forward by "default of http" instead of redirect');
  });

  test("plain HTTP behind CloudFront", async () => {
    const found = await violations(plainBehindCdn, {});
    expect(found).toContain('app: / in plain HTTP: 403 by "default of http" instead of redirect');
    expect(found).toContain(
      'app: plain HTTP with a header that a CDN would send: forward by "from-cdn" instead of redirect',
    );
  });

  test("TLS 1.0, and nothing else", async () => {
    expect(await violations(oldTls, {})).toEqual([
      'app: page over TLS 1.0: authenticate by "rule-2" instead of closed',
      'app: page over TLS 1.1: authenticate by "rule-2" instead of closed',
    ]);
  });

  test("no sign-in", async () => {
    const found = await violations(noSignIn, {});
    expect(found).toContain('app: page: forward by "default of https" instead of authenticate');
    expect(found).toContain('app: websocket: forward by "default of https" instead of deny');
    expect(found).toContain('app: metrics: forward by "default of https" instead of 404 or 403 or deny');
  });

  test("a websocket that is redirected", async () => {
    const found = await violations(websocketRedirected, {});
    expect(found).toContain('app: websocket: authenticate by "default of https" instead of deny');
    expect(found).not.toContainEqual(expect.stringMatching(/^app: page:/));
    expect(found).toContainEqual(expect.stringMatching(/^app: page at evil\.example\.net: authenticate/));
  });
});

test("the table for nginx behind a load balancer holds where all reaches nginx, and only over TLS", async () => {
  const program = (host: string[]) => () => {
    const edge = new aws.lb.LoadBalancer("edge", {});
    const nginx = new aws.lb.TargetGroup("nginx", { port: 8080, protocol: "HTTP", vpcId: "vpc-1" });
    const https = new aws.lb.Listener("https", {
      loadBalancerArn: edge.arn,
      port: 443,
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      defaultActions: [
        { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
      ],
    });
    new aws.lb.ListenerRule("all", {
      listenerArn: https.arn,
      priority: 1,
      conditions: [{ hostHeader: { values: host } }],
      actions: [{ type: "forward", forward: { targetGroups: [{ arn: nginx.arn }] } }],
    });
    new aws.lb.Listener("http", {
      loadBalancerArn: edge.arn,
      port: 80,
      defaultActions: [
        { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_302" } },
      ],
    });
  };
  expect(await violations(program([sampleHost]), { gateway: "nginx" })).toEqual(
    ["/", "/_stcore/stream", "/_stcore/agent/run"]
      .map((path) => `app: ${path} in plain HTTP: "default of http" redirects with 302 instead of 301`)
      .concat([
        'app: plain HTTP with a header that a CDN would send: "default of http" redirects with 302 instead of 301',
      ]),
  );
  expect(await violations(program(["other.example.com"]), { gateway: "nginx" })).toContain(
    'nginx: /: 404 by "default of https" instead of forward',
  );
});

test("apps that share targets are found out", async () => {
  const shared = () => {
    const edge = new aws.lb.LoadBalancer("edge", {});
    const group = new aws.lb.TargetGroup("one", { port: 8501, vpcId: "vpc-1" });
    new aws.lb.Listener("https", {
      loadBalancerArn: edge.arn,
      port: 443,
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
    });
  };
  expect(await violations(shared, facts({ apps: twoApps }))).toContain(
    "requests for sales and for ops go to the same targets, one",
  );
});

describe("a rule", () => {
  /** @returns what a listener with one rule does with a request */
  const ruled = async (
    rule: { conditions: aws.types.input.lb.ListenerRuleCondition[] } & Partial<aws.lb.ListenerRuleArgs>,
    request: Partial<Request>,
  ) => {
    const graph = await record(() => {
      const edge = new aws.lb.LoadBalancer("edge", {});
      const group = new aws.lb.TargetGroup("app", { port: 8501, vpcId: "vpc-1" });
      const listener = new aws.lb.Listener("https", {
        loadBalancerArn: edge.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        defaultActions: [
          { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
        ],
      });
      new aws.lb.ListenerRule("rule", {
        listenerArn: listener.arn,
        priority: 1,
        actions: [{ type: "forward", targetGroupArn: group.arn }],
        ...rule,
      });
    });
    return answerRequest(graph, { host: "a.example.com", path: "/", ...request });
  };

  test.each<[string, aws.types.input.lb.ListenerRuleCondition[], Partial<Request>, string]>([
    [
      "a host in any case",
      [{ hostHeader: { values: ["A.Example.com"] } }],
      { host: "a.example.COM" },
      "forward",
    ],
    [
      "a host with a port",
      [{ hostHeader: { values: ["a.example.com"] } }],
      { host: "a.example.com:443" },
      "forward",
    ],
    ["a host below", [{ hostHeader: { values: ["*.example.com"] } }], {}, "forward"],
    ["not the host above", [{ hostHeader: { values: ["*.example.com"] } }], { host: "example.com" }, "404"],
    ["a path in its case only", [{ pathPattern: { values: ["/a"] } }], { path: "/A" }, "404"],
    ["a path as a whole", [{ pathPattern: { values: ["/a"] } }], { path: "/a/b" }, "404"],
    ["a path over several levels", [{ pathPattern: { values: ["/a/*"] } }], { path: "/a/b/c" }, "forward"],
    [
      "a path without its query",
      [{ pathPattern: { values: ["/a"] } }],
      { path: "/a", query: "b=c" },
      "forward",
    ],
    ["one character", [{ pathPattern: { values: ["/a?"] } }], { path: "/a" }, "404"],
    ["one of several values", [{ pathPattern: { values: ["/a", "/b"] } }], { path: "/b" }, "forward"],
    ["a path by expression", [{ pathPattern: { regexValues: ["^/[ab]$"] } }], { path: "/b" }, "forward"],
    [
      "all conditions together",
      [{ pathPattern: { values: ["/a"] } }, { hostHeader: { values: ["other.example.com"] } }],
      { path: "/a" },
      "404",
    ],
    [
      "a header by name and value in any case",
      [{ httpHeader: { httpHeaderName: "X-Test", values: ["on*"] } }],
      { headers: { "x-test": "ONE" } },
      "forward",
    ],
    ["a header that is not there", [{ httpHeader: { httpHeaderName: "X", values: ["*"] } }], {}, "404"],
    ["a method as it is", [{ httpRequestMethod: { values: ["GET"] } }], { method: "get" }, "404"],
    ["a query by key", [{ queryStrings: [{ key: "V", value: "1" }] }], { query: "a=b&v=1" }, "forward"],
    ["a query by value", [{ queryStrings: [{ value: "on?" }] }], { query: "a=b&v=one" }, "forward"],
    ["another query", [{ queryStrings: [{ key: "v", value: "1" }] }], { query: "v=2" }, "404"],
    ["an address in a range", [{ sourceIp: { values: ["203.0.113.0/24"] } }], {}, "forward"],
    ["an address outside", [{ sourceIp: { values: ["10.0.0.0/8"] } }], {}, "404"],
  ])("compares %s", async (_, conditions, request, outcome) => {
    expect((await ruled({ conditions }, request)).outcome).toBe(outcome);
  });

  test("rewrites what it forwards", async () => {
    const transforms = [
      { type: "url-rewrite", urlRewriteConfig: { rewrite: { regex: "^/sales/(.*)$", replace: "/$1" } } },
      {
        type: "host-header-rewrite",
        hostHeaderRewriteConfig: { rewrite: { regex: "^.*$", replace: "internal.example.com" } },
      },
    ];
    const conditions = [{ pathPattern: { values: ["/sales/*"] } }];
    expect(await ruled({ conditions, transforms }, { path: "/sales/x", query: "a=b" })).toMatchObject({
      outcome: "forward",
      forwarded: { host: "internal.example.com", path: "/x?a=b" },
    });
  });

  test("lets those through who are not signed in where it says so", async () => {
    const actions = (onUnauthenticatedRequest: string) => [
      {
        type: "authenticate-oidc",
        order: 1,
        authenticateOidc: {
          authorizationEndpoint: "a",
          clientId: "b",
          clientSecret: "c",
          issuer: "d",
          tokenEndpoint: "e",
          userInfoEndpoint: "f",
          onUnauthenticatedRequest,
        },
      },
      { type: "fixed-response", order: 2, fixedResponse: { contentType: "text/plain", statusCode: "200" } },
    ];
    const conditions = [{ pathPattern: { values: ["*"] } }];
    const outcome = async (policy: string, signedIn: boolean) =>
      (await ruled({ conditions, actions: actions(policy) }, { signedIn })).outcome;
    expect(await outcome("allow", false)).toBe("200");
    expect(await outcome("deny", false)).toBe("deny");
    expect(await outcome("deny", true)).toBe("200");
    expect(await outcome("authenticate", false)).toBe("authenticate");
  });

  test("takes its actions by their order, not as they stand", async () => {
    const actions = [
      { type: "forward", order: 2, targetGroupArn: "arn" },
      {
        type: "jwt-validation",
        order: 1,
        jwtValidation: { issuer: "https://id", jwksEndpoint: "https://id/jwks" },
      },
    ];
    const conditions = [{ pathPattern: { values: ["*"] } }];
    const headers = { Authorization: "Bearer abc" };
    const outcome = async (request: Partial<Request>) =>
      (await ruled({ conditions, actions }, request)).outcome;
    expect(await outcome({})).toBe("deny");
    expect(await outcome({ headers })).toBe("validate");
    expect(await outcome({ headers, tokenValid: false })).toBe("deny");
    expect(await outcome({ headers, tokenValid: true })).toBe("forward");
  });

  test("has to have a priority of its own", async () => {
    const conditions = [{ pathPattern: { values: ["*"] } }];
    await expect(ruled({ conditions, priority: undefined }, {})).rejects.toThrow(
      'listener rule "rule" has no priority',
    );
  });
});

test("of two rules the lower priority is asked first, in whatever order they were made", async () => {
  const graph = await record(() => {
    const edge = new aws.lb.LoadBalancer("edge", {});
    const fixed = (statusCode: string) => ({
      type: "fixed-response",
      fixedResponse: { contentType: "text/plain", statusCode },
    });
    const listener = new aws.lb.Listener("http", {
      loadBalancerArn: edge.arn,
      port: 80,
      defaultActions: [fixed("404")],
    });
    for (const [priority, values, status] of [
      [20, ["/*"], "202"],
      [10, ["/a"], "210"],
    ] as const) {
      new aws.lb.ListenerRule(`rule-${String(priority)}`, {
        listenerArn: listener.arn,
        priority,
        conditions: [{ pathPattern: { values: [...values] } }],
        actions: [fixed(status)],
      });
    }
  });
  const outcome = (path: string) => answerRequest(graph, { scheme: "http", host: "h", path }).outcome;
  expect([outcome("/a"), outcome("/b"), outcome("b")]).toEqual(["210", "202", "404"]);
});

describe("patterns", () => {
  const text = fc.string({ unit: "grapheme-ascii" });

  test("without wildcards match themselves only", () => {
    const plain = text.filter((value) => !/[*?]/.test(value));
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(matchesPattern(a, a, true)).toBe(true);
        expect(matchesPattern(a, b, true)).toBe(a === b);
      }),
    );
  });

  test("take anything for a star, and exactly one character for a question mark", () => {
    fc.assert(
      fc.property(text, text, text, (before, between, after) => {
        expect(matchesPattern("*", between, true)).toBe(true);
        const [head, tail] = [before, after].map((part) => part.replace(/[*?]/g, "x"));
        expect(matchesPattern(`${head}*${tail}`, `${head}${between}${tail}`, true)).toBe(true);
        expect(matchesPattern(`${head}?${tail}`, `${head}${between}${tail}`, true)).toBe(
          between.length === 1,
        );
      }),
    );
  });
});
