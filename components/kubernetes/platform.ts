/** Where the parts of a site run on Kubernetes: paths in their containers, and the names at which they find each other. */
import type { GatewayPlatform } from "../gateway/platform";
import type { App, Site } from "../spec/site";
import { frontProxy } from "./edge";

/** The user `nginx` of the official image. */
export const nginxUid = 101;

/** The user of all apps. */
export const appUid = 10001;

/** The user of oauth2-proxy's official image. */
export const oauth2ProxyUid = 65532;

/** The user of Redis's official image. */
export const redisUid = 999;

/** Where oauth2-proxy's files are mounted. */
export const oauth2ProxyFolder = "/etc/oauth2-proxy";

/** Where Redis's configuration file is mounted. */
export const redisFolder = "/etc/redis-site";

/** Where Redis's data is. */
export const redisDataFolder = "/data";

/** The ports of the gateway's pods; nginx is not root there, so they are above 1023. */
export const gatewayPorts = { https: 8443, http: 8080 } as const;

/** The Service of the cluster's DNS server: by this name it is found in nearly every cluster, whichever server it is. */
const dnsService = "kube-dns.kube-system";

const clusterDomain = "cluster.local";

/** The names of a site's objects. */
export interface ObjectNames {
  /** The namespace. */
  namespace: string;
  gateway: string;
  oauth2Proxy: string;
  redis: string;
  /** The workload of an app, and the Service that leads to those of its pods that take new sessions. */
  app: (app: Pick<App, "name">) => string;
  /** The Service that leads to all pods of an app, those among them that are about to go. */
  allOf: (app: Pick<App, "name">) => string;
}

/**
 * The names of a site's objects.
 *
 * @param name the name of the site's component
 * @param namespace the namespace that they are in
 */
export function objectNames(name: string, namespace: string): ObjectNames {
  return {
    namespace,
    gateway: `${name}-gateway`,
    oauth2Proxy: `${name}-oauth2-proxy`,
    redis: `${name}-redis`,
    app: (app) => `${name}-app-${app.name}`,
    allOf: (app) => `${name}-all-${app.name}`,
  };
}

/** The full name at which a Service is found: nginx's resolver knows no search domains. */
export function serviceHost({ namespace }: Pick<ObjectNames, "namespace">, service: string): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}

/**
 * The gateway's platform on Kubernetes.
 *
 * @param site a checked spec
 * @param names of its objects
 */
export function gatewayPlatform(site: Pick<Site, "apps" | "expose">, names: ObjectNames): GatewayPlatform {
  const proxy = frontProxy(site);
  const byApp = (service: (app: App) => string): Record<string, string> =>
    Object.fromEntries(site.apps.map((app) => [app.name, serviceHost(names, service(app))]));
  return {
    // /tmp is in memory, at most 256 MiB of it.
    folders: { config: "/etc/nginx/site", scratch: "/tmp" },
    workers: 2,
    connections: 4096,
    assetCacheMiB: 192,
    listen: proxy ? { http: gatewayPorts.http } : gatewayPorts,
    ...(proxy && { clientAddress: { trustedProxies: proxy.trustedProxies, header: "X-Forwarded-For" } }),
    // nginx looks the name up when it starts. A pod that is gone is left as soon as the cluster's DNS server no longer tells of it.
    resolver: { address: `${dnsService}.svc.${clusterDomain}`, validSeconds: 1, ipv6: false },
    // A node that is gone answers nothing at all.
    connectTimeoutMs: 500,
    hosts: {
      apps: byApp(names.allOf),
      readyApps: byApp(names.app),
      oauth2Proxy: serviceHost(names, names.oauth2Proxy),
    },
  };
}
