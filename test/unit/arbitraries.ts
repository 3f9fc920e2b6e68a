/** Specs for property tests: any that is valid, and strings that try to break out of where they are put. */
import * as fc from "fast-check";
import { stringify } from "smol-toml";
import type { AppArgs, OidcArgs, SiteArgs, VolumeArgs } from "../../components/spec/args";
import { type Target, targets } from "../../components/spec/capabilities";
import type { StreamlitSetting } from "../../components/spec/site";
import { type KnownSecrets, secretConflicts } from "../../components/streamlit/secrets";

const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const characters = (set: string): fc.Arbitrary<string> => fc.constantFrom(...set);

/** Letters and digits outside, hyphens inside, too. */
function label(maxLength: number, first = lowerCase + digits): fc.Arbitrary<string> {
  return fc
    .tuple(
      characters(first),
      fc.string({ unit: characters(`${lowerCase}${digits}-`), maxLength: maxLength - 2 }),
      characters(lowerCase + digits),
    )
    .map((parts) => parts.join(""));
}

export const host: fc.Arbitrary<string> = fc.oneof(
  fc.array(label(20, lowerCase), { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
  fc.constantFrom("localhost", "xn--mnchen-3ya.de", "a", `${"x".repeat(63)}.`.repeat(3) + "y".repeat(61)),
  fc.ipV4(),
);

/** Names that some code somewhere might treat in a special way, and any others. */
export const appName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("index", "index-page", "nginx", "constructor", "sign-in", "a", "x".repeat(32)),
  label(12, lowerCase),
);

/** Not the one name that is refused everywhere, which fast-check likes to try. */
const name = (text: string): boolean => text !== "__proto__";

export const userName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("constructor", "a.b+c@example.com", "-", "default", "0", "1", "volatile", "hostnames"),
  fc
    .string({
      unit: characters(`${lowerCase}${lowerCase.toUpperCase()}${digits}._@+-`),
      minLength: 1,
      maxLength: 64,
    })
    .filter(name),
);

const printableAscii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");

