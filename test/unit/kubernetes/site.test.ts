/** What a site on Kubernetes is made of, told by what it registers with Pulumi. test/contract brings it up. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import * as fc from "fast-check";
import { KubernetesSite } from "../../../components/kubernetes";
import { type SiteArgs, SiteSpecError } from "../../../index";
import { validSpec } from "../arbitraries";
import { plain, run, shown, value } from "../mocks";
import { validOidcSpec } from "../oidc-arbitraries";
import { deploy, type Manifest, onKubernetes, type Parts } from "./parts";

const password = "correct horse battery";
// The hash of some other password: hashing takes time.
const hash = "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

const spec: SiteArgs = {
  host: "site.example.com",
  expose: { loadBalancer: {} },
  registry: { address: "registry.example.com:5000/team" },
  apps: {
    explorer: {
      source: "apps/explorer",
      allow: { users: ["anna"] },
      resources: { cpu: 0.5, memory: "512Mi" },
      environment: { REGION: "eu" },
      secrets: { DB_PASSWORD: "secret of the database" },
      autoscaling: { min: 2, max: 8 },
    },
    live: { image: "registry.example.com/live:1", egress: true, workingDir: "/srv", replicas: 3 },
  },
  auth: { basic: { users: { anna: password }, generatedUsers: ["ben"] } },
};
/** The same without anything to hash. */
const quick: SiteArgs = { ...spec, auth: { basic: { users: { anna: hash } } } };
const oidc: SiteArgs = {
  ...spec,
  apps: { explorer: { source: "apps/explorer" }, live: { image: "registry.example.com/live:1" } },
  auth: {
    oidc: {
      provider: "oidc",
      issuer: "https://id.example.com",
      clientId: "site",
      clientSecret: pulumi.secret("secret of the client"),
    },
  },
};

let site: KubernetesSite;
let parts: Parts;
let withOidc: Parts;
beforeAll(async () => {
  ({ site, parts } = await deploy(spec));
  ({ parts: withOidc } = await deploy(oidc));
}, 60_000);

const withApp = (own: Partial<SiteArgs["apps"][string]>): SiteArgs => ({
  ...quick,
  apps: { ...quick.apps, live: { ...quick.apps.live, ...own } },
});

describe("a site of two apps", () => {
  it("is made of exactly these parts", () => {
    const counts: Record<string, number> = {};
    for (const { type } of parts.all) counts[type] = (counts[type] ?? 0) + 1;
    expect(counts).toEqual({
      "streamlit-site:index:KubernetesSite": 1,
      "streamlit-site:index:KubernetesApp": 2,
      "streamlit-site:index:KubernetesGateway": 1,
      "streamlit-site:index:KubernetesFiles": 3,
      "kubernetes:core/v1:Namespace": 1,
      "kubernetes:core/v1:ConfigMap": 3,
      "kubernetes:core/v1:Secret": 3,
      "kubernetes:core/v1:Service": 5,
      "kubernetes:core/v1:ServiceAccount": 3,
      "kubernetes:apps/v1:Deployment": 3,
      "kubernetes:policy/v1:PodDisruptionBudget": 3,
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": 1,
      "kubernetes:networking.k8s.io/v1:NetworkPolicy": 4,
      "docker:index/image:Image": 1,
      "random:index/randomBytes:RandomBytes": 2,
      "random:index/randomPassword:RandomPassword": 1,
      "tls:index/privateKey:PrivateKey": 2,
      "tls:index/selfSignedCert:SelfSignedCert": 1,
      "tls:index/certRequest:CertRequest": 1,
      "tls:index/locallySignedCert:LocallySignedCert": 1,
    });
  });

  it("has names that begin with its own, each resource below its component", () => {
    for (const { urn } of parts.declared)
      expect(urn).toMatch(
        /^streamlit-site:index:KubernetesSite(\$streamlit-site:index:\w+)*(\$[\w:/.-]+)?::analytics(-|$)/,
      );
    expect(parts.declared).toHaveLength(parts.all.length);
  });

  it("keeps the names by which Pulumi knows its parts: a change would replace them", () => {
    expect(parts.declared.map(({ urn }) => urn).sort()).toMatchSnapshot();
  });

  it("keeps the names by which the cluster knows its objects", () => {
    const names = withOidc.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.map((name) => name.replace(/-[0-9a-f]{8}$/, "-<made up>")).sort()).toMatchSnapshot();
  });

  it("and its components have the type tokens that the schema of a component package gives them", () => {
    const tokens = [...new Set(withOidc.all.map(({ type }) => type))].filter((type) =>
      type.startsWith("streamlit"),
    );
    expect(tokens.sort()).toEqual(
      ["App", "Files", "Gateway", "Oauth2Proxy", "Site"].map(
        (component) => `streamlit-site:index:Kubernetes${component}`,
      ),
    );
    for (const token of tokens) ComponentProvider.validateResourceType("streamlit-site", token);
  });

  it("tells where it is", async () => {
    expect(await value(site.url)).toBe("https://site.example.com");
    expect(await value(site.apps)).toEqual({
      explorer: "https://site.example.com/explorer/",
      live: "https://site.example.com/live/",
    });
    expect(await value(site.namespace)).toBe("shop-test");
    expect(await value(site.caCertificate)).toBe("certificate analytics-ca\n");
    expect(await pulumi.isSecret(site.passwords)).toBe(true);
    expect(await value(site.passwords)).toEqual({ ben: "generated password analytics-ben" });
  });
});

