/** A site behind an ingress controller, and behind a Gateway: what people see, whose address is believed, and who reaches the site. */
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { KubernetesSite } from "../../components/kubernetes";
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import type { ExposeArgs } from "../../components/spec/args";
import type { Cluster } from "../../offline/cluster";
import { baseImages } from "../../offline/cluster/images";
import { networks } from "../../offline/cluster/layout";
import { forward, type Forwarding } from "../contract/kubernetes/forward";
import { isReady, Pods } from "../contract/kubernetes/pods";
import { basicCredentials } from "../contract/sign-ins/basic";
import { host, probe } from "../contract/support/apps";
import { SiteClient } from "../contract/support/client";
import { StreamlitSession } from "../contract/support/streamlit";
import { TestAuthority } from "../oidc/certificates";
import { TestStack } from "../stack";
import { ensureTestCluster, testLayout } from "./cluster";
import { define, gatewayApi, undefine } from "./custom-resources";
import { type FrontProxyArgs, makeGateway, serveGateway, serveIngress } from "./front-proxy";

jest.setTimeout(900_000);

const project = "contract-kubernetes-ingress";
const namespace = `${project}-test`;
const controllers = `${project}-controller`;
const name = "played";
const trusted = { controllerNamespace: controllers, trustedProxies: [networks.pods] };
const ports = { https: 18643, http: 18680 };
const password = "alice's long password";

/** What may be in front of a site. */
interface Front {
  expose: ExposeArgs;
  /** Make what has to be there before the site. @returns the authority to trust, when the certificate is not the site's */
  prepare: (config: KubeConfig) => Promise<string | undefined>;
  /** Serve the site, once it is there. */
  serve: (args: FrontProxyArgs, among: string) => Promise<void>;
  /** Remove what was made for the whole cluster. */
  remove: () => Promise<void>;
}

const ingress: Front = {
  expose: { ingress: { className: name, ...trusted } },
  prepare: () => Promise.resolve(undefined),
  serve: serveIngress,
  remove: () => Promise.resolve(),
};

const gateway: Front = {
  expose: { gatewayApi: { gateway: name, namespace: controllers, ...trusted } },
  prepare: async (config) => {
    await define(gatewayApi);
    const authority = new TestAuthority();
    await makeGateway({ config, namespace: controllers, name }, authority.issue(host));
    return authority.certificate;
  },
  serve: serveGateway,
  remove: () => undefine(gatewayApi),
};

