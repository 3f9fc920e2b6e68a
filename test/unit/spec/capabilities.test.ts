/** What is said when a target cannot give what a spec asks for. */
import * as fc from "fast-check";
import type { SiteArgs } from "../../../components/spec/args";
import { capabilities, type Target, targets } from "../../../components/spec/capabilities";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { asTaken, needed, target, validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { certificate } from "../certificates";
import { fields } from "./schema-fields";

const spec: SiteArgs = {
  host: "site.example.com",
  apps: { sales: { source: "apps/sales" } },
  auth: { basic: { generatedUsers: ["anna"] } },
};

function lines(args: unknown, on: Target): string[] {
  try {
    checkSite(args as SiteArgs, on);
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

/** The faults of a spec that has what the target asks for, and a kind of sign-in that the target has. */
const linesWithNeeded = (args: unknown, on: Target): string[] =>
  lines(
    {
      ...needed[on],
      ...(args as SiteArgs),
      ...(on === "aws" && (args as SiteArgs).auth === spec.auth && { auth: { cognito: {} } }),
    },
    on,
  );

const client = {
  provider: "keycloak-oidc",
  issuer: "https://id.example.com/realms/staff",
  clientId: "a",
  clientSecret: "b",
};
const endpoints = {
  authorization: "https://id.example.com/authorize",
  token: "https://id.example.com/token",
  userInfo: "https://id.example.com/userinfo",
};
const withApp = (own: object): unknown => ({ ...spec, apps: { sales: { source: "apps/sales", ...own } } });
const withOidc = (own: object): unknown => ({ ...spec, auth: { oidc: { ...client, ...own } } });

/** A spec that is right but for the field that not every target has. */
const withField: Record<string, unknown> = {
  "auth.accounts": { ...spec, auth: { accounts: {} } },
  "auth.cognito": { ...spec, auth: { cognito: {} } },
  "auth.basic": { ...spec, auth: { basic: { generatedUsers: ["anna"] } } },
  "auth.oidc.allow": withOidc({ allow: { emailDomains: ["example.com"] } }),
  "auth.oidc.groupsClaim": withOidc({ groupsClaim: "roles" }),
  "auth.oidc.caCertificate": withOidc({ caCertificate: certificate({}).certificate }),
  "auth.oidc.endpoints": withOidc({ provider: "oidc", endpoints }),
  "auth.oidc.network": withOidc({ network: "provider" }),
  "tls.acm": { ...spec, tls: { acm: { zone: "Z0123456789ABC" } } },
  "tls.secret": { ...spec, tls: { secret: { name: "certificate" } } },
  "tls.certManager": { ...spec, tls: { certManager: { issuer: "letsencrypt" } } },
  "tls.acme": { ...spec, tls: { acme: {} } },
  expose: { ...spec, expose: { loadBalancer: {} } },
  namespace: { ...spec, namespace: { create: "analytics" } },
  registry: { ...spec, registry: { address: "registry.example.com" } },
  imagePull: { ...spec, imagePull: { policy: "Always" } },
  "gateway.alb": { ...spec, gateway: { alb: {} } },
  "gateway.nginx": { ...spec, gateway: { nginx: {} } },
  network: { ...spec, network: { create: {} } },
  logs: { ...spec, logs: { retention: 7 } },
  deletionProtection: { ...spec, deletionProtection: true },
  waf: { ...spec, waf: { managed: {} } },
  kmsKeyArn: { ...spec, kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/1234" },
  alarms: { ...spec, alarms: { topicArn: "arn:aws:sns:eu-central-1:123456789012:alarms" } },
  logo: { ...spec, logo: "logo.svg" },
  "sessions.redis": { ...spec, auth: { oidc: client }, sessions: { redis: {} } },
  "sessions.cookie.checkInterval": {
    ...spec,
    auth: { oidc: client },
    sessions: { cookie: { checkInterval: "1s" } },
  },
  "sessions.cookie.connectionCheckInterval": {
    ...spec,
    auth: { oidc: client },
    sessions: { cookie: { connectionCheckInterval: "10s" } },
  },
  "ports.address": { ...spec, ports: { address: "127.0.0.1" } },
  hosts: { ...spec, hosts: { perApp: "{app}.apps.example.com" } },
  "apps.*.host": { ...spec, apps: { sales: { source: "apps/sales", host: "sales.example.com" } } },
  "apps.*.egressTo": {
    ...spec,
    apps: { sales: { source: "apps/sales", egressTo: ["db.example.com:5432"] } },
  },
  "apps.*.volumes": {
    ...spec,
    apps: { sales: { source: "apps/sales", volumes: { data: { path: "/data" } } } },
  },
  "apps.*.embed": {
    ...spec,
    apps: { sales: { source: "apps/sales", embed: { from: ["https://intranet.example.com"] } } },
  },
  "apps.*.autoscaling": {
    ...spec,
    apps: { sales: { source: "apps/sales", autoscaling: { min: 1, max: 2 } } },
  },
  "apps.*.autoscaling.cpu": withApp({ autoscaling: { min: 1, max: 2, cpu: 50 } }),
  "apps.*.autoscaling.memory": withApp({ autoscaling: { min: 1, max: 2, memory: 50 } }),
  "apps.*.autoscaling.requests": withApp({ autoscaling: { min: 1, max: 2, requests: 100 } }),
  "apps.*.spot": withApp({ spot: true }),
  "apps.*.updates.rolling": withApp({ updates: { rolling: {} } }),
  "apps.*.updates.blueGreen": withApp({ updates: { blueGreen: {} } }),
  "apps.*.allow": withApp({ allow: { users: ["anna"] } }),
  "apps.*.formerRoutes": withApp({ route: "/sales", formerRoutes: ["/old"] }),
  "apps.*.minReadySeconds": withApp({ minReadySeconds: 5 }),
};

const at = (path: string): string => path.replace("*", "sales");

describe("the table of what targets have", () => {
  it("has fields of the schema only", () => {
    const known = fields().map(({ path }) => path);
    expect(Object.keys(capabilities).filter((path) => !known.includes(path))).toEqual([]);
  });

  it("is tried here in full", () => {
    expect(Object.keys(withField).sort()).toEqual(Object.keys(capabilities).sort());
  });

  it.each(targets.flatMap((on) => Object.keys(capabilities).map((path) => [on, path] as const)))(
    "on %s is what the check says of %s",
    (on, path) => {
      // What is above it may have a reason of its own.
      const reasons = Object.entries(capabilities).flatMap(([row, { [on]: reason }]) =>
        reason !== undefined && (path === row || path.startsWith(`${row}.`)) ? [`${at(row)}: ${reason}`] : [],
      );
      expect(linesWithNeeded(withField[path], on)).toEqual(reasons);
    },
  );
});

describe.each<[Target, string[]]>([
  [
    "docker",
    [
      "auth.accounts: not available on docker yet",
      "auth.cognito: only available on aws",
      "auth.oidc.endpoints: only available on aws",
      "tls.acm: only available on aws",
      "tls.secret: only available on kubernetes",
      "tls.certManager: only available on kubernetes",
      "tls.acme: not available on docker yet",
      "expose: only available on kubernetes",
      "namespace: only available on kubernetes",
      "registry: only available on kubernetes",
      "imagePull: only available on kubernetes",
      "gateway.alb: only available on aws",
      "gateway.nginx: only available on aws",
      "network: only available on aws",
      "logs: only available on aws",
      "deletionProtection: only available on aws",
      "waf: only available on aws",
      "kmsKeyArn: only available on aws",
      "alarms: only available on aws",
      "apps.sales.autoscaling: not available on docker, which cannot scale by itself",
      "apps.sales.spot: only available on aws",
      "apps.sales.updates.rolling: only available on aws",
      "apps.sales.updates.blueGreen: not available on docker yet",
    ],
  ],
  [
    "kubernetes",
    [
      "auth.accounts: not available on kubernetes yet",
      "auth.cognito: only available on aws",
      "auth.oidc.endpoints: only available on aws",
      "auth.oidc.network: only available on docker",
      "tls.acm: only available on aws",
      "tls.acme: not available on kubernetes yet",
      "gateway.alb: only available on aws",
      "gateway.nginx: only available on aws",
      "network: only available on aws",
      "logs: only available on aws",
      "deletionProtection: only available on aws",
      "waf: only available on aws",
      "kmsKeyArn: only available on aws",
      "alarms: only available on aws",
      "ports.address: only available on docker",
      "apps.sales.egressTo: not available on kubernetes yet",
      "apps.sales.volumes: not available on kubernetes yet",
      "apps.sales.autoscaling.cpu: only available on aws",
      "apps.sales.autoscaling.memory: only available on aws",
      "apps.sales.autoscaling.requests: only available on aws",
      "apps.sales.spot: only available on aws",
      "apps.sales.updates.rolling: only available on aws",
      "apps.sales.updates.blueGreen: not available on kubernetes yet",
    ],
  ],
  [
    "aws",
    [
      "auth.accounts: not available on aws yet",
      "auth.basic: not available on aws, whose load balancer checks no passwords: use auth.cognito or auth.oidc",
      "auth.oidc.allow: not available on aws, whose load balancer lets in everybody whom the provider signs in: have the provider assign people to this client, or use auth.cognito",
      "auth.oidc.groupsClaim: not available on aws, which has no guest lists",
      "auth.oidc.caCertificate: not available on aws, whose load balancer trusts public authorities alone",
      "auth.oidc.network: only available on docker",
      "tls.secret: only available on kubernetes",
      "tls.certManager: only available on kubernetes",
      "tls.acme: not available on aws yet",
      "expose: only available on kubernetes",
      "namespace: only available on kubernetes",
      "registry: only available on kubernetes",
      "imagePull: only available on kubernetes",
      "gateway.nginx: not available on aws yet",
      "logo: not available on aws yet, whose load balancer serves no files",
      "sessions.redis: not available on aws yet, whose load balancer keeps sessions in the browser's cookie: use sessions.cookie, or leave it out",
      "sessions.cookie.checkInterval: not available on aws, whose load balancer looks into the cookie at each request",
      "sessions.cookie.connectionCheckInterval: not available on aws yet: a load balancer ends no open websocket",
      "ports.address: only available on docker",
      "hosts: not available on aws yet",
      "apps.sales.host: not available on aws yet",
      "apps.sales.egressTo: not available on aws yet",
      "apps.sales.volumes: not available on aws yet",
      "apps.sales.embed: not available on aws yet",
      "apps.sales.updates.blueGreen: not available on aws: ECS shifts visits by the weights of one rule of a load balancer, and where that signs people in an app has four or five; leave it out: updates.rolling keeps open sessions for drainTimeout (docs/aws.md)",
      "apps.sales.allow: not available on aws: a load balancer lets in everybody who is signed in; docker and kubernetes have it",
      "apps.sales.formerRoutes: not available on aws yet: a redirect of a load balancer takes no start off a path",
      "apps.sales.minReadySeconds: not available on aws yet: a load balancer sends visits to a container that has answered one health check",
    ],
  ],
])("on %s", (on, expected) => {
  it("these fields are refused", () => {
    const refused = Object.values(withField).flatMap((args) => linesWithNeeded(args, on));
    expect([...new Set(refused)]).toEqual(expected);
  });
});

it("is said of each app that has the field, and beside every other fault", () => {
  const autoscaling = { min: 1, max: 2 };
  const apps = { a: { source: "a", autoscaling }, b: { source: "b" }, c: { source: "c", autoscaling } };
  expect(lines({ ...spec, host: "A", apps, tls: { acm: { zone: "Z0123456789ABC" } } }, "docker")).toEqual([
    expect.stringMatching(/^host: /),
    "tls.acm: only available on aws",
    "apps.a.autoscaling: not available on docker, which cannot scale by itself",
    "apps.c.autoscaling: not available on docker, which cannot scale by itself",
  ]);
});

describe("autoscaling, where the target has it", () => {
  const scaled = (own: object): unknown => ({ ...spec, apps: { a: { source: "a", ...own } } });

  it("gives its bounds, and at first the least number of replicas", () => {
    const args = scaled({ autoscaling: { min: 2, max: 8 } }) as SiteArgs;
    const [app] = checkSite({ ...needed.kubernetes, ...args }, "kubernetes").apps;
    expect(app).toMatchObject({ replicas: 2, autoscaling: { min: 2, max: 8 } });
  });

  it("has a largest number that is none below the least", () => {
    expect(linesWithNeeded(scaled({ autoscaling: { min: 3, max: 2 } }), "aws")).toEqual([
      "apps.a.autoscaling.max: must be at least min, which is 3",
    ]);
    expect(linesWithNeeded(scaled({ autoscaling: { min: 3, max: 3 } }), "aws")).toEqual([]);
  });

  it("goes with no number of replicas", () => {
    expect(linesWithNeeded(scaled({ replicas: 2, autoscaling: { min: 1, max: 3 } }), "aws")).toEqual([
      "apps.a.replicas: must not be set: autoscaling chooses the number",
    ]);
  });
});

describe("the ports of a spec that names none", () => {
  it.each<[Target, number, number, string]>([
    ["docker", 8443, 8080, "https://site.example.com:8443"],
    ["kubernetes", 443, 80, "https://site.example.com"],
    ["aws", 443, 80, "https://site.example.com"],
  ])("are on %s %d and %d", (on, https, http, origin) => {
    const site = checkSite(asTaken(spec, on), on);
    expect(site.ports).toMatchObject({ https, http });
    expect(site.origin).toBe(origin);
  });

  it("differ from the one that it names", () => {
    const differ = ["ports: https and http must differ"];
    expect(lines({ ...spec, ports: { https: 8080 } }, "docker")).toEqual(differ);
    expect(linesWithNeeded({ ...spec, ports: { https: 8080 } }, "aws")).toEqual([
      "ports.https: must be 443 on aws: the rules of a load balancer compare host names without a port",
    ]);
    expect(linesWithNeeded({ ...spec, ports: { http: 443 } }, "kubernetes")).toEqual(differ);
    expect(linesWithNeeded({ ...spec, ports: { http: 443, https: undefined } }, "kubernetes")).toEqual(
      differ,
    );
  });
});

describe("a valid spec", () => {
  it("is one on every target", () => {
    fc.assert(
      fc.property(validSpec, target, (args, on) => {
        expect(lines(asTaken(args, on), on)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("is one on every target with auth.oidc, apart from the network of docker", () => {
    fc.assert(
      fc.property(validOidcSpec, target, (args, on) => {
        const network = args.auth.oidc?.network !== undefined && on === "kubernetes";
        expect(lines(asTaken(args, on), on)).toEqual(
          network ? ["auth.oidc.network: only available on docker"] : [],
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe("a site on kubernetes", () => {
  it("needs to be told how it is reached, and where the images go that are built", () => {
    expect(lines(spec, "kubernetes")).toEqual([
      "expose: must be set on kubernetes, with exactly one of loadBalancer, nodePort, ingress, gatewayApi",
      "apps.sales.source: needs registry.address on kubernetes, where the image is pushed to and pulled from; or set image in place of source",
    ]);
  });

  it.each<[string, Partial<SiteArgs>, string[]]>([
    [
      "two ways to be reached",
      { expose: { loadBalancer: {}, nodePort: {} } },
      [
        "expose: must have exactly one of loadBalancer, nodePort, ingress, gatewayApi, not loadBalancer and nodePort",
      ],
    ],
    [
      "an address behind an Ingress, which knows names alone",
      { host: "192.0.2.1", expose: { ingress: { className: "nginx", trustedProxies: ["10.0.0.0/8"] } } },
      ["host: must be a name with expose.ingress, which knows no addresses"],
    ],
    [
      "a certificate of its own behind a Gateway",
      {
        tls: { selfSigned: {} },
        expose: { gatewayApi: { gateway: "public", trustedProxies: ["10.0.0.0/8"] } },
      },
      ["tls: must not be set with expose.gatewayApi: the Gateway's listener has the certificate"],
    ],
    [
      "a proxy that nobody has to be",
      { expose: { ingress: { className: "nginx", trustedProxies: ["0.0.0.0/0", "::/0"] } } },
      [0, 1].map(
        (index) =>
          `expose.ingress.trustedProxies.${index}: must not be everybody, who could say any address then`,
      ),
    ],
    [
      "a proxy without an address",
      { expose: { gatewayApi: { gateway: "public", trustedProxies: [] } } },
      ["expose.gatewayApi.trustedProxies: must not be empty"],
    ],
    [
      "a namespace that is made and is there",
      { namespace: { create: "a", existing: "b" } },
      ["namespace: must have exactly one of create, existing, not create and existing"],
    ],
    [
      "a registry with half of an account",
      { registry: { address: "registry.example.com", username: "ci" } },
      ["registry: must have both username and password, or neither"],
    ],
  ])("has not %s", (_, wrong, expected) => {
    expect(linesWithNeeded({ ...spec, ...wrong }, "kubernetes")).toEqual(expected);
  });

  it("may do without a registry when nothing is built", () => {
    const args = {
      ...spec,
      expose: { nodePort: {} },
      apps: { sales: { image: "registry.example.com/sales:1" } },
    };
    expect(lines(args, "kubernetes")).toEqual([]);
  });
});
