/** The gateway contract's target on Docker: a site brought up by the engine on this machine. */
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { SiteArgs } from "../../../components/spec/args";
import { partName } from "../../../stacks/docker/containers";
import type { TestProject } from "../../leftovers";
import { createNetwork, dockerRunner } from "../../oidc/docker";
import type { Client } from "../../oidc/identity-provider";
import { TestProvider } from "../../oidc/provider/provider";
import { type SiteOutputs, TestSite } from "../../site";
import { address, ports as contractPorts, type TestApp } from "../support/apps";
import type {
  ContractTarget,
  Endpoint,
  Exec,
  OutsideServer,
  Ran,
  Replica,
  TargetProvider,
  TargetState,
} from "../target";
import { addressesOf, containersOf, docker, filesOf, inContainer, log, run, runningParts } from "./docker";
import { buildTestImage, testImage } from "./images";

/** The contract's ports, for this machine only. */
export const ports = { ...contractPorts, address };

/** The ports at which a part listens in its container; any other part is an app. */
const listening: Record<string, Pick<Endpoint, "port" | "tls">[]> = {
  gateway: [
    { port: 8080, tls: false },
    { port: 8443, tls: true },
  ],
  "oauth2-proxy": [{ port: 4180, tls: false }],
  redis: [{ port: 6379, tls: false }],
};
const appPort = { port: 8501, tls: false };

/** See the module. */
export class DockerTarget implements ContractTarget {
  readonly gatewayFolders = { config: "/etc/nginx/site", scratch: "/tmp" };
  readonly namesNeedEgress = false;
  private printed = "";
  private running?: { site: TestSite; outputs: SiteOutputs };
  private readonly images = new Set<TestApp>();

  /** @param opts of the site as a component */
  constructor(
    readonly project: TestProject,
    private readonly opts?: ComponentResourceOptions,
  ) {}

  async up(spec: SiteArgs): Promise<void> {
    const site = await TestSite.open(this.project, { ...spec, ports }, this.opts);
    try {
      await this.bringUp(site);
    } catch (error) {
      await site.down();
      throw error;
    }
  }

  /** @param signal cancels it in the middle */
  async change(spec: SiteArgs, signal?: AbortSignal): Promise<void> {
    await this.bringUp(this.site, { ...spec, ports }, signal);
  }

  async down(): Promise<void> {
    await this.running?.site.down();
    delete this.running;
    for (const app of this.images)
      await docker.getImage(testImage(this.project, app)).remove({ force: true });
    this.images.clear();
  }

  /** The site that is up, for tests that are Docker's alone. */
  get site(): TestSite {
    if (!this.running) throw new Error("the site is not up");
    return this.running.site;
  }

  get outputs(): SiteOutputs {
    if (!this.running) throw new Error("the site is not up");
    return this.running.outputs;
  }

  get said(): string {
    return this.printed;
  }

  state(): Promise<TargetState> {
    return this.site.state();
  }

  async parts(): Promise<string[]> {
    return Object.keys(await runningParts(this.project));
  }

  async exec(part: string, ...command: string[]): Promise<Ran> {
    return run(await this.container(part), ...command);
  }

  async readFile(part: string, file: string): Promise<string> {
    const text = (await this.readFiles(part, file))[path.basename(file)];
    if (text === undefined) throw new Error(`${file} of ${part} is no file`);
    return text;
  }

  async readFiles(part: string, folder: string): Promise<Record<string, string>> {
    return filesOf(await this.container(part), folder);
  }

  async log(part: string): Promise<string> {
    return log(await this.container(part));
  }

  async identityOf(part: string): Promise<string> {
    return (await docker.getContainer(await this.container(part)).inspect()).Id;
  }

  async replicasOf(app: string): Promise<Replica[]> {
    return (await containersOf(this.project))
      .map(({ State, Config }) => ({ ...State, part: partName(Config.Labels), hostName: Config.Hostname }))
      .filter(({ Running, part }) => Running && new RegExp(`^${app}(\\.\\d+)?$`).test(part))
      .map(({ part, hostName }) => ({ part, hostName }));
  }

  /** The drain guard is told to stop then. */
  async drainBegan(app: string, since: number): Promise<number> {
    const events = await docker.getEvents({
      since: Math.floor(since / 1000),
      until: Math.ceil(Date.now() / 1000),
      filters: JSON.stringify({
        label: [`streamlit.project=${this.project}`, `streamlit.part=${app}.drain`],
        event: ["kill"],
      }),
    });
    const [first] = (await text(events)).split("\n");
    if (!first) throw new Error(`no replica of ${app} was drained`);
    return (JSON.parse(first) as { timeNano: number }).timeNano / 1e6;
  }

