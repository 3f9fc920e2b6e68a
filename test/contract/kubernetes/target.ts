/** The gateway contract's target on Kubernetes: a site brought up by the engine on the cluster of this machine. */
import { randomBytes } from "node:crypto";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  KubernetesObjectApi,
  type V1Pod,
} from "@kubernetes/client-node";
import { KubernetesSite } from "../../../components/kubernetes";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import type { Cluster } from "../../../offline/cluster";
import { baseImages, pushImage } from "../../../offline/cluster/images";
import { partNames } from "../../../stacks/kubernetes/parts";
import { ensureTestCluster, testLayout } from "../../kubernetes/cluster";
import type { TestProject } from "../../leftovers";
import { dockerRunner } from "../../oidc/docker";
import type { Client } from "../../oidc/identity-provider";
import { TestProvider } from "../../oidc/provider/provider";
import { TestStack } from "../../stack";
import { buildTestImage, testImage } from "../docker/images";
import { address as loopback, ports, type TestApp } from "../support/apps";
import { request } from "../support/client";
import type {
  ContractTarget,
  Endpoint,
  Exec,
  OutsideServer,
  Ran,
  Replica,
  TargetOutputs,
  TargetProvider,
  TargetState,
} from "../target";
import { forward, type Forwarding } from "./forward";
import { connection, isEnding, isReady, killProcesses, nameOf, Pods } from "./pods";

/** The ports at which a part listens in its pods; any other part is an app. */
const listening: Record<string, Pick<Endpoint, "port" | "tls">[]> = {
  gateway: [
    { port: 8080, tls: false },
    { port: 8443, tls: true },
  ],
  "oauth2-proxy": [{ port: 4180, tls: false }],
  redis: [{ port: 6379, tls: false }],
};
const appPort = { port: 8501, tls: false };

interface Running {
  stack: TestStack;
  outputs: TargetOutputs;
  forwardings: Forwarding[];
}

/** See the module. */
export class KubernetesTarget implements ContractTarget {
  readonly gatewayFolders = { config: "/etc/nginx/site", scratch: "/tmp" };
  readonly namesNeedEgress = true;
  private printed = "";
  private running?: Running;
  private joined?: { cluster: Cluster; config: KubeConfig };
  /** Where objects are that belong to no site. */
  private readonly outside: string;

  constructor(readonly project: TestProject) {
    this.outside = `${project}-outside`;
  }

  async up(spec: SiteArgs): Promise<void> {
    const { cluster } = await this.join();
    const engine = await prepareEngine({
      log: () => undefined,
      officialImages: defaultImages,
      plugins: ["kubernetes"],
    });
    await this.removeNamespace(this.namespace);
    const stack = await TestStack.open({
      project: this.project,
      engine,
      component: KubernetesSite,
      outputs: ["url", "apps", "caCertificate", "passwords"],
      spec: this.withTarget(spec, cluster),
      images: await baseImages(() => undefined, testLayout),
      config: { "kubernetes:kubeconfig": cluster.kubeconfig },
    });
    const forwardings: Forwarding[] = [];
    try {
      for (const port of Object.values(ports)) forwardings.push(await forward(port, cluster.nodeAddress));
      await this.bringUp(stack, forwardings);
    } catch (error) {
      for (const forwarding of forwardings) await forwarding.close();
      await stack.down();
      throw error;
    }
  }

  async change(spec: SiteArgs): Promise<void> {
    const { stack, forwardings } = this.site;
    const { cluster } = await this.join();
    await this.bringUp(stack, forwardings, this.withTarget(spec, cluster));
    // Pulumi is done when the new ones are ready; replaced ones end by themselves.
    const ending = async (): Promise<boolean> => [...(await this.named()).values()].some(isEnding);
    while (!(await this.isRolledOut()) || (await ending())) await delay(200);
  }

  /** Are there no pods any more, but those that are about to go, of another version than the workloads have? */
  private async isRolledOut(): Promise<boolean> {
    const { config } = await this.join();
    const { namespace } = this;
    const { items } = await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
    return items.every(
      ({ metadata, status }) =>
        status?.observedGeneration === metadata?.generation && status?.replicas === status?.updatedReplicas,
    );
  }

