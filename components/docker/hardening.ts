/** What every container of a site has in common. */
import type * as docker from "@pulumi/docker";
import type { Labels } from "../shared/labels";

/** Docker's form of labels, in a stable order. */
export function labelList(labels: Labels): { label: string; value: string }[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}

/**
 * The hardening of a container that runs: not root, no capability, no way to gain one, nothing to write to but memory,
 * bounded memory, CPU, processes and logs.
 *
 * @param limits `uid` of the process and its group; `cpu` in cores, `memory` and `tmp` (the size of `/tmp`) in MiB;
 * `processes` counts everything that runs under this uid on the machine, as `ulimit -u` does: the Docker provider has
 * no PID limit of one container
 */
export function hardened(limits: {
  uid: number;
  cpu: number;
  memory: number;
  tmp: number;
  processes: number;
}): Partial<docker.ContainerArgs> {
  return {
    user: `${limits.uid}:${limits.uid}`,
    readOnly: true,
    tmpfs: { "/tmp": `size=${limits.tmp}m,mode=1777,noexec,nosuid,nodev` },
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    cpus: String(limits.cpu),
    memory: limits.memory,
    // Without it the provider shows a difference at the next `up`; equal to memory it means no swap.
    memorySwap: limits.memory,
    ulimits: [{ name: "nproc", soft: limits.processes, hard: limits.processes }],
    init: true,
    restart: "unless-stopped",
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    wait: true,
  };
}

/** How a part of the sign-in tells by a command that it is well, and how long it has for that and for its end. */
export function healthCheck(...command: string[]): Partial<docker.ContainerArgs> {
  return {
    healthcheck: {
      tests: ["CMD", ...command],
      interval: "5s",
      timeout: "3s",
      startPeriod: "30s",
      startInterval: "1s",
      retries: 3,
    },
    waitTimeout: 60,
    stopTimeout: 10,
    destroyGraceSeconds: 10,
  };
}
