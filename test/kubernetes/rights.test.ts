/** What docs/kubernetes.md says that a stack needs: with these rights in one namespace and no others, a site comes up, changes and goes. */
import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, KubeConfig, KubernetesObjectApi, type KubernetesObject } from "@kubernetes/client-node";
import { specialSigKey } from "@pulumi/pulumi/runtime/rpc";
import { load } from "js-yaml";
import { KubernetesSite } from "../../components/kubernetes";
import { defaultImages } from "../../components/spec/defaults";
import type { SiteArgs } from "../../index";
import { prepareEngine } from "../../offline";
import { baseImages, pushImage } from "../../offline/cluster/images";
import { exec } from "../../scripts/exec";
import { siteKinds } from "../../stacks/kubernetes/kinds";
import { docker } from "../contract/docker/docker";
import { buildTestImage, testImage } from "../contract/docker/images";
import { TestStack } from "../stack";
import { testCluster, testLayout } from "./cluster";

jest.setTimeout(900_000);

const project = "contract-kubernetes-rights";
const namespace = "component-rights";
const account = "deployer";
const ports = { https: 31443, http: 31080 };

/** The Role of the docs. */
function documentedRole(): KubernetesObject & {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
} {
  const text = fs.readFileSync(path.resolve(__dirname, "../../docs/kubernetes.md"), "utf8");
  const [, yaml = ""] = /```yaml\n([^`]*kind: Role\n[^`]*)```/.exec(text) ?? [];
  return load(yaml) as ReturnType<typeof documentedRole>;
}

/** A secret of an exported state is what its plain text says. */
function revealed(_key: string, value: unknown): unknown {
  const { plaintext, [specialSigKey]: mark } = (value ?? {}) as Record<string, unknown>;
  return mark !== undefined && typeof plaintext === "string" ? JSON.parse(plaintext) : value;
}

