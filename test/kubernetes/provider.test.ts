/** The stand-in for the Kubernetes plugin on a cluster: what it makes, waits for, refuses and removes, in the words of the official one. */
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { InitFailed, KubernetesProvider } from "../../offline/providers/kubernetes/provider";
import { openConnection } from "../../stacks/kubernetes/connection";
import { ClusterClient } from "../../stacks/kubernetes/client";
import { testCluster } from "./cluster";

jest.setTimeout(600_000);

type Props = Record<string, unknown>;

const namespace = "provider-test";

interface Made {
  urn: string;
  id: string;
  inputs: Props;
  state: Props;
}

describe("the stand-in for the Kubernetes plugin", () => {
  let kubeconfig: string;
  let client: ClusterClient;
  let provider: KubernetesProvider;
  let image: string;
  const shown: string[] = [];

  const newProvider = async (settings: Record<string, string> = {}): Promise<KubernetesProvider> => {
    const made = new KubernetesProvider(({ text }) => shown.push(text));
    await made.configure({ kubeconfig, namespace, ...settings });
    return made;
  };
  const urnOf = ({ apiVersion, kind }: Props, name: string): string =>
    `urn:pulumi:test::provider::kubernetes:${String(apiVersion).replace(/^v1$/, "core/v1")}:${String(kind)}::${name}`;
  const check = async (name: string, news: Props, olds: Props = {}): Promise<Props> => {
    const urn = urnOf(news, name);
    const { inputs, failures } = await provider.check({ urn, olds, news, seed: new Uint8Array([1, 2, 3]) });
    expect(failures).toEqual([]);
    return inputs;
  };
  const create = async (name: string, news: Props, { timeout = 0, preview = false } = {}): Promise<Made> => {
    const [urn, inputs] = [urnOf(news, name), await check(name, news)];
    const { id, properties } = await provider.create({ urn, inputs, timeout, preview });
    return { urn, id, inputs, state: properties };
  };
  const update = async (
    { urn, inputs: olds, state }: Made,
    news: Props,
    using = provider,
  ): Promise<Props> => {
    const inputs = (await using.check({ urn, olds, news, seed: new Uint8Array() })).inputs;
    return using.update({ urn, inputs, state, timeout: 0, preview: false, ignoreChanges: [] });
  };
  const configMap = (name: string, data: Props, more: Props = {}): Props => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data,
    ...more,
  });
  const find = (name: string, kind = "configmaps"): Promise<Props | undefined> =>
    client.find<Props>(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
  const errorOf = async (work: Promise<unknown>): Promise<Error> =>
    work.then(
      () => new Error("it did not fail"),
      (error: unknown) => error as Error,
    );

  beforeAll(async () => {
    ({ kubeconfig } = await testCluster());
    client = new ClusterClient(openConnection({ kubeconfig }, "/"));
    provider = await newProvider();
    await client.delete(`/api/v1/namespaces/${namespace}`);
    await create("namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    // An image with busybox, which the cluster's own pods are made of.
    const { spec } = await client.get<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
      "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
    );
    image = spec.template.spec.containers[0]?.image ?? "";
  });
  afterAll(() => client.delete(`/api/v1/namespaces/${namespace}`));

  test("previews by a dry run: with what the server fills in, and nothing is made", async () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "previewed" },
      spec: { selector: { app: "a" }, ports: [{ port: 80 }] },
    };
    const { id, state } = await create("previewed", service, { preview: true });
    expect(id).toBe("");
    expect(state.spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    });
    expect(await find("previewed", "services")).toBeUndefined();
    const refused = { ...service, spec: { ...service.spec, ports: [{ port: 99_999 }] } };
    expect((await errorOf(create("refused", refused, { preview: true }))).message).toMatch(
      /was not successfully created by the Kubernetes API server: .*spec\.ports\[0\]\.port: Invalid value/,
    );
  });

  test("names what has no name as the official plugin does, and keeps the name", async () => {
    const unnamed = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } };
    const made = await create("settings", unnamed);
    const { name } = made.state.metadata as { name: string };
    expect(name).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(made.id).toBe(`${namespace}/${name}`);
    expect((await check("settings", unnamed, made.inputs)).metadata).toMatchObject({ name });
  });

  test("keeps what the official plugin keeps in the state, and finds nothing to change then", async () => {
    const asked = configMap("kept", { a: "1" });
    const { urn, state, inputs } = await create("kept", asked);
    expect(state).toMatchObject({
      data: { a: "1" },
      __inputs: { ...asked, metadata: { name: "kept", namespace } },
      __initialApiVersion: "v1",
      __fieldManager: expect.stringMatching(/^pulumi-kubernetes-[0-9a-f]{8}$/) as string,
    });
    const { changes } = await provider.diff({ urn, olds: state, news: inputs, ignoreChanges: [] });
    expect([...changes]).toEqual([]);
  });

  test("does not take what is there already for its own", async () => {
    await create("twice", configMap("twice", { a: "1" }));
    expect((await errorOf(create("twice", configMap("twice", { a: "2" })))).message).toMatch(
      /configmaps "twice" already exists[^]*use `pulumi import`/,
    );
  });

  test("leaves what another manager has set, tells whose it is, and takes it over when it is told to", async () => {
    const made = await create("shared", configMap("shared", { a: "1" }));
    made.state = await update(made, configMap("shared", { a: "2" }));
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    await KubernetesObjectApi.makeApiClient(config).patch(
      { ...configMap("shared", { a: "theirs" }), metadata: { name: "shared", namespace } } as never,
      undefined,
      undefined,
      "somebody",
      true,
      "application/apply-patch+yaml",
    );
    const error = await errorOf(update(made, configMap("shared", { a: "3" })));
    expect(error).toBeInstanceOf(InitFailed);
    expect(error.message).toMatch(/conflict with "somebody"[^]*\.data\.a/);
    expect(await find("shared")).toMatchObject({ data: { a: "theirs" } });
    await update(made, configMap("shared", { a: "3" }), await newProvider({ enablePatchForce: "true" }));
    expect(await find("shared")).toMatchObject({ data: { a: "3" } });
  });

  test("replaces what cannot be changed, the old one first when both would have one name", async () => {
    const { urn, state } = await create("fixed", configMap("fixed", { a: "1" }, { immutable: true }));
    const news = await check("fixed", configMap("fixed", { a: "2" }, { immutable: true }));
    expect(await provider.diff({ urn, olds: state, news, ignoreChanges: [] })).toMatchObject({
      replaces: ["data.a"],
      deleteBeforeReplace: true,
    });
  });

  test("waits for a workload until its pods are there, and says why they are not", async () => {
    const deployment = (name: string, script: string): Props => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: "main",
                image,
                command: ["sh", "-c", script],
                // Without one, a pod counts as ready in the moment between its start and its end.
                readinessProbe: { exec: { command: ["test", "-e", "/ready"] } },
              },
            ],
          },
        },
      },
    });
    const { state } = await create("well", deployment("well", "touch /ready; sleep 600"));
    expect(state.status).toMatchObject({ readyReplicas: 1 });
    const failing = deployment("failing", "echo KeyError: region; exit 3");
    const error = await errorOf(create("failing", failing, { timeout: 30 }));
    expect(error).toBeInstanceOf(InitFailed);
    const { id, message, reasons, properties } = error as InitFailed;
    expect(id).toBe(`${namespace}/failing`);
    expect(message).toMatch(/was successfully created, but .* failed to fully initialize or become live/);
    expect(reasons.join("\n")).toMatch(/Minimum number of live Pods was not attained/);
    expect(reasons.join("\n")).toMatch(
      /\[Pod provider-test\/failing-\S+\]: containers with unready status: \[main\]/,
    );
    // The engine keeps it: the next `up` changes it, `down` removes it.
    expect(properties.__inputs).toMatchObject({ kind: "Deployment" });
  });

  test("waits until what it deletes is gone", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "slow" },
      spec: {
        terminationGracePeriodSeconds: 4,
        containers: [
          { name: "main", image, command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"] },
        ],
      },
    };
    const { urn, id, state } = await create("slow", pod);
    await provider.delete({ id, urn, state, timeout: 0 });
    expect(await find("slow", "pods")).toBeUndefined();
    // A second time it is gone already.
    await provider.delete({ id, urn, state, timeout: 0 });
  });

  test("does not find what somebody has deleted", async () => {
    const { urn, id, inputs, state } = await create("gone", configMap("gone", { a: "1" }));
    expect((await provider.read({ id, urn, state, inputs }))?.properties).toMatchObject({ data: { a: "1" } });
    await client.delete(`/api/v1/namespaces/${namespace}/configmaps/gone`);
    expect(await provider.read({ id, urn, state, inputs })).toBeUndefined();
  });

  test("a cluster that does not answer fails what would change it, and nothing else", async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "none", server: "https://127.0.0.1:1", skipTLSVerify: true },
      { name: "nobody" },
    );
    const unreachable = await newProvider({ kubeconfig: config.exportConfig() });
    const inputs = await check("nowhere", configMap("nowhere", {}));
    const error = await errorOf(
      unreachable.create({ urn: urnOf(inputs, "nowhere"), inputs, timeout: 0, preview: false }),
    );
    expect(error.message).toMatch(
      /^configured Kubernetes cluster is unreachable: unable to load schema information/,
    );
  });
});
