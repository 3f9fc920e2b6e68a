/** What a site on Kubernetes is made of, told by what it registers with Pulumi. test/contract brings it up on a cluster. */
import { KubernetesSite } from "../../../components/kubernetes";
import { type SiteArgs, SiteSpecError } from "../../../index";
import { type Declared, plain, type Registered, run, shown, value } from "../mocks";

const password = "correct horse battery";
const clientSecret = "the client's secret";

const spec: SiteArgs = {
  host: "analytics.example.com",
  apps: {
    sales: {
      source: "apps/explorer",
      allow: { users: ["anna"] },
      resources: { cpu: 0.5, memory: "512Mi" },
      environment: { REGION: "eu" },
      secrets: { DB_PASSWORD: "secret of the database" },
      drainTimeout: "5m",
    },
    live: { image: "registry.example.com/live:1", egress: true, autoscaling: { min: 2, max: 8 } },
  },
  auth: { basic: { users: { anna: password }, generatedUsers: ["ben"] } },
  expose: { loadBalancer: { annotations: { "example.com/kind": "network" }, sourceRanges: ["10.0.0.0/8"] } },
  registry: { address: "registry.example.com/analytics", username: "ci", password: "token of the registry" },
  imagePull: { policy: "Always", secrets: ["pull"] },
};
const withOidc: SiteArgs = {
  ...spec,
  apps: { live: { image: "registry.example.com/live:1" } },
  auth: { oidc: { provider: "oidc", issuer: "https://id.example.com:8443", clientId: "a", clientSecret } },
};

interface Deployed {
  site: KubernetesSite;
  all: Registered[];
  declared: Declared[];
}

async function deploy(args: SiteArgs): Promise<Deployed> {
  const { result: site, registered, declared } = await run((opts) => new KubernetesSite("shop", args, opts));
  return { site, all: registered, declared };
}