  async endpointsOf(part: string): Promise<Endpoint[]> {
    const container = await docker.getContainer(await this.container(part)).inspect();
    const names = part in listening ? [] : [`app-${part.replace(/\..*/, "")}`];
    const hosts = [...addressesOf(container), ...names, container.Name.slice(1)];
    return hosts.flatMap((host) => (listening[part] ?? [appPort]).map((port) => ({ host, ...port })));
  }

  /** All containers, those that only carry files among them, each with its image; and all networks and volumes. */
  async describeParts(): Promise<Record<string, string>> {
    const shown: Record<string, string> = {};
    for (const container of await containersOf(this.project)) {
      const image = docker.getImage(container.Image);
      shown[container.Name] = JSON.stringify([container, await image.inspect(), await image.history()]);
    }
    const filters = JSON.stringify({ label: [`streamlit.project=${this.project}`] });
    shown.networks = JSON.stringify(await docker.listNetworks({ filters }));
    shown.volumes = JSON.stringify(await docker.listVolumes({ filters }));
    return shown;
  }

  async kill(part: string): Promise<void> {
    await docker.getContainer(await this.container(part)).kill();
  }

  async stop(part: string): Promise<void> {
    await docker.getContainer(await this.container(part)).stop({ t: 5 });
  }

  async start(part: string): Promise<void> {
    await docker.getContainer(await this.container(part)).start();
  }

  async restart(part: string): Promise<void> {
    const container = docker.getContainer(await this.container(part));
    await container.restart({ t: 10 });
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await container.inspect()).State.Health?.Status === "healthy") return;
      await delay(200);
    }
    throw new Error(`${part} is not healthy again`);
  }

  async image(app: TestApp): Promise<string> {
    await buildTestImage(this.project, app);
    this.images.add(app);
    return testImage(this.project, app);
  }

  /** In a container on a network of its own. */
  async fromOutside<Result>(use: (exec: Exec) => Promise<Result>): Promise<Result> {
    const network = await docker.createNetwork({
      Name: `${this.project}-outside`,
      Labels: { "streamlit.project": this.project },
    });
    try {
      const { Image: image } = await docker.getContainer(await this.container("echo")).inspect();
      return await inContainer({ project: this.project, image, network: network.id }, use);
    } finally {
      await network.remove();
    }
  }

  /** On this machine, by each IP address that is not Docker's. */
  async outsideServer(): Promise<OutsideServer> {
    const answer = "here";
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      // A client that has heard enough closes first.
      socket.on("error", () => undefined);
      sockets.add(socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    const { port } = server.address() as net.AddressInfo;
    const endpoints = Object.entries(os.networkInterfaces())
      .filter(([name]) => !/^(lo|docker|br-|veth)/.test(name))
      .flatMap(([, addresses = []]) => addresses)
      .filter(({ family }) => family === "IPv4")
      .map(({ address: host }) => ({ host, port, tls: false }));
    const close = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { endpoints, answer, close };
  }

  /** On a network of its own, which the site joins. */
  async identityProvider(clients: [Client, ...Client[]]): Promise<TargetProvider> {
    const network = await createNetwork(this.project);
    const runner = dockerRunner(this.project, [network.name]);
    try {
      const provider = await TestProvider.start({ runner, clients });
      const stop = async (): Promise<void> => {
        await provider.stop();
        await network.remove();
      };
      return { provider, oidc: { network: network.name }, stop };
    } catch (error) {
      await network.remove();
      throw error;
    }
  }

  private async bringUp(site: TestSite, spec?: SiteArgs, signal?: AbortSignal): Promise<void> {
    const { stdout, stderr } = await site.up(spec, signal);
    this.printed += stdout + stderr;
    this.running = { site, outputs: await site.outputs() };
  }

  /** The name of a part's container, whether it runs or not; of those that are no outputs, only while they run. */
  private async container(part: string): Promise<string> {
    const name =
      this.outputs.containers[part] ?? (await runningParts(this.project))[part]?.Name.replace(/^\//, "");
    if (name === undefined) throw new Error(`there is no part ${part}`);
    return name;
  }
}
