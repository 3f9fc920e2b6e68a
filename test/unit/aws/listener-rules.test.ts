/**
 * The rules of the load balancer as data. Which of them a request meets is told here by a reading of their conditions as Elastic Load
 * Balancing's documentation has them; that AWS does as it says is not shown.
 */
import * as fc from "fast-check";
import { indexPage } from "../../../components/aws/index-page";
import {
  appRuleCount,
  certificateRegionFaults,
  limitFaults,
  siteRuleCount,
} from "../../../components/aws/limits";
import {
  appPriorities,
  appRules,
  type ListenerRule,
  siteRules,
} from "../../../components/aws/listener-rules";
import { repositoryArn } from "../../../components/aws/policies";
import { checkSite } from "../../../components/spec/check";
import type { SiteArgs } from "../../../index";
import { appName } from "../arbitraries";

/** How many values the conditions of a rule have, of which there are five at most. */
const valueCount = ({ conditions: { host, paths, pathRegex, header } }: ListenerRule): number =>
  [host === undefined ? [] : [host], paths, pathRegex, header?.values].flatMap((values) => values ?? [])
    .length;

const spec: SiteArgs = {
  host: "site.example.com",
  apps: { sales: { source: "a" }, live: { source: "b", route: "/live/board" } },
  auth: { cognito: {} },
};
const bearer: SiteArgs = {
  ...spec,
  auth: {
    oidc: {
      provider: "keycloak-oidc",
      issuer: "https://id.example.com/realms/a",
      clientId: "a",
      clientSecret: "b",
      bearer: true,
    },
  },
};
const bearerOfCognito: SiteArgs = { ...spec, auth: { cognito: { bearer: { programs: ["nightly"] } } } };
const atRoot: SiteArgs = { ...spec, apps: { ...spec.apps, home: { source: "c", route: "/" } } };

function rulesOf(args: SiteArgs): ListenerRule[] {
  const site = checkSite(args, "aws");
  const priorities = appPriorities(site.apps);
  return [
    ...siteRules(site),
    ...site.apps.flatMap((app) => appRules(site, app, priorities.get(app.name) ?? 0)),
  ].sort((a, b) => a.priority - b.priority);
}

interface Request {
  host?: string;
  path: string;
  headers?: Record<string, string>;
}

const matches = (patterns: readonly string[], value: string | undefined): boolean =>
  value !== undefined &&
  patterns.some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(value);
  });

/** What becomes of a request: who is asked for what, and the answer. */
function outcome(args: SiteArgs, { host = "site.example.com", path, headers = {} }: Request): string {
  const found = rulesOf(args).find(({ conditions }) => {
    const { paths, pathRegex, header } = conditions;
    const value = Object.entries(headers).find(([name]) => name.toLowerCase() === header?.name.toLowerCase());
    return (
      (conditions.host === undefined || conditions.host === host) &&
      (paths === undefined || matches(paths, path)) &&
      (pathRegex === undefined || pathRegex.some((pattern) => new RegExp(pattern).test(path))) &&
      (header === undefined || matches(header.values, value?.[1]))
    );
  });
  if (found === undefined) return "404";
  const { demand, answer, name } = found;
  return [demand, "to" in answer ? answer.to : answer.status, name]
    .filter((word) => word !== undefined)
    .join(" ");
}

const origin = { Origin: "https://site.example.com" };