/** The inputs of the objects of a kind, by their names in the cluster. */
function objects<Shape>({ all }: Deployed, kind: string): Record<string, Shape> {
  return Object.fromEntries(
    all
      .filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${kind}`))
      .map(({ inputs }) => {
        const object = plain(inputs) as { metadata: { name: string } };
        return [object.metadata.name, object as Shape];
      }),
  );
}

interface Container {
  image: string;
  imagePullPolicy: string;
  env?: { name: string; value: string }[];
  resources: { limits: object; requests: object };
  securityContext: object;
  startupProbe: { httpGet?: { path: string } };
  readinessProbe: { httpGet?: { path: string } };
  livenessProbe: { httpGet?: { path: string } };
  lifecycle?: { preStop: { exec: { command: string[] } } };
}
interface Workload {
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    strategy?: object;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: Record<string, unknown> & {
        containers: [Container];
        terminationGracePeriodSeconds: number;
        volumes: {
          name: string;
          projected?: { sources: Record<"configMap" | "secret", { name: string }>[] };
        }[];
      };
    };
  };
}
const workloads = (deployed: Deployed): Record<string, Workload> => ({
  ...objects<Workload>(deployed, "Deployment"),
  ...objects<Workload>(deployed, "StatefulSet"),
});

let basic: Deployed;
let oidc: Deployed;
beforeAll(async () => {
  basic = await deploy(spec);
  oidc = await deploy(withOidc);
}, 120_000);

describe("a site of two apps", () => {
  it("is made of exactly these objects", () => {
    const counts: Record<string, number> = {};
    for (const { type } of basic.all)
      if (type.startsWith("kubernetes:")) {
        const kind = type.replace(/^.*:/, "");
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    expect(counts).toEqual({
      Namespace: 1,
      NetworkPolicy: 4,
      ServiceAccount: 3,
      ConfigMap: 3,
      Secret: 3,
      Deployment: 3,
      Service: 5,
      PodDisruptionBudget: 3,
      HorizontalPodAutoscaler: 1,
    });
  });

  it("has outputs, and is in a namespace of its own that takes no less than restricted pods", async () => {
    expect(await value(basic.site.url)).toBe("https://analytics.example.com");
    expect(await value(basic.site.apps)).toEqual({
      sales: "https://analytics.example.com/sales/",
      live: "https://analytics.example.com/live/",
    });
    expect(await value(basic.site.namespace)).toBe("shop-test");
    const [namespace] = Object.values(objects<{ metadata: { labels: object } }>(basic, "Namespace"));
    expect(namespace?.metadata.labels).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
      "streamlit.project": "shop",
      "streamlit.stack": "test",
      "streamlit.site": "shop",
    });
  });

  it("goes into a namespace that is there without touching that", async () => {
    const deployed = await deploy({ ...spec, namespace: { existing: "analytics" } });
    expect(objects(deployed, "Namespace")).toEqual({});
    const namespaces = deployed.all
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => (plain(inputs) as { metadata: { namespace: string } }).metadata.namespace);
    expect(new Set(namespaces)).toEqual(new Set(["analytics"]));
  });
});

describe("each pod", () => {
  it("is held to the restricted level, has no token, and no variables with the addresses of Services", () => {
    const pods = [...Object.entries(workloads(basic)), ...Object.entries(workloads(oidc))];
    expect(pods.map(([name]) => name).sort()).toEqual(
      [
        ...["shop-app-live", "shop-app-sales", "shop-gateway"],
        ...["shop-app-live", "shop-gateway", "shop-oauth2-proxy", "shop-redis"],
      ].sort(),
    );
    for (const [name, workload] of pods) {
      const { spec: pod } = workload.spec.template;
      expect([name, pod]).toEqual([
        name,
        expect.objectContaining({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          serviceAccountName: name,
          imagePullSecrets: [{ name: "pull" }],
          securityContext: expect.objectContaining({
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
          }) as unknown,
        }),
      ]);
      const [container] = pod.containers;
      expect([name, container.securityContext, container.imagePullPolicy]).toEqual([
        name,
        {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ["ALL"] },
        },
        "Always",
      ]);
      for (const amounts of [container.resources.limits, container.resources.requests])
        expect([name, Object.keys(amounts).sort()]).toEqual([name, ["cpu", "memory"]]);
      for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe])
        expect([name, probe]).toEqual([name, expect.any(Object)]);
      expect(workload.spec.selector.matchLabels).toEqual(workload.spec.template.metadata.labels);
    }
  });

  it("reads its settings from a ConfigMap and its secrets from a Secret, neither of which can be changed", () => {
    for (const deployed of [basic, oidc]) {
      const maps = objects<{ immutable: boolean; data: Record<string, string> }>(deployed, "ConfigMap");
      const secrets = objects<{ immutable: boolean; data: Record<string, string> }>(deployed, "Secret");
      for (const [name, object] of [...Object.entries(maps), ...Object.entries(secrets)])
        expect([name, object.immutable]).toEqual([expect.stringMatching(/-[0-9a-f]{10}$/), true]);
      const mounted = Object.values(workloads(deployed)).flatMap(({ spec: { template } }) =>
        template.spec.volumes.flatMap(({ projected }) => projected?.sources ?? []),
      );
      const names = (kind: "configMap" | "secret"): string[] =>
        mounted.flatMap((source) => (kind in source ? source[kind].name : []) as string | []);
      expect(names("configMap").sort()).toEqual(Object.keys(maps).sort());
      expect(names("secret").sort()).toEqual(Object.keys(secrets).sort());
    }
  });
});

describe("secrets", () => {
  it("are in Secrets alone, and marked as such for the engine", () => {
    const hidden = [
      ...[password, "secret of the database", clientSecret, "token of the registry"],
      ...["generated password shop-ben", "private key shop", "generated password shop-sign-in-redis"],
    ];
    for (const { all } of [basic, oidc])
      for (const { type, name, inputs } of all) {
        const open = JSON.stringify(shown(inputs));
        const found = hidden.filter(
          (secret) => open.includes(secret) || open.includes(Buffer.from(secret).toString("base64")),
        );
        expect([type, name, found]).toEqual([type, name, []]);
        if (type.endsWith(":Secret") || !type.startsWith("kubernetes:")) continue;
        const everything = JSON.stringify(plain(inputs));
        expect([type, name, hidden.filter((secret) => everything.includes(secret))]).toEqual([
          type,
          name,
          [],
        ]);
      }
  });
});

describe("an app", () => {
  it("is asked at its own path whether it is well: any other is answered, too", () => {
    const { startupProbe, readinessProbe, livenessProbe } =
      workloads(basic)["shop-app-sales"]!.spec.template.spec.containers[0];
    for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe])
      expect(httpGet).toMatchObject({ path: "/sales/_stcore/health", port: 8501 });
  });

  it("is rolled so that all of the new version is there before any of the old goes, which waits for its sessions", () => {
    const { spec: sales } = workloads(basic)["shop-app-sales"]!;
    expect(sales).toMatchObject({
      replicas: 1,
      minReadySeconds: 15,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } },
    });
    const [container] = sales.template.spec.containers;
    expect(container.lifecycle?.preStop.exec.command.slice(-3)).toEqual([
      "8501",
      "/sales/_stcore/metrics",
      "300",
    ]);
    expect(sales.template.spec.terminationGracePeriodSeconds).toBe(315);
  });

  it("that is cut at once has nothing to wait for", async () => {
    const deployed = await deploy({
      ...spec,
      apps: { live: { image: "registry.example.com/live:1", drainTimeout: "0s" } },
    });
    const [container] = workloads(deployed)["shop-app-live"]!.spec.template.spec.containers;
    expect(container.lifecycle).toBeUndefined();
  });

  it("is found by those of its pods that take new sessions, and by all of them", () => {
    const services = objects<{ spec: Record<string, unknown> }>(basic, "Service");
    const pods = workloads(basic)["shop-app-sales"]!.spec.selector.matchLabels;
    for (const [name, publishNotReadyAddresses] of [
      ["shop-app-sales", false],
      ["shop-all-sales", true],
    ] as const)
      expect(services[name]?.spec).toMatchObject({
        clusterIP: "None",
        selector: pods,
        publishNotReadyAddresses,
      });
  });

  it("that scales by itself has bounds, and nobody else says how many replicas there are", () => {
    expect(workloads(basic)["shop-app-live"]!.spec.replicas).toBeUndefined();
    expect(objects(basic, "HorizontalPodAutoscaler")["shop-app-live"]).toMatchObject({
      spec: {
        minReplicas: 2,
        maxReplicas: 8,
        scaleTargetRef: { kind: "Deployment", name: "shop-app-live" },
        metrics: [{ resource: { name: "cpu", target: { type: "AverageValue", averageValue: "700m" } } }],
      },
    });
  });

  it("that is built is pushed, and runs by its digest; another is taken as it is", () => {
    const image = basic.all.find(({ type }) => type === "docker:index/image:Image");
    expect(plain(image?.inputs)).toMatchObject({
      imageName: "registry.example.com/analytics/shop-test-shop-sales",
      registry: { server: "registry.example.com", username: "ci", password: "token of the registry" },
    });
    const of = (name: string): string => workloads(basic)[name]!.spec.template.spec.containers[0].image;
    expect(of("shop-app-sales")).toBe(
      "registry.example.com/analytics/shop-test-shop-sales@sha256:built-shop-sales",
    );
    expect(of("shop-app-live")).toBe("registry.example.com/live:1");
  });
});

describe("the outside", () => {
  const gatewayService = (deployed: Deployed): { metadata: object; spec: object } | undefined =>
    objects<{ metadata: object; spec: object }>(deployed, "Service")["shop-gateway"];

  it("is a load balancer that passes the client's address on", () => {
    expect(gatewayService(basic)).toMatchObject({
      metadata: { annotations: { "example.com/kind": "network" } },
      spec: {
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        sessionAffinity: "ClientIP",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        ports: [
          { name: "https", port: 443, targetPort: "https" },
          { name: "http", port: 80, targetPort: "http" },
        ],
      },
    });
  });

  it("or ports of the nodes", async () => {
    const ports = { https: 30443, http: 30080 };
    const deployed = await deploy({ ...spec, expose: { nodePort: {} }, ports });
    expect(gatewayService(deployed)).toMatchObject({
      spec: { type: "NodePort", ports: [{ nodePort: 30443 }, { nodePort: 30080 }] },
    });
    expect(await value(deployed.site.url)).toBe("https://analytics.example.com:30443");
  });

  it("leads to the gateway alone", () => {
    const services = objects<{ spec: { type?: string; clusterIP?: string } }>(oidc, "Service");
    const open = Object.entries(services).filter(([, { spec }]) => spec.clusterIP !== "None");
    expect(open.map(([name]) => name)).toEqual(["shop-gateway"]);
  });
});

describe("a certificate", () => {
  const sources = (deployed: Deployed): unknown =>
    workloads(deployed)["shop-gateway"]!.spec.template.spec.volumes.find(({ name }) => name === "files")
      ?.projected?.sources;
  const mounted = (name: string): unknown =>
    expect.arrayContaining([
      {
        secret: {
          name,
          items: [
            { key: "tls.crt", path: "tls.crt" },
            { key: "tls.key", path: "tls.key" },
          ],
        },
      },
    ]);

  it("that is there already is mounted, and watched", async () => {
    const deployed = await deploy({ ...spec, tls: { secret: { name: "wildcard" } } });
    expect(sources(deployed)).toEqual(mounted("wildcard"));
    const { args } = workloads(deployed)["shop-gateway"]!.spec.template.spec.containers[0] as unknown as {
      args: string[];
    };
    expect(args.slice(-2)).toEqual(["/etc/nginx/site/tls.crt", "/etc/nginx/site/tls.key"]);
    expect(await value(deployed.site.caCertificate)).toBe("");
  });

  it("is asked of cert-manager for all host names", async () => {
    const deployed = await deploy({
      ...spec,
      apps: { live: { image: "registry.example.com/live:1", host: "live.example.com" } },
      auth: { basic: { generatedUsers: ["ben"] } },
      tls: { certManager: { issuer: "letsencrypt" } },
    });
    expect(objects(deployed, "Certificate")["shop-certificate"]).toMatchObject({
      spec: {
        secretName: "shop-certificate",
        dnsNames: ["analytics.example.com", "live.example.com"],
        issuerRef: { kind: "ClusterIssuer", name: "letsencrypt" },
      },
    });
    expect(sources(deployed)).toEqual(mounted("shop-certificate"));
  });
});

describe("who may connect to whom", () => {
  interface Policy {
    spec: {
      podSelector: { matchLabels: Record<string, string> };
      policyTypes: string[];
      ingress?: {
        from?: { podSelector?: { matchLabels: Record<string, string> } }[];
        ports?: { port: number }[];
      }[];
      egress?: {
        to: { podSelector?: { matchLabels: Record<string, string> }; ipBlock?: { cidr: string } }[];
        ports?: { port: number }[];
      }[];
    };
  }
  const who = (labels: Record<string, string> = {}): string =>
    labels["streamlit.part"] ?? labels["streamlit.app"] ?? labels["k8s-app"] ?? "everybody";
  const arrows = (deployed: Deployed): string[] =>
    Object.values(objects<Policy>(deployed, "NetworkPolicy")).flatMap(({ spec: policy }) => {
      expect(policy.policyTypes).toEqual(["Ingress", "Egress"]);
      const self = who(policy.podSelector.matchLabels);
      const ports = (list: { port: number }[] = []): string =>
        [...new Set(list.map(({ port }) => port))].join(" ");
      return [
        ...(policy.ingress ?? []).flatMap(({ from = [{}], ports: to }) =>
          from.map(
            ({ podSelector }) =>
              `${podSelector ? who(podSelector.matchLabels) : "outside"} > ${self} ${ports(to)}`,
          ),
        ),
        ...(policy.egress ?? []).flatMap(({ to, ports: at }) =>
          to.map(({ podSelector, ipBlock }) =>
            `${self} > ${podSelector ? who(podSelector.matchLabels) : (ipBlock?.cidr ?? "")} ${ports(at)}`.trim(),
          ),
        ),
      ];
    });

  it("is nobody to anybody but for these arrows", () => {
    expect(arrows(basic).sort()).toEqual(
      [
        "outside > gateway 8443 8080",
        "gateway > kube-dns 53",
        "gateway > sales 8501",
        "gateway > live 8501",
        "gateway > sales 8501",
        "gateway > live 8501",
        "live > kube-dns 53",
        "live > 0.0.0.0/0",
        "live > ::/0",
      ].sort(),
    );
  });

  it("with oauth2-proxy and Redis besides", () => {
    expect(arrows(oidc).sort()).toEqual(
      [
        "outside > gateway 8443 8080",
        "gateway > kube-dns 53",
        "gateway > live 8501",
        "gateway > live 8501",
        "gateway > oauth2-proxy 4180",
        "gateway > oauth2-proxy 4180",
        "oauth2-proxy > kube-dns 53",
        "oauth2-proxy > 0.0.0.0/0 443 8443",
        "oauth2-proxy > ::/0 443 8443",
        "oauth2-proxy > redis 6379",
        "oauth2-proxy > redis 6379",
      ].sort(),
    );
  });

  it("is settled before there is any pod", () => {
    const policies = basic.all.filter(({ type }) => type.endsWith(":NetworkPolicy")).map(({ name }) => name);
    for (const { urn, dependsOn } of basic.declared)
      if (/Kubernetes(App|Gateway)::/.test(urn) && !urn.includes("Files"))
        expect([urn, dependsOn]).toEqual([urn, expect.arrayContaining(policies)]);
  });
});

describe("a wrong spec", () => {
  it("is refused before any resource is registered, with every fault", () => {
    const wrong = {
      ...spec,
      expose: undefined,
      apps: { sales: { source: "apps/sales", volumes: { a: { path: "/a" } } } },
    };
    expect(() => new KubernetesSite("shop", wrong as unknown as SiteArgs)).toThrow(SiteSpecError);
    expect(() => new KubernetesSite("shop", wrong as unknown as SiteArgs)).toThrow(
      /apps\.sales\.volumes: not available.*expose: must be set/s,
    );
  });
});

it("has a type token that does not change with its module", () => {
  const { all } = basic;
  expect(all.map(({ type }) => type).filter((type) => type.startsWith("streamlit-site:"))).toEqual(
    expect.arrayContaining(["streamlit-site:index:KubernetesSite", "streamlit-site:index:KubernetesApp"]),
  );
});
