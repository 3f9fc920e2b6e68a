/**
 * What is in front of a site in tests: nginx, in a pod of a namespace of its own. It does of one Ingress what any ingress controller does, or of
 * one HTTPRoute what any implementation of Gateway API does.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type KubernetesObject,
  NetworkingV1Api,
  type V1Ingress,
} from "@kubernetes/client-node";
import type { ServerCertificate } from "../oidc/certificates";

/** What {@link serveIngress} and {@link serveGateway} take. */
export interface FrontProxyArgs {
  config: KubeConfig;
  /** Where the pod is, which is there. */
  namespace: string;
  /** The class of the Ingress, or the name of the Gateway. */
  name: string;
  /** Of nginx. */
  image: string;
  /** The ports of the node that lead to it. */
  ports: { https: number; http: number };
  /** What it says that its address is. */
  address: string;
}

/** The namespaced name of a Service, and its port. */
interface Backend {
  service: string;
  port: number;
}

/**
 * Wait for an Ingress of the class, serve it with the certificate that it names, and tell of the address.
 *
 * @param among the namespace to look in
 */
export async function serveIngress(args: FrontProxyArgs, among: string): Promise<void> {
  const { config, name: className, address } = args;
  const networking = config.makeApiClient(NetworkingV1Api);
  const ingress = await first(async () => {
    const { items } = await networking.listNamespacedIngress({ namespace: among });
    return items.find(({ spec }) => spec?.ingressClassName === className);
  });
  const { rules = [], tls = [] } = ingress.spec ?? {};
  const certificate = await config
    .makeApiClient(CoreV1Api)
    .readNamespacedSecret({ namespace: among, name: tls[0]?.secretName ?? "" });
  await serve(
    args,
    Object.fromEntries(
      rules.map(({ host = "", http }) => {
        const { service } = http?.paths[0]?.backend ?? {};
        return [host, { service: `${service?.name ?? ""}.${among}`, port: service?.port?.number ?? 0 }];
      }),
    ),
    certificate.data ?? {},
  );
  const named = { namespace: among, name: ingress.metadata?.name ?? "" };
  const current: V1Ingress = await networking.readNamespacedIngress(named);
  await networking.replaceNamespacedIngressStatus({
    ...named,
    body: { ...current, status: { loadBalancer: { ingress: [{ ip: address }] } } },
  });
}

interface HttpRoute extends KubernetesObject {
  spec: {
    parentRefs: { name: string; namespace?: string }[];
    hostnames: string[];
    rules: { backendRefs: { name: string; port: number }[] }[];
  };
}

const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" };
const controllerName = "streamlit.example/played";

/** Make a Gateway with a listener for HTTPS, which has a certificate, and one for HTTP; both take routes of all namespaces. */
export async function makeGateway(
  { config, namespace, name }: Pick<FrontProxyArgs, "config" | "namespace" | "name">,
  { certificate, privateKey }: ServerCertificate,
): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const apiVersion = `${gatewayApi.group}/${gatewayApi.version}`;
  await core.createNamespacedSecret({
    namespace,
    body: {
      metadata: { name },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": certificate, "tls.key": privateKey },
    },
  });
  await custom.createClusterCustomObject({
    ...gatewayApi,
    plural: "gatewayclasses",
    body: { apiVersion, kind: "GatewayClass", metadata: { name }, spec: { controllerName } },
  });
  const allowedRoutes = { namespaces: { from: "All" } };
  const tls = { mode: "Terminate", certificateRefs: [{ name }] };
  await custom.createNamespacedCustomObject({
    ...gatewayApi,
    namespace,
    plural: "gateways",
    body: {
      apiVersion,
      kind: "Gateway",
      metadata: { name },
      spec: {
        gatewayClassName: name,
        listeners: [
          { name: "https", protocol: "HTTPS", port: 443, tls, allowedRoutes },
          { name: "http", protocol: "HTTP", port: 80, allowedRoutes },
        ],
      },
    },
  });
}

/**
 * Wait for an HTTPRoute of the Gateway, and serve it with the Gateway's certificate.
 *
 * @param among the namespace to look in
 */
export async function serveGateway(args: FrontProxyArgs, among: string): Promise<void> {
  const { config, namespace, name } = args;
  const custom = config.makeApiClient(CustomObjectsApi);
  const { spec } = await first(async () => {
    const list = { ...gatewayApi, namespace: among, plural: "httproutes" };
    const { items } = (await custom.listNamespacedCustomObject(list)) as { items: HttpRoute[] };
    return items.find(({ spec: { parentRefs } }) =>
      parentRefs.some((parent) => parent.name === name && parent.namespace === namespace),
    );
  });
  const [backend] = spec.rules[0]?.backendRefs ?? [];
  const certificate = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace, name });
  await serve(
    args,
    Object.fromEntries(
      spec.hostnames.map((host) => [
        host,
        { service: `${backend?.name ?? ""}.${among}`, port: backend?.port ?? 0 },
      ]),
    ),
    certificate.data ?? {},
  );
}

/** What there is of something, as soon as there is. */
async function first<Found>(find: () => Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await delay(500);
  }
}

async function serve(
  { config, namespace, image, ports }: FrontProxyArgs,
  backends: Record<string, Backend>,
  certificate: Record<string, string>,
): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const name = "controller";
  const labels = { app: name };
  const metadata = { name, labels };
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata, data: { "nginx.conf": nginxConfig(backends) } },
  });
  await core.createNamespacedSecret({
    namespace,
    body: { metadata, type: "kubernetes.io/tls", data: certificate },
  });
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata,
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "nginx",
            image,
            command: ["nginx", "-c", "/etc/controller/nginx.conf", "-g", "daemon off;"],
            readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
            volumeMounts: [{ name: "files", mountPath: "/etc/controller" }],
          },
        ],
        volumes: [{ name: "files", projected: { sources: [{ configMap: { name } }, { secret: { name } }] } }],
      },
    },
  });
  await core.createNamespacedService({
    namespace,
    body: {
      metadata,
      spec: {
        type: "NodePort",
        externalTrafficPolicy: "Local",
        selector: labels,
        ports: [
          { name: "https", port: 443, targetPort: 8443, nodePort: ports.https },
          { name: "http", port: 80, targetPort: 8080, nodePort: ports.http },
        ],
      },
    },
  });
  const isReady = async (): Promise<boolean> => {
    const { status } = await core.readNamespacedPod({ namespace, name });
    return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  };
  while (!(await isReady())) await delay(200);
}

/** As controllers do, it adds the address of whoever connects to what they have said of themselves. */
function nginxConfig(backends: Record<string, Backend>): string {
  const servers = Object.entries(backends).map(([host, { service, port }]) => {
    return `server {
    listen 8443 ssl;
    listen 8080;
    server_name ${host};
    location / {
      proxy_pass http://${service}.svc.cluster.local:${port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }`;
  });
  return `pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  ssl_certificate /etc/controller/tls.crt;
  ssl_certificate_key /etc/controller/tls.key;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    "" "";
  }
  ${servers.join("\n  ")}
}
`;
}
