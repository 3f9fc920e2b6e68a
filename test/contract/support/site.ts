/** The site that the gateway's tests share. */
import { createHash } from "node:crypto";
import * as path from "node:path";
import { defaultImages, type SiteArgs } from "../../../components/site";
import { prepareEngine } from "../../../offline";
import { TestSite, type SiteOutputs } from "../../site";
import { SiteClient } from "./client";
import { docker, python, type Ran } from "./docker";

const apps = path.join(__dirname, "..", "apps");

/** The folder of the probe app. */
export const probe = path.join(apps, "probe");

/** The ports of every site of these tests, which therefore run one after the other. */
export const ports = { https: 18443, http: 18080, address: "127.0.0.1" };

/** The image of an app of these tests that is not Streamlit. */
export const testImage = (app: "echo" | "versions"): string => `contract-${app}:latest`;

/** A secret of the app `open`. */
export const appSecret = "s3cret-of-the-app-open";

/** The passwords that the spec gives in plain text. */
export const givenPasswords = { alice: "alice's long: password", bob: "bob's long password äöü" };

/**
 * Three apps: `open` to everyone who is signed in and with a way out; `limited` to alice and without one; `echo`, which
 * is not Streamlit but tells what arrives.
 */
export const contractSpec = {
  host: "analytics.test",
  ports,
  apps: {
    open: {
      source: probe,
      egress: true,
      secrets: { DB_PASSWORD: appSecret },
      streamlit: { "server.maxUploadSize": 5, "server.enableAgentApi": true },
    },
    limited: {
      source: probe,
      allow: { users: ["alice"] },
      // The gateway must hold a line on which nothing is said for longer than nginx's default minute.
      streamlit: { "server.websocketPingInterval": 300 },
    },
    echo: {
      image: testImage("echo"),
      streamlit: { "server.maxUploadSize": 5 },
      resources: { memory: "128Mi", cpu: 0.5 },
    },
  },
  auth: { basic: { realm: "Contract tests", users: givenPasswords, generatedUsers: ["carol"] } },
} satisfies SiteArgs;

/** The site of {@link contractSpec}; its parts are there once it is up. */
export class ContractSite {
  readonly project = "contract-gateway";
  /** Everything that the engine said. */
  said = "";
  private parts?: { site: TestSite; outputs: SiteOutputs; client: SiteClient };

  /** The site itself. */
  get site(): TestSite {
    return this.up_.site;
  }
  /** The stack's outputs. */
  get outputs(): SiteOutputs {
    return this.up_.outputs;
  }
  /** A client that trusts the site's certificate authority and knows everybody's password. */
  get client(): SiteClient {
    return this.up_.client;
  }
  /** The name of a container: `gateway` or an app. */
  container(part: string): string {
    return this.outputs.containers[part] ?? "";
  }
  /** The password of a user. */
  password(user: string): string {
    return ({ ...givenPasswords, ...this.outputs.passwords } as Record<string, string>)[user] ?? "";
  }

  /** Run Python in an app's container. */
  python(part: string, ...lines: string[]): Promise<Ran> {
    return python(this.container(part), ...lines);
  }

  /** Bring it up. */
  async up(): Promise<void> {
    await buildTestImage("echo");
    const site = await TestSite.open(this.project, contractSpec);
    try {
      const { stdout, stderr } = await site.up();
      this.said = stdout + stderr;
      const outputs = await site.outputs();
      const client = new SiteClient(contractSpec.host, ports, outputs.caCertificate, (user) =>
        this.password(user),
      );
      this.parts = { site, outputs, client };
    } catch (error) {
      await site.down();
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
    await docker.getImage(testImage("echo")).remove({ force: true });
  }

  private get up_(): NonNullable<ContractSite["parts"]> {
    if (!this.parts) throw new Error("the site is not up");
    return this.parts;
  }
}

/** Build it. */
export async function buildTestImage(app: "echo" | "versions"): Promise<void> {
  const { images = defaultImages } = await prepareEngine({
    log: () => undefined,
    officialImages: defaultImages,
  });
  const stream = await docker.buildImage(
    { context: path.join(apps, app), src: ["Dockerfile", `${app}.py`] },
    { t: testImage(app), buildargs: { PYTHON_IMAGE: images.python } },
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