describe("the namespace", () => {
  const of = ({ objects }: Parts): string[] => [
    ...new Set(
      objects.filter(({ kind }) => kind !== "Namespace").map(({ metadata }) => String(metadata.namespace)),
    ),
  ];

  it("is one of the site's own, held to the restricted level", () => {
    expect(parts.object("Namespace", "shop-test").metadata.labels).toEqual({
      "streamlit.project": "shop",
      "streamlit.stack": "test",
      "streamlit.site": "analytics",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
    expect(of(parts)).toEqual(["shop-test"]);
  });

  it("has the name that the spec gives it", async () => {
    const { parts } = await deploy({ ...quick, namespace: { create: "analytics" } });
    expect(Object.keys(parts.kind("Namespace"))).toEqual(["analytics"]);
    expect(of(parts)).toEqual(["analytics"]);
  });

  it("can be one that is there, to which nothing is done", async () => {
    const { parts } = await deploy({ ...quick, namespace: { existing: "theirs" } });
    expect(parts.kind("Namespace")).toEqual({});
    expect(of(parts)).toEqual(["theirs"]);
    expect(parts.files("analytics-gateway", "/etc/nginx/site")["nginx.conf"]).toContain(
      "server analytics-app-live.theirs.svc.cluster.local:8501 ",
    );
  });
});

describe("every object", () => {
  it("can be found by its labels", () => {
    for (const { kind, metadata } of [...parts.objects, ...withOidc.objects])
      expect([kind, metadata.name, metadata.labels]).toEqual([
        kind,
        metadata.name,
        expect.objectContaining({
          "streamlit.project": "shop",
          "streamlit.stack": "test",
          "streamlit.site": "analytics",
        }),
      ]);
  });

  it("of a part or an app says of which", () => {
    const others = ["Namespace", "NetworkPolicy"];
    for (const { kind, metadata } of withOidc.objects.filter(({ kind }) => !others.includes(kind))) {
      const { "streamlit.part": part, "streamlit.app": app } = metadata.labels;
      expect([kind, metadata.name, part ?? app]).toEqual([
        kind,
        metadata.name,
        expect.stringMatching(/^(gateway|oauth2-proxy|redis|explorer|live)$/),
      ]);
    }
  });
});

/** What runs, with and without single sign-on. */
const workloads = [
  "analytics-gateway",
  "analytics-app-explorer",
  "analytics-app-live",
  "analytics-oauth2-proxy",
  "analytics-redis",
];

describe("every pod", () => {
  it("is one of these", () => {
    expect(Object.keys(withOidc.pods).sort()).toEqual([...workloads].sort());
    expect(Object.keys(parts.pods).sort()).toEqual(workloads.slice(0, 3).sort());
  });

  it.each(workloads)("(%s) is held to the restricted level, and to more", (name) => {
    const { spec } = withOidc.pod(name);
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    const { runAsUser, runAsGroup, fsGroup } = spec.securityContext as Record<string, number>;
    expect(runAsUser).toBeGreaterThan(0);
    expect([runAsGroup, fsGroup]).toEqual([runAsUser, runAsUser]);
    for (const shared of [
      "hostNetwork",
      "hostPID",
      "hostIPC",
      "initContainers",
      "hostAliases",
      "shareProcessNamespace",
    ])
      expect(spec).not.toHaveProperty(shared);
    expect(withOidc.container(name).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it.each(workloads)("(%s) has a ServiceAccount of its own, which has no token either", (name) => {
    expect(withOidc.pod(name).spec.serviceAccountName).toBe(name);
    expect(withOidc.object("ServiceAccount", name).automountServiceAccountToken).toBe(false);
  });

  it.each(workloads)("(%s) writes to memory of a bounded size, and Redis to its volume", (name) => {
    const { containers, volumes } = withOidc.pod(name).spec;
    const kinds = (volume: object): string[] => Object.keys(volume).filter((key) => key !== "name");
    for (const volume of volumes) {
      expect(kinds(volume)).toEqual([volume.name === "tmp" ? "emptyDir" : "projected"]);
      if (volume.emptyDir)
        expect(volume.emptyDir).toEqual({
          medium: "Memory",
          sizeLimit: expect.stringMatching(/^\d+Mi$/) as string,
        });
      // Of the pod's group, and nobody else's.
      else expect(volume.projected?.defaultMode).toBe(0o440);
    }
    const writable = containers.flatMap(({ volumeMounts }) =>
      volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath),
    );
    expect(writable).toEqual(name === "analytics-redis" ? ["/tmp", "/data"] : ["/tmp"]);
  });

  it.each(workloads)("(%s) has requests and limits, and all of its memory", (name) => {
    const { requests, limits } = withOidc.container(name).resources as Record<string, Record<string, string>>;
    expect(Object.keys(limits ?? {}).sort()).toEqual(["cpu", "memory"]);
    expect(requests?.memory).toBe(limits?.memory);
    expect(requests?.cpu).toMatch(/^\d+m?$/);
  });

  it("has the limits of the spec, and half of its memory at /tmp, at most 256 MiB", async () => {
    expect(parts.container("analytics-app-explorer").resources).toEqual({
      limits: { cpu: "500m", memory: "512Mi" },
      requests: { cpu: "50m", memory: "512Mi" },
    });
    expect(parts.container("analytics-app-live").resources).toMatchObject({
      limits: { cpu: "1", memory: "1Gi" },
    });
    const { parts: small } = await deploy(withApp({ resources: { memory: "129Mi" } }));
    expect(small.pod("analytics-app-live").spec.volumes).toContainEqual({
      name: "tmp",
      emptyDir: { medium: "Memory", sizeLimit: "64Mi" },
    });
  });

  it.each(workloads)(
    "(%s) is probed when it starts, before it is sent to, and as long as it lives",
    (name) => {
      const { startupProbe, readinessProbe, livenessProbe } = withOidc.container(name);
      for (const probe of [startupProbe, readinessProbe, livenessProbe] as Record<string, unknown>[]) {
        expect(probe.httpGet ?? probe.exec).toBeDefined();
        expect(Number(probe.timeoutSeconds)).toBeGreaterThan(1);
      }
    },
  );

  it("of an app is asked for Streamlit's own health check, below the app's path, by a name that Streamlit answers", () => {
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"])
      expect(parts.container("analytics-app-live")[probe]).toMatchObject({
        httpGet: {
          path: "/live/_stcore/health",
          port: 8501,
          httpHeaders: [{ name: "Host", value: "127.0.0.1:8501" }],
        },
      });
  });

  it.each(workloads.slice(0, 4))("(%s) is spread over nodes and zones, without waiting for one", (name) => {
    const { metadata, spec } = withOidc.pod(name);
    expect(spec.topologySpreadConstraints).toEqual(
      ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: metadata.labels },
      })),
    );
  });

  it.each(workloads.slice(0, 4))("(%s) may be moved one at a time", (name) => {
    expect(withOidc.object("PodDisruptionBudget", name).spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: withOidc.pod(name).metadata.labels },
    });
  });

  it("is chosen by its workload, its Services and nobody else's", () => {
    const choosing = [
      ...Object.values(withOidc.kind("Deployment")),
      ...Object.values(withOidc.kind("StatefulSet")),
    ];
    for (const { metadata, spec } of choosing)
      expect((spec.selector as { matchLabels: object }).matchLabels).toEqual(
        withOidc.pod(metadata.name).metadata.labels,
      );
    const labels = Object.values(withOidc.pods).map(({ metadata }) => JSON.stringify(metadata.labels));
    expect(new Set(labels).size).toBe(labels.length);
    for (const { spec } of Object.values(withOidc.kind("Service")))
      expect(labels).toContain(JSON.stringify(spec.selector));
  });

  it("is pulled as the spec says", async () => {
    expect(parts.container("analytics-app-live").imagePullPolicy).toBe("IfNotPresent");
    const { parts: other } = await deploy({
      ...oidc,
      imagePull: { policy: "Always", secrets: ["pull-a", "pull-b"] },
    });
    for (const name of workloads) {
      expect(other.container(name).imagePullPolicy).toBe("Always");
      expect(other.pod(name).spec.imagePullSecrets).toEqual([{ name: "pull-a" }, { name: "pull-b" }]);
    }
  });
});

