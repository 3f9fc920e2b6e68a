/** An ingress controller of the tests, which does of one Ingress what any controller does: nginx, in a pod of a namespace of its own. */
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, type KubeConfig, NetworkingV1Api, type V1Ingress } from "@kubernetes/client-node";

/** What {@link serveIngress} takes. */
export interface IngressControllerArgs {
  config: KubeConfig;
  /** Where the pod is, which is there. */
  namespace: string;
  /** The class that it serves. */
  className: string;
  /** Of nginx. */
  image: string;
  /** The ports of the node that lead to it. */
  ports: { https: number; http: number };
  /** What it says that its address is. */
  address: string;
}

/**
 * Wait for an Ingress of the class, serve it, and tell of the address.
 *
 * @param among the namespace to look in
 */
export async function serveIngress(args: IngressControllerArgs, among: string): Promise<void> {
  const { config, namespace, className, image, ports, address } = args;
  const core = config.makeApiClient(CoreV1Api);
  const networking = config.makeApiClient(NetworkingV1Api);
  const ingress = await firstOf(networking, among, className);
  const [tls] = ingress.spec?.tls ?? [];
  const certificate = await core.readNamespacedSecret({ namespace: among, name: tls?.secretName ?? "" });

  const name = "controller";
  const labels = { app: name };
  const metadata = { name, labels };
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata, data: { "nginx.conf": nginxConfig(ingress, among) } },
  });
  await core.createNamespacedSecret({
    namespace,
    body: { metadata, type: certificate.type ?? "", data: certificate.data ?? {} },
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
  const current = await networking.readNamespacedIngress({
    namespace: among,
    name: ingress.metadata?.name ?? "",
  });
  await networking.replaceNamespacedIngressStatus({
    namespace: among,
    name: ingress.metadata?.name ?? "",
    body: { ...current, status: { loadBalancer: { ingress: [{ ip: address }] } } },
  });
}

async function firstOf(
  networking: NetworkingV1Api,
  namespace: string,
  className: string,
): Promise<V1Ingress> {
  for (;;) {
    const { items } = await networking.listNamespacedIngress({ namespace });
    const found = items.find(({ spec }) => spec?.ingressClassName === className);
    if (found) return found;
    await delay(500);
  }
}

/** As controllers do, it adds the address of whoever connects to what they have said of themselves. */
function nginxConfig({ spec }: V1Ingress, namespace: string): string {
  const servers = (spec?.rules ?? []).map(({ host, http }) => {
    const { service } = http?.paths[0]?.backend ?? {};
    return `server {
    listen 8443 ssl;
    listen 8080;
    server_name ${host ?? ""};
    location / {
      proxy_pass http://${service?.name ?? ""}.${namespace}.svc.cluster.local:${String(service?.port?.number ?? 0)};
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
