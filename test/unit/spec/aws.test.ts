/** What a spec says of AWS, and what is said of one that AWS would refuse. */
import * as fc from "fast-check";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { isPrivateNetwork, parseCidr, subnetOf } from "../../../components/spec/cidr";
import { SiteSpecError } from "../../../components/spec/errors";
import { fargateSize, fargateSizes, fitsFargate } from "../../../components/spec/fargate";

const minimal: SiteArgs = {
  host: "site.example.com",
  apps: { sales: { source: "apps/sales" } },
  auth: { cognito: {} },
};

const client = {
  provider: "keycloak-oidc",
  issuer: "https://id.example.com/realms/a",
  clientId: "a",
  clientSecret: "b",
};

function lines(args: unknown): string[] {
  try {
    checkSite(args as SiteArgs, "aws");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const withApp = (own: Partial<AppArgs>): SiteArgs => ({
  ...minimal,
  apps: { sales: { source: "apps/sales", ...own } },
});

describe("a site on AWS of which little is said", () => {
  const site = checkSite(minimal, "aws");

  it("has a network of its own, logs for a month, and no more than that", () => {
    expect(site.aws).toEqual({ network: { cidr: "10.0.0.0/16" }, logRetention: 30 });
  });

  it("is signed in to by accounts that an administrator makes", () => {
    expect(site.auth).toEqual({
      cognito: {
        selfSignUp: false,
        password: { minimumLength: 12, lowercase: true, uppercase: true, numbers: true, symbols: true },
        mfa: "optional",
        groups: [],
        oidc: {},
        saml: {},
        programs: [],
        lifetime: 43_200,
      },
    });
  });

  it("has apps of the smallest size that Streamlit is at ease in", () => {
    expect(site.apps[0]).toMatchObject({ cpu: 0.5, memory: 1024, spot: false });
  });
});

it("takes what it is told instead of every default", () => {
  const existing = {
    vpc: "vpc-0a1b",
    publicSubnets: ["subnet-0a1b", "subnet-0a1c"],
    privateSubnets: ["subnet-0a1d", "subnet-0a1e"],
  };
  const oidc = { issuer: "https://id.example.com", clientId: "c", clientSecret: "d" };
  const site = checkSite(
    {
      ...withApp({
        spot: true,
        updates: { rolling: {} },
        autoscaling: { min: 1, max: 4, cpu: 50, memory: 60, requests: 1000 },
        resources: { cpu: 2, memory: "5Gi" },
      }),
      auth: {
        cognito: {
          selfSignUp: true,
          allow: { emailDomains: ["example.com"] },
          password: { minimumLength: 20, lowercase: false, uppercase: false, numbers: false, symbols: false },
          mfa: "required",
          groups: ["staff"],
          bearer: { programs: ["nightly", "r2"] },
          federation: {
            google: { clientId: "a", clientSecret: "b" },
            oidc: { staff: { ...oidc, scopes: ["openid", "email"] } },
            saml: { adfs: { metadataUrl: "https://adfs.example.com/m.xml", emailAttribute: "mail" } },
          },
        },
      },
      sessions: { cookie: { lifetime: "1h" } },
      tls: { acm: { zone: "Z0123" } },
      gateway: { alb: {} },
      network: { existing },
      logs: { retention: 7 },
      deletionProtection: true,
      waf: { webAclArn: "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/site/0a1b" },
      kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/0a1b",
      alarms: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alarms" },
    },
    "aws",
  );
  expect(site.aws).toEqual({
    network: { existing },
    logRetention: 7,
    deletionProtection: true,
    waf: { webAclArn: "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/site/0a1b" },
    kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/0a1b",
    alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:alarms",
  });
  expect(site.auth).toEqual({
    cognito: {
      selfSignUp: true,
      emailDomains: ["example.com"],
      password: { minimumLength: 20, lowercase: false, uppercase: false, numbers: false, symbols: false },
      mfa: "required",
      groups: ["staff"],
      google: { clientId: "a", clientSecret: "b" },
      oidc: { staff: { ...oidc, scopes: ["openid", "email"] } },
      saml: { adfs: { metadataUrl: "https://adfs.example.com/m.xml", emailAttribute: "mail" } },
      programs: ["nightly", "r2"],
      lifetime: 3600,
    },
  });
  expect(site.tls).toEqual({ acm: { zone: "Z0123" } });
  expect(site.apps[0]).toMatchObject({
    spot: true,
    cpu: 2,
    memory: 5120,
    autoscaling: { min: 1, max: 4, cpu: 50, memory: 60, requests: 1000 },
  });
});

it("knows where providers answer whose issuer says so", () => {
  const tenant = "https://login.microsoftonline.com/01234567-89ab-cdef-0123-456789abcdef";
  const endpoints = (own: object): unknown =>
    checkSite({ ...minimal, auth: { oidc: { ...client, ...own } } }, "aws").auth.oidc?.endpoints;
  expect(endpoints({})).toEqual({
    authorization: "https://id.example.com/realms/a/protocol/openid-connect/auth",
    token: "https://id.example.com/realms/a/protocol/openid-connect/token",
    userInfo: "https://id.example.com/realms/a/protocol/openid-connect/userinfo",
    jwks: "https://id.example.com/realms/a/protocol/openid-connect/certs",
  });
  expect(endpoints({ provider: "entra-id", issuer: `${tenant}/v2.0` })).toEqual({
    authorization: `${tenant}/oauth2/v2.0/authorize`,
    token: `${tenant}/oauth2/v2.0/token`,
    userInfo: "https://graph.microsoft.com/oidc/userinfo",
    jwks: `${tenant}/discovery/v2.0/keys`,
  });
  expect(endpoints({ provider: "gitlab", issuer: "https://git.example.com" })).toMatchObject({
    userInfo: "https://git.example.com/oauth/userinfo",
  });
});

describe("a spec that AWS would refuse", () => {
  it.each<[string, unknown, string[]]>([
    [
      "an address for a host",
      { ...minimal, host: "192.0.2.1" },
      ["host: must be a name with a domain on aws, to which a record can lead"],
    ],
    [
      "a host without a domain",
      { ...minimal, host: "localhost" },
      ["host: must be a name with a domain on aws, to which a record can lead"],
    ],
    [
      "a host that is too long for a certificate",
      { ...minimal, host: `${"a".repeat(61)}.com`, tls: { acm: { zone: "Z0" } } },
      ["host: must have at most 64 characters with tls.acm.zone, as AWS asks"],
    ],
    [
      "other ports",
      { ...minimal, ports: { https: 8443, http: 8080 } },
      [
        "ports.https: must be 443 on aws: the rules of a load balancer compare host names without a port",
        "ports.http: must be 80 on aws",
      ],
    ],
    [
      "two gateways, networks, firewalls and ways to update",
      {
        ...withApp({ updates: {} }),
        gateway: {},
        network: {},
        waf: {},
        tls: { acm: { zone: "Z0", certificateArn: "arn:aws:acm:a:123456789012:certificate/a" } },
      },
      [
        "gateway: must have exactly one of alb, nginx",
        "network: must have exactly one of create, existing",
        "waf: must have exactly one of managed, webAclArn",
        "tls.acm: must have exactly one of zone, certificateArn, not zone and certificateArn",
        "apps.sales.updates: must have exactly one of rolling, blueGreen",
      ],
    ],
    [
      "one subnet",
      {
        ...minimal,
        network: { existing: { vpc: "vpc-0123", publicSubnets: ["subnet-0123"], privateSubnets: [] } },
      },
      [
        "network.existing.publicSubnets: must be at least two public subnets, in different availability zones",
        "network.existing.privateSubnets: must be at least two private subnets, in different availability zones",
      ],
    ],
    [
      "a network that is not private, or too small",
      { ...minimal, network: { create: { cidr: "8.8.0.0/16" } } },
      ["network.create.cidr: must be a private subnet from /16 to /20, for instance 10.0.0.0/16"],
    ],
    [
      "a time that logs are not kept for",
      { ...minimal, logs: { retention: 31 } },
      [expect.stringMatching(/^logs\.retention: must be one of 1, 3, 5/) as string],
    ],
    [
      "CPU and memory that do not go together",
      withApp({ resources: { cpu: 1, memory: "1Gi" } }),
      ["apps.sales.resources: memory must be 2Gi–8Gi in steps of 1Gi with cpu 1 on aws (Fargate), not 1Gi"],
    ],
    [
      "an amount of CPU that there is not",
      withApp({ resources: { cpu: 0.3 } }),
      ["apps.sales.resources: cpu must be one of 0.25, 0.5, 1, 2, 4, 8, 16 on aws (Fargate)"],
    ],
    [
      "a drain that is too long",
      withApp({ drainTimeout: "2h" }),
      [
        "apps.sales.drainTimeout: must be at most 1h on aws: a load balancer keeps connections to what goes no longer",
      ],
    ],
    [
      "an image from a registry that is out of reach",
      { ...minimal, apps: { sales: { image: "docker.io/library/sales:1" } } },
      [expect.stringMatching(/^apps\.sales\.image: must be in a private registry of ECR/) as string],
    ],
    [
      "a session that is too long",
      { ...minimal, sessions: { cookie: { lifetime: "169h" } } },
      ["sessions.cookie.lifetime: must be at most 168h on aws: a load balancer keeps sessions no longer"],
    ],
    [
      "a provider at which anybody has an account",
      { ...minimal, auth: { oidc: { provider: "google", clientId: "a", clientSecret: "b" } } },
      [
        "auth.oidc.provider: must be one where not anybody can have an account on aws, whose load balancer cannot limit sign-in: use auth.cognito with federation and allow",
      ],
    ],
    [
      "any provider without its addresses",
      { ...minimal, auth: { oidc: { ...client, provider: "oidc" } } },
      ["auth.oidc.endpoints: must be set with oidc on aws: a load balancer does not ask the issuer for them"],
    ],
    [
      "bearer tokens without keys",
      {
        ...minimal,
        auth: {
          oidc: {
            ...client,
            provider: "oidc",
            bearer: true,
            endpoints: {
              authorization: "https://id.example.com/a",
              token: "https://id.example.com/t",
              userInfo: "https://id.example.com/u",
            },
          },
        },
      },
      ["auth.oidc.endpoints.jwks: must be set with bearer: true"],
    ],
    [
      "accounts for the whole world",
      {
        ...minimal,
        auth: {
          cognito: { selfSignUp: true, federation: { google: { clientId: "a", clientSecret: "b" } } },
        },
      },
      [
        "auth.cognito.allow: must limit sign-in with selfSignUp: anybody in the world could sign in",
        "auth.cognito.allow: must limit sign-in with federation.google: anybody in the world could sign in",
      ],
    ],
    [
      "no program that has tokens",
      { ...minimal, auth: { cognito: { bearer: { programs: [] } } } },
      ["auth.cognito.bearer.programs: must not be empty: list at least one"],
    ],
    [
      "programs with a wrong name, and two of one name",
      { ...minimal, auth: { cognito: { bearer: { programs: ["a", "Nightly run", "a"] } } } },
      [
        "auth.cognito.bearer.programs.1: a program's name has 1–32 lower-case letters, digits and inner hyphens, and starts with a letter",
        "auth.cognito.bearer.programs.2: is in the list already",
      ],
    ],
    [
      "bearer: true, as with oidc",
      { ...minimal, auth: { cognito: { bearer: true } } },
      ["auth.cognito.bearer: must be an object"],
    ],
    [
      "two providers of one name, two groups of one name",
      {
        ...minimal,
        auth: {
          cognito: {
            groups: ["a", "b", "a"],
            federation: {
              oidc: { staff: { issuer: "https://id.example.com", clientId: "a", clientSecret: "b" } },
              saml: { staff: { metadataUrl: "https://id.example.com/m" } },
            },
          },
        },
      },
      [
        "auth.cognito.federation.saml.staff: is already the name of auth.cognito.federation.oidc.staff",
        "auth.cognito.groups.2: is in the list already",
      ],
    ],
    [
      "an unknown word for codes, and a password of seven characters",
      { ...minimal, auth: { cognito: { mfa: "sms", password: { minimumLength: 7 } } } },
      [
        "auth.cognito.password.minimumLength: must be 8–99",
        "auth.cognito.mfa: must be off, optional or required",
      ],
    ],
  ])("is told of %s", (_, args, expected) => {
    expect(lines(args)).toEqual(expected);
  });

  it("may have an image from anywhere for an app with a way out, and one of ECR for every other", () => {
    const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sales:1";
    expect(lines({ ...minimal, apps: { sales: { image } } })).toEqual([]);
    expect(lines({ ...minimal, apps: { sales: { image: "docker.io/sales:1", egress: true } } })).toEqual([]);
  });
});

describe("what Fargate gives", () => {
  it("is what AWS's table has", () => {
    const memories = (cpu: number): number[] =>
      Array.from({ length: 240 }, (_, index) => (index + 1) * 512).filter((memory) =>
        fitsFargate({ cpu, memory }),
      );
    expect(memories(0.25)).toEqual([512, 1024, 2048]);
    expect(memories(0.5)).toEqual([1, 2, 3, 4].map((gib) => gib * 1024));
    expect(memories(1)).toEqual([2, 3, 4, 5, 6, 7, 8].map((gib) => gib * 1024));
    expect(memories(4)).toHaveLength(23);
    expect(memories(8).map((memory) => memory / 1024)).toEqual([
      16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60,
    ]);
    expect(memories(16).map((memory) => memory / 1024)).toEqual([
      32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
    ]);
  });

  it("is filled in where half of it is said", () => {
    for (const { cpu } of fargateSizes) expect(fitsFargate(fargateSize({ cpu }))).toBe(true);
    expect(fargateSize({ cpu: 0.25 })).toEqual({ cpu: 0.25, memory: 1024 });
    expect(fargateSize({ cpu: 4 })).toEqual({ cpu: 4, memory: 8192 });
    expect(fargateSize({ memory: 512 })).toEqual({ cpu: 0.25, memory: 512 });
    expect(fargateSize({ memory: 6144 })).toEqual({ cpu: 1, memory: 6144 });
  });
});

describe("subnets", () => {
  it("are read to the letter", () => {
    expect(parseCidr("10.0.0.0/16")).toEqual({ first: 10 * 2 ** 24, prefix: 16 });
    for (const wrong of ["10.0.0.1/16", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "a"])
      expect(parseCidr(wrong)).toBeUndefined();
  });

  it("are private or are not", () => {
    const good = ["10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/20", "100.64.0.0/16"];
    const bad = ["10.0.0.0/15", "10.0.0.0/21", "172.32.0.0/16", "192.169.0.0/16", "11.0.0.0/16"];
    expect([...good, ...bad].filter(isPrivateNetwork)).toEqual(good);
  });

  it("lie one after the other within their network", () => {
    fc.assert(
      fc.property(fc.constantFrom("10.0.0.0/16", "192.168.16.0/20", "172.16.0.0/18"), (cidr) => {
        const around = parseCidr(cidr)!;
        const size = 2 ** (32 - around.prefix - 4);
        for (let index = 0; index < 16; index += 1)
          expect(parseCidr(subnetOf(cidr, around.prefix + 4, index))).toEqual({
            first: around.first + index * size,
            prefix: around.prefix + 4,
          });
      }),
    );
  });
});
