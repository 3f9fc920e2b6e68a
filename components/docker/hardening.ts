/** What every container of a site has in common. */
import * as fs from "node:fs";
import * as path from "node:path";
import type * as docker from "@pulumi/docker";
import type { Labels } from "../shared/labels";
import { cpus, duration } from "./go-format";

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
    cpus: cpus(limits.cpu),
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

/**
 * The health check of a container with a shell, by `health.sh`: one process that stays, because each command that Docker
 * starts in a container costs more than an idle part does. It fails after three failed probes in a row, at most 20 s after
 * the part has gone bad; a part that is not well 45 s after its start is unhealthy.
 *
 * @param probe a command that fails when the part is not well, as words without quotes; one that takes longer than 2 s has failed
 * @param watch a command that stays for ten minutes, and fails when the part is no longer well. @default the probe, every 5 s
 */
export function shellHealthCheck(probe: string, watch?: string): Partial<docker.ContainerArgs> {
  const script = fs.readFileSync(path.join(__dirname, "health.sh"), "utf8");
  return residentHealthCheck(["sh", "-c", script, "health", probe, ...(watch === undefined ? [] : [watch])]);
}

/**
 * A health check by a command that answers at once when the part has become well, and from then on stays for ten minutes,
 * or until the part is no longer well.
 *
 * Docker 20.10 does not end a check that takes longer than its `timeout`, and the command knows best how long a start may take.
 */
export function residentHealthCheck(command: string[]): Partial<docker.ContainerArgs> {
  return {
    healthcheck: {
      tests: ["CMD", ...command],
      interval: duration(1),
      timeout: duration(15 * 60),
      retries: 1,
    },
  };
}
