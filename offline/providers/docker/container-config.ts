import type { ContainerArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";

import type { ArchiveFile } from "./archive";
import { labelMap } from "./client";
import { parseDuration } from "./go-format";

/** Inputs of a container once `check` has filled in the defaults. */
export type ContainerInputs = Unwrap<ContainerArgs> & {
  name: string;
  start: boolean;
  mustRun: boolean;
  removeVolumes: boolean;
  restart: string;
  waitTimeout: number;
};

const MB = 1024 * 1024;

/** What may be changed while the container lives on. */
export function updatableConfig(inputs: ContainerInputs): HostConfig {
  const swap = inputs.memorySwap ?? 0;
  return {
    RestartPolicy: { Name: inputs.restart, MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    Memory: (inputs.memory ?? 0) * MB,
    // -1 stands for unlimited swap.
    ...(swap !== 0 && { MemorySwap: swap > 0 ? swap * MB : swap }),
    ...(inputs.memoryReservation && { MemoryReservation: inputs.memoryReservation * MB }),
    ...(inputs.cpuShares && { CpuShares: inputs.cpuShares }),
  };
}

/** The container as the daemon is asked for it, without the networks, which are joined afterwards. */
export function createOptions(inputs: ContainerInputs): ContainerCreateOptions {
  const { healthcheck } = inputs;
  return {
    name: inputs.name,
    Image: inputs.image,
    Labels: labelMap(inputs.labels),
    ...(inputs.command && { Cmd: inputs.command }),
    ...(inputs.entrypoints && { Entrypoint: inputs.entrypoints }),
    ...(inputs.envs && { Env: inputs.envs }),
    ...(inputs.user !== undefined && { User: inputs.user }),
    ...(inputs.workingDir !== undefined && { WorkingDir: inputs.workingDir }),
    ...(inputs.hostname !== undefined && { Hostname: inputs.hostname }),
    ...(inputs.stopSignal !== undefined && { StopSignal: inputs.stopSignal }),
    ...(inputs.stopTimeout !== undefined && { StopTimeout: inputs.stopTimeout }),
    ...(healthcheck && {
      Healthcheck: {
        Test: healthcheck.tests ?? [],
        Interval: parseDuration(healthcheck.interval ?? "0s") ?? 0,
        Timeout: parseDuration(healthcheck.timeout ?? "0s") ?? 0,
        StartPeriod: parseDuration(healthcheck.startPeriod ?? "0s") ?? 0,
        StartInterval: parseDuration(healthcheck.startInterval ?? "0s") ?? 0,
        Retries: healthcheck.retries ?? 0,
      },
    }),
    ExposedPorts: Object.fromEntries((inputs.ports ?? []).map((port) => [portKey(port), {}])),
    HostConfig: hostConfig(inputs),
  };
}

function hostConfig(inputs: ContainerInputs): HostConfig {
  return {
    ...updatableConfig(inputs),
    AutoRemove: inputs.rm ?? false,
    ReadonlyRootfs: inputs.readOnly ?? false,
    Init: inputs.init ?? false,
    NetworkMode: inputs.networkMode ?? "bridge",
    PortBindings: portBindings(inputs),
    Binds: (inputs.volumes ?? []).filter((volume) => volume.volumeName ?? volume.hostPath).map(bind),
    Mounts: (inputs.mounts ?? []).map(mount),
    ...(inputs.cpus !== undefined && { NanoCpus: Math.round(Number(inputs.cpus) * 1e9) }),
    ...(inputs.tmpfs && { Tmpfs: inputs.tmpfs }),
    ...(inputs.capabilities?.adds && { CapAdd: inputs.capabilities.adds }),
    ...(inputs.capabilities?.drops && { CapDrop: inputs.capabilities.drops }),
    ...(inputs.securityOpts && { SecurityOpt: inputs.securityOpts }),
    ...(inputs.logDriver !== undefined && {
      LogConfig: { Type: inputs.logDriver, Config: inputs.logOpts ?? {} },
    }),
    ...(inputs.shmSize !== undefined && { ShmSize: inputs.shmSize * MB }),
    ...(inputs.ulimits && {
      Ulimits: inputs.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    }),
    ...(inputs.ipcMode !== undefined && { IpcMode: inputs.ipcMode }),
    ...(inputs.hosts && { ExtraHosts: inputs.hosts.map(({ host, ip }) => `${host}:${ip}`) }),
    ...(inputs.sysctls && { Sysctls: inputs.sysctls }),
    ...(inputs.dns && { Dns: inputs.dns }),
    ...(inputs.groupAdds && { GroupAdd: inputs.groupAdds }),
  };
}

type Port = NonNullable<ContainerInputs["ports"]>[number];
type Volume = NonNullable<ContainerInputs["volumes"]>[number];
type Mount = NonNullable<ContainerInputs["mounts"]>[number];

function portKey(port: Port): string {
  return `${port.internal}/${port.protocol ?? "tcp"}`;
}

function portBindings(inputs: ContainerInputs): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of inputs.ports ?? []) {
    (bindings[portKey(port)] ??= []).push({
      HostIp: port.ip ?? "0.0.0.0",
      HostPort: port.external === undefined ? "" : String(port.external),
    });
  }
  return bindings;
}

function bind(volume: Volume): string {
  const source = volume.volumeName ?? volume.hostPath ?? "";
  return `${source}:${volume.containerPath ?? ""}:${volume.readOnly ? "ro" : "rw"}`;
}

function mount(mount: Mount): MountSettings {
  const { tmpfsOptions } = mount;
  return {
    Type: mount.type as MountSettings["Type"],
    Target: mount.target,
    Source: mount.source ?? "",
    ReadOnly: mount.readOnly ?? false,
    ...(mount.bindOptions?.propagation !== undefined && {
      BindOptions: { Propagation: mount.bindOptions.propagation as "rprivate" },
    }),
    ...(mount.volumeOptions && {
      VolumeOptions: {
        NoCopy: mount.volumeOptions.noCopy ?? false,
        Labels: {},
        DriverConfig: { Name: "", Options: {} },
      },
    }),
    ...(tmpfsOptions && {
      TmpfsOptions: { SizeBytes: tmpfsOptions.sizeBytes ?? 0, Mode: tmpfsOptions.mode ?? 0 },
    }),
  };
}

/** The files to put into the container before it starts. */
export function uploads(inputs: ContainerInputs): ArchiveFile[] {
  return (inputs.uploads ?? []).map((upload) => ({
    path: upload.file.replace(/^\/+/, ""),
    mode:
      upload.permissions === undefined
        ? upload.executable
          ? 0o744
          : 0o644
        : parseInt(upload.permissions, 8),
    content:
      upload.contentBase64 === undefined
        ? Buffer.from(upload.content ?? "", "utf8")
        : Buffer.from(upload.contentBase64, "base64"),
  }));
}