describe("a workload that changes", () => {
  it.each(workloads.slice(0, 4))("(%s) takes no pod away before another one is ready", (name) => {
    expect(withOidc.object("Deployment", name).spec.strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: name.includes("-app-") ? "100%" : 1 },
    });
  });

  it("watches a new version of an app for as long as the spec says, and gives up later than that", async () => {
    const { parts } = await deploy(withApp({ minReadySeconds: 600 }));
    const { minReadySeconds, progressDeadlineSeconds } = parts.object(
      "Deployment",
      "analytics-app-live",
    ).spec;
    expect(minReadySeconds).toBe(600);
    expect(Number(progressDeadlineSeconds)).toBeGreaterThan(600 + 120);
  });

  it("has two gateways and two of oauth2-proxy, one Redis, and as many of an app as the spec says", () => {
    const replicas = (name: string): unknown =>
      (withOidc.kind("Deployment")[name] ?? withOidc.object("StatefulSet", name)).spec.replicas;
    expect(workloads.map(replicas)).toEqual([2, 1, 1, 2, 1]);
    expect(parts.object("Deployment", "analytics-app-live").spec.replicas).toBe(3);
  });

  it("leaves the number to the autoscaler where there is one", () => {
    expect(parts.object("Deployment", "analytics-app-explorer").spec).not.toHaveProperty("replicas");
    expect(parts.object("HorizontalPodAutoscaler", "analytics-app-explorer").spec).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "analytics-app-explorer" },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [
        {
          type: "Resource",
          // Seven tenths of what a replica may use.
          resource: { name: "cpu", target: { type: "AverageValue", averageValue: "350m" } },
        },
      ],
    });
  });
});

