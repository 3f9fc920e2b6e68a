/** The sites that the gateway's tests are held against: one for each kind of sign-in. */
import { createHash, randomBytes } from "node:crypto";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import type { AllowArgs, SessionsArgs, SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import { createNetwork, type IdentityNetwork } from "../../oidc/docker";
import { identityProject, type TestProject } from "../../leftovers";
import { TestProvider } from "../../oidc/provider/provider";
import { cookieHeader, type SignedIn, signIn } from "../../oidc/sign-in";
import { TestSite, type SiteOutputs } from "../../site";
import { SiteClient } from "./client";
import { docker, python, type Ran } from "./docker";

const apps = path.join(__dirname, "..", "apps");

/** The folder of the probe app. */
export const probe = path.join(apps, "probe");

/** The ports of every site of these tests, which therefore run one after the other. */
export const ports = { https: 18443, http: 18080, address: "127.0.0.1" };

const host = "analytics.test";

/** An app of these tests that is not Streamlit. */
export type TestApp = "echo" | "versions";

/** Its image; of every project its own, so that two of them may come and go at once. */
export const testImage = (project: TestProject, app: TestApp): string => `${project}-${app}:latest`;

const basicProject = "contract-gateway";

/** A secret of the app `open`. */
export const appSecret = "s3cret-of-the-app-open";

/** The largest upload to the apps `open` and `echo`, in MB. */
export const maxUploadSize = 5;

/**
 * Three apps: `open` to everyone who is signed in and with a way out; `limited` to alice and without one; `echo`, which
 * is not Streamlit but tells what arrives.
 *
 * @param onlyAlice a guest list with alice and not bob on it
 */
const contractApps = (project: TestProject, onlyAlice: AllowArgs) =>
  ({
    open: {
      source: probe,
      egress: true,
      secrets: { DB_PASSWORD: appSecret },
      streamlit: { "server.maxUploadSize": String(maxUploadSize), "server.enableAgentApi": "true" },
    },
    limited: {
      source: probe,
      allow: onlyAlice,
      // The gateway must hold a line on which nothing is said for longer than nginx's default minute.
      streamlit: { "server.websocketPingInterval": "300" },
    },
    echo: {
      image: testImage(project, "echo"),
      streamlit: { "server.maxUploadSize": String(maxUploadSize) },
      resources: { memory: "128Mi", cpu: 0.5 },
    },
  }) satisfies SiteArgs["apps"];

/** A site that is up; its parts are there from {@link up} on. */
export abstract class ContractSite {
  /** Everything that the engine said. */
  said = "";
  private parts?: { site: TestSite; outputs: SiteOutputs; client: SiteClient };

  /** What somebody who is not signed in gets for a page. */
  abstract readonly statusOfPageWithoutSignIn: number;
  /** What is known of bob beside his name. */
  abstract readonly bob: { email: string | null; groups: string | null };
  /** The containers that run beside the gateway and the apps. */
  abstract readonly signInContainers: string[];

  /** @param project distinguishes what this test makes on the machine from everything else */
  protected constructor(readonly project: TestProject) {}

  /** What has to be there before the site, and the site's spec. */
  protected abstract prepare(): Promise<SiteArgs>;
  /** What a request of a user has on it. */
  protected abstract signedIn(user: string): Record<string, string>;
  /** Words that must be found nowhere but where they are needed, and what each is. */
  abstract hidden(): Promise<[what: string, text: string][]>;
  /** When the site is up. */
  protected begin(): Promise<void> {
    return Promise.resolve();
  }
  /** When the site is gone. */
  protected end(): Promise<void> {
    return Promise.resolve();
  }

  /** The site itself. */
  get site(): TestSite {
    return this.up_.site;
  }
  /** The stack's outputs. */
  get outputs(): SiteOutputs {
    return this.up_.outputs;
  }
  /** A client that trusts the site's certificate authority and signs in as anybody. */
  get client(): SiteClient {
    return this.up_.client;
  }
  /** The name of a container: `gateway`, a part of the sign-in, or an app. */
  container(part: string): string {
    return this.outputs.containers[part] ?? "";
  }

  /** Run Python in an app's container. */
  python(part: string, ...lines: string[]): Promise<Ran> {
    return python(this.container(part), ...lines);
  }

  /** Bring it up. */
  async up(): Promise<void> {
    await buildTestImage(this.project, "echo");
    const site = await TestSite.open(this.project, await this.prepare());
    try {
      const { stdout, stderr } = await site.up();
      this.said = stdout + stderr;
      const outputs = await site.outputs();
      const client = new SiteClient(host, ports, outputs.caCertificate, (user) => this.signedIn(user));
      this.parts = { site, outputs, client };
      await this.begin();
    } catch (error) {
      await site.down();
      await this.end();
      throw error;
    }
  }

  /** Bring it up to another spec. */
  async change(spec: SiteArgs): Promise<void> {
    const { stdout, stderr } = await this.site.up(spec);
    this.said += stdout + stderr;
  }

  /** Remove it. */
  async down(): Promise<void> {
    await this.parts?.site.down();
    await this.end();
    await docker.getImage(testImage(this.project, "echo")).remove({ force: true });
  }

  private get up_(): NonNullable<ContractSite["parts"]> {
    if (!this.parts) throw new Error("the site is not up");
    return this.parts;
  }
}

/** The passwords that the spec gives in plain text. */
export const givenPasswords = { alice: "alice's long: password", bob: "bob's long password äöü" };

/** The spec of {@link BasicContract}. */
export const basicSpec = {
  host,
  ports,
  apps: contractApps(basicProject, { users: ["alice"] }),
  auth: { basic: { realm: "Contract tests", users: givenPasswords, generatedUsers: ["carol"] } },
} satisfies SiteArgs;

/** The site with `auth.basic`. */
export class BasicContract extends ContractSite {
  readonly statusOfPageWithoutSignIn = 401;
  readonly bob = { email: null, groups: null };
  readonly signInContainers = [];

  constructor() {
    super(basicProject);
  }

  protected prepare(): Promise<SiteArgs> {
    return Promise.resolve(basicSpec);
  }

  /** The password of a user. */
  readonly password = (user: string): string =>
    (({ ...givenPasswords, ...this.outputs.passwords }) as Record<string, string>)[user] ?? "";

  /** The value of `Authorization` for a user. */
  readonly credentials = (user: string, password = this.password(user)): string =>
    `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

  protected signedIn(user: string): Record<string, string> {
    return { Authorization: this.credentials(user) };
  }

  async hidden(): Promise<[what: string, text: string][]> {
    const passwords = { ...givenPasswords, ...this.outputs.passwords };
    const hashes = (await fileOf(this.container("gateway"), "/etc/nginx/site/htpasswd")).trim().split("\n");
    expect(hashes).toHaveLength(Object.keys(passwords).length);
    return [
      ...Object.entries(passwords).flatMap(([user, password]): [string, string][] => [
        [`${user}'s password`, password],
        [`${user}'s credentials`, this.credentials(user).slice("Basic ".length)],
      ]),
      ...hashes.map((line): [string, string] => ["a password's hash", line.replace(/^[^:]*:/, "")]),
    ];
  }
}

