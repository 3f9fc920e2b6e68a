import type { ContainerInspectInfo } from "dockerode";

import { isPresent, type Props } from "../shared/values";

const MB = 1024 * 1024;

/** What the official plugin writes for what a container was not asked for. */
const UNSET: Props = {
  attach: false,
  capabilities: null,
  cgroupParent: null,
  cgroupnsMode: null,
  containerLogs: null,
  cpuPeriod: null,
  cpuQuota: null,
  cpuSet: "",
  cpus: null,
  destroyGraceSeconds: null,
  deviceReadBps: [],
  deviceReadIops: [],
  deviceRequests: [],
  deviceWriteBps: [],
  deviceWriteIops: [],
  devices: [],
  dns: null,
  dnsOpts: null,
  dnsSearches: null,
  domainname: "",
  envs: [],
  exitCode: null,
  gpus: null,
  groupAdds: null,
  healthcheck: null,
  hosts: [],
  labels: [],
  logOpts: null,
  logs: false,
  mounts: [],
  networksAdvanced: [],
  pidMode: null,
  platform: "linux",
  ports: [],
  privileged: false,
  publishAllPorts: false,
  rm: false,
  securityOpts: [],
  stdinOpen: false,
  storageOpts: null,
  sysctls: null,
  tmpfs: null,
  tty: false,
  ulimits: [],
  uploads: [],
  usernsMode: "",
  volumes: [],
  wait: false,
};

/** The outputs of a container: what was asked for, and for the rest what the daemon made of it. */
export function outputs(asked: Props, info: ContainerInspectInfo): Props {
  const config = info.Config as ContainerInspectInfo["Config"] & {
    StopSignal?: string;
    StopTimeout?: number;
  };
  const host = info.HostConfig;
  const inputs = Object.fromEntries(Object.entries(asked).filter(([key]) => !key.startsWith("__")));
  return {
    ...UNSET,
    command: config.Cmd ?? [],
    entrypoints: config.Entrypoint ?? [],
    hostname: config.Hostname,
    user: config.User,
    workingDir: config.WorkingDir,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    bridge: (info.NetworkSettings as { Bridge?: string }).Bridge ?? "",
    cpuShares: host.CpuShares ?? 0,
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    logDriver: host.LogConfig?.Type ?? "",
    networkMode: host.NetworkMode ?? "",
    readOnly: host.ReadonlyRootfs ?? false,
    runtime: host.Runtime ?? "",
    shmSize: (host.ShmSize ?? 0) / MB,
    ...withNestedDefaults(inputs),
    ...observed(info),
    ports: ports(inputs.ports as Props[] | undefined, info),
    exitCode: info.State.Running ? null : info.State.ExitCode,
    networkDatas: networkDatas(info),
  };
}

/** What can be changed from outside while the container lives. */
function observed({ HostConfig: host }: ContainerInspectInfo): Props {
  const swap = host.MemorySwap ?? 0;
  return {
    memory: (host.Memory ?? 0) / MB,
    memoryReservation: (host.MemoryReservation ?? 0) / MB,
    memorySwap: swap > 0 ? swap / MB : swap,
    restart: host.RestartPolicy?.Name === "" ? "no" : host.RestartPolicy?.Name,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
  };
}

/** Names of the properties that `observed` gives. */
export const OBSERVED = ["memory", "memoryReservation", "memorySwap", "restart", "maxRetryCount"] as const;

function withNestedDefaults(inputs: Props): Props {
  const filled = { ...inputs };
  const each = (key: string, fill: Props): void => {
    const value = inputs[key];
    if (Array.isArray(value)) filled[key] = value.map((item: Props) => ({ ...fill, ...clean(item) }));
    else if (isPresent(value)) filled[key] = { ...fill, ...clean(value) };
  };
  each("capabilities", { adds: [], drops: [] });
  each("healthcheck", {});
  each("labels", {});
  each("networksAdvanced", {
    aliases: [],
    driverOpts: [],
    gwPriority: null,
    ipv4Address: "",
    ipv6Address: "",
    linkLocalIps: [],
    macAddress: "",
  });
  each("volumes", { fromContainer: "", hostPath: "", readOnly: null, selinuxRelabel: "", volumeName: "" });
  return filled;
}

function clean(item: Props): Props {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !key.startsWith("__")));
}

/** The ports as asked for, with the daemon's choice where the outer one was left open. */
function ports(asked: readonly Props[] = [], info: ContainerInspectInfo): Props[] {
  const bound = info.NetworkSettings.Ports as Record<string, { HostPort: string }[] | null> | null;
  return asked.map((port) => {
    const { internal, external, ip, protocol } = port as Record<string, string | number | undefined>;
    const chosen = bound?.[`${internal}/${protocol}`]?.[0]?.HostPort;
    return { internal, external: external ?? (chosen === undefined ? null : Number(chosen)), ip, protocol };
  });
}

function networkDatas(info: ContainerInspectInfo): Props[] {
  return Object.entries(info.NetworkSettings.Networks).map(([networkName, endpoint]) => ({
    networkName,
    gateway: endpoint.Gateway,
    globalIpv6Address: endpoint.GlobalIPv6Address,
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
    ipAddress: endpoint.IPAddress,
    ipPrefixLength: endpoint.IPPrefixLen,
    ipv6Gateway: endpoint.IPv6Gateway,
    macAddress: endpoint.MacAddress,
  }));
}