describe("a pod of an app that is about to go", () => {
  const command = (parts: Parts): string[] | undefined =>
    (
      parts.container("analytics-app-live").lifecycle as
        { preStop: { exec: { command: string[] } } } | undefined
    )?.preStop.exec.command;

  it("waits for those who have the app open, and is given the time for it", async () => {
    const { parts } = await deploy(withApp({ drainTimeout: "2h" }));
    expect(command(parts)?.slice(-3)).toEqual(["8501", "/live/_stcore/metrics", "7200"]);
    expect(command(parts)).toContain(fs.readFileSync("components/kubernetes/drain.py", "utf8"));
    expect(Number(parts.pod("analytics-app-live").spec.terminationGracePeriodSeconds)).toBeGreaterThan(7200);
  });

  it("may go at once where the spec says so", async () => {
    const { parts } = await deploy(withApp({ drainTimeout: "0s" }));
    expect(command(parts)).toBeUndefined();
    expect(Number(parts.pod("analytics-app-live").spec.terminationGracePeriodSeconds)).toBeLessThan(60);
  });

  it("is waited for by Pulumi as well when its app is taken out of the spec", async () => {
    const timeouts: unknown[] = [];
    await run((opts) => {
      const note: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
        if (type === "kubernetes:apps/v1:Deployment" && name === "analytics-live")
          timeouts.push((opts as pulumi.CustomResourceOptions).customTimeouts?.delete);
        return { props: props, opts };
      };
      return new KubernetesSite("analytics", withApp({ drainTimeout: "2h" }), {
        transformations: [...(opts.transformations ?? []), note],
      });
    });
    expect(timeouts).toEqual(["7500s"]);
  });
});

describe("Services", () => {
  it("lead to an app's pods twice: to those that take new sessions, and to all", () => {
    const labels = parts.pod("analytics-app-live").metadata.labels;
    const common = {
      clusterIP: "None",
      selector: labels,
      ports: [{ name: "http", port: 8501, targetPort: "http" }],
    };
    expect(parts.object("Service", "analytics-app-live").spec).toEqual({
      ...common,
      publishNotReadyAddresses: false,
    });
    expect(parts.object("Service", "analytics-all-live").spec).toEqual({
      ...common,
      publishNotReadyAddresses: true,
    });
  });

  it("are named to the gateway in full, so that scaling changes nothing about it", () => {
    expect(parts.files("analytics-gateway", "/etc/nginx/site")["nginx.conf"]).toContain(`upstream app_live {
    # Room for 32 replicas, each with its successor.
    zone app_live 256k;
    server analytics-app-live.shop-test.svc.cluster.local:8501 resolve max_fails=0;
    # Every other replica of the app is being replaced: it keeps the browsers that it has.
    server analytics-all-live.shop-test.svc.cluster.local:8501 resolve max_fails=0 drain;
    # While none of the new ones is known or alive, any replica will do.
    server analytics-all-live.shop-test.svc.cluster.local:8501 resolve max_fails=0 backup;
`);
  });

  it("are one to the outside, and the others have no address of their own", () => {
    for (const [name, { spec }] of Object.entries(withOidc.kind("Service")))
      expect([name, spec.clusterIP === "None"]).toEqual([name, name !== "analytics-gateway"]);
  });

  // The official plugin waits for endpoints of a Service, and gives up when its pods are still to come.
  it("without an address are not waited for", () => {
    for (const [name, { metadata }] of Object.entries(withOidc.kind("Service")))
      expect([name, metadata.annotations?.["pulumi.com/skipAwait"]]).toEqual([
        name,
        name === "analytics-gateway" ? undefined : "true",
      ]);
  });
});

