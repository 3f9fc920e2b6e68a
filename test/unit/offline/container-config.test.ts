import {
  type ContainerInputs,
  createOptions,
  updatableConfig,
  uploads,
} from "../../../offline/providers/docker/container-config";

const MB = 1024 * 1024;
const inputs = {
  name: "web",
  image: "sha256:0",
  start: true,
  mustRun: true,
  removeVolumes: true,
  restart: "unless-stopped",
  waitTimeout: 60,
} satisfies ContainerInputs;

test("what hardens a container reaches the daemon", () => {
  const { HostConfig, ...config } = createOptions({
    ...inputs,
    user: "10001:10001",
    readOnly: true,
    init: true,
    tmpfs: { "/tmp": "size=64m" },
    capabilities: { drops: ["ALL"], adds: ["NET_BIND_SERVICE"] },
    securityOpts: ["no-new-privileges:true"],
    memory: 512,
    memorySwap: 512,
    cpus: "0.5",
    shmSize: 64,
    ulimits: [{ name: "nofile", soft: 1, hard: 2 }],
    ipcMode: "private",
    sysctls: { a: "1" },
    networkMode: "none",
  });
  expect(config).toMatchObject({ name: "web", Image: "sha256:0", User: "10001:10001" });
  expect(HostConfig).toMatchObject({
    ReadonlyRootfs: true,
    Init: true,
    Tmpfs: { "/tmp": "size=64m" },
    CapDrop: ["ALL"],
    CapAdd: ["NET_BIND_SERVICE"],
    SecurityOpt: ["no-new-privileges:true"],
    Memory: 512 * MB,
    MemorySwap: 512 * MB,
    NanoCpus: 5e8,
    ShmSize: 64 * MB,
    Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
    IpcMode: "private",
    Sysctls: { a: "1" },
    NetworkMode: "none",
    RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 },
  });
});

test("ports, volumes and mounts reach the daemon", () => {
  const { HostConfig, ExposedPorts } = createOptions({
    ...inputs,
    ports: [
      { internal: 80, external: 8080, ip: "127.0.0.1", protocol: "tcp" },
      { internal: 80, external: 8081, ip: "127.0.0.1", protocol: "tcp" },
      { internal: 53, ip: "0.0.0.0", protocol: "udp" },
    ],
    volumes: [
      { volumeName: "data", containerPath: "/data", readOnly: true },
      { hostPath: "/srv", containerPath: "/srv" },
    ],
    mounts: [{ type: "tmpfs", target: "/run", tmpfsOptions: { sizeBytes: 1, mode: 0o755 } }],
  });
  expect(ExposedPorts).toEqual({ "80/tcp": {}, "53/udp": {} });
  expect(HostConfig).toMatchObject({
    PortBindings: {
      "80/tcp": [
        { HostIp: "127.0.0.1", HostPort: "8080" },
        { HostIp: "127.0.0.1", HostPort: "8081" },
      ],
      "53/udp": [{ HostIp: "0.0.0.0", HostPort: "" }],
    },
    Binds: ["data:/data:ro", "/srv:/srv:rw"],
    Mounts: [{ Type: "tmpfs", Target: "/run", TmpfsOptions: { SizeBytes: 1, Mode: 0o755 } }],
  });
});

test("a health check is given in nanoseconds", () => {
  const tests = ["CMD", "true"];
  const healthcheck = {
    tests,
    interval: "2s",
    timeout: "1m30s",
    startPeriod: "500ms",
    startInterval: "1s",
    retries: 3,
  };
  expect(createOptions({ ...inputs, healthcheck }).Healthcheck).toEqual({
    Test: tests,
    Interval: 2e9,
    Timeout: 9e10,
    StartPeriod: 5e8,
    StartInterval: 1e9,
    Retries: 3,
  });
});

test("unlimited swap is not a size", () => {
  expect(updatableConfig({ ...inputs, memorySwap: -1 })).toMatchObject({ MemorySwap: -1 });
  expect(updatableConfig(inputs)).not.toHaveProperty("MemorySwap");
});

test("uploads have the mode asked for", () => {
  const files = uploads({
    ...inputs,
    uploads: [
      { file: "/etc/a", content: "ä" },
      { file: "/etc/b", contentBase64: "AAE=", executable: true },
      { file: "/etc/c", content: "", permissions: "0640" },
    ],
  });
  expect(files).toEqual([
    { path: "etc/a", mode: 0o644, content: Buffer.from("ä") },
    { path: "etc/b", mode: 0o744, content: Buffer.from([0, 1]) },
    { path: "etc/c", mode: 0o640, content: Buffer.alloc(0) },
  ]);
});
