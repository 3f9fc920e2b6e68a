/** What a spec means, and what is said of one that is wrong. */
import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { type Fault, SiteSpecError } from "../../../components/spec/errors";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { nasty, validSpec } from "../arbitraries";
import { provided } from "../certificates";

const password = "correct horse battery";
const app: AppArgs = { source: "apps/sales" };
const minimal: SiteArgs = {
  host: "site.example.com",
  apps: { sales: app },
  auth: { basic: { users: { anna: password } } },
};

/** A spec as it comes from YAML: any shape. */
function faults(spec: unknown): Fault[] {
  try {
    checkSite(spec as SiteArgs, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return [...error.faults];
    throw error;
  }
  return [];
}

function lines(spec: unknown): string[] {
  return faults(spec).map(({ path, message }) => `${path}: ${message}`);
}

const withApp = (own: object): object => ({ ...minimal, apps: { sales: { ...app, ...own } } });
const withBasic = (own: object): object => ({
  ...minimal,
  auth: { basic: { users: { anna: password }, ...own } },
});

describe("a spec with the least that is needed", () => {
  const site = checkSite(minimal, "docker");
  const [sales] = site.apps;

  it.each<[string, unknown, unknown]>([
    ["the ports 8443 and 8080 on every address", site.ports, { https: 8443, http: 8080, address: "0.0.0.0" }],
    ["its only app at /", sales?.path, ""],
    ["the app's name as title", sales?.title, "sales"],
    ["streamlit_app.py as script", sales?.entry, "streamlit_app.py"],
    ["/app as folder in the image", sales?.workingDir, "/app"],
    ["one core", sales?.cpu, 1],
    ["1 GiB", sales?.memory, 1024],
    ["no environment", sales?.environment, {}],
    ["no secrets", sales?.secrets, {}],
    ["no settings of its own", sales?.streamlit, {}],
    ["uploads of 200 MB, as Streamlit", sales?.maxUploadSize, 200],
    ["no way out for the app", [sales?.egress, sales?.egressTo], [false, []]],
    ["no more headers for the app than every app gets", sales?.forwardHeaders, []],
    ["an app for everyone who is signed in", sales?.allow, undefined],
    ["the host as realm", site.auth.basic?.realm, "site.example.com"],
    ["no generated users", site.auth.basic?.generatedUsers, []],
    ["a certificate of its own", site.tls, { selfSigned: true }],
    [
      "the official images",
      site.images,
      {
        python: "python:3.13-slim",
        nginx: "nginx:1.30",
        oauth2Proxy: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.4-alpine",
        redis: "redis:8.0",
      },
    ],
    ["the port in its address", site.origin, "https://site.example.com:8443"],
  ])("has %s", (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it("has its apps at /<name> when there are several", () => {
    const { apps } = checkSite({ ...minimal, apps: { a: app, b: { ...app, route: "/x/y" } } }, "docker");
    expect(apps.map(({ path }) => path)).toEqual(["/a", "/x/y"]);
  });

  it("has no port in its address when that is 443", () => {
    const { origin, authority } = checkSite({ ...minimal, ports: { https: 443, http: 80 } }, "docker");
    expect([origin, authority]).toEqual(["https://site.example.com", "site.example.com"]);
  });

  it.each([
    ["localhost", "127.0.0.1"],
    ["site.localhost", "127.0.0.1"],
    ["127.0.0.2", "127.0.0.1"],
    ["127.0.0.1.example.com", "0.0.0.0"],
    ["notlocalhost", "0.0.0.0"],
    ["192.0.2.7", "0.0.0.0"],
  ])("with the host %s is bound to %s", (host, address) => {
    expect(checkSite({ ...minimal, host }, "docker").ports.address).toBe(address);
  });

  it("takes what it is told instead of every default", () => {
    const told = checkSite(
      {
        host: "localhost",
        title: "Northwind",
        logo: "logo.svg",
        ports: { https: 443, http: 80, address: "10.0.0.1" },
        apps: {
          sales: {
            source: "x",
            entry: "src/main.py",
            workingDir: "/srv",
            route: "/s",
            formerRoutes: ["/was"],
            title: "Sales",
            description: "What was sold",
            icon: "📈",
            replicas: 3,
            drainTimeout: "5m",
            minReadySeconds: 20,
            volumes: { data: { path: "/data", shared: true } },
            resources: { cpu: 0.29, memory: "512Mi" },
            environment: { A: "b" },
            secrets: { "any name": "c" },
            streamlit: { "server.maxUploadSize": "50" },
            egress: true,
            embed: { from: ["https://localhost:3000"] },
            forwardHeaders: ["traceparent"],
            allow: { users: ["gen"] },
          },
        },
        auth: { basic: { realm: "R", users: { anna: password }, generatedUsers: ["gen"] } },
        tls: { provided },
        images: { nginx: "mirror/nginx:1", oauth2Proxy: "mirror/oauth2-proxy:7", redis: "mirror/redis:8" },
      },
      "docker",
    );
    expect(told).toEqual({
      host: "localhost",
      title: "Northwind",
      logo: "logo.svg",
      origin: "https://localhost",
      authority: "localhost",
      ports: { https: 443, http: 80, address: "10.0.0.1" },
      apps: [
        {
          name: "sales",
          source: { folder: "x" },
          entry: "src/main.py",
          workingDir: "/srv",
          host: "localhost",
          hasOwnHost: false,
          origin: "https://localhost",
          authority: "localhost",
          path: "/s",
          formerPaths: ["/was"],
          title: "Sales",
          description: "What was sold",
          icon: "📈",
          replicas: 3,
          drainTimeout: 300,
          minReadySeconds: 20,
          recreate: false,
          spot: false,
          volumes: [{ name: "data", path: "/data", shared: true }],
          cpu: 0.29,
          memory: 512,
          environment: { A: "b" },
          secrets: { "any name": "c" },
          streamlit: { "server.maxUploadSize": 50 },
          maxUploadSize: 50,
          egress: true,
          egressTo: [],
          embed: { from: ["https://localhost:3000"], crossSite: false },
          forwardHeaders: ["traceparent"],
          allow: { users: ["gen"], emails: [], groups: [] },
        },
      ],
      auth: { basic: { realm: "R", users: { anna: password }, generatedUsers: ["gen"] } },
      tls: { provided },
      images: {
        python: "python:3.13-slim",
        nginx: "mirror/nginx:1",
        oauth2Proxy: "mirror/oauth2-proxy:7",
        redis: "mirror/redis:8",
      },
      // These count on kubernetes alone.
      expose: { nodePort: true },
      namespace: {},
      registry: undefined,
      imagePull: { policy: "IfNotPresent", secrets: [] },
      // See aws.test.ts.
      aws: { network: { cidr: "10.0.0.0/16" }, logRetention: 30 },
    });
  });

  it("takes CPU in steps of a hundredth, every one of them", () => {
    const steps = Array.from({ length: 791 }, (_, index) => (index + 10) / 100);
    expect(steps.filter((cpu) => faults(withApp({ resources: { cpu } })).length > 0)).toEqual([]);
  });
});

describe("what the gateway's pages show", () => {
  it("is the host and a letter where nothing is said", () => {
    const { title, logo, apps } = checkSite({ ...minimal, host: "a.example.com" }, "docker");
    expect([title, logo, apps[0]?.icon, apps[0]?.description]).toEqual([
      "a.example.com",
      undefined,
      "S",
      undefined,
    ]);
  });

  it.each(["📈", "S", "é", "漢字", "Q1", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "<&", "🧑🏽‍🚀🌍"])("takes %s as an icon", (icon) => {
    expect(faults(withApp({ icon }))).toEqual([]);
  });

  it.each(["", "abc", " ", "a b", "\n", "\u202e", "\u200d", "\ud83d", "📈📈📈", `a${"\u0301".repeat(40)}`])(
    "refuses %j as an icon, and says so once",
    (icon) => {
      expect(faults(withApp({ icon }))).toEqual([
        { path: "apps.sales.icon", message: "must be an emoji, or one or two letters or digits" },
      ]);
    },
  );

  it("refuses what is too long, and line breaks", () => {
    expect(faults({ ...withApp({ description: "x".repeat(200) }), title: "x".repeat(80) })).toEqual([]);
    const wrong = { ...withApp({ description: "x".repeat(201) }), title: "a\nb", logo: "a\\b" };
    expect(faults(wrong)).toEqual([
      { path: "title", message: "must not contain line breaks or other control characters" },
      { path: "logo", message: "must use / and not \\" },
      { path: "apps.sales.description", message: "must have at most 200 characters" },
    ]);
  });
});

describe("the time to drain", () => {
  it.each([
    ["0s", 0],
    ["0h", 0],
    ["90s", 90],
    ["2m", 120],
    ["24h", 86_400],
    ["1440m", 86_400],
    ["86400s", 86_400],
    [undefined, 60],
  ])("%s is %d seconds", (drainTimeout, seconds) => {
    const spec = withApp(drainTimeout === undefined ? {} : { drainTimeout }) as SiteArgs;
    expect(checkSite(spec, "docker").apps[0]?.drainTimeout).toBe(seconds);
  });
});

describe("a wrong spec", () => {
  it("is refused with every fault at once, each with its field", () => {
    const spec = {
      host: "https://site.example.com/",
      port: 443,
      ports: { https: 70000, http: "80", adress: "127.0.0.1" },
      apps: {
        Sales: { source: "apps/sales" },
        a: { source: "apps/sales", image: "x" },
        b: { source: "b", route: "b/", replicas: 0, unknown: 1, streamlit: { "server.port": 1 } },
      },
      auth: { basic: { users: { "a:b": password, c: "short" } }, oidc: {} },
      sessions: {},
      tls: {},
    };
    const at = faults(spec).map(({ path }) => path);
    expect(at.sort()).toEqual(
      [
        "host",
        "port",
        "ports.https",
        "ports.http",
        "ports.adress",
        "apps.Sales",
        "apps.a",
        "apps.b.route",
        "apps.b.replicas",
        "apps.b.unknown",
        "apps.b.streamlit.server.port",
        "auth",
        "auth.oidc.provider",
        "auth.oidc.clientId",
        "auth.oidc.clientSecret",
        "auth.basic.users.a:b",
        "auth.basic.users.c",
        "sessions",
        "tls",
      ].sort(),
    );
  });

  it("says so in one message with a line for each fault", () => {
    const check = (): unknown => checkSite({ ...minimal, host: "A", ports: { https: 1, http: 1 } }, "docker");
    expect(check).toThrow(SiteSpecError);
    expect(check).toThrow(
      /^the site's spec has 2 faults:\n {2}host: must be .*\n {2}ports: https and http must differ$/,
    );
  });

  it("is a RunError, which Pulumi shows without a stack trace", () => {
    expect(pulumi.RunError.isInstance(new SiteSpecError([{ path: "host", message: "must be set" }]))).toBe(
      true,
    );
  });

  it("lists the faults that the caller found with its own", () => {
    const more = [{ path: "apps.sales.source", message: "there is no folder x" }];
    const check = (): unknown => checkSite({ ...minimal, host: "A" }, "docker", more);
    expect(check).toThrow(/host: .*\n {2}apps\.sales\.source: there is no folder x/);
  });

  it.each<[string, unknown, string[]]>([
    // what is missing
    ["nothing", {}, ["host: must be set (string)", "apps: must be an object", "auth: must be set (object)"]],
    ["no app", { ...minimal, apps: {} }, ["apps: needs at least one app"]],
    [
      "no kind of auth",
      { ...minimal, auth: {} },
      ["auth: must have exactly one of basic, oidc, accounts, cognito"],
    ],
    [
      "no user",
      { ...minimal, auth: { basic: {} } },
      ["auth.basic: needs at least one user in users or generatedUsers"],
    ],
    [
      "neither source nor image",
      { ...minimal, apps: { a: {} } },
      ["apps.a: must have exactly one of source, image"],
    ],
    [
      "no private key",
      { ...minimal, tls: { provided: { certificate: provided.certificate } } },
      ["tls.provided.privateKey: must be a string"],
    ],
    // secrets nest
    [
      "a secret below another",
      withApp({ secrets: { a: "x", "a.b": "y", "c.d": "z", c: { d: "z", e: "f" } } }),
      [
        "apps.sales.secrets.a.b: lies below a, which is a value itself",
        "apps.sales.secrets.c.d: is there twice: a dot in a name is a level",
      ],
    ],
    [
      "a secret with an empty level",
      withApp({ secrets: { "a..b": "x", ".": "x", c: { "d.": 1 } } }),
      ["a..b", ".", "c.d."].map(
        (name) => `apps.sales.secrets.${name}: must have a name before and after each dot`,
      ),
    ],
    [
      "secrets of a type that there is not",
      withApp({ secrets: { a: ["x"], b: { c: null, d: Number.NaN } } }),
      ["a", "b.c", "b.d"].map(
        (name) => `apps.sales.secrets.${name}: must be a string, a number, true, false or an object`,
      ),
    ],
    // what is too much
    ["an unknown field", { ...minimal, hots: "x" }, ["hots: is no field of the spec; did you mean hosts?"]],
    [
      "an unknown field of an app",
      withApp({ memory: "1Gi" }),
      ["apps.sales.memory: is no field of the spec"],
    ],
    [
      "source and image",
      withApp({ image: "x" }),
      ["apps.sales: must have exactly one of source, image, not source and image"],
    ],
    [
      "two kinds of tls",
      { ...minimal, tls: { selfSigned: {}, provided } },
      [
        "tls: must have exactly one of selfSigned, provided, secret, acm, certManager, acme, not selfSigned and provided",
      ],
    ],
    [
      "an app named as the gateway",
      { ...minimal, apps: { gateway: app } },
      ["apps.gateway: is the name of the site's own gateway: an app needs another"],
    ],
    [
      "more replicas than there may be",
      withApp({ replicas: 33 }),
      ["apps.sales.replicas: must be at most 32"],
    ],
    [
      "a time without a unit",
      withApp({ drainTimeout: "60" }),
      ["apps.sales.drainTimeout: must be a number with the unit s, m or h, for instance 30m"],
    ],
    ...(
      [
        [0, "must be at least 1"],
        [601, "must be at most 600"],
        [1.5, "must be a whole number"],
      ] as const
    ).map(([minReadySeconds, message]): [string, unknown, string[]] => [
      `a new version that is watched for ${minReadySeconds} s`,
      withApp({ minReadySeconds }),
      [`apps.sales.minReadySeconds: ${message}`],
    ]),
    ...["86401s", "1441m", "25h"].map((drainTimeout): [string, unknown, string[]] => [
      `a day and more to drain (${drainTimeout})`,
      withApp({ drainTimeout }),
      ["apps.sales.drainTimeout: must be 0s–24h"],
    ]),
    [
      "an entry with an image",
      { ...minimal, apps: { a: { image: "x", entry: "a.py" } } },
      ["apps.a.entry: goes with source: an image brings its own command"],
    ],
    [
      "a user twice",
      withBasic({ generatedUsers: ["b", "b"] }),
      ["auth.basic.generatedUsers.1: b is listed twice"],
    ],
    [
      "a generated user with a password",
      withBasic({ generatedUsers: ["anna"] }),
      ["auth.basic.generatedUsers.0: anna already has a password in auth.basic.users"],
    ],
    // what is not there yet, or elsewhere
    ["accounts", { ...minimal, auth: { accounts: {} } }, ["auth.accounts: not available on docker yet"]],
    ["cognito", { ...minimal, auth: { cognito: {} } }, ["auth.cognito: only available on aws"]],
    [
      "sessions",
      { ...minimal, sessions: { redis: {} } },
      ["sessions: needs auth.oidc: with auth.basic there are none"],
    ],
    ["acm", { ...minimal, tls: { acm: { zone: "Z0123" } } }, ["tls.acm: only available on aws"]],
    [
      "cert-manager",
      { ...minimal, tls: { certManager: { issuer: "letsencrypt" } } },
      ["tls.certManager: only available on kubernetes"],
    ],
    ["acme", { ...minimal, tls: { acme: {} } }, ["tls.acme: not available on docker yet"]],
    [
      "autoscaling",
      withApp({ autoscaling: { min: 1, max: 2 } }),
      ["apps.sales.autoscaling: not available on docker, which cannot scale by itself"],
    ],
    [
      "lists of e-mail addresses and groups",
      withApp({ allow: { emails: ["a@b.c"], groups: ["g"] } }),
      [
        "apps.sales.allow.emails: needs auth.oidc: with auth.basic use allow.users",
        "apps.sales.allow.groups: needs auth.oidc: with auth.basic use allow.users",
      ],
    ],
    // who
    [
      "a guest who is no user",
      withApp({ allow: { users: ["ben"] } }),
      ["apps.sales.allow.users.0: ben is no user of auth.basic"],
    ],
    [
      "an allow without lists",
      withApp({ allow: {} }),
      [
        "apps.sales.allow: must list users, emails or groups; leave allow out to let in everyone who is signed in",
      ],
    ],
    // numbers
    ["the same port twice", { ...minimal, ports: { https: 8080 } }, ["ports: https and http must differ"]],
    ["port 0", { ...minimal, ports: { http: 0 } }, ["ports.http: must be 1–65535"]],
    ["half a port", { ...minimal, ports: { http: 80.5 } }, ["ports.http: must be a whole number"]],
    ["a port as text", { ...minimal, ports: { https: "443" } }, ["ports.https: must be a whole number"]],
    [
      "an address that is a name",
      { ...minimal, ports: { address: "localhost" } },
      ["ports.address: must be an IPv4 address of this machine"],
    ],
    [
      "too little CPU",
      withApp({ resources: { cpu: 0.09 } }),
      ["apps.sales.resources.cpu: must be at least 0.1"],
    ],
    [
      "CPU in too fine steps",
      withApp({ resources: { cpu: 0.105 } }),
      ["apps.sales.resources.cpu: must be a multiple of 0.01"],
    ],
    [
      "too little memory",
      withApp({ resources: { memory: "127Mi" } }),
      ["apps.sales.resources.memory: must be at least 128Mi: Streamlit itself needs as much"],
    ],
    [
      "memory without a unit",
      withApp({ resources: { memory: "512" } }),
      ["apps.sales.resources.memory: must be a number with the unit Mi or Gi, for instance 512Mi"],
    ],
    [
      "uploads of half a megabyte",
      withApp({ streamlit: { "server.maxUploadSize": 0.5 } }),
      ["apps.sales.streamlit.server.maxUploadSize: must be a whole number of MB, 1–10000"],
    ],
    // sign-in
    [
      "a short password",
      withBasic({ users: { anna: "short" } }),
      ["auth.basic.users.anna: a password needs at least 12 characters"],
    ],
    [
      "a password of which bcrypt ignores the end",
      withBasic({ users: { anna: "é".repeat(37) } }),
      ["auth.basic.users.anna: a password has at most 72 bytes: bcrypt ignores what follows"],
    ],
    [
      "a hash that is none",
      withBasic({ users: { anna: "$2y$11$tooshort" } }),
      [
        "auth.basic.users.anna: looks like a hash, but is no complete bcrypt hash ($2a$, $2b$ or $2y$, 60 characters)",
      ],
    ],
    [
      "another kind of hash",
      withBasic({ users: { anna: "$apr1$abcdefgh$ijklmnopqrstuvwxyz0123" } }),
      [
        "auth.basic.users.anna: looks like a hash, but is no complete bcrypt hash ($2a$, $2b$ or $2y$, 60 characters)",
      ],
    ],
    [
      "a hash that is too easy to crack",
      withBasic({ users: { anna: `$2b$09$${"a".repeat(53)}` } }),
      [
        "auth.basic.users.anna: a bcrypt hash must have cost 10, 11 or 12: less is too easy to crack, more would let others wait who sign in",
      ],
    ],
    [
      "a realm that means no sign-in to nginx",
      withBasic({ realm: "off" }),
      ["auth.basic.realm: must not be off, which would switch the sign-in off"],
    ],
    [
      "a host that would be such a realm",
      { ...minimal, host: "off" },
      ["auth.basic.realm: must not be off, which would switch the sign-in off"],
    ],
    [
      "a setting of Streamlit's as environment variable",
      withApp({ environment: { STREAMLIT_SERVER_PORT: "1" } }),
      [
        "apps.sales.environment.STREAMLIT_SERVER_PORT: Streamlit's settings belong in `streamlit`, where those of the gateway cannot be overridden",
      ],
    ],
  ])("is told what is wrong with %s", (_, spec, expected) => {
    expect(lines(spec)).toEqual(expected);
  });

  it("may name a realm as the host when the host is off", () => {
    expect(
      lines({ ...minimal, host: "off", auth: { basic: { realm: "Site", generatedUsers: ["a"] } } }),
    ).toEqual([]);
  });

  it.each([
    "server.address",
    "server.port",
    "server.headless",
    "server.baseUrlPath",
    "server.enableCORS",
    "server.corsAllowedOrigins",
    "server.allowedHosts",
    "server.enableXsrfProtection",
    "server.trustedUserHeaders",
    "server.trustedUserHeaders.Evil",
    "server.scriptHealthCheckEnabled",
    "server.sslCertFile",
    "server.cookieSecret",
    "browser.serverAddress",
    "browser.serverPort",
    "browser.gatherUsageStats",
    "client.allowedOrigins",
    "global.developmentMode",
  ])("must not set %s, which is the gateway's", (option) => {
    expect(lines(withApp({ streamlit: { [option]: "x" } }))).toEqual([
      expect.stringMatching(`^apps\\.sales\\.streamlit\\.${option}: is set by the gateway: `),
    ]);
  });

  it.each([
    "Site.example.com",
    "a b",
    "a/b",
    "a:1",
    "a.",
    ".a",
    "-a",
    "a_b",
    "*.a",
    "300.1.1.1",
    "1.2.3",
    "",
    "a..b",
    "é.de",
    "[::1]",
    "x".repeat(64),
  ])("must not have the host %j", (host) => {
    expect(faults({ ...minimal, host }).map(({ path }) => path)).toEqual(["host"]);
  });

  it.each(["a b", "a:b", "", "é", "a\n", "a,b", 'a"', "a/b", "x".repeat(65)])(
    "must not name a user %j",
    (name) => {
      expect(faults(withBasic({ users: { [name]: password } })).map(({ path }) => path)).toEqual([
        `auth.basic.users.${name}`,
      ]);
      expect(faults(withBasic({ generatedUsers: [name] })).map(({ path }) => path)).toEqual([
        "auth.basic.generatedUsers.0",
      ]);
    },
  );

  it.each(["Sales", "1a", "-a", "a-", "a_b", "a.b", "", "x".repeat(33)])(
    "must not name an app %j",
    (name) => {
      expect(faults({ ...minimal, apps: { [name]: app } }).map(({ path }) => path)).toEqual([`apps.${name}`]);
    },
  );
});

describe("former routes", () => {
  const former = (...byApp: [name: string, route: string, ...formerRoutes: string[]][]): string[] =>
    lines({
      ...minimal,
      apps: Object.fromEntries(
        byApp.map(([name, route, ...formerRoutes]) => [name, { ...app, route, formerRoutes }]),
      ),
    });

  it("may be / where no app is there, and any path that no app has", () => {
    expect(former(["a", "/a", "/", "/old", "/old/older"], ["b", "/b", "/b2"])).toEqual([]);
  });

  it("must not be where an app is, below one, or where another app was", () => {
    expect(former(["a", "/", "/b", "/b/c"], ["b", "/b", "/", "/old"], ["c", "/c", "/old"])).toEqual([
      "apps.a.formerRoutes[0]: /b is the route of apps.b",
      "apps.a.formerRoutes[1]: /b/c lies below /b, the route of apps.b",
      "apps.b.formerRoutes[0]: / is the route of apps.a",
      "apps.c.formerRoutes[0]: /old is already among the formerRoutes of apps.b",
    ]);
  });

  it("must not take the gateway's paths, nor Streamlit's from an app at /", () => {
    expect(former(["a", "/", "/static/x"], ["b", "/b", "/oauth2"])).toEqual([
      "apps.a.formerRoutes[0]: /static is a path of Streamlit itself, which apps.a serves at /",
      "apps.b.formerRoutes[0]: /oauth2 is the gateway's own path",
    ]);
  });
});

describe("routes", () => {
  const routes = (byName: Record<string, string | undefined>): string[] =>
    lines({
      ...minimal,
      apps: Object.fromEntries(
        Object.entries(byName).map(([name, route]) => [
          name,
          { ...app, ...(route !== undefined && { route }) },
        ]),
      ),
    });

  it("must differ", () => {
    expect(routes({ a: "/x", b: "/x" })).toEqual(["apps.b.route: /x is already the route of apps.a"]);
  });

  it("must differ from the default route of another app", () => {
    expect(routes({ a: undefined, b: "/a" })).toEqual(["apps.b.route: /a is already the route of apps.a"]);
  });

  it("must not lie below another", () => {
    expect(routes({ a: "/x", b: "/x/y" })).toEqual([
      "apps.b.route: /x/y lies below /x, the route of apps.a, and would hide pages of it",
    ]);
  });

  it("may begin like another", () => {
    expect(routes({ a: "/x", b: "/xy" })).toEqual([]);
  });

  it("may lie below /", () => {
    expect(routes({ a: "/", b: "/x" })).toEqual([]);
  });

  it.each(["healthz", "oauth2"])("must not take the gateway's path /%s", (name) => {
    expect(routes({ a: `/${name}` })).toEqual([`apps.a.route: /${name} is the gateway's own path`]);
    expect(routes({ a: `/${name}/x` })).toEqual([`apps.a.route: /${name} is the gateway's own path`]);
    expect(routes({ [name]: undefined, other: undefined })).toEqual([
      `apps.${name}.route: /${name} is the gateway's own path`,
    ]);
  });

  it.each(["static", "media", "component", "app"])(
    "must not take Streamlit's path /%s from an app at /",
    (name) => {
      expect(routes({ home: "/", other: `/${name}` })).toEqual([
        `apps.other.route: /${name} is a path of Streamlit itself, which apps.home serves at /`,
      ]);
      expect(routes({ a: `/${name}`, b: "/x" })).toEqual([]);
    },
  );

  it.each([
    "x",
    "/x/",
    "//",
    "/X",
    "/a b",
    "/_gateway",
    "/_stcore",
    "/a/../b",
    "/.",
    "/a?b",
    "/a%20",
    "",
    "/é",
    "/a-",
    "/.well-known",
  ])("must not be %j", (route) => {
    expect(faults(withApp({ route })).map(({ path }) => path)).toEqual(["apps.sales.route"]);
  });
});

describe("a value that is not known yet", () => {
  // Right for every field below: it is checked when it is known.
  const later = pulumi.secret("known-later-on");

  it.each<[string, object]>([
    ["password", withBasic({ users: { anna: later } })],
    ["environment variable", withApp({ environment: { A: later } })],
    ["secret", withApp({ secrets: { A: later } })],
    ["promised secret", withApp({ secrets: { A: Promise.resolve("x") } })],
    [
      "certificate",
      {
        ...minimal,
        tls: {
          provided: {
            certificate: pulumi.secret(provided.certificate),
            privateKey: pulumi.secret(provided.privateKey),
          },
        },
      },
    ],
    ["image", { ...minimal, apps: { a: { image: later } } }],
  ])("is taken as %s", (_, spec) => {
    expect(lines(spec)).toEqual([]);
  });

  it("is refused where the shape of the site depends on it", () => {
    const tooLate = "must be known when the program runs: it cannot be an Output";
    expect(lines({ ...minimal, host: later })).toEqual([`host: ${tooLate}`]);
    expect(lines(withApp({ route: later }))).toEqual([`apps.sales.route: ${tooLate}`]);
  });
});

describe("the message", () => {
  it.each([
    "hunter2",
    "x".repeat(73) + "hunter2",
    "$2b$09$hunter2",
    "hunter2\nhunter2",
    "$2y$hunter2",
    `$2b$04$${"hunter2".repeat(8).slice(0, 53)}`,
  ])("does not show the bad password %j", (secret) => {
    const found = lines(withBasic({ users: { anna: secret } }));
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain("hunter2");
  });

  it("shows no secret of a spec that has other faults, nor one of the wrong type", () => {
    const found = lines({
      host: 1,
      apps: {
        a: {
          source: "a",
          secrets: { A: ["hunter2"], B: "hunter2", C: { x: "hunter2" } },
          environment: { D: ["hunter2"] },
        },
      },
      auth: { basic: { users: { anna: { password: "hunter2" }, ben: ["hunter2"] } } },
      tls: { provided: { certificate: ["hunter2"], privateKey: ["hunter2"] } },
    });
    expect(found.length).toBeGreaterThan(5);
    expect(found.join()).not.toContain("hunter2");
  });

  it("is a sentence of ours, whatever the type of the value", () => {
    const wrong = [null, 1, true, [], ["x"], {}, "\n"];
    for (const value of wrong)
      for (const spec of [
        value,
        ...["host", "title", "logo", "ports", "apps", "auth", "sessions", "tls", "images"].map((key) => ({
          ...minimal,
          [key]: value,
        })),
        ...[
          "source",
          "image",
          "entry",
          "workingDir",
          "route",
          "title",
          "description",
          "icon",
          "replicas",
          "drainTimeout",
          "minReadySeconds",
          "autoscaling",
          "resources",
          "environment",
          "secrets",
          "streamlit",
          "egress",
          "egressTo",
          "volumes",
          "forwardHeaders",
          "allow",
        ].map((key) => withApp({ [key]: value })),
        ...["realm", "users", "generatedUsers"].map((key) => withBasic({ [key]: value })),
      ])
        for (const { path, message } of faults(spec)) {
          expect(path).not.toBe("");
          expect(message).not.toMatch(/invalid|received|expected|undefined|\bzod\b/i);
        }
  });
});

describe("input of any shape", () => {
  // Names that every object has, and values that nothing can be said of.
  const name = fc.oneof(
    fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "then", ...nasty),
    fc.constantFrom(
      "host",
      "ports",
      "https",
      "apps",
      "auth",
      "basic",
      "users",
      "allow",
      "source",
      "route",
      "resources",
      "memory",
      "streamlit",
      "tls",
      "provided",
      "generatedUsers",
      "a",
    ),
  );
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, undefined, 0, NaN, -1, 1e300, "", "a", "/a", true),
      fc.constantFrom(...nasty),
      fc.array(tie("any"), { maxLength: 3 }),
      fc
        .array(fc.tuple(name, tie("any")), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries) as object),
    ),
  }));

  it("is taken or refused with a SiteSpecError, never another error", () => {
    fc.assert(
      fc.property(any, (spec) => {
        faults(spec); // It throws what is no SiteSpecError.
      }),
      { numRuns: 1000 },
    );
  });

  it("is so in every place of a spec that is right otherwise", () => {
    const paths = [
      "host",
      "title",
      "logo",
      "ports",
      "ports.https",
      "ports.address",
      "apps",
      "apps.sales",
      "apps.sales.source",
      "apps.sales.image",
      "apps.sales.entry",
      "apps.sales.route",
      "apps.sales.title",
      "apps.sales.description",
      "apps.sales.icon",
      "apps.sales.replicas",
      "apps.sales.drainTimeout",
      "apps.sales.minReadySeconds",
      "apps.sales.resources",
      "apps.sales.resources.memory",
      "apps.sales.resources.cpu",
      "apps.sales.environment",
      "apps.sales.secrets",
      "apps.sales.streamlit",
      "apps.sales.volumes",
      "apps.sales.volumes.data",
      "apps.sales.volumes.data.path",
      "apps.sales.allow",
      "apps.sales.allow.users",
      "auth",
      "auth.basic",
      "auth.basic.realm",
      "auth.basic.users",
      "auth.basic.users.anna",
      "auth.basic.generatedUsers",
      "tls",
      "tls.provided",
      "images",
      "images.nginx",
    ];
    const put = (into: unknown, [key = "", ...rest]: string[], value: unknown): object => ({
      ...(into as object),
      [key]:
        rest.length === 0 ? value : put((into as Record<string, unknown> | undefined)?.[key], rest, value),
    });
    fc.assert(
      fc.property(fc.constantFrom(...paths), any, (path, value) => {
        faults(put(minimal, path.split("."), value));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["__proto__", "constructor", "toString"])(
    "may use %s as a name only where it is an ordinary one",
    (name) => {
      const one = (value: unknown): object => Object.fromEntries([[name, value]]);
      const as = {
        app: { ...minimal, apps: one(app) },
        user: withBasic({ users: one(password) }),
        secret: withApp({ secrets: one("x") }),
        variable: withApp({ environment: one("x") }),
      };
      const refused = Object.entries(as)
        .filter(([, spec]) => faults(spec).length > 0)
        .map(([kind]) => kind);
      expect(refused).toEqual(
        { __proto__: ["app", "user", "secret", "variable"], constructor: [], toString: ["app"] }[name],
      );
    },
  );

  it("is taken when it is a valid spec", () => {
    fc.assert(
      fc.property(validSpec, (spec) => {
        expect(lines(spec)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