describe.each([
  ["an ingress controller", ingress],
  ["a Gateway", gateway],
])("a site behind %s", (_, front) => {
  let cluster: Cluster;
  let core: CoreV1Api;
  let config: KubeConfig;
  let stack: TestStack;
  let client: SiteClient;
  const forwardings: Forwarding[] = [];

  const isGone = async (name: string): Promise<boolean> =>
    core.readNamespace({ name }).then(
      () => false,
      () => true,
    );
  const remove = async (name: string): Promise<void> => {
    await core.deleteNamespace({ name }).catch(() => undefined);
    while (!(await isGone(name))) await delay(500);
  };
  const gatewayLogs = async (): Promise<string> => {
    const pods = new Pods(config, namespace);
    const gateways = await pods.list("streamlit.part=gateway");
    return (await Promise.all(gateways.map((pod) => pods.log(pod)))).join("");
  };

  beforeAll(async () => {
    cluster = await ensureTestCluster();
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    for (const name of [namespace, controllers]) await remove(name);
    await core.createNamespace({ body: { metadata: { name: controllers } } });
    const authority = await front.prepare(config);
    const images = await baseImages(() => undefined, testLayout);
    stack = await TestStack.open({
      project,
      engine: await prepareEngine({
        log: () => undefined,
        officialImages: defaultImages,
        plugins: ["kubernetes"],
      }),
      component: KubernetesSite,
      outputs: ["url", "caCertificate"],
      spec: {
        host,
        ports,
        expose: front.expose,
        registry: { address: cluster.registry },
        apps: { open: { source: probe, route: "/open" } },
        auth: { basic: { users: { alice: password } } },
      },
      images,
      config: { "kubernetes:kubeconfig": cluster.kubeconfig },
    });
    const { nginx: image } = images;
    const address = cluster.nodeAddress;
    await Promise.all([
      stack.up(),
      front.serve({ config, namespace: controllers, name, image, ports, address }, namespace),
    ]);
    for (const port of Object.values(ports)) forwardings.push(await forward(port, address));
    const { caCertificate } = await stack.outputs();
    client = new SiteClient(host, ports, authority ?? String(caCertificate), (user) => ({
      Authorization: basicCredentials(user, password),
    }));
  });

  afterAll(async () => {
    for (const forwarding of forwardings) await forwarding.close();
    await stack.down();
    expect(await isGone(namespace)).toBe(true);
    await remove(controllers);
    await front.remove();
  });

  test("asks who comes, and is the whole app to who has signed in, its websocket too", async () => {
    expect((await stack.outputs()).url).toBe(client.origin);
    expect((await client.request("/open/")).status).toBe(401);
    const session = await StreamlitSession.open(client, "/open", { user: "alice" });
    await session.click();
    expect(await session.page()).toMatchObject({ clicks: 1, user: { user: "alice" } });
    await session.drop();
  });

  test("leads a request by plain HTTP to HTTPS", async () => {
    const { status, headers } = await client.plain("/open/?a=1");
    expect([status, headers.location]).toEqual([308, `${client.origin}/open/?a=1`]);
  });

  test("a websocket from another site is refused", async () => {
    const headers = { Origin: "https://evil.test" };
    await expect(client.socket("/open/_stcore/stream", { user: "alice", headers })).rejects.toThrow("403");
  });

  test("has in its log and in the app the address that the controller saw, whatever the client says", async () => {
    const headers = { "X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9" };
    const path = `/open/mark-${String(Date.now())}`;
    await client.request(path, { user: "alice", headers });
    let line: string | undefined;
    while (line === undefined) {
      line = (await gatewayLogs()).split("\n").find((text) => text.includes(path));
      await delay(200);
    }
    expect(JSON.parse(line)).toMatchObject({ client: cluster.hostAddress, user: "alice" });
    const session = await StreamlitSession.open(client, "/open", { user: "alice", headers });
    expect((await session.page()).address).toBe(cluster.hostAddress);
    await session.drop();
  });

  test("nobody but the controller's namespace reaches the gateway, and nobody at all an app", async () => {
    const { python: image } = await baseImages(() => undefined, testLayout);
    const reached = async (place: string): Promise<Record<string, string>> => {
      const pods = new Pods(config, place);
      const metadata = { generateName: "asks-", labels: { app: "asks" } };
      const container = { name: "python", image, command: ["sleep", "600"] };
      const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
      const { metadata: made } = await core.createNamespacedPod({
        namespace: place,
        body: { metadata, spec },
      });
      const current = () => core.readNamespacedPod({ namespace: place, name: made?.name ?? "" });
      while (!isReady(await current())) await delay(200);
      const pod = await current();
      const ask = async (service: string, port: number): Promise<string> => {
        const url = `http://${service}.${namespace}.svc.cluster.local:${String(port)}/healthz`;
        const code = `import urllib.request; print(urllib.request.urlopen("${url}", timeout=5).status)`;
        const { output } = await pods.exec(pod, "python3", "-c", code);
        // The last line of a failure is its reason.
        return output.trim().split("\n").at(-1) ?? "";
      };
      try {
        return { gateway: await ask("site-gateway", 80), app: await ask("site-app-open", 8501) };
      } finally {
        await pods.delete(pod, 0);
      }
    };
    expect(await reached(controllers)).toEqual({
      gateway: "200",
      app: expect.stringMatching(/refused|timed out/) as string,
    });
    expect(await reached("default")).toEqual({
      gateway: expect.stringMatching(/refused|timed out/) as string,
      app: expect.stringMatching(/refused|timed out/) as string,
    });
  });
});