describe("the way in", () => {
  const edge = async (own: Partial<SiteArgs>): Promise<Manifest> =>
    (await deploy({ ...quick, ...own })).parts.object("Service", "analytics-gateway");

  it("keeps the addresses that clients come from, and each of them at one gateway", async () => {
    for (const expose of [{ loadBalancer: {} }, { nodePort: {} }])
      expect((await edge({ expose })).spec).toMatchObject({
        externalTrafficPolicy: "Local",
        sessionAffinity: "ClientIP",
        selector: parts.pod("analytics-gateway").metadata.labels,
      });
  });

  it("is a load balancer's, set up as the spec says", async () => {
    const service = await edge({
      expose: {
        loadBalancer: {
          annotations: { "service.example.com/type": "nlb" },
          className: "example.com/nlb",
          sourceRanges: ["192.0.2.0/24"],
        },
      },
      ports: { https: 8443, http: 8080 },
    });
    expect(service.metadata.annotations).toEqual({ "service.example.com/type": "nlb" });
    expect(service.spec).toMatchObject({
      type: "LoadBalancer",
      loadBalancerClass: "example.com/nlb",
      loadBalancerSourceRanges: ["192.0.2.0/24"],
      ports: [
        { name: "https", port: 8443, targetPort: "https" },
        { name: "http", port: 8080, targetPort: "http" },
      ],
    });
  });

  it("says nothing of a load balancer that the spec does not say", async () => {
    const { metadata, spec } = await edge({});
    expect(metadata).not.toHaveProperty("annotations");
    expect(Object.keys(spec).filter((key) => key.startsWith("loadBalancer"))).toEqual([]);
    expect(spec.ports).toMatchObject([{ port: 443 }, { port: 80 }]);
  });

  it("is a port of each node", async () => {
    const { spec } = await edge({ expose: { nodePort: {} }, ports: { https: 30443, http: 30080 } });
    expect(spec).toMatchObject({
      type: "NodePort",
      ports: [
        { name: "https", port: 443, targetPort: "https", nodePort: 30443 },
        { name: "http", port: 80, targetPort: "http", nodePort: 30080 },
      ],
    });
  });

  it("leads to the ports that the gateway's container has", () => {
    expect(parts.container("analytics-gateway").ports).toEqual([
      { name: "https", containerPort: 8443 },
      { name: "http", containerPort: 8080 },
    ]);
  });
});

describe("images", () => {
  it("are built, pushed to the registry and used by digest", () => {
    expect(parts.named("Image", "analytics-explorer")).toMatchObject({
      imageName: "registry.example.com:5000/team/shop-test-analytics-explorer",
      build: {
        context: "apps/explorer",
        dockerfile: path.join("components", "streamlit", "image", "app.Dockerfile"),
        args: { PYTHON_IMAGE: "python:3.13-slim", ENTRY: "streamlit_app.py" },
      },
    });
    expect(parts.named("Image", "analytics-explorer").skipPush ?? false).toBe(false);
    expect(parts.container("analytics-app-explorer").image).toBe(
      "registry.example.com:5000/team/shop-test-analytics-explorer@sha256:built-analytics-explorer",
    );
    expect(parts.container("analytics-app-explorer").command).toEqual(
      "python -m streamlit run streamlit_app.py".split(" "),
    );
  });

  it("are pushed as whom Docker is signed in as, or as the spec says", async () => {
    expect(parts.named("Image", "analytics-explorer")).not.toHaveProperty("registry");
    const registry = {
      address: "registry.example.com:5000/team",
      username: "ci",
      password: "secret of the registry",
    };
    const { parts: other } = await deploy({ ...quick, registry });
    expect(other.named("Image", "analytics-explorer").registry).toEqual({
      server: "registry.example.com:5000",
      username: "ci",
      password: "secret of the registry",
    });
    const state = JSON.stringify(other.all.map(({ inputs }) => shown(inputs)));
    expect(state).not.toContain("secret of the registry");
  });

  it("that are there are taken as they are, with their own command", () => {
    expect(parts.container("analytics-app-live").image).toBe("registry.example.com/live:1");
    expect(parts.container("analytics-app-live")).not.toHaveProperty("command");
  });

  it("can all be those of a mirror", async () => {
    const images = {
      nginx: "mirror/nginx:1",
      oauth2Proxy: "mirror/proxy:2",
      redis: "mirror/redis:3",
      python: "mirror/python:4",
    };
    const { parts } = await deploy({ ...oidc, images });
    expect(parts.container("analytics-gateway").image).toBe("mirror/nginx:1");
    expect(parts.container("analytics-oauth2-proxy").image).toBe("mirror/proxy:2");
    expect(parts.container("analytics-redis").image).toBe("mirror/redis:3");
    expect(parts.named("Image", "analytics-explorer").build).toMatchObject({
      args: { PYTHON_IMAGE: "mirror/python:4" },
    });
  });
});

