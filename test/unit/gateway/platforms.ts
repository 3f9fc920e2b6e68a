/** The platforms that the renderers are tested for. */
import { gatewayPlatform } from "../../../components/docker/platform";
import type { GatewayPlatform } from "../../../components/gateway/platform";
import type { Site } from "../../../components/spec/site";

/** A platform for a site. */
export type PlatformOf = (site: Pick<Site, "apps">) => GatewayPlatform;

/** Docker's. */
export const onDocker: PlatformOf = gatewayPlatform;

/**
 * One that no target has: two gateways behind a load balancer that ends TLS, in a network whose DNS server has an IPv6
 * address and knows full names only.
 */
export const behindBalancer: PlatformOf = (site) => ({
  folders: { config: "/srv/gateway/config", scratch: "/var/run/gateway" },
  workers: 4,
  connections: 1000,
  assetCacheMiB: 64,
  listen: { http: 8000 },
  resolver: { address: "fd00:10::a", validSeconds: 5, ipv6: true },
  connectTimeoutMs: 750,
  clientAddress: { trustedProxies: ["10.0.0.0/16", "fd00:10::/64"], header: "X-Forwarded-For" },
  hosts: {
    apps: Object.fromEntries(site.apps.map(({ name }) => [name, `${name}.analytics.svc.cluster.local`])),
    oauth2Proxy: "oauth2-proxy.analytics.svc.cluster.local",
  },
});
