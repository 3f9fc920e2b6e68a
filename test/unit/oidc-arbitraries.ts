/** Specs with `auth.oidc` for property tests: any that is valid, and every place of one that takes a string. */
import { provided } from "./certificates";
import * as fc from "fast-check";
import type {
  AllowArgs,
  AppArgs,
  OidcArgs,
  SessionsArgs,
  SignInAllowArgs,
  SiteArgs,
} from "../../components/spec/args";
import { type Place, validSpec } from "./arbitraries";

const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const alphanumeric = `${lowerCase}${lowerCase.toUpperCase()}0123456789`;
const text = (set: string, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...set), minLength: 1, maxLength });
const list = (entry: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.array(entry, { minLength: 1, maxLength: 3 });

const domain = fc.stringMatching(/^[a-z]{1,9}(-[a-z]{1,5})?\.(com|co\.uk|x--y\.de)$/);
const email = fc
  .tuple(
    text(`${alphanumeric}.!#%&*+/=?^_\`{|}~'-`, 20),
    fc.oneof(domain, fc.constantFrom("EXAMPLE.com", "localhost")),
  )
  .map((parts) => parts.join("@"));
const subject = fc.oneof(
  fc.constantFrom(
    "auth0|123",
    "a.b+c@example.com",
    "constructor",
    "1",
    "default",
    "volatile",
    "hostnames",
    "/CN=a/O=b:c",
  ),
  text(`${alphanumeric}._@+:|/=-`, 20),
);
/** Printable, without the comma by which oauth2-proxy would tell two groups apart. */
const group = fc.oneof(
  fc.constantFrom(
    "finance",
    "my-org:my-team",
    "Finanzen & Co; {München}",
    "/a/b",
    "%2c",
    "$host",
    '"',
    "\\",
    "a b",
    "漢😀",
  ),
  fc
    .string({ unit: "grapheme-composite", minLength: 1, maxLength: 12 })
    .filter((name) => /^[^\p{C},]+$/u.test(name)),
);

const seconds = (least: number, most: number): fc.Arbitrary<string> =>
  fc.integer({ min: least, max: most }).map((value) => `${value}s`);

const settings = {
  checkInterval: fc.oneof(fc.constant("0s"), seconds(1, 60), fc.constant("1m")),
  connectionCheckInterval: fc.oneof(seconds(1, 60), fc.constant("1h")),
};

const sessions: fc.Arbitrary<SessionsArgs> = fc.oneof(
  fc
    .record({ lifetime: seconds(60, 86_400), ...settings }, { requiredKeys: [] })
    .map((cookie) => ({ cookie })),
  fc
    .record({ lifetime: seconds(3601, 86_400), refresh: seconds(0, 3600), ...settings }, { requiredKeys: [] })
    .map((redis) => ({ redis })),
);

const issuers = {
  oidc: fc.constantFrom("https://id.example.com", "https://id.example.com:8443/a?b=c&d=%20"),
  google: fc.constant(undefined),
  github: fc.constant(undefined),
  gitlab: fc.constantFrom(undefined, "https://gitlab.example.com"),
  "entra-id": fc.constantFrom(
    "https://login.microsoftonline.com/00000000-1111-2222-3333-444444444444/v2.0",
    "https://login.microsoftonline.com/ffffffff-9999-8888-7777-666666666666/v2.0",
  ),
  "keycloak-oidc": fc.constantFrom(
    "https://id.example.com/realms/staff",
    "https://id.example.com/auth/realms/a%20b",
  ),
};

type Kind = keyof typeof issuers;

function signInAllow(provider: Kind): fc.Arbitrary<SignInAllowArgs> {
  // At sign-in, one that begins with # would be a comment.
  const people = {
    emailDomains: list(domain),
    emails: list(email.filter((address) => !address.startsWith("#"))),
  };
  if (provider === "github")
    return fc
      .record({
        ...people,
        githubOrg: text(`${alphanumeric}-`, 39),
        githubTeams: list(text(`${lowerCase}-_`, 20)),
      })
      .chain((all) =>
        fc.constantFrom<SignInAllowArgs>(
          all,
          { githubOrg: all.githubOrg },
          { githubOrg: all.githubOrg, githubTeams: all.githubTeams },
          { emails: all.emails },
        ),
      );
  return fc
    .record({ ...people, groups: list(group) })
    .chain(({ groups, ...all }) =>
      provider === "google"
        ? fc.constantFrom<SignInAllowArgs>(all, { emailDomains: all.emailDomains }, { emails: all.emails })
        : fc.constantFrom<SignInAllowArgs>({ ...all, groups }, { groups }, { emails: all.emails }),
    );
}

const oidc: fc.Arbitrary<OidcArgs> = fc.constantFrom(...(Object.keys(issuers) as Kind[])).chain((provider) =>
  fc
    .record(
      {
        issuer: issuers[provider] as fc.Arbitrary<string | undefined>,
        clientId: fc.oneof(fc.constantFrom('a"b\\c', "${x}", "é"), text(alphanumeric, 20)),
        clientSecret: fc.constant("secret of the client"),
        allow: signInAllow(provider),
        scopes: list(text(`${alphanumeric}:/.`, 20)).map((scopes) => ["openid", ...scopes]),
        bearer: fc.boolean(),
        audiences: list(fc.constantFrom("api", "api://a b", '"', "https://api.example.com")),
        endSessionEndpoint: fc.constantFrom(
          "https://id.example.com/logout",
          "https://id.example.com/a;b/(é)/~!*?x=1&y=%7B%20+",
        ),
        caCertificate: fc.constant(provided.certificate),
        network: fc.constant("provider"),
        groupsClaim: fc.constantFrom("groups", "https://example.com/roles", "realm_access.roles"),
      },
      { requiredKeys: ["issuer", "clientId", "clientSecret", "allow"] },
    )
    .map(({ issuer, bearer, audiences, groupsClaim, ...rest }) => {
      const takesTokens = bearer === true && !["github", "google", "gitlab"].includes(provider);
      const hasClaim = !["github", "google", "gitlab"].includes(provider);
      return {
        provider,
        ...rest,
        ...(issuer !== undefined && { issuer }),
        ...(takesTokens && { bearer, ...(audiences && { audiences }) }),
        ...(hasClaim && groupsClaim !== undefined && { groupsClaim }),
      };
    }),
);

const guestList: fc.Arbitrary<AllowArgs | undefined> = fc.option(
  fc.oneof(
    fc.record({ users: fc.array(subject, { maxLength: 3 }) }),
    fc.record({ emails: fc.array(email, { maxLength: 3 }) }),
    fc.record({ groups: fc.array(group, { maxLength: 3 }) }),
    fc.record({ users: list(subject), emails: list(email), groups: list(group) }),
  ),
  { nil: undefined },
);

/** Any valid spec with `auth.oidc` for Docker. */
export const validOidcSpec: fc.Arbitrary<SiteArgs> = fc
  .record({
    spec: validSpec,
    oidc,
    sessions: fc.option(sessions, { nil: undefined }),
    guests: fc.array(guestList, { minLength: 4, maxLength: 4 }),
  })
  .map(({ spec, oidc: { endSessionEndpoint, ...oidc }, sessions, guests }) => {
    const withGuests = ([name, app]: [string, AppArgs], index: number): [string, AppArgs] => {
      const allow = { ...guests[index] };
      if (oidc.provider === "google") delete allow.groups;
      const apart = { ...app };
      delete apart.allow;
      return [name, { ...apart, ...(Object.keys(allow).length > 0 && { allow }) }];
    };
    return {
      ...spec,
      apps: Object.fromEntries(Object.entries(spec.apps).map(withGuests)),
      auth: {
        oidc: {
          ...oidc,
          ...(endSessionEndpoint !== undefined && !sessions?.cookie && { endSessionEndpoint }),
        },
      },
      ...(sessions && { sessions }),
    };
  });

const client = { clientId: "site", clientSecret: "secret of the client" };

function oidcSpec(own: object, rest: Partial<SiteArgs> = {}, allow?: AllowArgs): SiteArgs {
  return {
    host: "site.example.com",
    apps: { sales: { source: "apps/sales", ...(allow && { allow }) } },
    auth: { oidc: { provider: "oidc", issuer: "https://id.example.com", ...client, ...own } },
    ...rest,
  };
}

const github = { provider: "github", issuer: undefined };

/** Every place of a spec that takes a string and goes with `auth.oidc`. */
export const oidcPlaces: readonly Place[] = [
  {
    field: "provider",
    harmless: "keycloak-oidc",
    put: (provider) => oidcSpec({ provider, issuer: "https://a/realms/b" }),
  },
  { field: "issuer", harmless: "https://safe", put: (issuer) => oidcSpec({ issuer }) },
  {
    field: "issuer of keycloak-oidc",
    harmless: "https://safe/realms/safe",
    put: (value) =>
      oidcSpec({
        provider: "keycloak-oidc",
        issuer: value.includes("realms") ? value : `https://safe/${value}/realms/safe`,
      }),
  },
  { field: "clientId", harmless: "safe", put: (clientId) => oidcSpec({ clientId }) },
  { field: "clientSecret", harmless: "safe", put: (clientSecret) => oidcSpec({ clientSecret }) },
  { field: "scopes", harmless: "safe", put: (scope) => oidcSpec({ scopes: ["openid", scope] }) },
  { field: "groupsClaim", harmless: "safe", put: (groupsClaim) => oidcSpec({ groupsClaim }) },
  {
    field: "oidc.allow.emailDomains",
    harmless: "safe.com",
    put: (value) => oidcSpec({ allow: { emailDomains: [value] } }),
  },
  {
    field: "oidc.allow.emails",
    harmless: "a@safe.com",
    put: (value) => oidcSpec({ allow: { emails: [value] } }),
  },
  { field: "oidc.allow.groups", harmless: "safe", put: (value) => oidcSpec({ allow: { groups: [value] } }) },
  { field: "githubOrg", harmless: "safe", put: (githubOrg) => oidcSpec({ ...github, allow: { githubOrg } }) },
  {
    field: "githubTeams",
    harmless: "safe",
    put: (team) => oidcSpec({ ...github, allow: { githubOrg: "o", githubTeams: [team] } }),
  },
  {
    field: "audiences",
    harmless: "safe",
    put: (audience) => oidcSpec({ bearer: true, audiences: [audience] }),
  },
  {
    field: "endSessionEndpoint",
    harmless: "https://safe",
    put: (endSessionEndpoint) => oidcSpec({ endSessionEndpoint }),
  },
  {
    field: "path of endSessionEndpoint",
    harmless: "safe",
    put: (value) => oidcSpec({ endSessionEndpoint: `https://safe/${value}?x=${value}` }),
  },
  {
    field: "caCertificate",
    harmless: provided.certificate,
    put: (caCertificate) => oidcSpec({ caCertificate }),
  },
  { field: "network", harmless: "safe", put: (network) => oidcSpec({ network }) },
  { field: "allow.users", harmless: "safe", put: (value) => oidcSpec({}, {}, { users: [value] }) },
  { field: "allow.emails", harmless: "a@safe.com", put: (value) => oidcSpec({}, {}, { emails: [value] }) },
  { field: "allow.groups", harmless: "safe", put: (value) => oidcSpec({}, {}, { groups: [value] }) },
  ...["lifetime", "refresh", "checkInterval", "connectionCheckInterval"].map((field): Place => ({
    field,
    harmless: field === "lifetime" ? "1h" : "30s",
    put: (value) => oidcSpec({}, { sessions: { redis: { [field]: value } } }),
  })),
  {
    field: "images.oauth2Proxy",
    harmless: "safe",
    put: (oauth2Proxy) => oidcSpec({}, { images: { oauth2Proxy } }),
  },
  { field: "images.redis", harmless: "safe", put: (redis) => oidcSpec({}, { images: { redis } }) },
];
