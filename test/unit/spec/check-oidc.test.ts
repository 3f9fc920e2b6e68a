/** What a spec with `auth.oidc` means, and what is said of one that is wrong. */
import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { SiteSpecError } from "../../../components/spec/errors";
import type { AppArgs, OidcArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import type { Oidc } from "../../../components/spec/site";
import { nasty } from "../arbitraries";
import { provided } from "../certificates";
import { validOidcSpec } from "../oidc-arbitraries";

const client = { clientId: "site", clientSecret: "secret" };
const issuer = "https://id.example.com";
const apps: Record<string, AppArgs> = { sales: { source: "apps/sales" } };

/** A spec as it comes from YAML: any shape. */
function withOidc(own: object, rest: object = {}): SiteArgs {
  return {
    host: "site.example.com",
    apps,
    auth: { oidc: { provider: "oidc", ...client, ...own } },
    ...rest,
  };
}

const minimal = withOidc({ issuer });
const withSessions = (sessions: object): SiteArgs => withOidc({ issuer }, { sessions });
const withGuests = (allow: object, own: object = { issuer }): SiteArgs =>
  withOidc(own, { apps: { sales: { ...apps.sales, allow } } });

function lines(spec: unknown): string[] {
  try {
    checkSite(spec as SiteArgs, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

function checked(spec: SiteArgs): Oidc {
  const { oidc } = checkSite(spec, "docker").auth;
  if (oidc === undefined) throw new Error("no auth.oidc");
  return oidc;
}

/** The least that is needed with each kind of provider. */
const least: Record<Oidc["provider"], Partial<OidcArgs>> = {
  oidc: { issuer },
  google: { allow: { emailDomains: ["example.com"] } },
  github: { allow: { githubOrg: "my-org" } },
  gitlab: { allow: { groups: ["my-group"] } },
  "entra-id": { issuer: "https://login.microsoftonline.com/5f3a1c9e-0b7d-4e2a-9c44-1d2e3f4a5b6c/v2.0" },
  "keycloak-oidc": { issuer: "https://id.example.com/realms/staff" },
};

describe("a spec with the least that is needed", () => {
  it("has these defaults", () => {
    expect(checked(minimal)).toEqual({
      provider: "oidc",
      issuer,
      ...client,
      scopes: ["openid", "email", "profile", "offline_access"],
      groupsClaim: "groups",
      allow: {},
      bearer: false,
      audiences: [],
      endSessionEndpoint: undefined,
      caCertificate: undefined,
      network: undefined,
      sessions: {
        store: "redis",
        lifetime: 12 * 3600,
        refresh: 300,
        checkInterval: 5,
        connectionCheckInterval: 30,
      },
    });
  });

  it("lets everyone who is signed in open an app", () => {
    expect(checkSite(minimal, "docker").apps[0]?.allow).toBeUndefined();
  });

  it.each<[Oidc["provider"], string[], string | undefined, string | undefined]>([
    ["oidc", ["openid", "email", "profile", "offline_access"], issuer, undefined],
    ["google", ["openid", "email", "profile"], undefined, undefined],
    ["github", ["user:email", "read:org"], undefined, undefined],
    ["gitlab", ["openid", "email", "profile"], "https://gitlab.com", undefined],
    [
      "entra-id",
      ["openid", "email", "profile", "offline_access"],
      "https://login.microsoftonline.com/5f3a1c9e-0b7d-4e2a-9c44-1d2e3f4a5b6c/v2.0",
      "https://login.microsoftonline.com/5f3a1c9e-0b7d-4e2a-9c44-1d2e3f4a5b6c/oauth2/v2.0/logout",
    ],
    [
      "keycloak-oidc",
      ["openid", "email", "profile"],
      "https://id.example.com/realms/staff",
      "https://id.example.com/realms/staff/protocol/openid-connect/logout",
    ],
  ])("asks %s for its own scopes, and signs out where that can be", (provider, scopes, at, signOut) => {
    expect(checked(withOidc({ provider, ...least[provider] }))).toMatchObject({
      provider,
      scopes,
      issuer: at,
      endSessionEndpoint: signOut,
    });
  });

  it("asks a provider of any kind for groups where a list has some, and no other provider", () => {
    const scopes = (spec: SiteArgs): boolean => checked(spec).scopes.includes("groups");
    expect(scopes(minimal)).toBe(false);
    expect(scopes(withGuests({ groups: ["a"] }))).toBe(true);
    expect(scopes(withOidc({ issuer, allow: { groups: ["a"] } }))).toBe(true);
    expect(scopes(withGuests({ users: ["a"], emails: ["a@b.c"] }))).toBe(false);
    for (const provider of ["gitlab", "entra-id", "keycloak-oidc"] as const)
      expect(scopes(withGuests({ groups: ["a"] }, { provider, ...least[provider] }))).toBe(false);
  });

  it("ends the site's session only when that is in the cookie, which has no room for an ID token", () => {
    for (const provider of ["keycloak-oidc", "entra-id"] as const)
      expect(
        checked(withOidc({ provider, ...least[provider] }, { sessions: { cookie: {} } })).endSessionEndpoint,
      ).toBeUndefined();
  });

  it("never asks the provider again when the session is in the cookie", () => {
    expect(checked(withSessions({ cookie: {} })).sessions).toEqual({
      store: "cookie",
      lifetime: 12 * 3600,
      refresh: 0,
      checkInterval: 5,
      connectionCheckInterval: 30,
    });
  });
});

describe("a spec that says more", () => {
  it("is taken at its word", () => {
    const told = {
      provider: "oidc",
      issuer,
      ...client,
      scopes: ["openid", "groups"],
      groupsClaim: "https://example.com/roles",
      allow: { emailDomains: ["example.com"], emails: ["a@b.c"], groups: ["g"] },
      bearer: true,
      audiences: ["api"],
      endSessionEndpoint: "https://id.example.com/logout?a=b",
      caCertificate: provided.certificate,
      network: "provider",
    };
    const sessions = { lifetime: "2h", refresh: "90s", checkInterval: "0s", connectionCheckInterval: "1m" };
    expect(checked(withOidc(told, { sessions: { redis: sessions } }))).toEqual({
      ...told,
      sessions: {
        store: "redis",
        lifetime: 7200,
        refresh: 90,
        checkInterval: 0,
        connectionCheckInterval: 60,
      },
    });
  });

  it("has the guest lists of its apps, each of the three", () => {
    const [sales] = checkSite(withGuests({ emails: ["a@b.c"] }), "docker").apps;
    expect(sales?.allow).toEqual({ users: [], emails: ["a@b.c"], groups: [] });
  });

  it.each<[string, SiteArgs]>([
    ["the longest lifetime", withSessions({ cookie: { lifetime: "720h" } })],
    ["the shortest", withSessions({ cookie: { lifetime: "1m" } })],
    ["the shortest in Redis", withSessions({ redis: { lifetime: "60s", refresh: "59s" } })],
    ["no refresh", withSessions({ redis: { lifetime: "1m", refresh: "0s" } })],
    [
      "the longest intervals",
      withSessions({ redis: { checkInterval: "1m", connectionCheckInterval: "1h" } }),
    ],
    ["a subject with signs", withGuests({ users: ["auth0|123", "00u/1=:a+b@c"] })],
    ["an address with signs", withGuests({ emails: ["o'brien+x{1}@sub.example.com"] })],
    ["a group with spaces and letters beyond ASCII", withGuests({ groups: ["Finanzen & Co (München)"] })],
    [
      "a provider that anybody can have an account at, where every app has a guest list",
      withGuests({ emails: ["a@b.c"] }, { provider: "google" }),
    ],
    [
      "a GitLab of one's own for everybody there",
      withOidc({ provider: "gitlab", issuer: "https://git.example.com" }),
    ],
    [
      "one tenant of Entra ID by plain OpenID Connect, for everybody there",
      withOidc({ issuer: least["entra-id"].issuer }),
    ],
    ["a server by its address", withOidc({ issuer: "https://[::1]:8443" })],
    ["a server with a port and a path", withOidc({ issuer: "https://id.example.com:8443/a?b=c" })],
  ])("may have %s", (_, spec) => {
    expect(lines(spec)).toEqual([]);
  });

  it.each<[string, object]>([
    ["client id", { clientId: pulumi.output("x") }],
    ["client secret", { clientSecret: pulumi.secret("x") }],
    ["promised client secret", { clientSecret: Promise.resolve("x") }],
    ["certificate of the provider", { caCertificate: pulumi.output(provided.certificate) }],
    ["network", { network: pulumi.output("x") }],
  ])("may have a %s that is not known yet", (_, own) => {
    expect(lines(withOidc({ issuer, ...own }))).toEqual([]);
  });

  it("may not have an issuer that is not known yet: the shape of the site depends on it", () => {
    expect(lines(withOidc({ issuer: pulumi.output(issuer) }))).toEqual([
      "auth.oidc.issuer: must be known when the program runs: it cannot be an Output",
    ]);
  });
});

const url = "must be an https URL";
const noGroups = "google tells no groups: list emails, or use the organisation's own OpenID Connect provider";
const tenant =
  "must name one tenant by its id: https://login.microsoftonline.com/<tenant id>/v2.0 (common and the like are anybody's)";
const subject = "must have 1–255 of the characters A–Z a–z 0–9 . _ @ + - : | / =";
const duration = "must be a number with the unit s, m or h, for instance 30m";

describe("a wrong spec", () => {
  it.each<[string, unknown, string[]]>([
    [
      "nothing",
      { ...minimal, auth: { oidc: {} } },
      [
        "auth.oidc.provider: must be one of oidc, google, github, gitlab, entra-id, keycloak-oidc",
        "auth.oidc.clientId: must be a string",
        "auth.oidc.clientSecret: must be a string",
      ],
    ],
    [
      "an unknown provider",
      withOidc({ provider: "azure" }),
      ["auth.oidc.provider: must be one of oidc, google, github, gitlab, entra-id, keycloak-oidc"],
    ],
    [
      "an unknown field",
      withOidc({ issuer, skipAuth: true }),
      ["auth.oidc.skipAuth: is no field of the spec"],
    ],
    [
      "an unknown list",
      withOidc({ issuer, allow: { users: ["a"] } }),
      ["auth.oidc.allow.users: is no field of the spec"],
    ],
    [
      "two kinds of sign-in",
      { ...minimal, auth: { ...minimal.auth, basic: { generatedUsers: ["a"] } } },
      ["auth: must have exactly one of basic, oidc, accounts, cognito, not oidc and basic"],
    ],
    // issuer
    ...(["oidc", "keycloak-oidc", "entra-id"] as const).map((provider): [string, unknown, string[]] => [
      `no issuer with ${provider}`,
      withOidc({ provider }),
      [`auth.oidc.issuer: must be set with ${provider}`],
    ]),
    ...(["google", "github"] as const).map((provider): [string, unknown, string[]] => [
      `an issuer with ${provider}`,
      withOidc({ provider, ...least[provider], issuer }),
      [`auth.oidc.issuer: must not be set: ${provider} has no other`],
    ]),
    ["an issuer without TLS", withOidc({ issuer: "http://id.example.com" }), [`auth.oidc.issuer: ${url}`]],
    ["an issuer that is no URL", withOidc({ issuer: "id.example.com" }), [`auth.oidc.issuer: ${url}`]],
    [
      "an issuer with a password",
      withOidc({ issuer: "https://a:b@id.example.com" }),
      [`auth.oidc.issuer: ${url}`],
    ],
    ...[".example.com", "*.example.com"].map((host): [string, unknown, string[]] => [
      `a place to sign out at every host below one: ${host}`,
      withOidc({ issuer, endSessionEndpoint: `https://${host}/logout` }),
      [`auth.oidc.endSessionEndpoint: ${url}`],
    ]),
    [
      "a place to sign out whose URL nginx could not hold",
      withOidc({ issuer, endSessionEndpoint: `${issuer}/${"é".repeat(170)}` }),
      ["auth.oidc.endSessionEndpoint: must have at most 1000 characters"],
    ],
    [
      "more groups than oauth2-proxy can be asked for",
      withGuests({ groups: Array.from({ length: 132 }, () => "漢".repeat(221)) }),
      [
        "apps.sales.allow.groups: must take at most 262144 bytes in a query, percent-encoded, which oauth2-proxy is asked with",
      ],
    ],
    [
      "an address that would be a comment",
      withOidc({ issuer, allow: { emails: ["#a@b.c"] } }),
      ["auth.oidc.allow.emails.0: must not begin with #"],
    ],
    [
      "tokens of gitlab.com by plain OpenID Connect",
      withOidc({ issuer: "https://gitlab.com", allow: { groups: ["g"] }, bearer: true }),
      [
        "auth.oidc.bearer: not available with gitlab: a CI job of anybody's gets a token that looks like one of its people's",
      ],
    ],
    ["an issuer with a fragment", withOidc({ issuer: `${issuer}#a` }), [`auth.oidc.issuer: ${url}`]],
    // What parsers of URLs drop without a word.
    ...["\0", "\x01", " ", "\n", "\ud800", "\x7f"].map((extra): [string, unknown, string[]] => [
      `an issuer with ${JSON.stringify(extra)}`,
      withOidc({ issuer: `${extra}${issuer}` }),
      [`auth.oidc.issuer: ${url}`],
    ]),
    [
      "an issuer of Keycloak without a realm",
      withOidc({ provider: "keycloak-oidc", issuer }),
      ["auth.oidc.issuer: must name a realm: https://<server>/realms/<realm>"],
    ],
    ...["common", "organizations", "consumers", "x/y"].map((name): [string, unknown, string[]] => [
      `the tenant ${name}`,
      withOidc({ provider: "entra-id", issuer: `https://login.microsoftonline.com/${name}/v2.0` }),
      [`auth.oidc.issuer: ${tenant}`],
    ]),
    [
      "a tenant of somebody else's server",
      withOidc({ provider: "entra-id", issuer: "https://login.microsoftonline.com.evil.test/x/v2.0" }),
      [`auth.oidc.issuer: ${tenant}`],
    ],
    // who may sign in
    ...(["google", "github", "gitlab"] as const).map((provider): [string, unknown, string[]] => [
      `${provider} for anybody`,
      withOidc({ provider }),
      [
        `auth.oidc.allow: must limit sign-in, unless every app has a guest list: anybody can have an account at ${provider}`,
      ],
    ]),
    [
      "google for anybody where one app of two has a guest list",
      withOidc(
        { provider: "google" },
        { apps: { a: { source: "a", allow: { emails: ["a@b.c"] } }, b: { source: "b" } } },
      ),
      [
        "auth.oidc.allow: must limit sign-in, unless every app has a guest list: anybody can have an account at google",
      ],
    ],
    ...[
      ["gitlab", "https://gitlab.com", "gitlab.com"],
      ["gitlab", "https://gitlab.com/", "gitlab.com"],
      ["oidc", "https://gitlab.com", "gitlab.com"],
      ["oidc", "https://accounts.google.com", "accounts.google.com"],
      ["oidc", "https://ACCOUNTS.google.com:443/", "accounts.google.com"],
      ["oidc", "https://appleid.apple.com", "appleid.apple.com"],
      ["oidc", "https://login.microsoftonline.com/common/v2.0", "login.microsoftonline.com"],
      [
        "entra-id",
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        "login.microsoftonline.com",
      ],
    ].map(([provider, issuer, at]): [string, unknown, string[]] => [
      `${String(issuer)} for anybody with ${String(provider)}`,
      withOidc({ provider, issuer }),
      [
        `auth.oidc.allow: must limit sign-in, unless every app has a guest list: anybody can have an account at ${String(at)}`,
      ],
    ]),
    [
      "an allow without lists",
      withOidc({ issuer, allow: {} }),
      [
        "auth.oidc.allow: must have at least one of emailDomains, emails, groups, githubOrg; leave it out to let in everybody that the provider knows",
      ],
    ],
    [
      "empty lists",
      withOidc({ issuer, allow: { emailDomains: [], emails: [], groups: [] } }),
      ["emailDomains", "emails", "groups"].map(
        (list) => `auth.oidc.allow.${list}: must not be empty: list at least one, or leave it out`,
      ),
    ],
    [
      "an organisation of GitHub with another provider",
      withOidc({ issuer, allow: { githubOrg: "o", githubTeams: ["t"] } }),
      [
        "auth.oidc.allow.githubOrg: needs provider: github",
        "auth.oidc.allow.githubTeams: needs provider: github",
      ],
    ],
    [
      "teams of no organisation",
      withOidc({ provider: "github", allow: { githubTeams: ["t"] } }),
      ["auth.oidc.allow.githubTeams: needs allow.githubOrg"],
    ],
    [
      "groups with google",
      withOidc({ provider: "google", allow: { groups: ["g"] } }),
      [`auth.oidc.allow.groups: ${noGroups}`],
    ],
    [
      "groups with github",
      withOidc({ provider: "github", allow: { groups: ["g"] } }),
      ["auth.oidc.allow.groups: with github use allow.githubOrg and allow.githubTeams"],
    ],
    ...["example", "Example.com", "@example.com", "*.example.com", ".example.com", "*"].map(
      (domain): [string, unknown, string[]] => [
        `the domain ${domain}`,
        withOidc({ issuer, allow: { emailDomains: [domain] } }),
        ["auth.oidc.allow.emailDomains.0: must be a domain in lower case, for instance example.com"],
      ],
    ),
    ...["a", "@b.c", "a@b c", 'a"@b.c', "a@b.c\n", "*"].map((email): [string, unknown, string[]] => [
      `the address ${JSON.stringify(email)}`,
      withOidc({ issuer, allow: { emails: [email] } }),
      ["auth.oidc.allow.emails.0: must be an email, for instance anna@example.com"],
    ]),
    [
      "a group with a comma",
      withOidc({ issuer, allow: { groups: ["a,b"] } }),
      ["auth.oidc.allow.groups.0: must not contain a comma, which would make two groups of it"],
    ],
    [
      "a group without a name",
      withOidc({ issuer, allow: { groups: [""] } }),
      ["auth.oidc.allow.groups.0: must not be empty"],
    ],
    [
      "an organisation with a colon",
      withOidc({ provider: "github", allow: { githubOrg: "a:b" } }),
      ["auth.oidc.allow.githubOrg: must be the login of an organisation"],
    ],
    [
      "a team by its title",
      withOidc({ provider: "github", allow: { githubOrg: "o", githubTeams: ["My Team"] } }),
      ["auth.oidc.allow.githubTeams.0: must be the slug of a team"],
    ],
    // tokens, scopes, claims
    [
      "tokens of github",
      withOidc({ provider: "github", ...least.github, bearer: true }),
      ["auth.oidc.bearer: not available with github, whose tokens are no JWTs"],
    ],
    [
      "audiences of no tokens",
      withOidc({ issuer, audiences: ["a"] }),
      ["auth.oidc.audiences: needs bearer: true"],
    ],
    ...(["google", "github", "gitlab"] as const).map((provider): [string, unknown, string[]] => [
      `a claim for groups with ${provider}`,
      withOidc({ provider, ...least[provider], groupsClaim: "roles" }),
      [`auth.oidc.groupsClaim: must not be set: groups of ${provider} come from no claim of the ID token`],
    ]),
    ...(
      [
        ["google", ": oauth2-proxy cannot check its tokens"],
        ["gitlab", ": a CI job of anybody's gets a token that looks like one of its people's"],
      ] as const
    ).map(([provider, reason]): [string, unknown, string[]] => [
      `tokens of ${provider}`,
      withOidc({ provider, ...least[provider], bearer: true }),
      [`auth.oidc.bearer: not available with ${provider}${reason}`],
    ]),
    ...(["example.com", "00000000-1111-2222-3333-44444444444g"] as const).map(
      (name): [string, unknown, string[]] => [
        `the tenant ${name}, which is no id`,
        withOidc({ provider: "entra-id", issuer: `https://login.microsoftonline.com/${name}/v2.0` }),
        [`auth.oidc.issuer: ${tenant}`],
      ],
    ),
    [
      "Microsoft's cloud in China, whose issuer oauth2-proxy does not take",
      withOidc({
        provider: "entra-id",
        issuer: "https://login.partner.microsoftonline.cn/00000000-1111-2222-3333-444444444444/v2.0",
      }),
      [`auth.oidc.issuer: ${tenant}`],
    ],
    [
      "a claim that is none",
      withOidc({ issuer, groupsClaim: "a b" }),
      ["auth.oidc.groupsClaim: must be the name of a claim"],
    ],
    [
      "scopes without openid",
      withOidc({ issuer, scopes: ["email"] }),
      ["auth.oidc.scopes: must include openid"],
    ],
    [
      "two scopes in one",
      withOidc({ issuer, scopes: ["openid", "email profile"] }),
      ['auth.oidc.scopes.1: must have printable ASCII characters without spaces, " and \\'],
    ],
    [
      "an empty secret",
      withOidc({ issuer, clientId: "", clientSecret: "" }),
      ["auth.oidc.clientId: must not be empty", "auth.oidc.clientSecret: must not be empty"],
    ],
    [
      "a secret of two lines",
      withOidc({ issuer, clientSecret: "a\nb" }),
      ["auth.oidc.clientSecret: must not contain line breaks or other control characters"],
    ],
    [
      "a place to sign out with sessions that have no ID token",
      withOidc({ issuer, endSessionEndpoint: "https://id.example.com/logout" }, { sessions: { cookie: {} } }),
      ["auth.oidc.endSessionEndpoint: needs sessions.redis, which keeps the ID token that goes with it"],
    ],
    [
      "a place to sign out without TLS",
      withOidc({ issuer, endSessionEndpoint: "http://id.example.com/logout" }),
      [`auth.oidc.endSessionEndpoint: ${url}`],
    ],
    [
      "a network that is none",
      withOidc({ issuer, network: "a b" }),
      ["auth.oidc.network: must be the name of a Docker network"],
    ],
    // sessions
    ["no kind of sessions", withSessions({}), ["sessions: must have exactly one of redis, cookie"]],
    [
      "both kinds",
      withSessions({ redis: {}, cookie: {} }),
      ["sessions: must have exactly one of redis, cookie, not redis and cookie"],
    ],
    [
      "a refresh of sessions in the cookie",
      withSessions({ cookie: { refresh: "5m" } }),
      ["sessions.cookie.refresh: is no field of the spec"],
    ],
    ...["", "5", "m", "1d", "1.5h", "-1s", "05m", "5 m", "5m\n"].map((value): [string, unknown, string[]] => [
      `the duration ${JSON.stringify(value)}`,
      withSessions({ cookie: { lifetime: value } }),
      [`sessions.cookie.lifetime: ${duration}`],
    ]),
    [
      "durations beyond their bounds",
      withSessions({
        redis: { lifetime: "721h", refresh: "3601s", checkInterval: "61s", connectionCheckInterval: "0s" },
      }),
      [
        "sessions.redis.lifetime: must be 1m–720h",
        "sessions.redis.checkInterval: must be 0s–60s",
        "sessions.redis.connectionCheckInterval: must be 1s–1h",
        "sessions.redis.refresh: must be 0s–1h",
      ],
    ],
    [
      "a lifetime below a minute",
      withSessions({ cookie: { lifetime: "59s" } }),
      ["sessions.cookie.lifetime: must be 1m–720h"],
    ],
    // oauth2-proxy does not start with these.
    [
      "a refresh that comes too late",
      withSessions({ redis: { lifetime: "1h", refresh: "60m" } }),
      ["sessions.redis.lifetime: must be longer than refresh, which is 60m"],
    ],
    [
      "a lifetime that ends before the default refresh",
      withSessions({ redis: { lifetime: "5m" } }),
      ["sessions.redis.lifetime: must be longer than refresh, which is 5m"],
    ],
    // guest lists
    [
      "a guest list without lists",
      withGuests({}),
      [
        "apps.sales.allow: must list users, emails or groups; leave allow out to let in everyone who is signed in",
      ],
    ],
    [
      "a guest list of groups with google",
      withGuests({ groups: ["g"] }, { provider: "google", ...least.google }),
      [`apps.sales.allow.groups: ${noGroups}`],
    ],
    [
      "guests of the wrong shape",
      withGuests({ users: ["a b"], emails: ["a"], groups: ["a,b"] }),
      [
        `apps.sales.allow.users.0: ${subject}`,
        "apps.sales.allow.emails.0: must be an email, for instance anna@example.com",
        "apps.sales.allow.groups.0: must not contain a comma, which would make two groups of it",
      ],
    ],
    ...["oauth2-proxy", "redis"].map((name): [string, unknown, string[]] => [
      `an app named ${name}`,
      { ...minimal, apps: { [name]: apps.sales } },
      [`apps.${name}: is the name of the site's own ${name}: an app needs another`],
    ]),
  ])("is told what is wrong with %s", (_, spec, expected) => {
    expect(lines(spec)).toEqual(expected);
  });

  it("is refused with every fault in one message", () => {
    const check = (): unknown =>
      checkSite(
        withOidc(
          { provider: "github", issuer, bearer: true, allow: { githubTeams: ["T"] } },
          { sessions: { redis: {}, cookie: {} }, apps: { sales: { source: "a", allow: {} } } },
        ),
        "docker",
      );
    expect(check).toThrow(
      `the site's spec has 6 faults:
  auth.oidc.allow.githubTeams.0: must be the slug of a team
  auth.oidc.issuer: must not be set: github has no other
  auth.oidc.allow.githubTeams: needs allow.githubOrg
  auth.oidc.bearer: not available with github, whose tokens are no JWTs
  sessions: must have exactly one of redis, cookie, not redis and cookie
  apps.sales.allow: must list users, emails or groups; leave allow out to let in everyone who is signed in`,
    );
  });

  it("does not show the secret that is wrong", () => {
    for (const clientSecret of ["hunter2\n", "x".repeat(4090) + "hunter2", ["hunter2"], { a: "hunter2" }]) {
      const found = lines(withOidc({ issuer, clientSecret }));
      expect(found).toHaveLength(1);
      expect(found.join()).not.toContain("hunter2");
    }
  });
});

describe("input of any shape", () => {
  const value = fc.oneof(
    fc.constantFrom(null, undefined, 0, Number.NaN, "", "a", "5m", [], {}, true, [null], [[]], { a: 1 }),
    fc.constantFrom(...nasty),
    fc.array(fc.constantFrom<unknown>(null, 1, "a", {}, ...nasty), { maxLength: 3 }),
  );
  const places = [
    "auth.oidc",
    ...["provider", "issuer", "clientId", "clientSecret", "scopes", "groupsClaim", "allow", "bearer", "audiences",
      "endSessionEndpoint", "caCertificate", "network", "allow.emailDomains", "allow.emails", "allow.groups",
      "allow.githubOrg", "allow.githubTeams"].map((field) => `auth.oidc.${field}`),
    "sessions",
    ...["", ".lifetime", ".refresh", ".checkInterval", ".connectionCheckInterval"].map((field) => `sessions.redis${field}`),
    "sessions.cookie",
    ...["", ".users", ".emails", ".groups"].map((field) => `apps.sales.allow${field}`),
    "images.oauth2Proxy",
    "images.redis",
  ]; // prettier-ignore
  const put = (into: unknown, [key = "", ...rest]: string[], value: unknown): object => ({
    ...(into as object),
    [key]: rest.length === 0 ? value : put((into as Record<string, unknown> | undefined)?.[key], rest, value),
  });

  it("is taken or refused with a SiteSpecError and a sentence of ours, with every provider", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(least) as Oidc["provider"][])),
        fc.array(fc.tuple(fc.constantFrom(...places), value), { minLength: 1, maxLength: 2 }),
        (provider, changes) => {
          let spec: object = withOidc({ provider, ...least[provider] });
          for (const [place, value] of changes) spec = put(spec, place.split("."), value);
          for (const line of lines(spec)) {
            expect(line).not.toMatch(/^: /);
            expect(line).not.toMatch(/invalid|received|expected|undefined|\bzod\b/i);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("is taken when it is a valid spec", () => {
    fc.assert(
      fc.property(validOidcSpec, (spec) => {
        expect(lines(spec)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
