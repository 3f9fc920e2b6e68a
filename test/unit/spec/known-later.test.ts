/** Values that are known only later: where a spec may have them, and what is said of one that turns out to be wrong. */
import * as pulumi from "@pulumi/pulumi";
import type { ExistingNetworkArgs, SiteArgs } from "../../../components/spec/args";
import type { Target } from "../../../components/spec/capabilities";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { isKnownLater, isOutput, isPromise } from "../../../components/spec/known-later";
import type { AwsSiteSpec, Cognito, Site } from "../../../components/spec/site";
import { certificate, provided as pair } from "../certificates";
import { fields } from "./schema-fields";

const basic = { users: { ben: "correct horse battery" } };
const oidc = { provider: "oidc", issuer: "https://id.example.com", clientId: "site", clientSecret: "secret" };

function spec(own: object): SiteArgs {
  return { host: "site.example.com", apps: { sales: { source: "apps/sales" } }, auth: { basic }, ...own };
}

const withApp = (own: object): SiteArgs => spec({ apps: { sales: { source: "apps/sales", ...own } } });
const withOidc = (own: object): SiteArgs => spec({ auth: { oidc: { ...oidc, ...own } } });
const withRegistry = (own: object): SiteArgs =>
  spec({
    expose: { nodePort: {} },
    registry: { address: "registry.example.com", username: "ci", password: "token", ...own },
  });
const withCognito = (own: object): SiteArgs => spec({ auth: { cognito: {} }, ...own });
const withCertificate = (own: object): SiteArgs => spec({ tls: { provided: { ...pair, ...own } } });

/** A field that takes values that are known later. */
interface InputField {
  /** Its path in the schema. */
  field: string;
  path: string;
  put: (value: unknown) => SiteArgs;
  read: (site: Site) => unknown;
  good: string;
  /** Values that are wrong, each with what is said of it. */
  bad: [unknown, string][];
  /** Where there is such a field. @default docker */
  target?: Target;
}

const noString: [unknown, string][] = [
  [{ hunter2: "hunter2" }, "must be a string"],
  [undefined, "must be a string"],
];
const lineBreak = "must not contain line breaks or other control characters";
const noText = "must be valid Unicode without NUL";
const provided = ({ tls }: Site): { certificate?: unknown; privateKey?: unknown } =>
  "provided" in tls ? tls.provided : {};

/** With the key of the pair, for another host. */
const elsewhere = certificate({ dnsNames: ["hunter.example.com"], key: pair.privateKey }).certificate;

const acm = ({ tls }: Site): { zone?: unknown; certificateArn?: unknown } => ("acm" in tls ? tls.acm : {});
const existingNetwork = ({ aws }: Site): Partial<ExistingNetworkArgs> =>
  "existing" in aws.network ? aws.network.existing : {};
const cognito = (site: Site): Cognito => (site as unknown as AwsSiteSpec).auth.cognito!;
const withFederation = (federation: object): SiteArgs =>
  spec({ auth: { cognito: { allow: { emailDomains: ["example.com"] }, federation } } });
const withNetwork = (own: object): SiteArgs =>
  withCognito({
    network: {
      existing: {
        vpc: "vpc-0a1b2c3d",
        publicSubnets: ["subnet-0a1b", "subnet-0a1c"],
        privateSubnets: ["subnet-0a1d", "subnet-0a1e"],
        ...own,
      },
    },
  });
const noArn = (example: string): [unknown, string][] => [
  ["arn:aws:hunter2", `must be an ARN: ${example}`],
  ...noString,
];

