/** The real commands on a cluster: what they say, what they change, what they recover from, and that they leave nothing. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import { ClusterClient } from "../../../stacks/kubernetes/client";
import { openConnection } from "../../../stacks/kubernetes/connection";
import { type Deployment, ofStack, type Pod } from "../../../stacks/kubernetes/objects";
import { partNames } from "../../../stacks/kubernetes/parts";
import type { SiteStatus } from "../../../stacks/site-status";
import { type TestCluster, testCluster } from "../../kubernetes/cluster";
import { Checkout, type Started } from "../docker/checkout";
import { docker } from "../docker/docker";
import { descendants } from "../docker/processes";
import { appsFolder } from "../support/apps";

jest.setTimeout(900_000);

const project = "contract-kubernetes-commands";
const namespace = "stacks-commands";
const ports = { https: 30843, http: 30880 };
const namespacePath = `/api/v1/namespaces/${namespace}`;

describe("the commands on Kubernetes", () => {
  let checkout: Checkout;
  let cluster: TestCluster;
  let client: ClusterClient;
  const app = (): string => path.join(checkout.folder, "app");

  const site = (more: SiteArgs["apps"] = {}, version = "1"): SiteArgs => ({
    host: cluster.nodeAddress,
    namespace: { create: namespace },
    expose: { nodePort: {} },
    ports,
    registry: { address: cluster.registry },
    apps: {
      versions: { source: app(), environment: { VERSION: version }, drainTimeout: "3s" },
      ...more,
    },
    auth: { basic: { generatedUsers: ["demo"] } },
  });
  const configure = (spec: SiteArgs): void => {
    checkout.configure(spec, 1, { target: "kubernetes", "kubernetes:kubeconfig": cluster.kubeconfig });
  };
  const pods = async (): Promise<Map<string, Pod>> =>
    partNames(
      await client.list<Pod>(`${namespacePath}/pods`, {
        labelSelector: ofStack({ project, stack: "test" }),
      }),
    );
  const uids = async (): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      [...(await pods())]
        .filter(([, { metadata }]) => metadata?.deletionTimestamp === undefined)
        .map(([part, { metadata }]) => [part, metadata?.uid]),
    );
  const status = async (): Promise<SiteStatus> => {
    const { standardOutput, output } = await checkout.start("status", "--json").end;
    if (standardOutput === "") throw new Error(output);
    return JSON.parse(standardOutput) as SiteStatus;
  };
  const answers = async (): Promise<void> => {
    const health = await fetch(`http://${cluster.nodeAddress}:${String(ports.http)}/healthz`);
    expect(await health.text()).toBe("ok\n");
  };
  const fails = async (...reasons: RegExp[]): Promise<string> => {
    const { how, output } = await checkout.start("up").end;
    expect([how, output]).toEqual([1, expect.stringMatching(reasons[0] ?? /./)]);
    for (const reason of reasons) expect(output).toMatch(reason);
    expect(output).not.toMatch(/\n\s+at /);
    return output;
  };

  beforeAll(async () => {
    cluster = await testCluster();
    client = new ClusterClient(openConnection({ kubeconfig: cluster.kubeconfig }, "/"));
    const { images } = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    checkout = new Checkout(project);
    fs.cpSync(path.join(appsFolder, "versions"), app(), { recursive: true });
    fs.writeFileSync(
      path.join(app(), "Dockerfile"),
      [
        `FROM ${images?.python ?? defaultImages.python}`,
        "WORKDIR /app",
        "COPY . .",
        "USER 10001:10001",
        'CMD ["python3", "-u", "versions.py"]',
        "",
      ].join("\n"),
    );
    configure(site());
  });
  afterAll(() => checkout.remove());

  test("a kubeconfig that is none, and a server that does not answer, are one line each", async () => {
    for (const [kubeconfig, line] of [
      ["/no/such", /^error: kubernetes:kubeconfig is \/no\/such: there is no file \/no\/such$/m],
      [
        "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nclusters: [{ name: a, cluster: { server: 'https://127.0.0.1:1' } }]\nusers: [{ name: a, user: {} }]\n",
        /^error: the API server https:\/\/127\.0\.0\.1:1 does not answer: the connection is refused/m,
      ],
    ] as const) {
      checkout.configure(site(), 1, { target: "kubernetes", "kubernetes:kubeconfig": kubeconfig });
      const { how, output } = await checkout.start("up").end;
      expect([how, output]).toEqual([1, expect.stringMatching(line)]);
    }
    configure(site());
    expect((await status()).up).toBe(false);
  });

  test("`up` brings up the site, a second one and a `preview` change nothing", async () => {
    expect(await checkout.run("preview")).toMatch(/^gateway: to create$/m);
    expect(await checkout.run("up")).toContain(
      `The site is at https://${cluster.nodeAddress}:${String(ports.https)}`,
    );
    await answers();
    const before = await uids();
    expect(Object.keys(before).sort()).toEqual(["gateway", "gateway.2", "versions"]);
    for (const command of ["up", "preview"])
      expect(await checkout.run(command)).toMatch(/^Resources:\n +\d+ unchanged$/m);
    expect(await uids()).toEqual(before);
  });

  test("`status` says that all of it is well, and where it is reached", async () => {
    const now = await status();
    expect(now).toMatchObject({ up: true, well: true, hints: [] });
    expect(now.parts.map(({ part, state, health }) => [part, state, health])).toEqual([
      ["gateway", "running", "healthy"],
      ["gateway.2", "running", "healthy"],
      ["versions", "running", "healthy"],
    ]);
    expect(now.endpoints).toEqual([
      { protocol: "https", address: cluster.nodeAddress, port: ports.https },
      { protocol: "http", address: cluster.nodeAddress, port: ports.http },
    ]);
    expect(now.certificate?.until).toBeDefined();
  });

  test("`logs` has the lines of the parts, and follows one over its replacement", async () => {
    expect(await checkout.standardOutput("logs", "gateway", "--tail", "5")).toMatch(/^gateway(\.2)? +\| /m);
    const following = checkout.start("logs", "gateway", "--follow", "--tail", "1");
    let seen = "";
    following.child.stdout?.on("data", (text: string) => (seen += text));
    while (!seen.includes("|")) await delay(100);
    const [, old] = [...(await pods())].find(([part]) => part === "gateway") ?? [];
    await client.delete(`${namespacePath}/pods/${old?.metadata?.name ?? ""}`);
    // The one in its place logs as well: what asks it is in its log.
    const mark = `/mark-${String(Date.now())}`;
    const until = Date.now() + 120_000;
    const ready = async (): Promise<boolean> =>
      (await status()).well &&
      !(old?.metadata?.uid !== undefined && Object.values(await uids()).includes(old.metadata.uid));
    while (!(await ready())) await delay(500);
    const asked = async (): Promise<boolean> => {
      await fetch(`http://${cluster.nodeAddress}:${String(ports.http)}${mark}`, { redirect: "manual" });
      return seen.includes(mark);
    };
    while (!(await asked())) {
      if (Date.now() > until) throw new Error(`never seen:\n${seen}`);
      await delay(500);
    }
    following.child.kill("SIGINT");
    expect((await following.end).how).toBe(0);
  });

  test.each<[string, () => SiteArgs["apps"], RegExp[]]>([
    [
      "an image that is not there",
      () => ({ bad: { image: `${cluster.registry}/no/such:1` } }),
      [
        /app bad: its image \S+\/no\/such:1 cannot be pulled \((ErrImagePull|ImagePullBackOff)\)\n +failed to resolve reference .*not found/,
      ],
    ],
    [
      "an app that crashes",
      () => ({ bad: { source: crashing() } }),
      [
        /app bad: its container keeps exiting \(exit code 3, started over \d times\)/,
        /the end of its log:\n +KeyError: region/,
      ],
    ],
  ])("%s: up fails with the reason, and the next one recovers", async (_what, more, reasons) => {
    configure(site(more()));
    await fails(...reasons);
    await answers();
    configure(site());
    await checkout.run("up");
    expect(await status()).toMatchObject({ well: true });
    expect(await checkout.run("up")).toMatch(/^Resources:\n +\d+ unchanged$/m);
  });

  function crashing(): string {
    const folder = path.join(checkout.folder, "crashing");
    fs.cpSync(app(), folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "versions.py"), 'import os\nprint("KeyError: region")\nos._exit(3)\n');
    return folder;
  }

  test("a quota that is too small: up fails with its numbers, and recovers once it is larger", async () => {
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "small", namespace },
      spec: { hard: { pods: "3" } },
    };
    const objects = new KubeConfig();
    objects.loadFromFile(cluster.kubeconfig);
    await KubernetesObjectApi.makeApiClient(objects).create(quota);
    configure(site({ more: { source: app(), environment: { VERSION: "1" }, drainTimeout: "0s" } }));
    await fails(
      /the ResourceQuota small of its namespace leaves no room for its pod\n +requested: pods=1, used: pods=3, limited: pods=3/,
    );
    expect((await status()).parts.filter(({ state }) => state === "not made").length).toBeGreaterThanOrEqual(
      0,
    );
    await client.delete(`${namespacePath}/resourcequotas/small`);
    await checkout.run("up");
    expect(await status()).toMatchObject({ well: true });
    configure(site());
    await checkout.run("up");
  });

  describe("up, killed", () => {
    const deploymentOf = async (app: string): Promise<Deployment | undefined> =>
      (await client.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`)).find(
        ({ metadata }) => metadata?.labels?.["streamlit.app"] === app,
      );
    /** Kill the whole command, or its engine, once something is so. */
    const killed = async (victim: "command" | "engine", begun: () => Promise<boolean>): Promise<void> => {
      const up: Started = checkout.start("up");
      while (!(await begun())) {
        if (up.child.exitCode !== null) throw new Error(`up had ended:\n${(await up.end).output}`);
        await delay(100);
      }
      const pid = up.child.pid ?? 0;
      const engine = descendants(pid).filter(({ command }) => /(^|\/)pulumi\0/.test(command));
      try {
        if (victim === "command" || engine.length === 0) process.kill(-pid, "SIGKILL");
        else for (const one of engine) process.kill(one.pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
      await up.end;
    };

    test("while an app rolls: going back to what it was is done, although the state never had the change", async () => {
      const version = async (): Promise<string | undefined> =>
        (await deploymentOf("versions"))?.spec?.template.spec?.containers[0]?.env?.find(
          ({ name }) => name === "VERSION",
        )?.value;
      configure(site({}, "2"));
      await killed("command", async () => (await version()) === "2");
      configure(site());
      await checkout.run("up");
      expect(await version()).toBe("1");
      expect(await status()).toMatchObject({ well: true });
      expect(await checkout.run("up")).toMatch(/^Resources:\n +\d+ unchanged$/m);
    });

    test.each<["command" | "engine", string]>([
      ["command", "more"],
      ["engine", "other"],
    ])("%s, while an app is made: the next up makes it", async (victim, name) => {
      configure(
        site({
          [name]: { source: app(), environment: { VERSION: "1" }, minReadySeconds: 15, drainTimeout: "3s" },
        }),
      );
      const there = async (): Promise<boolean> => (await deploymentOf(name)) !== undefined;
      await killed(victim, there);
      await checkout.run("up");
      expect((await status()).parts.find(({ part }) => part === name)).toMatchObject({ health: "healthy" });
      configure(site());
      await checkout.run("up");
    });
  });

  test("a state that is lost: `up` refuses, `down --leftovers` shows what is there and removes it, the namespace too", async () => {
    const state = path.join(checkout.folder, ".state");
    fs.rmSync(state, { recursive: true });
    const { how, output } = await checkout.start("up").end;
    expect([how, output]).toEqual([
      1,
      expect.stringMatching(/workloads of stack test are there, its state is not/),
    ]);
    const removed = await checkout.run("down", "--leftovers", "--yes");
    expect(removed).toMatch(/^2 Deployments: /m);
    expect(removed).toMatch(/^1 Namespace: stacks-commands$/m);
    expect(await client.find(namespacePath)).toBeUndefined();
  });

  test("`down` leaves nothing: no namespace, no image on this machine, no state", async () => {
    await checkout.run("up");
    await answers();
    await checkout.run("down");
    expect(await client.find(namespacePath)).toBeUndefined();
    const images = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(images.filter((name) => name.includes(`${project}-test-`))).toEqual([]);
    expect(fs.existsSync(path.join(checkout.folder, ".state"))).toBe(false);
  });
});
