/** The three ways to one and the same app that are measured side by side. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { gatewayPorts } from "../../components/gateway/nginx";
import { removeImages } from "../../stacks/containers";
import { TestSite } from "../site";
import { get } from "./http";
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
  /** The authority to trust, PEM. */
  caCertificate?: string;
  /** The ids of its containers by what they do. */
  containers: Record<string, string>;
}

export interface Credentials {
  username: string;
  password: string;
}

const project = "bench";
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
 * The caller removes them with {@link removeContenders}, also when this fails.
 *
 * @param newcomers how many users of the gateway the measurements need that did not sign in before
 */
export async function startContenders(newcomers: number): Promise<Contenders> {
  const password = randomBytes(15).toString("base64url");
  const user = (username: string): Credentials => ({ username, password });
  const known = user("bench");
  const others = Array.from({ length: newcomers }, (_, index) => user(`newcomer-${index}`));

  const site = await TestSite.open(project, {
    host: "analytics.test",
    ports: { https: 38443, http: 38080, address: "127.0.0.1" },
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
  const direct = await startApp(app.Image, app.HostConfig, network.id, "direct");
  const behindRecipe = await startApp(app.Image, app.HostConfig, network.id, "streamlit");
  const recipe = await startRecipe(gateway.Image, network.id);

  const all: Contenders["all"] = {
    direct: {
      name: "direct",
      url: "http://direct.test/",
      address: { host: await addressOf(direct), port: 8501 },
      containers: { app: direct },
    },
    recipe: {
      name: "recipe",
      // Port 80: the recipe hands on the host name without a port, and Streamlit refuses its websocket elsewhere.
      url: "http://recipe.test/",
      address: { host: await addressOf(recipe), port: 8000 },
      containers: { app: behindRecipe, nginx: recipe },
    },
    gateway: {
      name: "gateway",
      url: `${url}/`,
      address: { host: await addressOf(gateway.Id), port: gatewayPorts.https },
      credentials: known,
      caCertificate,
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

/** Streamlit as one starts it by hand, with the limits of the gateway's app. */
async function startApp(
  image: string,
  { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap }: Docker.HostConfig,
  network: string,
  alias: string,
): Promise<string> {
  const options = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
  };
  const limits = { NanoCpus, CpuPeriod, CpuQuota, Memory, MemorySwap };
  return start({
    Image: image,
    Cmd: [
      ...["python", "-m", "streamlit", "run", "streamlit_app.py"],
      ...Object.entries(options).map(([option, value]) => `--${option}=${value}`),
    ],
    Env: ["HOME=/tmp"],
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } },
    HostConfig: { ...(limits as Docker.HostConfig), NetworkMode: network, Init: true },
  });
}

async function startRecipe(image: string, network: string): Promise<string> {
  const configuration = fs.readFileSync(path.join(__dirname, "recipe.conf"), "base64");
  return start({
    Image: image,
    Entrypoint: ["sh", "-c"],
    Cmd: [
      `echo ${configuration} | base64 -d > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g "daemon off;"`,
    ],
    HostConfig: {
      NetworkMode: network,
      Init: true,
      LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
    },
  });
}

async function start(options: Docker.ContainerCreateOptions): Promise<string> {
  const container = await docker.createContainer({ ...options, Labels: { [label]: "" } });
  await container.start();
  return container.id;
}

/**
 * Where a container is for clients on this machine. A port that is published on 127.0.0.1 would have Docker's proxy
 * process in between, which costs more than nginx itself; clients on the network do not go through it.
 */
async function addressOf(container: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(container).inspect();
  for (const { NetworkID, IPAddress } of Object.values(NetworkSettings.Networks)) {
    const network = await docker.getNetwork(NetworkID).inspect();
    if (!network.Internal) return IPAddress;
  }
  throw new Error(`container ${container} is on internal networks only`);
}

/** Empty the gateway's caches, as a fresh start does. */
export async function restartGateway({ gateway }: Contenders["all"]): Promise<void> {
  await docker.getContainer(gateway.containers.nginx ?? "").restart({ t: 5 });
  await untilHealthy({ ...gateway, path: "healthz" });
}

async function untilHealthy(contender: Contender & { path?: string }): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const status = await get(contender, contender.path ?? "_stcore/health").then(
      (reply) => reply.status,
      (error: unknown) => String(error),
    );
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`${contender.name} does not come up: ${status}`);
    await delay(200);
  }
}
