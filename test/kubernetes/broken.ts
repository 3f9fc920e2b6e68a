/** Workloads that do not come up, each for another reason, and some that do: what the commands have to find words for. */

/** A stack by whose labels they are found. */
export const stack = { project: "stacks-tests", stack: "broken" };

/** An object to be created. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: object;
}

/** The labels of an app's objects. */
export const labelsOf = (app: string): Record<string, string> => ({
  "streamlit.project": stack.project,
  "streamlit.stack": stack.stack,
  "streamlit.site": "site",
  "streamlit.app": app,
});

interface Container {
  image?: string;
  command?: string[];
  [field: string]: unknown;
}

/** A pod that would be let in everywhere. */
function podSpec(image: string, container: Container, more: object = {}): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "app",
        image,
        command: ["sh", "-c", "echo up; exec sleep 3600"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        ...container,
      },
    ],
    ...more,
  };
}

/** A Deployment of an app. */
export function deployment(
  app: string,
  image: string,
  { container = {}, pod = {}, spec = {} }: { container?: Container; pod?: object; spec?: object } = {},
): Manifest {
  const labels = labelsOf(app);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `site-${app}`, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(image, container, pod) },
      ...spec,
    },
  };
}

const probe = { exec: { command: ["sh", "-c", "echo the page is not there; exit 1"] }, periodSeconds: 1 };

/** Those that can be in one namespace, by the names of their apps. @param image one that has busybox, from a registry that answers */
export function brokenApps(image: string): Record<string, Manifest[]> {
  const of = (app: string, how: Parameters<typeof deployment>[2] = {}, ...more: Manifest[]): Manifest[] => [
    deployment(app, image, how),
    ...more,
  ];
  return {
    healthy: of("healthy", { spec: { replicas: 2 } }),
    absent: of("absent", { container: { image: `${image.replace(/\/.*/, "")}/stacks-tests/absent:1` } }),
    misnamed: of("misnamed", { container: { image: "Not A Name" } }),
    crashing: of("crashing", {
      container: { command: ["sh", "-c", "echo reading the table >&2; echo KeyError: region >&2; exit 3"] },
    }),
    greedy: of("greedy", {
      container: {
        command: [
          "sh",
          "-c",
          "echo loading; x=$(cat /dev/zero | tr '\\0' x | head -c 200000000); echo $x | wc -c",
        ],
        resources: { limits: { memory: "24Mi" } },
      },
    }),
    large: of("large", { container: { resources: { requests: { cpu: "1000" } } } }),
    homeless: of(
      "homeless",
      {
        container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
        pod: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "site-homeless-data" } }] },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "site-homeless-data", labels: labelsOf("homeless") },
        spec: {
          storageClassName: "no-such-class",
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
        },
      },
    ),
    unready: of("unready", { container: { readinessProbe: probe } }),
    slow: of("slow", { container: { startupProbe: { ...probe, failureThreshold: 600 } } }),
    hanging: of("hanging", { container: { livenessProbe: { ...probe, failureThreshold: 1 } } }),
    unset: of("unset", {
      container: { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "no-such-secret", key: "a" } } }] },
    }),
    unmounted: of("unmounted", {
      container: { volumeMounts: [{ name: "files", mountPath: "/files" }] },
      pod: { volumes: [{ name: "files", configMap: { name: "no-such-files" } }] },
    }),
    wordless: of("wordless", { container: { command: ["/no/such/program"] } }),
    root: of("root", { pod: { securityContext: { runAsNonRoot: true } } }),
  };
}

/** What the outside needs and the cluster does not have. */
export const outside: Manifest[] = [
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "site-gateway", labels: { ...labelsOf(""), "streamlit.part": "gateway" } },
    spec: {
      ingressClassName: "no-such-class",
      defaultBackend: { service: { name: "site-gateway", port: { number: 80 } } },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "site-gateway", labels: { ...labelsOf(""), "streamlit.part": "gateway" } },
    spec: { type: "LoadBalancer", selector: { a: "b" }, ports: [{ name: "http", port: 80 }] },
  },
].map((manifest) => {
  delete (manifest.metadata.labels as Record<string, string | undefined>)["streamlit.app"];
  return manifest;
});

/** A namespace that lets no more pods in than its quota has room for. */
export const quota: Manifest = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "small" },
  spec: { hard: { pods: "1" } },
};