describe("a site in a namespace that is there, made with the rights of the docs alone", () => {
  let core: CoreV1Api;
  let objects: KubernetesObjectApi;
  let stack: TestStack;
  let spec: SiteArgs;
  let folder: string;

  /** All that is in the namespace with the labels of the site. */
  const ofTheSite = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const { apiVersion, kind } of siteKinds.filter(
      ({ apiVersion }) => !apiVersion.includes("gateway.") && !apiVersion.startsWith("cert-manager"),
    )) {
      const { items } = await objects.list(
        apiVersion,
        kind,
        namespace,
        undefined,
        undefined,
        undefined,
        undefined,
        `streamlit.project=${project}`,
      );
      found.push(...items.map(({ metadata }) => `${kind} ${metadata?.name ?? ""}`));
    }
    return found;
  };
  /** What a gateway answers to whom it does not know. */
  const answer = (ca: string): Promise<{ status: number | undefined; location: string | undefined }> =>
    new Promise((resolve, reject) => {
      https
        .get(
          { host: spec.host, port: ports.https, path: "/", ca, headers: { "sec-fetch-mode": "navigate" } },
          (response) => {
            response.resume();
            resolve({ status: response.statusCode, location: response.headers.location });
          },
        )
        .on("error", reject);
    });
  const isGone = async (): Promise<boolean> =>
    core.readNamespace({ name: namespace }).then(
      () => false,
      () => true,
    );

  beforeAll(async () => {
    const { kubeconfig, registry, nodeAddress } = await testCluster();
    const admin = new KubeConfig();
    admin.loadFromFile(kubeconfig);
    core = admin.makeApiClient(CoreV1Api);
    objects = KubernetesObjectApi.makeApiClient(admin);
    await core.deleteNamespace({ name: namespace }).catch(() => undefined);
    while (!(await isGone())) await delay(500);

    const labels = {
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    };
    await core.createNamespace({ body: { metadata: { name: namespace, labels } } });
    const { rules, ...role } = documentedRole();
    // Whoever makes a Role may give away what they have, and nothing of a kind that is not there.
    await objects.create({ ...role, rules, metadata: { ...role.metadata, namespace } } as KubernetesObject);
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: account } } });
    await objects.create({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: account, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata?.name ?? "" },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    } as KubernetesObject);
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace,
      name: account,
      body: { spec: { audiences: [], expirationSeconds: 3600 } },
    });
    const restricted = new KubeConfig();
    restricted.loadFromClusterAndUser(admin.getCurrentCluster()!, {
      name: account,
      token: status?.token ?? "",
    });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "rights-"));
    const file = path.join(folder, "kubeconfig");
    fs.writeFileSync(file, restricted.exportConfig(), { mode: 0o600 });

    await buildTestImage(project, "echo");
    const image = await pushImage(testImage(project, "echo"), testLayout);
    spec = {
      host: nodeAddress,
      ports,
      expose: { nodePort: {} },
      namespace: { existing: namespace },
      registry: { address: registry },
      apps: {
        echo: {
          image,
          autoscaling: { min: 1, max: 2 },
          drainTimeout: "0s",
          resources: { cpu: 0.5, memory: "128Mi" },
        },
      },
      // GitHub is asked nothing before somebody comes back from there.
      auth: {
        oidc: {
          provider: "github",
          clientId: "site",
          clientSecret: "secret of the client",
          allow: { githubOrg: "example" },
        },
      },
    };
    const engine = await prepareEngine({
      log: () => undefined,
      officialImages: defaultImages,
      plugins: ["kubernetes"],
    });
    stack = await TestStack.open({
      project,
      engine,
      component: KubernetesSite,
      outputs: ["url", "caCertificate"],
      spec,
      images: await baseImages(() => undefined, testLayout),
      config: { "kubernetes:kubeconfig": file },
    });
  });

  afterAll(async () => {
    await core.deleteNamespace({ name: namespace }).catch(() => undefined);
    await docker.getImage(testImage(project, "echo")).remove({ force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("comes up", async () => {
    await stack.up();
    const { caCertificate } = await stack.outputs();
    expect(await answer(String(caCertificate))).toEqual({
      status: 302,
      location: expect.stringMatching(/^https:\/\/github\.com\/login\/oauth\/authorize\?/) as string,
    });
    expect(await ofTheSite()).toEqual(
      expect.arrayContaining([
        "Deployment site-gateway",
        "Deployment site-oauth2-proxy",
        "StatefulSet site-redis",
        "Deployment site-app-echo",
        "HorizontalPodAutoscaler site-app-echo",
        "PersistentVolumeClaim data-site-redis-0",
      ]),
    );
  });

  it("is made of objects in which the API server finds no unknown field, and of which it warns of nothing", async () => {
    const { deployment } = JSON.parse(await stack.pulumi("stack", "export", "--show-secrets"), revealed) as {
      deployment: { resources: { type: string; inputs: { kind?: string } }[] };
    };
    const manifests = deployment.resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => inputs);
    expect(manifests.length).toBeGreaterThan(20);
    const { kubeconfig, kubectl } = await testCluster();
    const strictly = ["--validate=strict", "--warnings-as-errors", "--force-conflicts", "--dry-run=server"];
    const apply = (items: object[]): Promise<{ stdout: string }> =>
      exec(kubectl, [`--kubeconfig=${kubeconfig}`, "apply", "--server-side", ...strictly, "--filename=-"], {
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
      });
    expect((await apply(manifests)).stdout.trim().split("\n").length).toBe(manifests.length);
    // That it would be found.
    const pod = { containers: [{ name: "a", image: "a" }] };
    const metadata = { name: "lax", namespace };
    const lax = { apiVersion: "v1", kind: "Pod", metadata };
    await expect(apply([{ ...lax, spec: { ...pod, unknown: 1 } }])).rejects.toThrow();
    await expect(apply([{ ...lax, spec: pod }])).rejects.toThrow(/restricted/);
    const template = { metadata: { labels: { app: "lax" } }, spec: pod };
    const spec = { selector: { matchLabels: { app: "lax" } }, template };
    await expect(apply([{ apiVersion: "apps/v1", kind: "Deployment", metadata, spec }])).rejects.toThrow(
      /1 warning received/,
    );
  });

  it("stays as it is when nothing was changed", async () => {
    const { summary } = await stack.up();
    expect(Object.keys(summary.resourceChanges ?? {})).toEqual(["same"]);
  });

  it("changes", async () => {
    const { echo } = spec.apps;
    const { summary } = await stack.up({
      ...spec,
      apps: { echo: { ...echo, environment: { CHANGED: "$(HOME) $$" } } },
    });
    expect(summary.result).toBe("succeeded");
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "streamlit.app=echo" });
    const values = items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .flatMap(({ spec }) => spec?.containers[0]?.env ?? [])
      .find(({ name }) => name === "CHANGED");
    expect(values?.value).toBe("$$(HOME) $$$$");
  });

  it("goes, and leaves nothing but the namespace", async () => {
    await stack.down();
    while ((await ofTheSite()).some((name) => name.startsWith("PersistentVolumeClaim"))) await delay(500);
    expect(await ofTheSite()).toEqual([]);
    expect(await isGone()).toBe(false);
  });
});
