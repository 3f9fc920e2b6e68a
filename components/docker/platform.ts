/** Where the parts of a site run on Docker: paths in their containers, and the names at which they find each other. */
import { fileNames } from "../gateway/files";
import type { GatewayPlatform } from "../gateway/platform";
import type { App, Site } from "../spec/site";

/** The user `nginx` of the official image. */
export const nginxUid = 101;

/**
 * The user of the containers by which apps with `egressTo` reach outside. There may be many of them, and the limit of processes
 * is counted by user: the gateway is to have its own.
 */
export const egressUid = 10002;

/** Where the upstreams file is mounted that is replaced while the gateway runs. */
export const upstreamsFolder = "/etc/nginx/upstreams";

/** Where oauth2-proxy's files are mounted. */
export const oauth2ProxyFolder = "/etc/oauth2-proxy";

/** Where Redis's configuration file is mounted. */
export const redisFolder = "/etc/redis-site";

/** Where Redis's data is. */
export const redisDataFolder = "/data";

/** The name at which the gateway finds oauth2-proxy on the network that they share. */
export const oauth2ProxyHost = "oauth2-proxy";

/** The name at which oauth2-proxy finds Redis on the network that they share. */
export const redisHost = "redis";

/** The name at which the gateway finds all replicas of an app on the network that they share. */
export function appHost({ name }: Pick<App, "name">): string {
  return `app-${name}`;
}

/** The name of one container: the short form of its id, which Docker's DNS knows on every network but the default one. */
export function containerHost(containerId: string): string {
  return containerId.slice(0, 12);
}

/** The ports inside the gateway's container; nginx is not root there, so they are above 1023. */
export const gatewayPorts = { https: 8443, http: 8080 } as const;

/**
 * The gateway's platform on Docker.
 *
 * @param site a checked spec
 */
export function gatewayPlatform(
  site: Pick<Site, "apps">,
): GatewayPlatform & Required<Pick<GatewayPlatform, "upstreamsFile">> {
  return {
    // /tmp is in memory, at most 256 MiB of it.
    folders: { config: "/etc/nginx/site", scratch: "/tmp" },
    workers: 2,
    connections: 4096,
    assetCacheMiB: 192,
    listen: gatewayPorts,
    // The daemon's own DNS server, which knows at once of a container that is gone.
    resolver: { address: "127.0.0.11", validSeconds: 1, ipv6: false },
    // An app's container is on the same machine and answers at once.
    connectTimeoutMs: 100,
    hosts: {
      apps: Object.fromEntries(site.apps.map((app) => [app.name, appHost(app)])),
      oauth2Proxy: oauth2ProxyHost,
    },
    // A copy that `gateway.sh` has checked of the file in `upstreamsFolder`.
    upstreamsFile: `/tmp/${fileNames.upstreams}`,
  };
}