describe("an app's environment", () => {
  const env = (parts: Parts): unknown => parts.container("analytics-app-live").env;
  const own = [
    { name: "HOME", value: "/tmp" },
    // The gateway, and nobody else, tells Streamlit where a visitor is.
    { name: "FORWARDED_ALLOW_IPS", value: "*" },
  ];

  it("has what the spec says", async () => {
    expect(env(parts)).toEqual(own);
    const { parts: other } = await deploy(
      withApp({ environment: { REGION: "eu", LATER: pulumi.output("later") } }),
    );
    expect(env(other)).toEqual([...own, { name: "REGION", value: "eu" }, { name: "LATER", value: "later" }]);
  });

  // Kubernetes replaces $(NAME) by another variable, and $$ by $.
  it("has it to the letter, whatever Kubernetes would make of it", async () => {
    const environment = { A: "$(HOME)", B: "pa$$word", C: pulumi.output("$") };
    const { parts } = await deploy(withApp({ environment }));
    expect(env(parts)).toEqual([
      ...own,
      { name: "A", value: "$$(HOME)" },
      { name: "B", value: "pa$$$$word" },
      { name: "C", value: "$$" },
    ]);
  });
});

describe("files", () => {
  it("are the gateway's: what is secret in a Secret, the rest in a ConfigMap", () => {
    const names = (kind: "configMap" | "secret"): string[] =>
      Object.keys(parts.filesOf(kind, "analytics-gateway", "/etc/nginx/site")).sort();
    expect(names("secret")).toEqual(["htpasswd", "tls.key"]);
    expect(names("configMap")).toEqual([
      "confine-cookies.js",
      "hash-credentials.js",
      "limit-attempts.js",
      "nginx.conf",
      "pages/401.html",
      "pages/403.html",
      "pages/404.html",
      "pages/421.html",
      "pages/429.html",
      "pages/494.html",
      "pages/index.html",
      "pages/unavailable.html",
      "passwords.conf",
      "start.sh",
      "tls.crt",
    ]);
    const files = parts.files("analytics-gateway", "/etc/nginx/site");
    expect(files["tls.crt"]).toBe("certificate analytics\ncertificate analytics-ca\n"); // Leaf first.
    expect(files["tls.key"]).toBe("private key analytics");
    expect(files["start.sh"]).toBe(fs.readFileSync("components/kubernetes/gateway.sh", "utf8"));
    expect(parts.container("analytics-gateway")).toMatchObject({
      command: ["sh"],
      args: [
        "/etc/nginx/site/start.sh",
        "/etc/nginx/site/nginx.conf",
        "/tmp",
        "/etc/nginx/site/passwords.conf",
      ],
    });
  });

  it("are an app's settings and secrets, in the folder that it is started in", () => {
    const settings = parts.filesOf("configMap", "analytics-app-explorer", "/app/.streamlit");
    expect(Object.keys(settings)).toEqual(["config.toml"]);
    expect(settings["config.toml"]).toContain('baseUrlPath = "explorer"');
    expect(parts.filesOf("secret", "analytics-app-explorer", "/app/.streamlit")).toEqual({
      "secrets.toml": 'DB_PASSWORD = "secret of the database"\n',
    });
    expect(Object.keys(parts.files("analytics-app-live", "/srv/.streamlit")).sort()).toEqual([
      "config.toml",
      "secrets.toml",
    ]);
  });

  it("cannot be changed, and have names that are made up, so that an update may go back to the files of before", () => {
    const carriers = [
      ...Object.values(withOidc.kind("ConfigMap")),
      ...Object.values(withOidc.kind("Secret")),
    ];
    expect(carriers.length).toBeGreaterThan(5);
    for (const { metadata, immutable } of carriers)
      expect([metadata.name, immutable]).toEqual([expect.stringMatching(/-files-[0-9a-f]{8}$/), true]);
  });
});

