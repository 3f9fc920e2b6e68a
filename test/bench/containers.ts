/** What Docker says of containers, and those that the benchmark makes by itself. */
import Docker from "dockerode";

const docker = new Docker();

/** The label of what the benchmark makes by itself. */
export const benchLabel = "streamlit.bench";

/** What a container uses. */
export interface Usage {
  /** As `docker stats` shows it: without the page cache that can be dropped. */
  memoryMegabytes: number;
  /** Processor time since its start. */
  cpuMilliseconds: number;
}

/** What a container uses now. */
export async function usage(container: string): Promise<Usage> {
  const stats = await docker.getContainer(container).stats({ stream: false, "one-shot": true });
  const { usage: used, stats: details } = stats.memory_stats;
  // The name is that of control groups of version 1, or of version 2.
  const dropped = details.total_inactive_file ?? details.inactive_file ?? 0;
  return {
    memoryMegabytes: (used - dropped) / 2 ** 20,
    cpuMilliseconds: stats.cpu_stats.cpu_usage.total_usage / 1e6,
  };
}

/**
 * Start a container.
 *
 * @param networks what it joins beside the network of its options
 * @returns its id
 */
export async function start(
  options: Docker.ContainerCreateOptions,
  networks: string[] = [],
): Promise<string> {
  const container = await docker.createContainer({ ...options, Labels: { [benchLabel]: "" } });
  for (const network of networks) await docker.getNetwork(network).connect({ Container: container.id });
  await container.start();
  return container.id;
}

/**
 * Make a network.
 *
 * @returns its id
 */
export async function createNetwork(name: string): Promise<string> {
  const { id } = await docker.createNetwork({ Name: name, Labels: { [benchLabel]: "" } });
  return id;
}

/**
 * Where a container is for clients on this machine. A port that is published on 127.0.0.1 would have Docker's proxy
 * process in between, which costs more than nginx itself; clients on the network do not go through it.
 */
export async function addressOf(container: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(container).inspect();
  for (const { NetworkID, IPAddress } of Object.values(NetworkSettings.Networks)) {
    const network = await docker.getNetwork(NetworkID).inspect();
    if (!network.Internal) return IPAddress;
  }
  throw new Error(`container ${container} is on internal networks only`);
}