  async down(): Promise<void> {
    const { running } = this;
    delete this.running;
    for (const forwarding of running?.forwardings ?? []) await forwarding.close();
    await running?.stack.down();
    if (this.joined) await this.removeNamespace(this.outside);
  }

  get outputs(): TargetOutputs {
    return this.site.outputs;
  }

  get said(): string {
    return this.printed;
  }

  state(): Promise<TargetState> {
    return this.site.stack.state();
  }

  async parts(): Promise<string[]> {
    return [...(await this.named()).keys()];
  }

  async exec(part: string, ...command: string[]): Promise<Ran> {
    return (await this.pods()).exec(await this.pod(part), ...command);
  }

  async readFile(part: string, file: string): Promise<string> {
    const { code, output } = await this.exec(part, "cat", file);
    if (code !== 0) throw new Error(`${file} of ${part}: ${output}`);
    return output;
  }

  async readFiles(part: string, folder: string): Promise<Record<string, string>> {
    // Mounted files are links into a folder whose name changes with them.
    const { output } = await this.exec(part, "ls", folder);
    const names = output.trim().split("\n");
    const texts = await Promise.all(names.map((name) => this.readFile(part, `${folder}/${name}`)));
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
  }

  /** Of all pods of the part. */
  async log(part: string): Promise<string> {
    const pods = await this.pods();
    const all = [...(await this.named())].filter(([name]) => wholePart(name) === wholePart(part));
    const found = isApp(part) ? all.filter(([name]) => name === part) : all;
    return (await Promise.all(found.map(([, pod]) => pods.log(pod)))).join("");
  }

  async identityOf(part: string): Promise<string> {
    return (await this.pod(part)).metadata?.uid ?? "";
  }

  async replicasOf(app: string): Promise<Replica[]> {
    return [...(await this.named())]
      .filter(([part]) => wholePart(part) === app)
      .map(([part, pod]) => ({ part, hostName: nameOf(pod) }));
  }

  /** The host names of the replicas of an app that are about to go. */
  async endingReplicasOf(app: string): Promise<string[]> {
    return [...(await this.named())]
      .filter(([part, pod]) => wholePart(part) === app && isEnding(pod))
      .map(([, pod]) => nameOf(pod));
  }

  /** The kubelet is told to end the first of them then. */
  async drainBegan(app: string, since: number): Promise<number> {
    const events = (await (await this.pods()).events(`site-app-${app}-`, since)).filter(
      ({ reason }) => reason === "Killing",
    );
    const times = events.map(({ firstTimestamp }) => firstTimestamp?.getTime() ?? 0);
    if (times.length === 0) throw new Error(`no replica of ${app} was drained`);
    return Math.min(...times);
  }

  async endpointsOf(part: string): Promise<Endpoint[]> {
    const { config } = await this.join();
    const pod = await this.pod(part);
    const { items: services } = await config
      .makeApiClient(CoreV1Api)
      .listNamespacedService({ namespace: this.namespace });
    const selected = services.filter(({ spec }) => {
      const selector = Object.entries(spec?.selector ?? {});
      return selector.length > 0 && selector.every(([key, value]) => pod.metadata?.labels?.[key] === value);
    });
    const hosts = [
      pod.status?.podIP ?? "",
      ...selected.flatMap(({ metadata, spec }) => [
        `${metadata?.name ?? ""}.${this.namespace}.svc.cluster.local`,
        ...(spec?.clusterIP && spec.clusterIP !== "None" ? [spec.clusterIP] : []),
      ]),
    ];
    return hosts.flatMap((host) =>
      (listening[wholePart(part)] ?? [appPort]).map((port) => ({ host, ...port })),
    );
  }

  /** All objects of the namespace but Secrets, whose names and labels are shown all the same. */
  async describeParts(): Promise<Record<string, string>> {
    const { config } = await this.join();
    const objects = KubernetesObjectApi.makeApiClient(config);
    const shown: Record<string, string> = {};
    for (const [apiVersion, kind] of describedKinds) {
      const { items } = await objects.list(apiVersion, kind, this.namespace);
      for (const item of items) {
        const name = `${kind} ${item.metadata?.name ?? ""}`;
        shown[name] = JSON.stringify(kind === "Secret" ? item.metadata : item);
      }
    }
    return shown;
  }

  async kill(part: string): Promise<void> {
    killProcesses(await this.pod(part));
  }

