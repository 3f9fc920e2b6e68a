/** Where a cluster is on this machine: names, addresses and folders, as data. */
import { join } from "node:path";
import { cacheFolder } from "../../scripts/paths";

/** What tells one cluster from another, and where its parts are. */
export interface Layout {
  /** The name of the network namespace that the cluster lives in. The one node is called so, too. */
  name: string;
  /** The folder of all that the cluster keeps. */
  folder: string;
  /** The IP address of this machine, as the cluster reaches it. */
  hostAddress: string;
  /** The IP address of the node, as this machine reaches it: the API server and the node ports are there. */
  nodeAddress: string;
  /** The port of the registry, on 127.0.0.1 and on `hostAddress`. */
  registryPort: number;
  /** The network interface of this machine that leads to the node. */
  hostInterface: string;
}

/** Networks that nobody outside the cluster's network namespace sees; every cluster has the same. */
export const networks = {
  pods: "10.244.0.0/24",
  services: "10.96.0.0/16",
  /** The Service of the API server. */
  apiServer: "10.96.0.1",
  /** The Service of the DNS server. */
  dns: "10.96.0.10",
  domain: "cluster.local",
  /** Ports that a Service may ask for on the node. */
  nodePorts: "10000-32767",
} as const;

/** The port of the API server on the node. */
export const apiServerPort = 6443;

/**
 * The layout of a cluster.
 *
 * @param number 0 for the one that stacks and tests share, others for clusters of a test's own
 */
export function clusterLayout(number = 0): Layout {
  const suffix = number === 0 ? "" : `-${String(number)}`;
  const network = `10.251.${String(number)}`;
  return {
    name: `streamlit-cluster${suffix}`,
    folder: cacheFolder(`cluster${suffix}`),
    hostAddress: `${network}.1`,
    nodeAddress: `${network}.2`,
    registryPort: 5051 + number,
    // At most 15 characters.
    hostInterface: `sl-cluster${suffix}`,
  };
}

/** A path in the folder of a cluster. */
export function inFolder({ folder }: Pick<Layout, "folder">, ...names: string[]): string {
  return join(folder, ...names);
}

/** The host of image names, for Docker on this machine and for the cluster alike. */
export function registryHost({ registryPort }: Pick<Layout, "registryPort">): string {
  return `localhost:${String(registryPort)}`;
}