/** Those of AWS alone. */
const awsFields: InputField[] = [
  {
    field: "tls.acm.zone",
    path: "tls.acm.zone",
    put: (zone) => withCognito({ tls: { acm: { zone } } }),
    read: (site) => acm(site).zone,
    good: "Z0123456789ABC",
    bad: [
      ["hunter2", "must be the id of a hosted zone of Route 53, for instance Z0123456789ABC"],
      ...noString,
    ],
  },
  {
    field: "tls.acm.certificateArn",
    path: "tls.acm.certificateArn",
    put: (certificateArn) => withCognito({ tls: { acm: { certificateArn } } }),
    read: (site) => acm(site).certificateArn,
    good: "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b-2c3d",
    bad: noArn("arn:aws:acm:<region>:<account>:certificate/<id>"),
  },
  {
    field: "network.existing.vpc",
    path: "network.existing.vpc",
    put: (vpc) => withNetwork({ vpc }),
    read: (site) => existingNetwork(site).vpc,
    good: "vpc-0123456789abcdef0",
    bad: [["hunter2", "must be an id that begins with vpc-"], ...noString],
  },
  ...(["publicSubnets", "privateSubnets"] as const).map((name): InputField => ({
    field: `network.existing.${name}.*`,
    path: `network.existing.${name}.0`,
    put: (subnet) => withNetwork({ [name]: [subnet, "subnet-0123"] }),
    read: (site) => existingNetwork(site)[name]?.[0],
    good: "subnet-0123456789abcdef0",
    bad: [["hunter2", "must be an id that begins with subnet-"], ...noString],
  })),
  {
    field: "waf.webAclArn",
    path: "waf.webAclArn",
    put: (webAclArn) => withCognito({ waf: { webAclArn } }),
    read: ({ aws: { waf } }) => waf && "webAclArn" in waf && waf.webAclArn,
    good: "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/site/0a1b-2c3d",
    bad: noArn("arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>"),
  },
  {
    field: "kmsKeyArn",
    path: "kmsKeyArn",
    put: (kmsKeyArn) => withCognito({ kmsKeyArn }),
    read: ({ aws }) => aws.kmsKeyArn,
    good: "arn:aws:kms:eu-central-1:123456789012:key/0a1b-2c3d",
    bad: noArn("arn:aws:kms:<region>:<account>:key/<id>"),
  },
  {
    field: "alarms.topicArn",
    path: "alarms.topicArn",
    put: (topicArn) => withCognito({ alarms: { topicArn } }),
    read: ({ aws }) => aws.alarmTopicArn,
    good: "arn:aws:sns:eu-central-1:123456789012:alarms",
    bad: noArn("arn:aws:sns:<region>:<account>:<topic>"),
  },
  ...(["clientId", "clientSecret"] as const).flatMap((name): InputField[] => {
    const client = { clientId: "site", clientSecret: "secret" };
    const bad: [unknown, string][] = [["hunter2\n", lineBreak], ["", "must not be empty"], ...noString];
    return [
      {
        field: `auth.cognito.federation.google.${name}`,
        path: `auth.cognito.federation.google.${name}`,
        put: (value) => withFederation({ google: { ...client, [name]: value } }),
        read: (site) => cognito(site).google?.[name],
        good: "analytics",
        bad,
      },
      {
        field: `auth.cognito.federation.oidc.*.${name}`,
        path: `auth.cognito.federation.oidc.staff.${name}`,
        put: (value) =>
          withFederation({ oidc: { staff: { issuer: "https://id.example.com", ...client, [name]: value } } }),
        read: (site) => cognito(site).oidc.staff?.[name],
        good: "analytics",
        bad,
      },
    ];
  }),
];
const onAws = awsFields.map((field) => ({ ...field, target: "aws" as const }));