  async stop(part: string): Promise<void> {
    await this.scale(part, 0);
  }

  async start(part: string): Promise<void> {
    // What was killed, the kubelet starts over.
    const replicas = this.stopped.get(part);
    if (replicas === undefined) return;
    await this.scale(part, replicas);
    this.stopped.delete(part);
    await this.untilReady(part, replicas);
  }

  private readonly stopped = new Map<string, number>();

  async restart(part: string): Promise<void> {
    const pods = await this.pods();
    const before = [...(await this.named())].filter(
      ([name, pod]) => wholePart(name) === part && !isEnding(pod),
    );
    for (const [, pod] of before) await pods.delete(pod);
    await this.untilReady(part, before.length);
  }

  /** Wait until a part has as many pods that are ready, without those that are about to go. */
  private async untilReady(part: string, replicas: number): Promise<void> {
    const ready = async (): Promise<number> =>
      [...(await this.named())].filter(([name, pod]) => wholePart(name) === part && isReady(pod)).length;
    while ((await ready()) < replicas) await delay(200);
  }

  async image(app: TestApp): Promise<string> {
    await this.join();
    await buildTestImage(this.project, app);
    return pushImage(testImage(this.project, app), testLayout);
  }

  /** In a pod of another namespace. */
  async fromOutside<Result>(use: (exec: Exec) => Promise<Result>): Promise<Result> {
    const { config } = await this.join();
    const core = config.makeApiClient(CoreV1Api);
    await this.makeNamespace(this.outside);
    const { python } = await baseImages(() => undefined, testLayout);
    const created = await core.createNamespacedPod({
      namespace: this.outside,
      body: {
        metadata: { generateName: "python-" },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "python", image: python, command: ["sleep", "600"] }],
        },
      },
    });
    const pods = new Pods(config, this.outside);
    const current = (): Promise<V1Pod> =>
      core.readNamespacedPod({ namespace: this.outside, name: nameOf(created) });
    try {
      while (!isReady(await current())) await delay(200);
      return await use((...command) => pods.exec(created, ...command));
    } finally {
      await pods.delete(created, 0);
    }
  }

  /** On this machine, at the address by which pods reach it. */
  async outsideServer(): Promise<OutsideServer> {
    const { cluster } = await this.join();
    const answer = "here";
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      // A client that has heard enough closes first.
      socket.on("error", () => undefined);
      sockets.add(socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, cluster.hostAddress, resolve));
    const { port } = server.address() as net.AddressInfo;
    const close = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { endpoints: [{ host: cluster.hostAddress, port, tls: false }], answer, close };
  }

  /** In a container on this machine, which a Service in a namespace of its own leads to. */
  async identityProvider(clients: [Client, ...Client[]]): Promise<TargetProvider> {
    const { cluster, config } = await this.join();
    const runner = dockerRunner(this.project, [], [loopback, cluster.hostAddress]);
    const host = `id.${this.outside}.svc.cluster.local`;
    await this.makeNamespace(this.outside);
    const provider = await TestProvider.start({ runner, clients, host });
    await KubernetesObjectApi.makeApiClient(config).create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: this.outside, name: "id" },
      spec: { clusterIP: "None" },
    });
    await KubernetesObjectApi.makeApiClient(config).create({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        namespace: this.outside,
        name: "id",
        labels: { "kubernetes.io/service-name": "id" },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: [cluster.hostAddress] }],
    } as never);
    return { provider, oidc: {}, stop: () => provider.stop() };
  }

  /** The namespace of the site. */
  get namespace(): string {
    return `${this.project}-test`;
  }

  /** The site that is up. */
  private get site(): Running {
    if (!this.running) throw new Error("the site is not up");
    return this.running;
  }

  private async join(): Promise<{ cluster: Cluster; config: KubeConfig }> {
    if (!this.joined) {
      const cluster = await ensureTestCluster(() => undefined);
      this.joined = { cluster, config: connection(cluster.kubeconfig) };
    }
    return this.joined;
  }

  private withTarget(spec: SiteArgs, { registry }: Cluster): SiteArgs {
    return { ...spec, ports, expose: { nodePort: {} }, registry: { address: registry } };
  }

  private async bringUp(stack: TestStack, forwardings: Forwarding[], spec?: SiteArgs): Promise<void> {
    const { stdout, stderr } = await stack.up(spec);
    this.printed += stdout + stderr;
    const outputs = (await stack.outputs()) as unknown as TargetOutputs;
    this.running = { stack, forwardings, outputs };
    this.served = undefined;
  }

  private async pods(): Promise<Pods> {
    return new Pods((await this.join()).config, this.namespace);
  }

  /** The pods of the site that run, by the names of their parts. */
  private async named(): Promise<Map<string, V1Pod>> {
    const pods = await (await this.pods()).list(`streamlit.project=${this.project}`);
    return partNames(pods.filter(({ status }) => status?.phase === "Running"));
  }

  private async pod(part: string): Promise<V1Pod> {
    if (part === "gateway") return this.serving();
    const pod = (await this.named()).get(part);
    if (!pod) throw new Error(`there is no part ${part}`);
    return pod;
  }

  private served: string | undefined;

  /** The gateway that the Service gives this machine's connections to: its log has what is asked for. */
  private async serving(): Promise<V1Pod> {
    const all = [...(await this.named())].filter(
      ([name, pod]) => wholePart(name) === "gateway" && !isEnding(pod),
    );
    // It stays the one while it starts over.
    const known = all.find(([, pod]) => pod.metadata?.uid === this.served);
    if (known) return known[1];
    const gateways = all.filter(([, pod]) => isReady(pod));
    const mark = `/${randomBytes(8).toString("hex")}`;
    const { caCertificate: ca } = this.site.outputs;
    const { hostname: host } = new URL(this.site.outputs.url);
    await request({ host, port: ports.https, ca }, mark);
    const pods = await this.pods();
    for (let attempt = 0; attempt < 50; attempt++) {
      for (const [, pod] of gateways)
        if ((await pods.log(pod)).includes(mark)) {
          this.served = pod.metadata?.uid;
          return pod;
        }
      await delay(100);
    }
    throw new Error("no gateway has the request in its log");
  }

  private async scale(part: string, replicas: number): Promise<void> {
    const { config } = await this.join();
    const apps = config.makeApiClient(AppsV1Api);
    const { namespace } = this;
    const name = `site-${part}`;
    const before =
      part === "redis"
        ? await apps.readNamespacedStatefulSetScale({ namespace, name })
        : await apps.readNamespacedDeploymentScale({ namespace, name });
    if (replicas === 0) this.stopped.set(part, before.spec?.replicas ?? 1);
    const body = { ...before, spec: { replicas } };
    if (part === "redis") await apps.replaceNamespacedStatefulSetScale({ namespace, name, body });
    else await apps.replaceNamespacedDeploymentScale({ namespace, name, body });
    const count = async (): Promise<number> =>
      [...(await this.named())].filter(([name]) => wholePart(name) === part).length;
    if (replicas === 0) while ((await count()) > 0) await delay(200);
  }

  private async makeNamespace(name: string): Promise<void> {
    const core = (await this.join()).config.makeApiClient(CoreV1Api);
    const labels = { "streamlit.project": `${this.project}-outside` };
    await core.createNamespace({ body: { metadata: { name, labels } } }).catch(unlessItIsThere);
  }

  private async removeNamespace(name: string): Promise<void> {
    const core = (await this.join()).config.makeApiClient(CoreV1Api);
    const there = (): Promise<boolean> =>
      core.readNamespace({ name }).then(
        () => true,
        () => false,
      );
    if (!(await there())) return;
    await core.deleteNamespace({ name });
    while (await there()) await delay(300);
  }
}

/** What a site is made of, and Secrets. */
const describedKinds = [
  ["v1", "Pod"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["v1", "PersistentVolumeClaim"],
  ["v1", "Event"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "ReplicaSet"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "ControllerRevision"],
  ["policy/v1", "PodDisruptionBudget"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["networking.k8s.io/v1", "Ingress"],
  ["discovery.k8s.io/v1", "EndpointSlice"],
] as const;

/** The part that a replica is one of: `sales` for `sales.2`. */
const wholePart = (part: string): string => part.replace(/\.\d+$/, "");

const isApp = (part: string): boolean => !(wholePart(part) in listening);

const unlessItIsThere = (error: unknown): void => {
  if ((error as { code?: number }).code !== 409) throw error;
};
