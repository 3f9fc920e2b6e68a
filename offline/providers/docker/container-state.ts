import type { ContainerInspectInfo, HostConfig } from "dockerode";

import { isPresent, type Props } from "../shared/values";
import { printCpus, printDuration } from "./go-format";

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

/** What Docker knows of a container beside what dockerode's types say. */
type Inspection = Omit<ContainerInspectInfo, "Config" | "HostConfig"> & {
  Config: ContainerInspectInfo["Config"] & {
    StopSignal?: string;
    StopTimeout?: number;
    Healthcheck?: { Test?: string[] } & Partial<
      Record<"Interval" | "Timeout" | "StartPeriod" | "StartInterval" | "Retries", number>
    >;
  };
  HostConfig: HostConfig & { NanoCpus?: number; Sysctls?: Record<string, string> | null };
};

/**
 * The outputs of a container: for most properties what the daemon says, for the others (`labels`, `envs`, `volumes`, `uploads`,
 * `networksAdvanced` and what is the plugin's own) what was asked for, as the official plugin has it.
 *
 * @param before the inputs, or the outputs so far
 */
export function outputs(before: Props, inspected: ContainerInspectInfo): Props {
  const info = inspected as Inspection;
  const { Config: config, HostConfig: host, State: state } = info;
  const asked = Object.fromEntries(Object.entries(before).filter(([key]) => !key.startsWith("__")));
  const swap = host.MemorySwap ?? 0;
  return {
    ...UNSET,
    ...withNestedDefaults(asked),

    command: config.Cmd ?? [],
    entrypoints: config.Entrypoint ?? [],
    hostname: config.Hostname,
    user: config.User,
    workingDir: config.WorkingDir,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    healthcheck: config.Healthcheck ? healthcheck(config.Healthcheck) : (asked.healthcheck ?? null),
    image: String(asked.image).startsWith("sha256:") ? info.Image : config.Image,

    bridge: (info.NetworkSettings as { Bridge?: string }).Bridge ?? "",
    capabilities: capabilities(host) ?? asked.capabilities ?? null,
    cpuSet: host.CpusetCpus ?? "",
    cpuShares: host.CpuShares ?? 0,
    cpus: host.NanoCpus ? printCpus(host.NanoCpus) : (asked.cpus ?? null),
    dns: orNull(host.Dns),
    groupAdds: orNull(host.GroupAdd),
    hosts: ((host.ExtraHosts ?? []) as string[]).map((line) => {
      const [name = "", ip = ""] = line.split(":");
      return { host: name, ip };
    }),
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    logDriver: host.LogConfig?.Type ?? "",
    logOpts: isPresent(asked.logOpts) ? (host.LogConfig?.Config ?? null) : null,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    memory: (host.Memory ?? 0) / MB,
    memoryReservation: (host.MemoryReservation ?? 0) / MB,
    memorySwap: swap > 0 ? swap / MB : swap,
    networkMode: host.NetworkMode ?? "",
    readOnly: host.ReadonlyRootfs ?? false,
    restart: host.RestartPolicy?.Name ?? "",
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    securityOpts: host.SecurityOpt ?? [],
    shmSize: (host.ShmSize ?? 0) / MB,
    sysctls: orNull(host.Sysctls),
    tmpfs: orNull(host.Tmpfs as Props | null | undefined),
    ulimits: Array.isArray(asked.ulimits)
      ? (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard }))
      : [],

    // Of one that ought to run and does not, the daemon knows no ports, and the official plugin takes that for a change.
    ports:
      Array.isArray(asked.ports) && (state.Running || asked.mustRun !== false)
        ? ports(info)
        : (asked.ports ?? []),
    mustRun: state.Running ? (asked.mustRun ?? true) : false,
    exitCode: state.Running ? (asked.exitCode ?? null) : state.ExitCode,
    networkDatas: networkDatas(inspected),
  };
}

function orNull<T extends object>(value: T | null | undefined): T | null {
  return value && Object.keys(value).length > 0 ? value : null;
}

function healthcheck(check: NonNullable<Inspection["Config"]["Healthcheck"]>): Props {
  return {
    tests: check.Test ?? [],
    interval: printDuration(check.Interval ?? 0),
    timeout: printDuration(check.Timeout ?? 0),
    startPeriod: printDuration(check.StartPeriod ?? 0),
    startInterval: printDuration(check.StartInterval ?? 0),
    retries: check.Retries ?? 0,
  };
}

function capabilities({ CapAdd, CapDrop }: HostConfig): Props | undefined {
  const adds = (CapAdd as string[] | null | undefined) ?? [];
  const drops = (CapDrop as string[] | null | undefined) ?? [];
  return adds.length + drops.length > 0 ? { adds, drops } : undefined;
}

function withNestedDefaults(inputs: Props): Props {
  const filled = { ...inputs };
  const each = (key: string, fill: Props): void => {
    const value = inputs[key];
    if (Array.isArray(value)) filled[key] = value.map((item: Props) => ({ ...fill, ...clean(item) }));
    else if (isPresent(value)) filled[key] = { ...fill, ...clean(value) };
  };
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

/** The published ports by their inner number. */
function ports(info: Inspection): Props[] {
  const bound = info.NetworkSettings.Ports as Record<
    string,
    { HostIp: string; HostPort: string }[] | null
  > | null;
  return Object.entries(bound ?? {})
    .map(([key, bindings]) => ({ key, bindings: bindings ?? [], internal: Number.parseInt(key) }))
    .sort((a, b) => a.internal - b.internal)
    .flatMap(({ key, bindings, internal }) =>
      bindings.map(({ HostIp, HostPort }) => ({
        internal,
        external: Number(HostPort),
        ip: HostIp,
        protocol: key.split("/")[1],
      })),
    );
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