const inputFields: InputField[] = [
  {
    field: "apps.*.image",
    path: "apps.sales.image",
    put: (image) => withApp({ source: undefined, image }),
    read: ({ apps: [sales] }) => sales && "image" in sales.source && sales.source.image,
    good: "registry.example.com/sales:1",
    bad: [
      [
        "hunter2 hunter2",
        "must be an image reference, for instance registry.example.com/name@sha256:… or name:tag",
      ],
      ...noString,
    ],
  },
  {
    field: "apps.*.environment.*",
    path: "apps.sales.environment.REGION",
    put: (value) => withApp({ environment: { REGION: value } }),
    read: ({ apps: [sales] }) => sales?.environment.REGION,
    good: "eu",
    bad: [["hunter2\0", noText], ...noString],
  },
  {
    field: "apps.*.secrets.*",
    path: "apps.sales.secrets.DB_PASSWORD",
    put: (value) => withApp({ secrets: { DB_PASSWORD: value } }),
    read: ({ apps: [sales] }) => sales?.secrets.DB_PASSWORD,
    good: "secret of the database\n",
    // An object that is known now nests: see test/unit/streamlit/secrets.test.ts.
    bad: [
      ["hunter2\ud800", noText],
      [undefined, "must be a string"],
    ],
  },
  {
    field: "auth.basic.users.*",
    path: "auth.basic.users.anna",
    put: (value) => spec({ auth: { basic: { users: { anna: value } } } }),
    read: ({ auth }) => auth.basic?.users.anna,
    good: "correct horse battery",
    bad: [
      ["hunter2", "a password needs at least 12 characters"],
      [`hunter2${"x".repeat(66)}`, "a password has at most 72 bytes: bcrypt ignores what follows"],
      ...noString,
    ],
  },
  {
    field: "auth.oidc.clientId",
    path: "auth.oidc.clientId",
    put: (clientId) => withOidc({ clientId }),
    read: ({ auth }) => auth.oidc?.clientId,
    good: "analytics",
    bad: [["hunter2\n", lineBreak], ["", "must not be empty"], ...noString],
  },
  {
    field: "auth.oidc.clientSecret",
    path: "auth.oidc.clientSecret",
    put: (clientSecret) => withOidc({ clientSecret }),
    read: ({ auth }) => auth.oidc?.clientSecret,
    good: "secret of the client",
    bad: [["hunter2\nhunter2", lineBreak], ["", "must not be empty"], ...noString],
  },
  {
    field: "auth.oidc.caCertificate",
    path: "auth.oidc.caCertificate",
    put: (caCertificate) => withOidc({ caCertificate }),
    read: ({ auth }) => auth.oidc?.caCertificate,
    good: pair.certificate,
    bad: [["hunter2", "must be a certificate in PEM, or several"], ...noString],
  },
  {
    field: "auth.oidc.network",
    path: "auth.oidc.network",
    put: (network) => withOidc({ network }),
    read: ({ auth }) => auth.oidc?.network,
    good: "provider",
    bad: [["hunter2 hunter2", "must be the name of a Docker network"], ...noString],
  },
  ...(["username", "password"] as const).map((name): InputField => ({
    field: `registry.${name}`,
    path: `registry.${name}`,
    put: (value) => withRegistry({ [name]: value }),
    read: ({ registry }) => registry?.[name],
    good: "somebody",
    bad: [["hunter2\n", lineBreak], ...noString],
    target: "kubernetes",
  })),
  {
    field: "tls.provided.certificate",
    path: "tls.provided.certificate",
    put: (certificate) => withCertificate({ certificate }),
    read: (site) => provided(site).certificate,
    good: pair.certificate,
    bad: [
      ["hunter2", "must be PEM: the certificate for the host, then those of its chain"],
      [elsewhere, "must be for site.example.com: it is for DNS:hunter.example.com"],
      ...noString,
    ],
  },
  {
    field: "tls.provided.privateKey",
    path: "tls.provided.privateKey",
    put: (privateKey) => withCertificate({ privateKey }),
    read: (site) => provided(site).privateKey,
    good: pair.privateKey,
    bad: [
      ["hunter2", "must be a private key in PEM"],
      [certificate({}).privateKey, "must be the key of the certificate: it is another's"],
      ...noString,
    ],
  },
  ...onAws,
];

/** What Pulumi itself asks an Output for. */
interface Inner {
  promise: () => Promise<unknown>;
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
  allResources: () => Promise<unknown>;
}

/** An Output's parts, once all of them are there. */
async function parts(value: unknown): Promise<{ value: unknown; known: boolean; secret: boolean }> {
  expect(pulumi.Output.isInstance(value)).toBe(true);
  const output = value as Inner;
  const all = [output.promise(), output.isKnown, output.isSecret, output.allResources()] as const;
  await Promise.allSettled(all);
  const [inner, known, secret] = await Promise.all(all);
  return { value: inner, known, secret };
}

/** The fault that an Output or a promise is rejected with. */
async function fault(value: unknown): Promise<unknown> {
  const settled = isPromise(value) ? value : parts(value);
  return settled.then(
    () => undefined,
    (error: unknown) => error,
  );
}

