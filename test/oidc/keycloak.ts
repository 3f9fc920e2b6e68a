/** Keycloak, for a run of the tests against what companies use. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec } from "../../scripts/exec";
import { withLock } from "../../scripts/lock";
import { cacheFolder, onPath } from "../../scripts/paths";
import { request } from "../contract/support/client";
import { TestAuthority } from "./certificates";
import type { Client, IdentityProvider } from "./identity-provider";
import { accounts, password } from "./provider/accounts";
import type { ProviderRunner } from "./runner";

const version = "26.7.3";
const realm = "test";

/** What {@link Keycloak.start} takes. */
export interface KeycloakArgs {
  /** Where it runs. */
  runner: ProviderRunner;
  /** The relying party. */
  client: Client;
  /** @default "id.test" */
  host?: string;
  /** On 127.0.0.1 and where it runs alike. @default 19444 */
  port?: number;
  /** How long access and ID tokens are good for, in seconds. @default 300 */
  tokenSeconds?: number;
}

/** A Keycloak with the realm `test`: alice and bob with their groups, which are in the ID token's claim `groups`. */
export class Keycloak implements IdentityProvider {
  readonly password = password;
  readonly form = { user: "username", password: "password" };
  readonly issuer: string;
  readonly ca: string;
  private readonly authority = new TestAuthority();
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "keycloak-"));

  private constructor(private readonly args: Required<KeycloakArgs>) {
    this.issuer = `https://${args.host}:${String(args.port)}/realms/${realm}`;
    this.ca = this.authority.certificate;
  }

  /** Why it cannot be had on this machine; undefined when it can. */
  static missing(): string | undefined {
    const programs = ["java", "mvn"].filter((program) => onPath([program]) === undefined);
    return programs.length > 0 ? `Keycloak needs ${programs.join(" and ")}` : undefined;
  }

  /**
   * Start a Keycloak and wait until it answers, half a minute as a rule; the first time it is fetched and built.
   *
   * One that a killed run of the same test left behind is removed first.
   *
   * @throws Error with what Keycloak said, when it does not come up
   */
  static async start(args: KeycloakArgs): Promise<Keycloak> {
    const home = await prepare();
    const defaults = { host: "id.test", port: 19444, tokenSeconds: 300 };
    const keycloak = new Keycloak({ ...defaults, ...args });
    await args.runner.stop();
    try {
      await keycloak.run(home);
      return keycloak;
    } catch (error) {
      await keycloak.stop();
      throw error;
    }
  }

  /** Remove it. */
  async stop(): Promise<void> {
    await this.args.runner.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private run(home: string): Promise<void> {
    const { runner, host, port } = this.args;
    const { certificate, privateKey } = this.authority.issue(host);
    for (const [name, content] of Object.entries({
      "certificate.pem": certificate,
      "key.pem": privateKey,
      "realm.json": JSON.stringify(this.realm()),
    }))
      fs.writeFileSync(path.join(this.folder, name), content);
    // The container's user is another one.
    fs.chmodSync(this.folder, 0o755);
    return runner.start({
      host,
      port,
      entrypoint: [
        "bash",
        path.join(home, "bin/kc.sh"),
        "start",
        "--optimized",
        "--import-realm",
        `--hostname=https://${host}:${String(port)}`,
        `--https-port=${String(port)}`,
        "--https-certificate-file=/test/certificate.pem",
        "--https-certificate-key-file=/test/key.pem",
      ],
      env: {
        JAVA_HOME: javaHome(),
        JAVA_OPTS_KC_HEAP: "-Xms64m -Xmx300m",
        // It does not live long enough for more to pay off.
        JAVA_OPTS_APPEND: "-XX:TieredStopAtLevel=1",
      },
      // What was built remembers where it is, and so do Debian's links inside of its Java.
      binds: {
        ...Object.fromEntries([home, ...javaFolders()].map((folder) => [folder, folder])),
        [path.join(home, "data/import/realm.json")]: path.join(this.folder, "realm.json"),
        "/test": this.folder,
      },
      scratch: [path.join(home, "data"), "/tmp"],
      megabytes: 1024,
      ask: () => this.discover(),
      seconds: 180,
    });
  }

  private async discover(): Promise<void> {
    const { host, port } = this.args;
    const { pathname } = new URL(this.issuer);
    const answer = await request({ host, port, ca: this.ca }, `${pathname}/.well-known/openid-configuration`);
    if (answer.status !== 200) throw new Error(`Keycloak answered ${String(answer.status)}`);
  }

  private realm(): Record<string, unknown> {
    const { client, tokenSeconds } = this.args;
    return {
      realm,
      enabled: true,
      accessTokenLifespan: tokenSeconds,
      groups: [{ name: "staff" }, { name: "finance" }],
      users: [accounts.alice, accounts.bob].map((account) => {
        const [firstName, lastName = ""] = account?.name.split(" ") ?? [];
        return {
          username: account?.sub,
          email: account?.email,
          emailVerified: true,
          firstName,
          // Without one, Keycloak asks for it before it lets anybody in.
          lastName: lastName || "Builder",
          enabled: true,
          groups: account?.groups,
          credentials: [{ type: "password", value: password }],
        };
      }),
      clients: [
        {
          clientId: client.id,
          secret: client.secret,
          redirectUris: client.redirectUris,
          standardFlowEnabled: true,
          attributes: {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": (client.postLogoutRedirectUris ?? []).join("##"),
          },
          protocolMappers: [
            {
              name: "groups",
              protocol: "openid-connect",
              protocolMapper: "oidc-group-membership-mapper",
              config: {
                "claim.name": "groups",
                "full.path": "false",
                "id.token.claim": "true",
                "access.token.claim": "true",
                "userinfo.token.claim": "true",
              },
            },
          ],
        },
      ],
    };
  }
}

/** Fetch and build Keycloak, once; where it is. */
async function prepare(): Promise<string> {
  const folder = cacheFolder("keycloak", version);
  const home = path.join(folder, `keycloak-${version}`);
  const done = path.join(folder, "built");
  await withLock(
    cacheFolder("keycloak", "lock"),
    () => undefined,
    async () => {
      if (fs.existsSync(done)) return;
      // All of it: Maven leaves notes, and unpacks nothing twice.
      fs.rmSync(folder, { recursive: true, force: true });
      fs.mkdirSync(folder);
      const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`;
      await exec(
        "mvn",
        ["-q", "-B", "dependency:unpack", `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
        { cwd: folder, seconds: 600 },
      );
      await exec("bash", [path.join(home, "bin/kc.sh"), "build", "--db=dev-mem", "--cache=local"], {
        env: { JAVA_HOME: javaHome() },
        seconds: 600,
      });
      // A place for what the container mounts there.
      fs.mkdirSync(path.join(home, "data"), { recursive: true });
      fs.writeFileSync(done, "");
    },
  );
  return fs.realpathSync(home);
}

function javaHome(): string {
  return path.resolve(fs.realpathSync(onPath(["java"]) ?? ""), "../..");
}

/** The folders that Java consists of: Debian keeps some of it elsewhere. */
function javaFolders(): string[] {
  const home = javaHome();
  const settings = path.join("/etc", path.basename(home).replace(/-(amd64|arm64)$/, ""));
  return [home, settings, "/etc/ssl/certs/java"].filter((folder) => fs.existsSync(folder));
}
