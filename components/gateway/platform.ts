/**
 * What differs between the places where the gateway's nginx runs, as plain data: a target makes it, the renderers read
 * it, and nothing else in `gateway/` depends on where that is.
 *
 * @example
 * ```ts
 * // Two pods behind a load balancer that ends TLS.
 * const platform: GatewayPlatform = {
 *   folders: { config: "/etc/nginx/site", scratch: "/tmp" },
 *   workers: 2,
 *   connections: 4096,
 *   assetCacheMiB: 192,
 *   listen: { http: 8080 },
 *   resolver: { address: "10.96.0.10", validSeconds: 5, ipv6: false },
 *   connectTimeoutMs: 500,
 *   clientAddress: { trustedProxies: ["10.0.0.0/16"], header: "X-Forwarded-For" },
 *   hosts: { apps: { sales: "sales.analytics.svc.cluster.local" } },
 * };
 * ```
 */
export interface GatewayPlatform {
  /** Absolute paths without a slash at the end. */
  folders: {
    /** Where the gateway's files are, to be read only. */
    config: string;
    /** Where nginx may write: caches, its process id, and the unix sockets by which its servers reach each other. */
    scratch: string;
  };
  /** nginx's worker processes. */
  workers: number;
  /** How many connections a worker holds, those to apps counted as well. */
  connections: number;
  /** How much of `folders.scratch` the cache of Streamlit's own files may take, in MiB. */
  assetCacheMiB: number;
  /** The ports that nginx listens on, above 1023 where it is not root. */
  listen: {
    /** Plain HTTP: it redirects to HTTPS, or is the site itself where something in front ends TLS. */
    http: number;
    /** HTTPS. Absent where something in front of the gateway ends TLS. */
    https?: number;
  };
  /** The DNS server that nginx asks for the names in `hosts`. */
  resolver: {
    /** Its IP address, IPv4 or IPv6. */
    address: string;
    /** For how many whole seconds an answer counts; nginx takes the last one in (`ngx_resolver.c`), so at most one more. */
    validSeconds: number;
    /** Are AAAA records asked for, too? */
    ipv6: boolean;
  };
  /** How long connecting to an app may take, in milliseconds, before the next replica is tried. */
  connectTimeoutMs: number;
  /**
   * Whose word on the client's IP address is taken. Absent: nobody's, the peer is the client.
   */
  clientAddress?: {
    /** The IP addresses or subnets (CIDR) that are believed. */
    trustedProxies: string[];
    /** The header in which they have it, for instance `X-Forwarded-For`. The last entry that is no trusted proxy counts. */
    header: string;
  };
  /** The names at which nginx finds the others; fully qualified where the resolver knows no search domain. */
  hosts: {
    /** By an app's name, the name that leads to all of its replicas. */
    apps: Record<string, string>;
    /**
     * By an app's name, the name that leads to those of its replicas that take new sessions: the others are left to the browsers
     * that they have. Absent: all take new ones.
     */
    readyApps?: Record<string, string>;
    /** oauth2-proxy, where people sign in by it. */
    oauth2Proxy?: string;
  };
  /**
   * The file with the upstreams, which is included, so that it can change while nginx runs. Absent: they stand in
   * `nginx.conf`.
   */
  upstreamsFile?: string;
}

/** The unix sockets by which the gateway's servers reach each other. Nobody outside its container does. */
export type UnixSocket = "attempts" | "auth" | "compression" | "passwords" | "plain" | "sealed";

/** The address of one of the gateway's unix sockets as `listen` has it. */
export function unixSocket({ folders }: Pick<GatewayPlatform, "folders">, name: UnixSocket): string {
  return `unix:${folders.scratch}/${name}.sock`;
}

/** Directives of a server behind a unix socket: the client is whom the site's server names. */
export const trustTheSite = `set_real_ip_from unix:;
real_ip_header X-Real-IP;`;