/** How a site with `auth.oidc` is set up. */
export interface OidcContractArgs {
  project: TestProject;
  sessions: SessionsArgs;
}

/** The site with `auth.oidc`, and the provider that it asks. */
export class OidcContract extends ContractSite {
  readonly statusOfPageWithoutSignIn = 302;
  readonly bob = { email: "bob@example.com", groups: "staff" };
  readonly signInContainers: string[];
  readonly clientSecret = randomBytes(20).toString("hex");
  private readonly sessions: SessionsArgs;
  private readonly cookies = new Map<string, string>();
  private identity?: { provider: TestProvider; network: IdentityNetwork };

  constructor({ project, sessions }: OidcContractArgs) {
    super(project);
    this.sessions = sessions;
    this.signInContainers = ["oauth2-proxy", ...(sessions.cookie ? [] : ["redis"])];
  }

  /** The provider, once the site is up. */
  get provider(): TestProvider {
    if (!this.identity) throw new Error("the provider is not up");
    return this.identity.provider;
  }

  /** The spec. */
  get spec(): SiteArgs {
    const { issuer, ca } = this.provider;
    return {
      host,
      ports,
      apps: contractApps(this.project, { groups: ["finance"], emails: ["jose@example.com"] }),
      auth: {
        oidc: {
          provider: "oidc",
          issuer,
          clientId: "site",
          clientSecret: this.clientSecret,
          allow: { emailDomains: ["example.com"] },
          caCertificate: ca,
          network: identityProject(this.project),
          bearer: true,
          ...(this.sessions.redis && { endSessionEndpoint: `${issuer}/session/end` }),
        },
      },
      sessions: this.sessions,
    };
  }