describe("a request", () => {
  it.each<[string, Request, string]>([
    ["for a page", { path: "/sales/" }, "authenticate app pages"],
    ["for a page below", { path: "/sales/some/page" }, "authenticate app pages"],
    ["for an app without a slash", { path: "/sales" }, "authenticate app pages"],
    ["for what only begins as an app", { path: "/salesman" }, "404"],
    ["for the index page", { path: "/" }, "authenticate 200 index"],
    ["for a websocket", { path: "/sales/_stcore/stream", headers: origin }, "deny app stream"],
    [
      "for a websocket from elsewhere",
      { path: "/sales/_stcore/stream", headers: { Origin: "https://evil.example.com" } },
      "403 foreign",
    ],
    ["for a websocket from nowhere", { path: "/sales/_stcore/stream" }, "403 foreign"],
    ["for an upload", { path: "/live/board/_stcore/upload_file/a/b" }, "deny app resources"],
    ["for health, as a page asks", { path: "/sales/_stcore/health" }, "deny app resources"],
    ["for a script", { path: "/sales/static/js/a.js" }, "deny app static"],
    ["for metrics", { path: "/sales/_stcore/metrics" }, "404 internal"],
    ["for metrics with a tail", { path: "/live/board/_stcore/metrics/" }, "404 internal"],
    ["for metrics in disguise", { path: "/sales/_stcore/%6Detrics" }, "400 encoded"],
    ["for metrics in thick disguise", { path: "/sales/%5Fstcore/metrics" }, "400 encoded"],
    ["for a page with a name in another script", { path: "/sales/%C3%9Cbersicht" }, "authenticate app pages"],
    ["for a page with a space", { path: "/sales/a%20b" }, "authenticate app pages"],
    ["for the script's health check", { path: "/sales/_stcore/script-health-check" }, "404 internal"],
    ["for nothing that there is", { path: "/other" }, "404"],
    ["of another host", { host: "other.example.com", path: "/sales/" }, "404"],
    ["for the health of the gateway", { path: "/healthz" }, "200 health"],
    ["back from sign-in", { path: "/oauth2/idpresponse" }, "authenticate 404 sign-in"],
    ["to sign out", { path: "/oauth2/sign_out" }, "signOut sign-out"],
    ["after signing out", { path: "/oauth2/signed_out" }, "200 signed-out"],
    [
      "that says who it is",
      { path: "/sales/", headers: { "X-Amzn-Oidc-Identity": "anna" } },
      "403 forged-identity",
    ],
    ["with data of somebody", { path: "/sales/", headers: { "x-amzn-oidc-data": "" } }, "403 forged-data"],
    [
      "with a token, where none is taken",
      { path: "/sales/", headers: { Authorization: "Bearer a" } },
      "authenticate app pages",
    ],
  ])("%s", (_, request, expected) => {
    expect(outcome(spec, request)).toBe(expected);
  });

  it.each<[string, Request, string]>([
    ["for an upload", { path: "/sales/_stcore/upload_file/a/b" }, "bearer app bearer"],
    ["for a page", { path: "/sales/" }, "bearer app bearer"],
    ["for a websocket", { path: "/sales/_stcore/stream" }, "403 foreign"],
    ["for metrics", { path: "/sales/_stcore/metrics" }, "404 internal"],
    ["for the index page", { path: "/" }, "authenticate 200 index"],
  ])("with a token %s, where tokens are taken", (_, request, expected) => {
    const headers = { authorization: "Bearer a.b.c" };
    expect(outcome(bearer, { ...request, headers })).toBe(expected);
    expect(outcome(bearerOfCognito, { ...request, headers })).toBe(expected);
  });

  it("with a token that says who it is, too, is refused", () => {
    const headers = { Authorization: "Bearer a", "X-Amzn-Oidc-Identity": "anna" };
    expect(outcome(bearer, { path: "/sales/_stcore/upload_file/a/b", headers })).toBe("403 forged-identity");
  });

  it("for what no app below has is that of the app at /", () => {
    expect(outcome(atRoot, { path: "/" })).toBe("authenticate app pages");
    expect(outcome(atRoot, { path: "/other" })).toBe("authenticate app pages");
    expect(outcome(atRoot, { path: "/_stcore/metrics" })).toBe("404 internal");
    expect(outcome(atRoot, { path: "/sales/_stcore/stream", headers: origin })).toBe("deny app stream");
  });
});

describe("the rules of a site", () => {
  it.each([
    ["by Cognito", spec],
    ["with tokens", bearer],
    ["with an app at /", atRoot],
  ])("%s are such as a load balancer takes", (_, args) => {
    const rules = rulesOf(args);
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
    for (const rule of rules) {
      expect([rule.name, valueCount(rule)]).toEqual([rule.name, expect.any(Number)]);
      expect(valueCount(rule)).toBeGreaterThan(0);
      expect(valueCount(rule)).toBeLessThanOrEqual(5);
      expect(rule.priority).toBeGreaterThanOrEqual(1);
      expect(rule.priority).toBeLessThanOrEqual(50_000);
      for (const pattern of [...(rule.conditions.paths ?? []), ...(rule.conditions.pathRegex ?? [])])
        expect(pattern.length).toBeLessThanOrEqual(128);
    }
    for (const { answer } of rules)
      if ("body" in answer) expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(1024);
  });

  it("are no more than are counted on", () => {
    expect(siteRules(checkSite(spec, "aws"))).toHaveLength(siteRuleCount);
    expect(rulesOf(bearer)).toHaveLength(siteRuleCount + 2 * appRuleCount);
  });

  it("have blocks of priorities that another app does not move, unless two meet", () => {
    fc.assert(
      fc.property(fc.uniqueArray(appName, { minLength: 2, maxLength: 15 }), (names) => {
        const of = (some: string[]): Map<string, number> =>
          appPriorities(some.map((name) => ({ name, path: `/${name}` })));
        const all = of(names);
        expect(new Set(all.values()).size).toBe(names.length);
        for (const priority of all.values()) expect(priority % 10).toBe(0);
        // One that comes after moves none of those before.
        for (const [name, priority] of of(names.slice(0, -1))) expect(all.get(name)).toBe(priority);
      }),
    );
  });
});

