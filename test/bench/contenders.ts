/** The three ways to one and the same app that are measured side by side. */
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { removeImages } from "../../stacks/containers";
import { TestSite } from "../site";
import type { Address } from "./line";

/** The names of the contenders, in the order in which they are shown. */
export const contenderNames = ["direct", "recipe", "gateway"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** One way to the app. */
export interface Contender {
  name: ContenderName;
  /** What a browser shows, with the slash at the end. */
  url: string;
  /** Where that is on this machine. */
  address: Address;
  /** User name and password, for the one that asks. */
  credentials?: Credentials;
  /** The digest of the authority's key, by which a browser can trust it. */
  authorityKey?: string;
  /** The ids of its containers by what they do. */
  containers: Record<string, string>;
}

export interface Credentials {
  username: string;
  password: string;
}

/** `Authorization: Basic …`, for a contender that wants it. */
export function authorization(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

const project = "bench";
const ports = { direct: 38501, recipe: 38000, https: 38443, http: 38080 } as const;
const label = "streamlit.bench";
const siteLabel = `streamlit.project=${project}`;
const docker = new Docker();

/** The three contenders, up and running. */
export interface Contenders {
  all: Record<ContenderName, Contender>;
  /** Users of the gateway that have not signed in yet. */
  newcomers: Credentials[];
}

/**
 * Bring up the app three times, from one image and with the same limits: alone, behind the recipe, behind the gateway.
 *
 * @param work cleaned up by the caller with {@link removeContenders}, also when this fails
 */
export async function startContenders(newcomers: number): Promise<Contenders> {
  const password = randomBytes(15).toString("base64url");
  const user = (username: string): Credentials => ({ username, password });
  const known = user("bench");
  const others = Array.from({ length: newcomers }, (_, index) => user(`newcomer-${index}`));

  const site = await TestSite.open(project, {
    host: "analytics.test",
    ports: { https: ports.https, http: ports.http, address: "127.0.0.1" },
    apps: { plain: { source: path.join(__dirname, "app") } },
    auth: {
      basic: { users: Object.fromEntries([known, ...others].map(({ username }) => [username, password])) },
    },
  });
  theSite = site;
  await site.up();
  const { containers, caCertificate, url } = await site.outputs();
  const app = await docker.getContainer(containers.plain ?? "").inspect();
  const gateway = await docker.getContainer(containers.gateway ?? "").inspect();

  const network = await docker.createNetwork({ Name: `${project}-recipe`, Labels: { [label]: "" } });
  const limits = app.HostConfig;
  const direct = await startApp(app.Image, limits, { port: ports.direct });
  const behindRecipe = await startApp(app.Image, limits, { network: network.id });
  const recipe = await startRecipe(gateway.Image, network.id);

  const all: Contenders["all"] = {
    direct: {
      name: "direct",
      url: "http://direct.test/",
      address: { host: "127.0.0.1", port: ports.direct },
      containers: { app: direct },
    },
    recipe: {
      name: "recipe",
      // Port 80: the recipe hands on the host name without a port, and Streamlit refuses its websocket elsewhere.
      url: "http://recipe.test/",
      address: { host: "127.0.0.1", port: ports.recipe },
      containers: { app: behindRecipe, nginx: recipe },
    },
    gateway: {
      name: "gateway",
      url: `${url}/`,
      address: { host: "127.0.0.1", port: ports.https },
      credentials: known,
      authorityKey: keyDigest(caCertificate),
      containers: { app: app.Id, nginx: gateway.Id },
    },
  };
  for (const contender of Object.values(all)) await untilHealthy(contender);
  return { all, newcomers: others };
}

let theSite: TestSite | undefined;

/** Remove what {@link startContenders} made, also what a run that was killed has left. */
export async function removeContenders(): Promise<void> {
  if (theSite !== undefined) {
    const site = theSite;
    theSite = undefined;
    // What the engine cannot remove, for instance because it was interrupted, is removed below.
    await site.down().catch(() => fs.rmSync(site.folder, { recursive: true, force: true }));
  }
  for (const one of [label, siteLabel]) {
    const filters = JSON.stringify({ label: [one] });
    for (const { Id } of await docker.listContainers({ all: true, filters }))
      await docker.getContainer(Id).remove({ force: true, v: true });
    for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
    const { Volumes } = await docker.listVolumes({ filters });
    for (const { Name } of Volumes) await docker.getVolume(Name).remove();
  }
  await removeImages(project, "test");
}

async function startApp(
  image: string,
  limits: Docker.HostConfig,
  { port, network }: { port?: number; network?: string },
): Promise<string> {
  const options = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
  };
  return start(
    {
      Image: image,
      Cmd: [
        ...["python", "-m", "streamlit", "run", "streamlit_app.py"],
        ...Object.entries(options).map(([option, value]) => `--${option}=${value}`),
      ],
      Env: ["HOME=/tmp"],
      ExposedPorts: { "8501/tcp": {} },
      ...(network !== undefined && {
        NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: ["streamlit"] } } },
      }),
    },
    {
      ...(limits.NanoCpus !== undefined && { NanoCpus: limits.NanoCpus }),
      ...(limits.Memory !== undefined && { Memory: limits.Memory }),
      ...(limits.CpuQuota !== undefined && { CpuQuota: limits.CpuQuota }),
      ...(limits.CpuPeriod !== undefined && { CpuPeriod: limits.CpuPeriod }),
      Init: true,
      ...(network !== undefined && { NetworkMode: network }),
      ...(port !== undefined && {
        PortBindings: { "8501/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      }),
    },
  );
}

async function startRecipe(image: string, network: string): Promise<string> {
  const configuration = fs.readFileSync(path.join(__dirname, "recipe.conf"), "base64");
  return start(
    {
      Image: image,
      Entrypoint: ["sh", "-c"],
      Cmd: [`echo ${configuration} | base64 -d > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g "daemon off;"`],
      ExposedPorts: { "8000/tcp": {} },
    },
    {
      Init: true,
      NetworkMode: network,
      PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(ports.recipe) }] },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
    },
  );
}

async function start(
  options: Docker.ContainerCreateOptions,
  host: Docker.HostConfig,
): Promise<string> {
  const container = await docker.createContainer({ ...options, Labels: { [label]: "" }, HostConfig: host });
  await container.start();
  return container.id;
}

/** Empty the gateway's caches, as a fresh start does. */
export async function restartGateway({ gateway }: Contenders["all"]): Promise<void> {
  await docker.getContainer(gateway.containers.nginx ?? "").restart({ t: 5 });
  await untilHealthy(gateway);
}

async function untilHealthy(contender: Contender): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await request(contender, "_stcore/health");
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(200);
    }
  }
}
