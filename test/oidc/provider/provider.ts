/** A certified OpenID Connect server for tests, with the accounts of `accounts.ts` and the clients that it is given. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { type JWTPayload, SignJWT } from "jose";
import { root } from "../../../scripts/paths";
import { identityProviderPort } from "../../contract/support/apps";
import { type Answer, request } from "../../contract/support/client";
import { TestAuthority } from "../certificates";
import type { Client, IdentityProvider } from "../identity-provider";
import type { ProviderRunner } from "../runner";
import { accounts, password } from "./accounts";

/** What {@link TestProvider.start} takes. */
export interface TestProviderArgs {
  /** Where it runs. */
  runner: ProviderRunner;
  /** Its relying parties; {@link TestProvider.token} makes tokens for the first. */
  clients: [Client, ...Client[]];
  /** @default "id.test" */
  host?: string;
  /** On 127.0.0.1 and where it runs alike. @default one of this worker of Jest */
  port?: number;
  /** How long access and ID tokens are good for, in seconds. @default 300 */
  tokenSeconds?: number;
}

/** How a token of {@link TestProvider.token} differs from a right one. */
export interface TokenOverrides {
  /** Claims in place of, or beside, the right ones; times in seconds since 1970. */
  claims?: JWTPayload;
  /** Sign it with a key that is not the provider's, under the name of the provider's key. @default false */
  foreignKey?: boolean;
  /** Sign it with this key of {@link TestProvider.rotate}. @default the provider's first */
  key?: NamedKey;
}

/** A signing key and its name. */
export interface NamedKey {
  kid: string;
  key: KeyObject;
}

/** A provider that is running. */
export class TestProvider implements IdentityProvider {
  readonly password = password;
  readonly form = { user: "login", password: "password" };
  readonly issuer: string;
  readonly ca: string;
  private readonly authority = new TestAuthority();
  private readonly signingKey = rsaKey();
  private readonly controlKey = randomBytes(16).toString("hex");
  private readonly disabled = new Set<string>();

  private constructor(private readonly args: Required<TestProviderArgs>) {
    this.issuer = `https://${args.host}:${String(args.port)}`;
    this.ca = this.authority.certificate;
  }

  /**
   * Start a provider and wait until it answers; one that a killed run of the same test left behind is removed first.
   *
   * @throws Error with what the provider said, when it does not come up
   */
  static async start(args: TestProviderArgs): Promise<TestProvider> {
    const defaults = { host: "id.test", port: identityProviderPort, tokenSeconds: 300 };
    const provider = new TestProvider({ ...defaults, ...args });
    await provider.stop();
    try {
      await provider.run();
      return provider;
    } catch (error) {
      await provider.stop();
      throw error;
    }
  }

  /** Remove it. */
  stop(): Promise<void> {
    return this.args.runner.stop();
  }

  /**
   * A token about a user as the provider would make it, for the first client, to be sent by a program.
   *
   * @throws Error when there is no such user
   */
  token(user: string, { claims, foreignKey = false, key }: TokenOverrides = {}): Promise<string> {
    const account = accounts[user];
    if (!account) throw new Error(`the test provider does not know ${user}`);
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + this.args.tokenSeconds };
    const audience = this.args.clients[0].id;
    return new SignJWT({ ...account, iss: this.issuer, aud: audience, ...times, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: key?.kid ?? kid })
      .sign(foreignKey ? rsaKey() : (key?.key ?? this.signingKey));
  }

  /**
   * From now on the provider publishes another key, and not the one that it had. It goes on signing with that itself, so that nobody
   * signs in until {@link rotateBack}.
   *
   * @returns the new key
   */
  async rotate(): Promise<NamedKey> {
    const next = { kid: randomBytes(8).toString("hex"), key: rsaKey() };
    await this.publish(next);
    return next;
  }

  /** Undo {@link rotate}. */
  rotateBack(): Promise<void> {
    return this.publish({ kid, key: this.signingKey });
  }

  private publish({ kid, key }: NamedKey): Promise<void> {
    const published = { ...createPublicKey(key).export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
    return this.put({ published: [published] });
  }

  /** From now on a user can neither sign in nor get new tokens. */
  disable(user: string): Promise<void> {
    this.disabled.add(user);
    return this.sendDisabled();
  }

  /** Undo {@link disable}. */
  enable(user: string): Promise<void> {
    this.disabled.delete(user);
    return this.sendDisabled();
  }

  /** How often each path was asked for since the start, for instance `{ "/token": 1 }`. */
  async requests(): Promise<Record<string, number>> {
    const { status, body } = await this.control("GET");
    if (status !== 200) throw new Error(`the test provider answered ${String(status)}`);
    return JSON.parse(body.toString("utf8")) as Record<string, number>;
  }

  private sendDisabled(): Promise<void> {
    return this.put({ disabled: [...this.disabled] });
  }

  private async put(change: object): Promise<void> {
    const { status } = await this.control("PUT", JSON.stringify(change));
    if (status !== 200) throw new Error(`the test provider answered ${String(status)}`);
  }

  private control(method: string, body?: string): Promise<Answer> {
    const { host, port } = this.args;
    return request({ host, port, ca: this.ca }, "/control", {
      method,
      headers: { Authorization: `Bearer ${this.controlKey}` },
      ...(body !== undefined && { body }),
    });
  }

  private run(): Promise<void> {
    const { runner, host, port } = this.args;
    return runner.start({
      host,
      port,
      entrypoint: ["/oidc/node", "/oidc/provider/main.mjs"],
      env: { OIDC_OPTIONS: JSON.stringify(this.options()) },
      // A folder of node_modules may be a link to another place.
      binds: {
        "/oidc/node": fs.realpathSync(process.execPath),
        "/oidc/node_modules": fs.realpathSync(path.join(root, "node_modules")),
        "/oidc/provider": fs.realpathSync(__dirname),
      },
      megabytes: 256,
      ask: () => this.requests(),
      seconds: 30,
    });
  }

  /** What `main.mjs` reads. */
  private options(): Record<string, unknown> {
    const { clients, host, port, tokenSeconds } = this.args;
    return {
      issuer: this.issuer,
      port,
      ...this.authority.issue(host),
      signingKey: { ...this.signingKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" },
      clients,
      accounts,
      password,
      tokenSeconds,
      controlKey: this.controlKey,
    };
  }
}

/** The name of the provider's signing key. */
const kid = "test";

const rsaKey = (): KeyObject => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
