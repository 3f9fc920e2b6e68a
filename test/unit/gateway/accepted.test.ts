/** What nginx itself and gixy say to the configuration of any valid spec. */
import { generateKeyPairSync, sign } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { attemptsFiles } from "../../../components/gateway/basic/attempts";
import { appCookieScript } from "../../../components/gateway/app-cookies";
import { authServerScript } from "../../../components/gateway/oidc/auth-server";
import { htpasswd } from "../../../components/gateway/basic/htpasswd";
import { cacheKeyScript } from "../../../components/gateway/cache-key";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { websocketScript } from "../../../components/gateway/websockets";
import { checkSite } from "../../../components/spec/check";
import { sealKeyFile, sealScript } from "../../../components/gateway/oidc/sealed-sessions";
import { embedding, validSpec, withOwnHosts } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { type Finding, PythonTools } from "../python-tools";
import { behindBalancer, onDocker, type PlatformOf } from "./platforms";
import { passwordCheck, wholeConfig } from "./rendered";

let tools: PythonTools;
let folder: string;

beforeAll(async () => {
  tools = await PythonTools.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nginx-"));
  fs.mkdirSync(path.join(folder, "site", "pages"), { recursive: true });
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(folder, name), text);
  };
  write("mime.types", "types { text/html html; }");
  write("site/htpasswd", htpasswd({ demo: "$2y$11$hash" }));

  const { certificate, privateKey } = selfSigned();
  write("site/tls.crt", certificate);
  write("site/tls.key", privateKey);
  for (const script of [
    websocketScript(),
    cacheKeyScript(),
    appCookieScript(),
    authServerScript(),
    sealScript(),
    sealKeyFile("key"),
    ...attemptsFiles(checkSite(example, "docker")).filter(({ name }) => name.endsWith(".js")),
  ])
    write(`site/${script.name}`, script.text);
}, 600_000);