describe("the index page", () => {
  const page = (own: object): string | undefined => {
    const args = { ...spec, apps: { sales: { source: "a", ...own }, live: { source: "b" } } };
    return indexPage(checkSite(args, "aws"));
  };

  it("says of apps what there is room for", () => {
    expect(page({ title: "S & S", description: "<sold>" })).toContain(
      '<a href="/sales/">S S &amp; S</a><br>&lt;sold&gt;',
    );
    expect(page({ description: "d".repeat(200), title: "t".repeat(80) })).toContain("d".repeat(200));
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [
        `app-${index}`,
        { source: "a", title: "é".repeat(80), description: "d" },
      ]),
    );
    const body = indexPage(checkSite({ ...spec, apps: many }, "aws"));
    expect(body).toContain('<a href="/app-3/">app-3</a>');
    expect(body).not.toContain("é");
  });
});

describe("AWS's limits", () => {
  const names = { name: "site", region: "eu-central-1" };
  const lines = (args: unknown, own = names): string[] =>
    limitFaults(args, own).map(({ path, message }) => `${path}: ${message}`);
  const apps = (count: number, length = 5): Record<string, object> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `${"a".repeat(length - 2)}${index + 10}`,
        { source: "a" },
      ]),
    );

  it("are kept by a small site", () => {
    expect(lines(spec)).toEqual([]);
    expect(lines(atRoot)).toEqual([]);
    expect(lines({ ...spec, apps: apps(15) })).toEqual([]);
  });

  it("are met by too many apps, and by names that are too long", () => {
    expect(lines({ ...spec, apps: apps(16) })).toEqual([
      "apps: must be at most 15 on aws: each has up to 6 rules of a load balancer, which takes 100",
    ]);
    expect(lines({ ...spec, apps: { ["b".repeat(20)]: {} } })).toEqual([
      `apps.${"b".repeat(20)}: must have a shorter name, of at most 19 characters with a component called site: the name of a target group has at most 32`,
    ]);
    expect(lines(spec, { ...names, name: "Site" })).toEqual([
      expect.stringMatching(/^\(the name of the component\): must have 1–16/),
    ]);
  });

  it("are met by an index page that is too long", () => {
    expect(lines({ ...spec, apps: apps(15, 19) })).toEqual([
      expect.stringMatching(/^apps: must have fewer or shorter names and routes on aws/),
    ]);
    expect(lines({ ...spec, apps: { ...apps(14, 19), home: { route: "/" } } })).toEqual([]);
  });

  it("are met by a certificate of another region", () => {
    const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/a";
    expect(lines({ ...spec, tls: { acm: { certificateArn } } })).toEqual([
      "tls.acm.certificateArn: must be of a certificate in eu-central-1, the region of the site, not in us-east-1",
    ]);
    expect(certificateRegionFaults(certificateArn, undefined)).toEqual([]);
    expect(certificateRegionFaults(certificateArn, "us-east-1")).toEqual([]);
  });

  it("say nothing of what has the wrong shape", () => {
    for (const wrong of [
      undefined,
      1,
      [],
      { apps: 1 },
      { apps: { a: 1 }, tls: [] },
      { apps: { a: { route: 1 } } },
    ])
      expect(lines(wrong)).toEqual([]);
  });
});

it("knows the repository of an image", () => {
  const registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
  const arn = "arn:aws:ecr:eu-central-1:123456789012:repository/team/sales";
  expect(repositoryArn(`${registry}/team/sales:1`, "aws")).toBe(arn);
  expect(repositoryArn(`${registry}/team/sales@sha256:0`, "aws")).toBe(arn);
  expect(repositoryArn("docker.io/library/sales:1", "aws")).toBeUndefined();
});
