/** What the commands say of workloads that do not come up, live: the reasons that a cluster itself gives, in words. */
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { ClusterClient } from "../../stacks/kubernetes/client";
import { openConnection } from "../../stacks/kubernetes/connection";
import { failures } from "../../stacks/kubernetes/failures";
import { leftovers, removeLeftovers } from "../../stacks/kubernetes/leftovers";
import { logs } from "../../stacks/kubernetes/logs";
import { status } from "../../stacks/kubernetes/status";
import type { Failure } from "../../stacks/target";
import { brokenApps, deployment, type Manifest, outside, quota, stack } from "./broken";
import { testCluster } from "./cluster";

jest.setTimeout(600_000);

const namespace = "stacks-words";
const small = "stacks-words-quota";
const labels = { "streamlit.project": stack.project, "streamlit.stack": stack.stack };

describe("workloads that do not come up", () => {
  let client: ClusterClient;
  let objects: KubernetesObjectApi;

  const create = (place: string | undefined, { metadata, ...manifest }: Manifest): Promise<unknown> =>
    objects.create({
      ...manifest,
      metadata: { ...metadata, ...(place !== undefined && { namespace: place }) },
    });

  beforeAll(async () => {
    const { kubeconfig } = await testCluster();
    client = new ClusterClient(openConnection({ kubeconfig }, "/"));
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    objects = KubernetesObjectApi.makeApiClient(config);
    for (const name of [namespace, small]) {
      await client.delete(`/api/v1/namespaces/${name}`);
      while (await client.find(`/api/v1/namespaces/${name}`)) await delay(500);
      await create(undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    }
    // An image with busybox, which the cluster's own pods are made of.
    const { spec } = await client.get<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
      "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
    );
    const image = spec.template.spec.containers[0]?.image ?? "";
    for (const manifests of Object.values(brokenApps(image)))
      for (const manifest of manifests) await create(namespace, manifest);
    for (const manifest of outside) await create(namespace, manifest);
    await create(small, quota);
    await create(small, deployment("crowded", image, { spec: { replicas: 2 } }));
  });
  afterAll(async () => {
    for (const name of [namespace, small]) await client.delete(`/api/v1/namespaces/${name}`);
  });

  /** The failure of a resource once it says this. */
  const failure = async (resource: string, words: RegExp, place = namespace): Promise<Failure> => {
    const until = Date.now() + 300_000;
    for (;;) {
      const [found] = await failures(client, place, stack, [resource]);
      const text = found && [found.status, ...found.details, found.log].join("\n");
      if (found && text !== undefined && words.test(text)) return found;
      if (Date.now() > until) throw new Error(`${resource} says ${JSON.stringify(found)}`);
      await delay(1000);
    }
  };

  test.each<[string, RegExp, boolean]>([
    ["absent", /cannot be pulled \((ErrImagePull|ImagePullBackOff)\)\n.*not found/, true],
    ["misnamed", /cannot be pulled \(InvalidImageName\)/, true],
    [
      "crashing",
      /keeps exiting \(exit code 3, started over [3-9] times\)\nreading the table\nKeyError: region/,
      true,
    ],
    ["greedy", /killed for want of memory \(limit 24Mi\)\nloading/, false],
    ["hanging", /Liveness probe failed: the page is not there/, false],
    ["large", /no node takes its pod: .*Insufficient cpu/, false],
    ["homeless", /site-homeless-data has no volume .*no-such-class/, false],
    ["unready", /Readiness probe failed: the page is not there\nup/, false],
    ["slow", /startup probe yet\n.*the page is not there/, false],
    ["unset", /secret "no-such-secret" not found/, false],
    ["root", /runAsNonRoot/, true],
    ["unmounted", /configmap "no-such-files" not found/, false],
    ["wordless", /cannot be started: .*no such file or directory/, false],
  ])("%s", async (app, words, hopeless) => {
    const found = await failure(`Deployment/site-${app}`, words);
    expect(found.part).toBe(`app ${app}`);
    if (hopeless) expect(found.hopeless).toBe(true);
  });

  test("a quota, a class of ingress and a load balancer that are not there", async () => {
    await failure("Deployment/site-crowded", /ResourceQuota small .*\nrequested: pods=1/, small);
    await failure("Ingress/site-gateway", /no IngressClass no-such-class/);
    await failure("Service/site-gateway", /no load balancer/);
  });

  test("the status has a line for each pod, those that cannot be made among them", async () => {
    const { parts } = await status(client, namespace, stack);
    expect(parts.find(({ part }) => part === "healthy.2")).toMatchObject({
      state: "running",
      health: "healthy",
    });
    const crowded = (await status(client, small, stack)).parts.map(({ part, state }) => [part, state]);
    expect(crowded).toEqual([
      ["crowded", "running"],
      ["crowded.2", "not made"],
    ]);
  });

  test("the logs of an app are those of all its replicas", async () => {
    const lines: string[] = [];
    const parts = await logs(
      client,
      namespace,
      stack,
      { part: "healthy", follow: false },
      ({ part, text }) => lines.push(`${part}: ${text}`),
      new AbortController().signal,
    );
    expect(parts).toEqual(["healthy", "healthy.2"]);
    expect(lines.sort()).toEqual(["healthy.2: up", "healthy: up"]);
  });

  test("all of it is found by its labels and removed, with the namespaces", async () => {
    const found = await leftovers(client, namespace, stack, true);
    expect(
      found
        .filter(({ kind }) => kind === "Namespace")
        .map(({ name }) => name)
        .sort(),
    ).toEqual([namespace, small]);
    expect(found.filter(({ kind }) => kind === "Deployment").length).toBe(
      Object.keys(brokenApps("")).length + 1,
    );
    expect(await removeLeftovers(client, found, () => undefined)).toBe(true);
    expect(await leftovers(client, namespace, stack, true)).toEqual([]);
  });
});