afterAll(() => {
  tools.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** The least that is a certificate (RFC 5280): nobody's name, and a key. */
function selfSigned(): { certificate: string; privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
  };
  const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
  const ecdsaWithSha256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
  const nobody = sequence();
  const serial = der(2, Buffer.from([1]));
  const time = (text: string): Buffer => der(0x17, Buffer.from(text));
  const validity = sequence(time("250101000000Z"), time("450101000000Z"));
  const key = publicKey.export({ type: "spki", format: "der" });
  const content = sequence(serial, ecdsaWithSha256, nobody, validity, nobody, key);
  const signature = der(3, Buffer.from([0]), sign("sha256", content, privateKey));
  const base64 = sequence(content, ecdsaWithSha256, signature).toString("base64");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** What nginx is told of a platform, with the folders moved to one of this machine. */
const here =
  (platformOf: PlatformOf): PlatformOf =>
  (site) => ({ ...platformOf(site), folders: { config: `${folder}/site`, scratch: folder } });

/** The configuration of a spec, for a platform whose folders are on this machine, and with no port of it taken. */
function config(spec: SiteArgs, platformOf = onDocker, replicas?: Map<string, string[]>): string {
  return wholeConfig(checkSite(spec, "docker"), here(platformOf), replicas)
    .replace("/etc/nginx/mime.types", `${folder}/mime.types`)
    .replaceAll(/listen (\d+)/g, `listen unix:${folder}/$1.sock`);
}

/** Why a finding of gixy is none; undefined if it is one. */
function falseAlarm({ plugin, directives }: Finding, spec: SiteArgs): string | undefined {
  if (
    plugin === "try_files_is_evil_too" &&
    directives.every((text) => /^try_files (\/\.none (@[a-z0-9_-]+|=404)|\/index\.html =404);$/.test(text))
  )
    return "about speed: /.none never exists and only leads to a named location once the sign-in check is done";
  if (plugin === "hsts_header" && /^[0-9.]+$/.test(spec.host) && directives.join() === "server {")
    return "an address has a stranger's server with a certificate; browsers ignore HSTS of an address (RFC 6797, 8.1.1)";
  return undefined;
}

/** Either kind of sign-in. */
const anySpec = fc.oneof(
  validSpec,
  validOidcSpec,
  embedding(validSpec),
  embedding(validOidcSpec),
  withOwnHosts(validSpec),
  withOwnHosts(embedding(validOidcSpec)),
);

const example: SiteArgs = {
  host: "site.example.com",
  apps: { sales: { source: "x", allow: { users: ["anna"] } }, other: { source: "x" } },
  auth: { basic: { generatedUsers: ["anna"] } },
};

/** So many things, each with its number. */
const many = <Thing>(count: number, thing: (index: number) => Thing): Thing[] =>
  Array.from({ length: count }, (_, index) => thing(index));

/** A group as Entra ID names it. */
const groupId = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** 200 apps whose names are as long as they may be, and what differs between them. */
const apps200 = (own: (index: number) => Partial<AppArgs>): SiteArgs["apps"] =>
  Object.fromEntries(
    many(200, (index) => [`app-${"x".repeat(24)}-${100 + index}`, { source: "x", ...own(index) }]),
  );

const oidc = {
  oidc: { provider: "oidc", issuer: "https://id.example.com", clientId: "site", clientSecret: "x" },
};

describe.each([
  ["on Docker", onDocker],
  ["behind a balancer", behindBalancer],
])("the gateway's configuration %s", (_, platformOf) => {
  it("is accepted by nginx for any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        expect(await tools.ask("nginx -t", config(spec, platformOf))).toBe("");
      }),
      { numRuns: platformOf === onDocker ? 120 : 60 },
    );
  }, 300_000);

  it.each([
    ["the longest host name", { ...example, host: `${"x".repeat(63)}.`.repeat(3) + "y".repeat(61) }],
    ["an app named index", { ...example, apps: { index: { source: "x" }, a: { source: "x" } } }],
    ["a single app at the root", { ...example, apps: { a: { source: "x" } } }],
    [
      "an app at the root and another",
      { ...example, apps: { a: { source: "x", route: "/" }, b: { source: "x" } } },
    ],
    ["an empty guest list", { ...example, apps: { a: { source: "x", allow: { users: [] } } } }],
    [
      "many apps",
      {
        ...example,
        apps: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`app-${i}`, { source: "x" }])),
      },
    ],
    ["an address as host", { ...example, host: "192.0.2.7" }],
    ["single sign-on", { ...example, auth: oidc }],
    ["single sign-on and sessions in the cookie", { ...example, auth: oidc, sessions: { cookie: {} } }],
    [
      "single sign-on, tokens and a check of every request",
      {
        ...example,
        auth: { oidc: { ...oidc.oidc, bearer: true } },
        sessions: { redis: { checkInterval: "0s" } },
      },
    ],
    [
      "single sign-on for one app at the root",
      { ...example, apps: { a: { source: "x", allow: { groups: ["g"] } } }, auth: oidc },
    ],
    [
      "single sign-on for many apps with guest lists",
      {
        ...example,
        apps: Object.fromEntries(
          [
            "session",
            "forget",
            "groups",
            "names",
            ...Array.from({ length: 36 }, (_, i) => `user-app-${i}`),
          ].map((name) => [name, { source: "x", allow: { users: ["a"], emails: ["a@b.c"], groups: ["g"] } }]),
        ),
        auth: oidc,
      },
    ],
    [
      "1,000 groups on a guest list",
      { ...example, apps: { a: { source: "x", allow: { groups: many(1000, groupId) } } }, auth: oidc },
    ],
    [
      "the longest guest list of groups",
      {
        ...example,
        // A letter takes nine bytes in a query.
        apps: { a: { source: "x", allow: { groups: many(132, () => "漢".repeat(220)) } } },
        auth: oidc,
      },
    ],
    [
      "1,000 users",
      {
        ...example,
        apps: { a: { source: "x", allow: { users: many(1000, (index) => `user-${index}@example.com`) } } },
        auth: { basic: { generatedUsers: many(1000, (index) => `user-${index}@example.com`) } },
      },
    ],
    [
      "1,000 users and 1,000 e-mail addresses of a provider",
      {
        ...example,
        apps: {
          a: {
            source: "x",
            allow: {
              users: many(1000, groupId),
              emails: many(1000, (index) => `${"x".repeat(60)}${index}@${"y".repeat(63)}.example.com`),
            },
          },
        },
        auth: oidc,
      },
    ],
    [
      "200 apps, each with a guest list",
      { ...example, apps: apps200(() => ({ allow: { users: ["anna"] } })) },
    ],
    [
      "200 apps with single sign-on, each with all that an app may have",
      {
        ...example,
        apps: apps200((index) => ({
          allow: { users: ["a"], emails: ["a@b.c"], groups: many(5, groupId) },
          embed: { from: many(10, (number) => `https://${"x".repeat(63)}.${number}.elsewhere.example.org`) },
          route: `/${"y".repeat(60)}/${"z".repeat(60)}/${index}`,
          formerRoutes: [`/former/${index}`],
          replicas: 32,
        })),
        auth: { oidc: { ...oidc.oidc, bearer: true } },
        sessions: { cookie: {} },
      },
    ],
  ])("is accepted by nginx with %s", async (_, spec: SiteArgs) => {
    expect(await tools.ask("nginx -t", config(spec, platformOf))).toBe("");
  });

  it("has nothing that gixy finds above LOW, for any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        const findings = await tools.ask("gixy", config(spec, platformOf));
        expect(
          findings.filter(
            (finding) => !["LOW", "UNSPECIFIED"].includes(finding.severity) && !falseAlarm(finding, spec),
          ),
        ).toEqual([]);
      }),
      { numRuns: 24 },
    );
  }, 300_000);
});