  protected async prepare(): Promise<SiteArgs> {
    const network = await createNetwork(this.project);
    const origin = `https://${host}:${String(ports.https)}`;
    const provider = await TestProvider.start({
      project: this.project,
      networks: [network.name],
      clients: [
        {
          id: "site",
          secret: this.clientSecret,
          redirectUris: [`${origin}/oauth2/callback`],
          postLogoutRedirectUris: [`${origin}/oauth2/signed_out`],
        },
      ],
    });
    this.identity = { provider, network };
    return this.spec;
  }

  protected override async begin(): Promise<void> {
    for (const user of ["alice", "bob"]) await this.remember(user);
  }

  protected override async end(): Promise<void> {
    await this.identity?.provider.stop();
    await this.identity?.network.remove();
  }

  /** Sign in anew, as in a browser of its own. */
  signIn(user: string, path = "/"): Promise<SignedIn> {
    const { origin, ca } = this.client;
    return signIn({ site: { origin, ca }, provider: this.provider, user, path });
  }

  /** Sign in, and be known by that session from now on. */
  async remember(user: string): Promise<void> {
    const { jar, last } = await this.signIn(user);
    if (last.status !== 200) throw new Error(`${user} came to ${last.url}: ${String(last.status)}`);
    this.cookies.set(user, cookieHeader(jar, this.client.origin));
  }

  protected signedIn(user: string): Record<string, string> {
    const cookie = this.cookies.get(user);
    if (cookie === undefined) throw new Error(`${user} has not signed in`);
    return { Cookie: cookie };
  }

  async hidden(): Promise<[what: string, text: string][]> {
    const proxy = await filesOf(this.container("oauth2-proxy"), "/etc/oauth2-proxy");
    const secrets: [string, string][] = [
      ["the client's secret", this.clientSecret],
      ["the cookies' secret", proxy["cookie-secret"] ?? ""],
      ...["alice", "bob"].map((user): [string, string] => [
        `${user}'s session`,
        this.cookies.get(user)?.replace(/^[^=]*=/, "") ?? "",
      ]),
    ];
    const password = /redis_password = "(.*)"/.exec(proxy["oauth2-proxy.toml"] ?? "")?.[1];
    expect(password === undefined).toBe(this.sessions.cookie !== undefined);
    return [
      ...secrets,
      ...(password === undefined ? [] : [["Redis's password", password] as [string, string]]),
    ];
  }
}

/** The text of a file in a running container. */
export async function fileOf(container: string, file: string): Promise<string> {
  return (await filesOf(container, file))[path.basename(file)] ?? "";
}

/** The files below a path in a container, whether it has a shell or not, by their names below it. */
export async function filesOf(container: string, folder: string): Promise<Record<string, string>> {
  const archive = await docker.getContainer(container).getArchive({ path: folder });
  const files: Record<string, string> = {};
  const unpack = extract();
  unpack.on("entry", ({ name, type }, stream, next) => {
    void text(stream).then((content) => {
      if (type === "file") files[name.includes("/") ? name.slice(name.indexOf("/") + 1) : name] = content;
      next();
    });
  });
  await pipeline(archive, unpack);
  return files;
}

/** Build the image of such an app. */
export async function buildTestImage(project: TestProject, app: TestApp): Promise<void> {
  const { images = defaultImages } = await prepareEngine({
    log: () => undefined,
    officialImages: defaultImages,
  });
  const stream = await docker.buildImage(
    { context: path.join(apps, app), src: ["Dockerfile", `${app}.py`] },
    { t: testImage(project, app), buildargs: { PYTHON_IMAGE: images.python } },
  );
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** SHA-256 in hex, as the probe shows a secret. */
export const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
