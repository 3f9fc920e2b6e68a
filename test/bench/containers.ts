/** What Docker says of containers. */
import Docker from "dockerode";

const docker = new Docker();

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