it("tries here every field that takes a value which is known later", () => {
  const known = fields().filter(({ input }) => input);
  expect(inputFields.map(({ field }) => field).sort()).toEqual(known.map(({ path }) => path).sort());
});

describe.each(inputFields.map((field) => [field.field, field] as const))("%s", (_, field) => {
  const { path, put, read, good, bad, target = "docker" } = field;
  const checked = (value: unknown): unknown => read(checkSite(put(value), target));
  const line = (message: string): string => `the site's spec has a fault:\n  ${path}: ${message}`;

  it("takes an Output, which keeps its value", async () => {
    expect(await parts(checked(pulumi.output(good)))).toEqual({ value: good, known: true, secret: false });
  });

  it("takes a secret, which stays one", async () => {
    expect(await parts(checked(pulumi.secret(good)))).toEqual({ value: good, known: true, secret: true });
  });

  it("takes an Output that a preview does not know", async () => {
    const unknown = pulumi.secret(pulumi.unknown as string);
    expect(await parts(checked(unknown))).toMatchObject({ known: false, secret: true });
  });

  it("takes a promise, also one of an Output", async () => {
    expect(await checked(Promise.resolve(good))).toBe(good);
    const nested = pulumi.output(checked(Promise.resolve(pulumi.secret(good))));
    expect(await parts(nested)).toEqual({ value: good, known: true, secret: true });
  });

  it.each(bad)("refuses an Output of %j when it is known, without showing it", async (value, message) => {
    const error = await fault(checked(pulumi.output(value)));
    expect(error).toBeInstanceOf(SiteSpecError);
    expect((error as SiteSpecError).faults).toEqual([{ path, message }]);
    expect((error as SiteSpecError).message).toBe(line(message));
    expect(String(error)).not.toContain("hunter2");
  });

  it.each(bad)("refuses a secret and a promise of %j in the same words", async (value, message) => {
    const inner = await checked(Promise.resolve(pulumi.output(value)));
    for (const later of [checked(pulumi.secret(value)), checked(Promise.resolve(value)), inner])
      expect(((await fault(later)) as Error).message).toBe(line(message));
  });

  // One that is undefined was left out, which is no fault where the field may be.
  it.each(bad.filter(([value]) => value !== undefined))(
    "refuses %j at once when that is known",
    (value, message) => {
      expect(() => checkSite(put(value), target)).toThrow(line(message));
    },
  );

  it("passes on why a value will never be known", async () => {
    const reason = new Error("no such thing");
    expect(await fault(checked(Promise.reject(reason)))).toBe(reason);
  });
});