export const realm: fc.Arbitrary<string> = fc
  .string({ unit: characters(printableAscii.replaceAll(/["\\$]/g, "")), minLength: 1, maxLength: 64 })
  .filter((text) => text !== "off");

const password = fc.oneof(
  fc
    .string({ unit: characters(printableAscii), minLength: 12, maxLength: 72 })
    .map((text) => `.${text.slice(1)}`),
  fc.constantFrom("2a", "2b", "2y").map((kind) => `$${kind}$11$${"./Az09".repeat(9).slice(0, 53)}`),
);

/** Any text that a file can hold. */
export const anyText: fc.Arbitrary<string> = fc
  .string({ unit: "grapheme-composite" })
  .filter((text) => !/[\p{Cs}\0]/u.test(text));

export const title: fc.Arbitrary<string> = fc.string({
  unit: characters(`${printableAscii}é漢😀\u2028`),
  minLength: 1,
  maxLength: 40,
});

const icon: fc.Arbitrary<string> = fc.constantFrom("📈", "S", "<&", "漢", "👩‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", '"$');

/** A setting's text in TOML, as the types of a spec have it. */
export function tomlText(setting: StreamlitSetting): string {
  return stringify({ setting }).slice("setting = ".length).trimEnd();
}

/** A setting as it stands, as YAML has it, or as its text. */
function written(setting: fc.Arbitrary<StreamlitSetting>): fc.Arbitrary<string> {
  return fc.oneof(setting as fc.Arbitrary<string>, setting.map(tomlText));
}

const streamlitSettings = fc.record(
  {
    "theme.base": written(fc.constantFrom("dark", "light")),
    "theme.font": written(anyText),
    "server.maxUploadSize": written(fc.integer({ min: 1, max: 10_000 })),
    "server.enableStaticServing": written(fc.boolean()),
    "server.folderWatchList": written(fc.array(anyText, { maxLength: 3 })),
    "runner.postScriptGC": written(fc.boolean()),
    "theme.sidebar.font": written(anyText),
    "theme.dark.sidebar.primaryColor": written(fc.constantFrom("#ff0000", "red")),
    "server.websocketPingInterval": written(fc.integer({ min: 1, max: 100 })),
    "global.maxCachedMessageAge": written(fc.integer({ min: 1, max: 100 })),
  },
  { requiredKeys: [] },
);

/** What a target asks for beside what every spec has. */
export const needed: Readonly<Record<Target, Partial<SiteArgs>>> = {
  docker: {},
  kubernetes: { expose: { nodePort: {} }, registry: { address: "registry.example.com" } },
  aws: {},
};

/**
 * A spec for any target as this one takes it: on AWS without what a load balancer cannot do, in the sizes that Fargate has, and at a host
 * with a domain.
 *
 * @param args a valid spec
 * @param on where it is to be deployed
 */
export function asTaken(args: SiteArgs, on: Target): SiteArgs {
  const all = { ...needed[on], ...args };
  if (on !== "aws") return all;
  const { host, apps, auth, sessions } = all;
  const lifetime = sessions?.cookie?.lifetime;
  return {
    ...without(all, "ports", "sessions"),
    host: /^[0-9.]+$/.test(host) || !host.includes(".") || host.length > 64 ? "site.example.com" : host,
    auth: auth.oidc ? { oidc: albOidc(auth.oidc) } : { cognito: {} },
    ...(lifetime !== undefined && {
      sessions: { cookie: { lifetime: lifetime === "720h" ? "24h" : lifetime } },
    }),
    apps: Object.fromEntries(
      Object.entries(apps).map(([name, app]) => {
        const { drainTimeout, ...own } = without(app, "allow", "formerRoutes", "minReadySeconds");
        return [
          name,
          {
            ...own,
            ...(drainTimeout !== undefined && { drainTimeout: drainTimeout === "24h" ? "1h" : drainTimeout }),
            ...(own.resources && { resources: { cpu: 2, memory: "5Gi" } }),
          },
        ];
      }),
    ),
  };
}

/** A copy without some fields. */
function without<T extends object, K extends keyof T>(all: T, ...fields: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(all).filter(([field]) => !fields.includes(field as K))) as Omit<
    T,
    K
  >;
}

/** Of a provider that not anybody has an account at, without lists of people. */
function albOidc({ clientId, clientSecret, bearer, audiences, scopes }: OidcArgs): OidcArgs {
  return {
    provider: "keycloak-oidc",
    issuer: "https://id.example.com/realms/staff",
    clientId,
    clientSecret,
    ...(bearer !== undefined && { bearer }),
    ...(audiences !== undefined && bearer === true && { audiences }),
    ...(scopes?.includes("openid") && { scopes }),
  };
}

/** Any target. */
export const target: fc.Arbitrary<Target> = fc.constantFrom(...targets);

/** A level of the name of a secret. */
const secretLevel = title.map((text) => text.replaceAll(".", "_")).filter(name);

/** Secrets as YAML may have them: nested, with dots in names or both, and with numbers and booleans. */
export const secretTable: fc.Arbitrary<KnownSecrets> = fc.letrec<{ table: KnownSecrets }>((tie) => ({
  table: fc.dictionary(
    fc.oneof(
      secretLevel,
      fc.tuple(secretLevel, secretLevel).map((levels) => levels.join(".")),
    ),
    fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      anyText,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      tie("table"),
    ),
    { maxKeys: 3, noNullPrototype: true },
  ),
})).table;

const mostUsers = 5;
const mostApps = 4;

/** An app apart from what depends on the rest of the spec. */
const app = fc.record(
  {
    // Below a first segment with an underscore: no default route has one, so these collide with none.
    below: fc.array(
      fc.tuple(label(8), fc.constantFrom("", "_")).map(([text, tail]) => `${text}${tail}x`),
      { maxLength: 3 },
    ),
    title,
    description: title,
    icon,
    replicas: fc.integer({ min: 1, max: 32 }),
    drainTimeout: fc.constantFrom("0s", "90s", "5m", "24h"),
    minReadySeconds: fc.integer({ min: 1, max: 600 }),
    resources: fc.record({
      cpu: fc.integer({ min: 10, max: 800 }).map((hundredths) => hundredths / 100),
      memory: fc.constantFrom("128Mi", "1Gi", "1500Mi"),
    }),
    environment: fc.dictionary(fc.stringMatching(/^[A-RT-Z_][A-Z0-9]{0,8}$/), anyText, { maxKeys: 3 }),
    secrets: secretTable.filter((secrets) => secretConflicts(secrets).length === 0) as fc.Arbitrary<
      Record<string, string>
    >,
    streamlit: streamlitSettings,
    egress: fc.boolean(),
    forwardHeaders: fc.uniqueArray(
      fc.constantFrom("traceparent", "tracestate", "X-Request-Id", "x-b3-traceid", "X-Tenant-7"),
      { minLength: 1, maxLength: 3 },
    ),
    /** Was it elsewhere before? */
    moved: fc.boolean(),
    /** Which of the users are on its guest list. */
    guests: fc.array(fc.boolean(), { minLength: mostUsers, maxLength: mostUsers }),
  },
  { requiredKeys: [] },
);

/** Any valid spec for all targets. */
export const validSpec: fc.Arbitrary<SiteArgs> = fc
  .record(
    {
      host: host.filter((name) => name !== "off"),
      title,
      ports: fc
        .uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 2, maxLength: 2 })
        .map(([https = 1, http = 2]) => ({ https, http })),
      names: fc.uniqueArray(appName, { minLength: 1, maxLength: mostApps }),
      apps: fc.array(app, { minLength: mostApps, maxLength: mostApps }),
      firstAtRoot: fc.boolean(),
      users: fc.uniqueArray(userName, { minLength: 1, maxLength: mostUsers }),
      passwords: fc.array(password, { minLength: mostUsers, maxLength: mostUsers }),
      realm,
    },
    { requiredKeys: ["host", "names", "apps", "users", "passwords"] },
  )
  .map(({ host, title, ports, names, apps, firstAtRoot, users, passwords, realm }) => {
    const [generated = "", ...given] = users;
    const args = (index: number): AppArgs => {
      const { below, guests, moved = false, ...rest } = apps[index] ?? {};
      // Of several apps of which none is at / one may have been there.
      const wasAtRoot = index === 0 && !firstAtRoot && names.length > 1;
      const route = index === 0 && firstAtRoot ? "/" : below && [`/r_${index}`, ...below].join("/");
      return {
        source: "apps/some",
        ...rest,
        ...(route !== undefined && { route }),
        ...(moved && { formerRoutes: [`/was_${index}`, `/was_${index}/below`, ...(wasAtRoot ? ["/"] : [])] }),
        ...(guests && { allow: { users: users.filter((_, user) => guests[user]) } }),
      };
    };
    return {
      host,
      ...(title !== undefined && { title }),
      ...(ports && { ports }),
      apps: Object.fromEntries(names.map((name, index) => [name, args(index)])),
      auth: {
        basic: {
          ...(realm !== undefined && { realm }),
          users: Object.fromEntries(given.map((user, index) => [user, passwords[index] ?? ""])),
          generatedUsers: [generated],
        },
      },
    };
  });

/** Pages elsewhere: of the site's own registrable domain where it has one, and of others. */
const origins = (site: string): fc.Arbitrary<string[]> =>
  fc.uniqueArray(
    fc.oneof(
      fc.constant(`https://${site}:12345`),
      fc.constantFrom(
        "https://intranet.example.com",
        "https://portal.example.org:8443",
        "https://a.github.io",
        "https://localhost:3000",
        "https://xn--mnchen-3ya.de",
      ),
    ),
    { minLength: 1, maxLength: 4 },
  );

/**
 * Specs of which some apps are shown in frames elsewhere, which not every target can.
 *
 * @param specs the same without
 */
export function embedding(specs: fc.Arbitrary<SiteArgs>): fc.Arbitrary<SiteArgs> {
  return specs
    .filter(
      // The policy for frames has no word for an address, and without single sign-on there is one site only.
      ({ host, ports, auth }) =>
        ports?.https !== 12345 && (auth.basic === undefined || !/^[0-9.]+$/.test(host)),
    )
    .chain((spec) => {
      const own = /^[0-9.]+$/.test(spec.host) ? "site.example" : spec.host;
      const from = spec.auth.basic ? fc.constant<string[]>([`https://${own}:12345`]) : origins(own);
      return fc
        .array(fc.option(from, { nil: undefined }), { minLength: mostApps, maxLength: mostApps })
        .map((all) => ({
          ...spec,
          apps: Object.fromEntries(
            Object.entries(spec.apps).map(([name, app], index) => {
              const origins = all[index];
              return [name, { ...app, ...(origins && { embed: { from: origins } }) }];
            }),
          ),
        }));
    });
}

/**
 * Specs of which some apps, or all, have hosts of their own, which not every target can.
 *
 * @param specs the same without
 */
export function withOwnHosts(specs: fc.Arbitrary<SiteArgs>): fc.Arbitrary<SiteArgs> {
  return fc
    .tuple(
      specs.filter(({ sessions }) => sessions?.cookie === undefined),
      fc.constantFrom("{app}.apps.example.com", "x{app}.localhost", undefined),
      fc.array(fc.boolean(), { minLength: mostApps, maxLength: mostApps }),
    )
    .map(([spec, perApp, own]) => ({
      ...spec,
      ...(perApp !== undefined && { hosts: { perApp } }),
      apps: Object.fromEntries(
        Object.entries(spec.apps).map(([name, app], index) => [
          name,
          // An origin that is listed for frames may be another site than the app's own host.
          own[index] === true && app.embed === undefined ? { ...app, host: `own${index}.example.net` } : app,
        ]),
      ),
    }));
}

/** What means something in nginx, HTML, SSI, TOML, YAML, a shell, a path or JavaScript. */
export const nasty: readonly string[] = [
  '"', "'", "`", "\\", "\\\\", '\\"', "{", "}", ";", "\n", "\r\n", "\t", "\0", "$", "$host", "${host}", "$(id)", "#",
  " ", "<!--#", "-->", '<!--# echo var="http_authorization" -->', "<script>", "</title>", "&lt;", "&", "\u2028",
  "\u2029", "\u0085", "\ufeff", "\u202e", "\ud800", "\x7f", "\x1b[2J", "..", "/../", "//", "/", ":", ",", "=", "[", "]",
  '"""', "'''", "~*", "@", "|", ">", "%0a", "%00", "off", "default", "include /etc/passwd;", "env:HOME", "on",
  "__proto__", "constructor", "toString", "return 200", "🦊", "é", "}\nserver { listen 1; }\n#", '"; auth_basic off; #',
  ".", "-", "_", "*", "server.trustedUserHeaders",
]; // prettier-ignore

/** A string made to break out: something nasty alone, amid harmless text, in numbers, or in random company. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...nasty),
  fc
    .tuple(
      fc.constantFrom("a", "safe", "/sales", "theme.", "apps/", "correct horse "),
      fc.constantFrom(...nasty),
    )
    .chain(([start, bad]) => fc.constantFrom(start + bad, bad + start, `${start}${bad}safe`)),
  fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary", maxLength: 5 })), { maxLength: 8 })
    .map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom(...nasty), fc.integer({ min: 100, max: 5000 }))
    .map(([bad, times]) => bad.repeat(times)),
);

/** A spec with one string in one place. */
export interface Place {
  field: string;
  harmless: string;
  put: (value: string) => SiteArgs;
}

const users = { anna: "correct horse battery", ben: "staple staple staple" };

function spec(own: Partial<SiteArgs>, app: Partial<AppArgs> = {}, name = "sales"): SiteArgs {
  return {
    host: "site.example.com",
    apps: Object.fromEntries([
      [name, { source: "apps/sales", allow: { users: ["anna"] }, ...app }],
      ["other", { source: "apps/other" }],
    ]),
    auth: { basic: { users } },
    ...own,
  };
}

/** Every place of a spec that takes a string, names of fields that people choose included. */
export const places: readonly Place[] = [
  { field: "host", harmless: "safe.example.com", put: (host) => spec({ host }) },
  { field: "site.title", harmless: "safe", put: (title) => spec({ title }) },
  { field: "logo", harmless: "safe.svg", put: (logo) => spec({ logo }) },
  { field: "ports.address", harmless: "127.0.0.1", put: (address) => spec({ ports: { address } }) },
  { field: "apps.<name>", harmless: "safe", put: (name) => spec({}, {}, name) },
  { field: "apps.host", harmless: "safe.example.com", put: (host) => spec({}, { host }) },
  {
    field: "hosts.perApp",
    harmless: "{app}.example.com",
    put: (perApp) => spec({ hosts: { perApp } }),
  },
  { field: "source", harmless: "safe", put: (source) => spec({}, { source }) },
  {
    field: "image",
    harmless: "safe",
    put: (image) => spec({ apps: { sales: { image, allow: { users: ["anna"] } }, other: { source: "x" } } }),
  },
  { field: "entry", harmless: "safe.py", put: (entry) => spec({}, { entry }) },
  { field: "workingDir", harmless: "/safe", put: (workingDir) => spec({}, { workingDir }) },
  { field: "route", harmless: "/safe", put: (route) => spec({}, { route }) },
  {
    field: "formerRoutes",
    harmless: "/safe",
    // What is at / is the index page's, whose locations are others.
    put: (route) => spec({}, { formerRoutes: [route === "/" ? "/safe" : route] }),
  },
  {
    field: "embed.from",
    harmless: "https://safe.example.com",
    put: (origin) => spec({}, { embed: { from: [origin] } }),
  },
  {
    field: "the host of embed.from",
    harmless: "safe",
    put: (name) => spec({}, { embed: { from: [`https://${name}.example.com`] } }),
  },
  { field: "forwardHeaders", harmless: "safe", put: (name) => spec({}, { forwardHeaders: [name] }) },
  { field: "title", harmless: "safe", put: (title) => spec({}, { title }) },
  { field: "description", harmless: "safe", put: (description) => spec({}, { description }) },
  { field: "icon", harmless: "S", put: (icon) => spec({}, { icon }) },
  { field: "drainTimeout", harmless: "30s", put: (drainTimeout) => spec({}, { drainTimeout }) },
  { field: "egressTo", harmless: "safe.example.com:5432", put: (to) => spec({}, { egressTo: [to] }) },
  {
    field: "egressTo host",
    harmless: "safe.example.com",
    put: (host) => spec({}, { egressTo: [`${host}:5432`] }),
  },
  {
    field: "egressTo port",
    harmless: "5432",
    put: (port) => spec({}, { egressTo: [`safe.example.com:${port}`] }),
  },
  { field: "volumes.<name>", harmless: "safe", put: (n) => spec({}, { volumes: volumeOf(n, "/data") }) },
  { field: "volumes path", harmless: "/safe", put: (path) => spec({}, { volumes: volumeOf("data", path) }) },
  { field: "memory", harmless: "1Gi", put: (memory) => spec({}, { resources: { memory } }) },
  { field: "environment.<name>", harmless: "SAFE", put: (n) => spec({}, { environment: fromPair(n, "x") }) },
  { field: "environment value", harmless: "safe", put: (value) => spec({}, { environment: { X: value } }) },
  { field: "secrets.<name>", harmless: "safe", put: (name) => spec({}, { secrets: fromPair(name, "x") }) },
  { field: "secrets value", harmless: "safe", put: (value) => spec({}, { secrets: { X: value } }) },
  {
    field: "streamlit.<name>",
    harmless: "theme.font",
    put: (n) => spec({}, { streamlit: fromPair(n, "x") }),
  },
  { field: "streamlit value", harmless: "safe", put: (v) => spec({}, { streamlit: { "theme.font": v } }) },
  {
    field: "streamlit list",
    harmless: "safe",
    put: (v) => spec({}, { streamlit: { "server.folderWatchList": tomlText([v]) } }),
  },
  {
    field: "streamlit list as YAML has it",
    harmless: "safe",
    put: (v) => spec({}, { streamlit: { "server.folderWatchList": [v] as never } }),
  },
  {
    field: "users.<name>",
    harmless: "safe",
    put: (name) =>
      spec(
        { auth: { basic: { users: { ...users, ...fromPair(name, "correct horse battery") } } } },
        { allow: { users: [name] } },
      ),
  },
  {
    field: "users value",
    harmless: "safe safe safe",
    put: (p) => spec({ auth: { basic: { users: { anna: p } } } }),
  },
  {
    field: "generatedUsers",
    harmless: "safe",
    put: (name) => spec({ auth: { basic: { generatedUsers: [name] } } }, { allow: { users: [name] } }),
  },
  { field: "realm", harmless: "safe", put: (realm) => spec({ auth: { basic: { realm, users } } }) },
  { field: "images.nginx", harmless: "safe", put: (nginx) => spec({ images: { nginx } }) },
  { field: "images.python", harmless: "safe", put: (python) => spec({ images: { python } }) },
];

/** `{ [name]: value }`, but `__proto__` is a name like any other, as it is in YAML and JSON. */
function fromPair(name: string, value: string): Record<string, string> {
  return Object.fromEntries([[name, value]]);
}

function volumeOf(name: string, path: string): Record<string, VolumeArgs> {
  return Object.fromEntries([[name, { path }]]);
}