describe("the configuration of the nginx that checks passwords", () => {
  const text = (spec: SiteArgs): string => passwordCheck(checkSite(spec, "docker"), here(onDocker));

  it("is accepted by nginx for any valid spec, and has nothing that gixy finds above LOW", async () => {
    await fc.assert(
      fc.asyncProperty(validSpec, async (spec) => {
        const written = text(spec);
        expect(written).toContain("auth_basic");
        expect(await tools.ask("nginx -t", written)).toBe("");
        const findings = await tools.ask("gixy", written);
        expect(
          findings.filter(({ severity, plugin, directives }) => {
            const known =
              plugin === "try_files_is_evil_too" && directives.join() === "try_files /.none @signed_in;";
            return !["LOW", "UNSPECIFIED"].includes(severity) && !known;
          }),
        ).toEqual([]);
      }),
      { numRuns: 10 },
    );
  }, 300_000);

  it("is not there with single sign-on", () => {
    expect(text({ ...example, auth: oidc })).toBe("");
  });
});

describe("the gateway's configuration on Docker", () => {
  it("is accepted by nginx with the upstreams that it starts with", async () => {
    const first = config(example, onDocker, new Map());
    expect(await tools.ask("nginx -t", first)).toBe("");
  });

  it("has room for as many replicas as there may be, each with its successor", async () => {
    const most = config({ ...example, apps: { a: { source: "x", replicas: 32 } } });
    // What goes by the app's name, in a roll: all of them, for each of the two servers of that name.
    const address = (index: number): string => `10.${index >> 8}.${index & 255}.1`;
    const servers = (role: string): string =>
      Array.from({ length: 64 }, (_, index) => `server ${address(index)}:8501 max_fails=0 ${role};`).join(
        "\n",
      );
    const full = most.replaceAll(
      /server app-a:8501 resolve max_fails=0 (drain|backup);/g,
      (_, role: string) => servers(role),
    );
    expect(full.match(/^ *server /gm)?.length).toBeGreaterThan(128);
    expect(await tools.ask("nginx -t", full)).toBe("");
    expect(await tools.ask("nginx -t", full.replace("zone app_a 256k", "zone app_a 64k"))).not.toBe("");
  });

  it("is refused by nginx when it is wrong, so that the tests above can fail", async () => {
    expect(await tools.ask("nginx -t", config(example).replace("http2 on;", "http2 maybe;"))).toMatch(
      /invalid value "maybe"/,
    );
  });

  it("has something for gixy when it is unsafe, so that the test above can fail", async () => {
    const unsafe = config(example).replace("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols SSLv3 TLSv1;");
    expect((await tools.ask("gixy", unsafe)).map(({ plugin }) => plugin)).toContain("weak_ssl_tls");
  });
});