describe("a value that has to be known when the program runs", () => {
  const full = {
    host: "site.example.com",
    ports: { https: 443, http: 80, address: "127.0.0.1" },
    apps: {
      sales: {
        source: "apps/sales",
        entry: "a.py",
        workingDir: "/app",
        route: "/sales",
        title: "Sales",
        replicas: 1,
        drainTimeout: "1m",
        resources: { cpu: 1, memory: "1Gi" },
        environment: { A: "b" },
        secrets: { A: "b" },
        streamlit: { "theme.base": "dark" },
        egress: false,
        egressTo: ["db.example.com:5432"],
        volumes: { data: { path: "/data", shared: true } },
      },
    },
    tls: { provided: pair },
    images: { python: "a", nginx: "b", oauth2Proxy: "c", redis: "d" },
  };
  const withBasic = { ...full, auth: { basic: { realm: "R", users: basic.users, generatedUsers: ["gen"] } } };
  const oidcAllow = { emailDomains: ["a.com"], emails: ["a@b.c"], groups: ["g"] };
  const withOidc = {
    ...full,
    apps: {
      sales: { ...full.apps.sales, allow: { users: ["a"], emails: ["a@b.c"], groups: ["g"] } },
    },
    auth: {
      oidc: {
        ...oidc,
        scopes: ["openid", "x"],
        groupsClaim: "groups",
        allow: oidcAllow,
        bearer: true,
        audiences: ["a"],
        endSessionEndpoint: "https://id.example.com/logout",
        caCertificate: pair.certificate,
        network: "n",
      },
    },
    sessions: {
      redis: { lifetime: "2h", refresh: "1h", checkInterval: "5s", connectionCheckInterval: "5s" },
    },
  };
  const isPlain = (path: string[]): boolean => {
    const generic = path
      .map((key, index) =>
        path[index - 1] === "apps" ||
        ["environment", "secrets", "streamlit", "volumes", "users"].includes(path[index - 1] ?? "") ||
        /^\d+$/.test(key)
          ? "*"
          : key,
      )
      .join(".");
    const field = fields().find((one) => one.path === generic.replace("streamlit.*.base", "streamlit.*"));
    if (field === undefined) throw new Error(`no field ${generic}`);
    return !field.input;
  };
  const paths = (value: unknown, at: string[] = []): string[][] =>
    typeof value !== "object" || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...paths(inner, [...at, key])]);
  const put = (into: unknown, [key = "", ...rest]: string[], value: unknown): object => {
    const inner = rest.length === 0 ? value : put((into as Record<string, unknown>)[key], rest, value);
    return Array.isArray(into)
      ? into.map((entry: unknown, index) => (String(index) === key ? inner : entry))
      : { ...(into as object), [key]: inner };
  };
  const lines = (args: unknown): string[] => {
    try {
      checkSite(args as SiteArgs, "docker");
    } catch (error) {
      if (error instanceof SiteSpecError)
        return error.faults.map(({ path, message }) => `${path}: ${message}`);
      throw error;
    }
    return [];
  };
  const tooLate = "must be known when the program runs: it cannot be";

  const places = [withBasic, withOidc].flatMap((base) =>
    paths(base)
      .filter(isPlain)
      .map((path) => [path.join("."), base, path] as const),
  );

  it("is in many places", () => {
    expect([lines(withBasic), lines(withOidc)]).toEqual([[], []]);
    expect(places.length).toBeGreaterThan(80);
  });

  /** What else is missed where the value would be. */
  const missed: Record<string, string[]> = {
    auth: ["sessions: needs auth.oidc: with auth.basic there are none"],
    "auth.oidc.scopes.0": ["auth.oidc.scopes: must include openid"],
    "auth.oidc.bearer": ["auth.oidc.audiences: needs bearer: true"],
  };

  it.each(places)("is that of %s, which is said when it is not", (at, base, path) => {
    const more = base === withOidc ? (missed[at] ?? []) : [];
    expect(lines(put(base, path, pulumi.output("x")))).toEqual([`${at}: ${tooLate} an Output`, ...more]);
    expect(lines(put(base, path, Promise.resolve("x")))).toEqual([`${at}: ${tooLate} a promise`, ...more]);
  });

  it("is the whole spec", () => {
    expect(lines(pulumi.output(withBasic))).toEqual([`(the spec): ${tooLate} an Output`]);
  });

  it("is said beside the other faults", () => {
    expect(lines({ ...withBasic, host: pulumi.output("x"), hots: "x", ports: { https: 0 } })).toEqual([
      `host: ${tooLate} an Output`,
      "ports.https: must be 1–65535",
      "hots: is no field of the spec; did you mean hosts?",
    ]);
  });
});

describe("a value that is known later", () => {
  it("is an Output, of any copy of Pulumi, or a promise", () => {
    const later = [pulumi.output(1), pulumi.secret("a"), pulumi.output({ a: 1 }), Promise.resolve(1)];
    expect(later.map(isKnownLater)).toEqual([true, true, true, true]);
    expect(later.map(isOutput)).toEqual(later.map((value) => pulumi.Output.isInstance(value)));
    expect(later.map(isPromise)).toEqual([false, false, false, true]);
    expect(isOutput({ __pulumiOutput: true })).toBe(true);
    expect(isPromise({ then: () => undefined })).toBe(true);
  });

  it("is nothing else", () => {
    const now = [undefined, null, 0, "", "then", [], {}, { then: 1 }, { __pulumiOutput: "x" }, () => 1];
    expect(now.filter(isKnownLater)).toEqual([]);
  });
});
