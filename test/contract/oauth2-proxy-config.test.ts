/** What the real oauth2-proxy says to the configuration that a spec gives: it reads it, and its Redis, and does not sign in. */
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { oauth2ProxyConfig } from "../../components/gateway/oidc/oauth2-proxy";
import { redisPort, redisUser } from "../../components/gateway/oidc/redis";
import type { OidcArgs, SiteArgs } from "../../components/spec/args";
import { checkSite } from "../../components/spec/check";
import { buildOauth2Proxy } from "../../offline/oauth2-proxy/build";
import { exec, ExecError } from "../../scripts/exec";
import { TestAuthority } from "../oidc/certificates";
import { validOidcSpec } from "../unit/oidc-arbitraries";
import { provided } from "../unit/certificates";

const redisPassword = "secret of redis";

/** As much of Redis as oauth2-proxy tries before it starts: authentication, and a value that is written, read and removed. */
class FakeRedis {
  /** The user names and passwords, and the names of the commands that followed. */
  readonly seen: string[] = [];
  private readonly stored = new Map<string, string>();
  private readonly server = net.createServer((socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      text += data.toString("latin1");
      for (let command = this.next(text); command !== undefined; command = this.next(text)) {
        text = text.slice(command.length);
        socket.write(this.answer(command.words), "latin1");
      }
    });
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return (this.server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }

  /** The first command of a text, `*<words>` and then each word as `$<bytes>` and itself, if it is complete. */
  private next(text: string): { words: string[]; length: number } | undefined {
    const [head = "", count] = /^\*(\d+)\r\n/.exec(text) ?? [];
    if (count === undefined) return undefined;
    const words: string[] = [];
    let length = head.length;
    while (words.length < Number(count)) {
      const [start = "", bytes] = /^\$(\d+)\r\n/.exec(text.slice(length)) ?? [];
      const end = length + start.length + Number(bytes);
      if (bytes === undefined || text.length < end + 2) return undefined;
      words.push(text.slice(length + start.length, end));
      length = end + 2;
    }
    return { words, length };
  }

  private answer([name = "", key = "", value = ""]: string[]): string {
    switch (name.toLowerCase()) {
      case "auth":
        this.seen.push(`${key}:${value}`);
        return "+OK\r\n";
      case "set":
        this.seen.push("set");
        this.stored.set(key, value);
        return "+OK\r\n";
      case "get": {
        const stored = this.stored.get(key);
        return stored === undefined ? "$-1\r\n" : `$${stored.length}\r\n${stored}\r\n`;
      }
      case "del":
        return `:${this.stored.delete(key) ? 1 : 0}\r\n`;
      default:
        // The client goes on without what an old Redis does not know.
        return "-ERR unknown command\r\n";
    }
  }
}

let binary: string;
let folder: string;
const redis = new FakeRedis();
let port: number;

beforeAll(async () => {
  binary = await buildOauth2Proxy(() => undefined);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "oauth2-proxy-"));
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(folder, name), text);
  };
  write("client-secret", "secret of the client");
  write("cookie-secret", Buffer.alloc(32, 0xfb).toString("base64url"));
  write("emails", "anna@example.com\n");
  write("ca.pem", new TestAuthority().certificate);
  port = await redis.listen();
}, 600_000);

afterAll(() => {
  redis.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** What oauth2-proxy says to a configuration; `change` is made to its text. */
async function verdict(spec: SiteArgs, change: (toml: string) => string = (toml) => toml): Promise<string> {
  const site = checkSite(spec, "docker");
  const { oidc } = site.auth;
  if (oidc === undefined) throw new Error("no auth.oidc");
  const toml = oauth2ProxyConfig(
    site,
    oidc,
    { configFolder: folder, trustedProxies: ["172.30.0.0/24", "fd00::/64"], redisHost: "127.0.0.1" },
    { clientId: oidc.clientId as string, redisPassword },
  );
  const here = toml.replace(`127.0.0.1:${redisPort}`, `127.0.0.1:${port}`);
  const file = path.join(folder, "oauth2-proxy.toml");
  fs.writeFileSync(file, change(here));
  try {
    const { stdout } = await exec(binary, ["--config-test", `--config=${file}`]);
    return stdout.trim();
  } catch (error) {
    if (error instanceof ExecError) return error.message;
    throw error;
  }
}

const valid = "configuration is valid";

const client = { clientId: "site", clientSecret: "secret of the client" };
const kinds: Record<string, Partial<OidcArgs>> = {
  oidc: { issuer: "https://id.example.com", bearer: true, audiences: ["api"] },
  google: { allow: { emailDomains: ["example.com"], emails: ["a@b.c"] } },
  github: { allow: { githubOrg: "my-org", githubTeams: ["a", "b"] } },
  gitlab: { allow: { groups: ["my-group/below"] } },
  "entra-id": { issuer: "https://login.microsoftonline.com/5f3a1c9e-0b7d-4e2a-9c44-1d2e3f4a5b6c/v2.0" },
  "keycloak-oidc": { issuer: "https://id.example.com/realms/staff", caCertificate: provided.certificate },
};

function spec(provider: string, rest: Partial<SiteArgs> = {}): SiteArgs {
  return {
    host: "site.example.com",
    apps: { sales: { source: "a" } },
    auth: { oidc: { provider, ...client, ...kinds[provider] } },
    ...rest,
  };
}

describe("oauth2-proxy", () => {
  test.each(Object.keys(kinds))(
    "takes the configuration with %s, whatever keeps the sessions",
    async (provider) => {
      for (const sessions of [{ redis: {} }, { cookie: {} }])
        expect(await verdict(spec(provider, { sessions }))).toBe(valid);
    },
  );

  test("takes that of any valid spec", async () => {
    await fc.assert(
      fc.asyncProperty(validOidcSpec, async (spec) => {
        expect(await verdict(spec)).toBe(valid);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test("takes the shortest session of a spec", async () => {
    const sessions = { redis: { lifetime: "60s", refresh: "59s" } };
    expect(await verdict(spec("oidc", { sessions }))).toBe(valid);
  });

  test("comes to Redis as its user, with the password", async () => {
    redis.seen.length = 0;
    expect(await verdict(spec("oidc"))).toBe(valid);
    expect(redis.seen).toEqual([`${redisUser}:${redisPassword}`, "set"]);
  });

  test.each<[string, (toml: string) => string, RegExp]>([
    ["an option that it does not know", (toml) => `no_such_option = true\n${toml}`, /no_such_option/],
    [
      "a session that ends before its refresh",
      (toml) => toml.replace(/(?<=cookie_expire = )".*"/, '"5m"'),
      /must be less than/,
    ],
    [
      "a secret that is not there",
      (toml) => toml.replace("cookie-secret", "none"),
      /could not read cookie secret/,
    ],
    ["a subnet that is none", (toml) => toml.replace("172.30.0.0/24", "x"), /trusted_proxy_ips/],
  ])("refuses %s, so that the tests above can fail", async (_kind, change, complaint) => {
    expect(await verdict(spec("oidc"), change)).toMatch(complaint);
  });
});