describe("a change", () => {
  const templates = (parts: Parts): Record<string, string> =>
    Object.fromEntries(Object.entries(parts.pods).map(([name, pod]) => [name, JSON.stringify(pod)]));
  /** The workloads whose pods are rolled. */
  const rolled = async (changed: SiteArgs, before = quick): Promise<string[]> => {
    const [old, now] = [templates((await deploy(before)).parts), templates((await deploy(changed)).parts)];
    return Object.keys(now).filter((name) => now[name] !== old[name]);
  };

  it("of nothing changes nothing", async () => {
    const inputs = (parts: Parts): string[] =>
      parts.all.map(({ type, name, inputs }) => JSON.stringify([type, name, plain(inputs)])).sort();
    expect(inputs((await deploy(quick)).parts)).toEqual(inputs((await deploy(quick)).parts));
  });

  it("of a setting rolls the app that has it and nothing else", async () => {
    expect(await rolled(withApp({ streamlit: { "theme.base": "dark" } }))).toEqual(["analytics-app-live"]);
  });

  it("of an app's secret rolls that app", async () => {
    expect(await rolled(withApp({ secrets: { TOKEN: "x" } }))).toEqual(["analytics-app-live"]);
    expect(await rolled(withApp({ secrets: { TOKEN: "y" } }), withApp({ secrets: { TOKEN: "x" } }))).toEqual([
      "analytics-app-live",
    ]);
  });

  it("of the number of replicas rolls nothing", async () => {
    expect(await rolled(withApp({ replicas: 4 }))).toEqual([]);
    const scaled = {
      image: "registry.example.com/live:1",
      egress: true,
      workingDir: "/srv",
      autoscaling: { min: 1, max: 2 },
    };
    expect(await rolled({ ...quick, apps: { ...quick.apps, live: scaled } })).toEqual([]);
  });

  it("of the users rolls the gateway and no app", async () => {
    const auth = { basic: { users: { anna: hash.replace("abc", "xyz"), carl: hash } } };
    expect(await rolled({ ...quick, auth })).toEqual(["analytics-gateway"]);
  });

  it("of the way in rolls nothing", async () => {
    expect(await rolled({ ...quick, expose: { loadBalancer: { sourceRanges: ["192.0.2.0/24"] } } })).toEqual(
      [],
    );
  });
});

describe("12. secrets stay secret", () => {
  const secrets = [password, "secret of the database", "generated password", "private key", "$2y$"];
  const ofOidc = ["secret of the client", "generated password analytics-sign-in-redis"];

  it("shows none of them in the state", () => {
    const state = JSON.stringify([...parts.all, ...withOidc.all].map(({ inputs }) => shown(inputs)));
    for (const secret of [...secrets, ...ofOidc]) {
      expect([secret, state.includes(secret)]).toEqual([secret, false]);
      expect(state).not.toContain(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
    }
  });

  it("has them in Secrets and nowhere else of the cluster", () => {
    const objects = [...parts.objects, ...withOidc.objects];
    const others = JSON.stringify(objects.filter(({ kind }) => kind !== "Secret"));
    for (const secret of [...secrets, ...ofOidc])
      expect([secret, others.includes(secret)]).toEqual([secret, false]);
    const inSecrets = objects
      .filter(({ kind }) => kind === "Secret")
      .flatMap(({ data }) => Object.values(data as Record<string, string>))
      .map((text) => Buffer.from(text, "base64").toString())
      .join("\n");
    // They are there; of passwords only the hashes, and of Redis's as well, but for oauth2-proxy.
    expect([...secrets, ...ofOidc].filter((secret) => inSecrets.includes(secret))).toEqual([
      "secret of the database",
      "generated password",
      "private key",
      "$2y$",
      ...ofOidc,
    ]);
  });

  it("marks what a Secret holds as secret, and not its name, which does not tell what is in it", () => {
    for (const { kind, metadata, data } of parts.shownObjects.filter(({ kind }) => kind === "Secret")) {
      expect([kind, data]).toEqual([kind, "[secret]"]);
      expect(metadata.name).toMatch(/^analytics-/);
    }
  });

  it("gives a Secret a name that another site's of the same text does not have", async () => {
    const name = (parts: Parts): string | undefined =>
      Object.keys(parts.kind("Secret"))
        .find((name) => name.includes("-explorer-files-"))
        ?.slice(-10);
    // Its key follows from the name of the site here.
    expect(name((await deploy(quick, "other")).parts)).not.toBe(name((await deploy(quick)).parts));
  });
});

describe("certificates", () => {
  const gateway = (parts: Parts): { sources: Record<string, unknown>[]; args: string[] | undefined } => ({
    sources: parts.pod("analytics-gateway").spec.volumes.find(({ name }) => name === "files")?.projected
      ?.sources as Record<string, unknown>[],
    args: parts.container("analytics-gateway").args,
  });
  const fromSecret = (name: string): object => ({
    secret: { name, items: ["tls.crt", "tls.key"].map((file) => ({ key: file, path: file })) },
  });
  const followed = ["/etc/nginx/site/tls.crt", "/etc/nginx/site/tls.key"];

  it("can come from a Secret that is there, and is followed", async () => {
    const { site, parts } = await deploy({ ...quick, tls: { secret: { name: "theirs" } } });
    expect(parts.all.filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
    expect(gateway(parts).sources).toContainEqual(fromSecret("theirs"));
    expect(gateway(parts).args?.slice(-2)).toEqual(followed);
    expect(await value(site.caCertificate)).toBe("");
  });

  it("can be cert-manager's, for every host of the site", async () => {
    const { parts } = await deploy({
      ...quick,
      hosts: { perApp: "{app}.example.com" },
      tls: { certManager: { issuer: "letsencrypt" } },
    });
    expect(parts.object("Certificate", "analytics-certificate")).toMatchObject({
      apiVersion: "cert-manager.io/v1",
      metadata: { namespace: "shop-test" },
      spec: {
        secretName: "analytics-certificate",
        dnsNames: ["site.example.com", "explorer.example.com", "live.example.com"],
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt" },
      },
    });
    expect(parts.object("Certificate", "analytics-certificate").spec).not.toHaveProperty("ipAddresses");
    expect(gateway(parts).sources).toContainEqual(fromSecret("analytics-certificate"));
    expect(gateway(parts).args?.slice(-2)).toEqual(followed);
  });

  it("can be of an issuer in the namespace, and for an address", async () => {
    const { parts } = await deploy({
      ...quick,
      host: "192.0.2.7",
      tls: { certManager: { issuer: "own", kind: "Issuer" } },
    });
    const { spec } = parts.object("Certificate", "analytics-certificate");
    expect(spec).toMatchObject({ ipAddresses: ["192.0.2.7"], issuerRef: { kind: "Issuer", name: "own" } });
    expect(spec).not.toHaveProperty("dnsNames");
  });

  it("of the site's own are not followed: another one has another name", () => {
    expect(gateway(parts).args?.slice(4)).toEqual([]);
  });
});

describe("a site with unusual names", () => {
  it("has its parts apart from apps that are named like them", async () => {
    const names = ["constructor", "then", "files", "all", "app", "nobody", "sign-in"];
    const { parts } = await deploy({
      ...oidc,
      apps: Object.fromEntries(names.map((name) => [name, { image: "x" }])),
    });
    const urns = parts.declared.map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(urns.length);
    const objects = parts.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(objects.filter((object, index) => objects.indexOf(object) !== index)).toEqual([]);
  });
});

describe("whatever the spec is", () => {
  const label = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

  it("its objects are such as the API server takes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(validSpec, validOidcSpec), async (args) => {
        const { auth, apps } = onKubernetes(args);
        const quickly = auth.basic ? { basic: { users: { anna: hash } } } : auth;
        const withoutLists = Object.entries(apps).map(
          ([name, { route, title, environment, drainTimeout }]) => [
            name,
            { route, title, environment, drainTimeout, image: "x" },
          ],
        );
        const { parts } = await deploy({
          ...onKubernetes(args),
          auth: quickly,
          apps: Object.fromEntries(withoutLists) as SiteArgs["apps"],
        });
        for (const { kind, metadata, data = {} } of parts.objects) {
          expect(metadata.name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
          if (kind === "Service") expect(metadata.name.length).toBeLessThanOrEqual(63);
          for (const text of Object.values(metadata.labels)) expect(text).toMatch(label);
          for (const key of Object.keys(data as object))
            expect(key).toMatch(/^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/);
          if (kind === "ConfigMap") expect(JSON.stringify(data).length).toBeLessThan(1_000_000);
        }
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});

describe("a wrong spec", () => {
  it.each<[string, unknown]>([
    ["of the wrong shape", { ...quick, host: 1 }],
    ["that does not say how it is reached", { ...quick, expose: undefined }],
    ["with a source and no registry", { ...quick, registry: undefined }],
    ["with a folder that is not there", { ...quick, apps: { a: { source: "apps/none" } } }],
    ["that is empty", {}],
    ["that is nothing", undefined],
    ["that is null", null],
  ])("(%s) is refused before anything is registered", async (_, wrong) => {
    const { result, registered } = await run((opts) => {
      try {
        return new KubernetesSite("analytics", wrong as SiteArgs, opts);
      } catch (error) {
        return error;
      }
    });
    expect(result).toBeInstanceOf(SiteSpecError);
    expect(registered).toEqual([]);
  });
});
