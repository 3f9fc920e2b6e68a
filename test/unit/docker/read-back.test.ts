/**
 * What the official Docker plugin reads back from the daemon for every property that the components set, so that a second `up`,
 * or one after a refresh, has nothing to do.
 *
 * Where it is from: `../offline/fixtures/state.json`, which the official plugin wrote, and the sources of what it is made of
 * (terraform-provider-docker v4.5.0, `internal/provider/resource_docker_*.go`).
 */
import type { ContainerInspectInfo } from "dockerode";
import type { SiteArgs } from "../../../index";
import { type ContainerInputs, createOptions } from "../../../offline/providers/docker/container-config";
import { outputs } from "../../../offline/providers/docker/container-state";
import { parseDuration, printCpus, printDuration } from "../../../offline/providers/docker/go-format";
import type { Props } from "../../../offline/providers/shared/values";
import { standIn, urn } from "../offline/stand-ins";
import { plain, type Registered } from "../mocks";
import { deploy } from "./parts";

type ReadBack = (asked: never) => unknown;

/** Never read: what was asked for is kept. */
const kept: ReadBack = (asked) => asked;
/** Read from the daemon, which has it as it was asked for. */
const read: ReadBack = (asked) => asked;

const readDuration = (text?: string): string => printDuration(parseDuration(text ?? "0s") ?? Number.NaN);

/** By type and property. A property that is not here is not known to be read back without a difference. */
const readBack: Record<string, Record<string, ReadBack>> = {
  "docker:index/container:Container": {
    capabilities: ({ drops }: { drops: string[] }) => ({ adds: [], drops }),
    command: read,
    // `nanoInt64ToDecimalString`
    cpus: (asked: string) => printCpus(Math.round(Number(asked) * 1e9)),
    destroyGraceSeconds: kept,
    dns: read,
    entrypoints: read,
    // The image's own are among those that the daemon has, so the plugin does not look.
    envs: kept,
    // Go's `Duration.String`; what is not set is 0.
    healthcheck: (asked: {
      tests: string[];
      interval: string;
      timeout: string;
      startPeriod?: string;
      startInterval?: string;
      retries: number;
    }) => ({
      tests: asked.tests,
      interval: readDuration(asked.interval),
      timeout: readDuration(asked.timeout),
      startPeriod: readDuration(asked.startPeriod),
      startInterval: readDuration(asked.startInterval),
      retries: asked.retries,
    }),
    // The id of an image, `sha256:…`, is compared with the id of the container's image.
    image: read,
    init: read,
    labels: kept,
    logDriver: read,
    logOpts: read,
    memory: read,
    // Twice the memory if it is not set, which would be a difference.
    memorySwap: read,
    mustRun: kept,
    name: read,
    networkMode: read,
    networksAdvanced: (asked: { name: string; aliases?: string[] }[]) =>
      asked.map(({ name, aliases = [] }) => ({
        name,
        aliases,
        driverOpts: [],
        gwPriority: null,
        ipv4Address: "",
        ipv6Address: "",
        linkLocalIps: [],
        macAddress: "",
      })),
    // By the inner port; the order is no difference (`suppressIfPortsDidNotChangeForMigrationV0ToV1`).
    ports: (asked: { internal: number }[]) =>
      asked.map((port) => ({ protocol: "tcp", ...port })).sort((a, b) => a.internal - b.internal),
    readOnly: read,
    restart: read,
    securityOpts: read,
    start: kept,
    stopSignal: read,
    stopTimeout: read,
    sysctls: read,
    tmpfs: read,
    ulimits: read,
    uploads: kept,
    user: read,
    volumes: (asked: Props[]) =>
      asked.map((volume) => ({
        fromContainer: "",
        hostPath: "",
        readOnly: null,
        selinuxRelabel: "",
        volumeName: "",
        ...volume,
      })),
    wait: kept,
    waitTimeout: kept,
    workingDir: read,
  },
  // The inputs are kept beside the outputs, and compared with; nothing is read.
  "docker:index/image:Image": { build: kept, buildOnPreview: kept, imageName: kept, skipPush: kept },
  "docker:index/network:Network": { driver: read, internal: read, labels: read, options: read },
  "docker:index/remoteImage:RemoteImage": { keepLocally: kept, name: kept },
  "docker:index/volume:Volume": { labels: read },
};

/** What the daemon says of a container that was made and runs as it was asked for. */
function inspection(inputs: ContainerInputs): ContainerInspectInfo {
  const { HostConfig: host, ...config } = createOptions(inputs);
  return {
    Name: `/${inputs.name}`,
    Image: inputs.image,
    State: { Running: inputs.start, ExitCode: 0 },
    Config: { ...config, Cmd: config.Cmd ?? null, Entrypoint: config.Entrypoint ?? null },
    HostConfig: host,
    NetworkSettings: { Ports: host?.PortBindings as unknown, Networks: {} },
  } as unknown as ContainerInspectInfo;
}

const everything: Pick<SiteArgs, "host" | "apps"> = {
  host: "site.example.com",
  apps: {
    explorer: {
      source: "apps/explorer",
      route: "/",
      replicas: 2,
      drainTimeout: "1h",
      resources: { cpu: 10.05, memory: "2Gi" },
      environment: { REGION: "eu", EMPTY: "" },
      secrets: { DB_PASSWORD: "secret of the database" },
      streamlit: { "theme.base": "dark" },
    },
    live: { image: "registry.example.com/live:1", egress: true, workingDir: "/srv", drainTimeout: "0s" },
    reports: {
      image: "registry.example.com/reports:1",
      egressTo: ["db.example.com:5432", "db.example.com:443", "api.example.com:443"],
    },
  },
};
const basic = { basic: { users: { anna: "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234" } } };
const oidc = {
  provider: "keycloak-oidc",
  issuer: "https://id.example.com/realms/staff",
  clientId: "site",
  clientSecret: "secret of the client",
  allow: { emails: ["anna@example.com"] },
};
const sites: [string, SiteArgs][] = [
  ["basic authentication", { ...everything, auth: basic }],
  ["one app at /", { host: "localhost", apps: { only: { source: "apps/live" } }, auth: basic }],
  ["single sign-on", { ...everything, ports: { https: 443, http: 80 }, auth: { oidc } }],
  ["single sign-on without Redis", { ...everything, auth: { oidc }, sessions: { cookie: {} } }],
];

describe.each(sites)("a site with %s", (_, spec) => {
  let resources: Registered[];
  beforeAll(async () => {
    resources = (await deploy(spec)).parts.all.filter(({ type }) => type.startsWith("docker:"));
  }, 60_000);
  /** With the inputs as the plugin's own check leaves them. */
  const checked = async (type: string): Promise<[string, Props][]> => {
    const found: [string, Props][] = [];
    for (const { name, inputs } of resources.filter((resource) => resource.type === type)) {
      const result = await standIn(type).check(urn(type, name), {}, plain(inputs) as Props);
      expect([name, result.failures]).toEqual([name, []]);
      found.push([name, result.inputs]);
    }
    return found;
  };

  it("sets no property of which it is not known what is read back", () => {
    expect(resources.length).toBeGreaterThan(10);
    for (const { type, name, inputs } of resources)
      for (const property of Object.keys(inputs))
        expect([type, name, property, readBack[type]?.[property] !== undefined]).toEqual([
          type,
          name,
          property,
          true,
        ]);
  });

  it("has containers that are read back without a difference", async () => {
    const type = "docker:index/container:Container";
    for (const [name, inputs] of await checked(type)) {
      const made = outputs(inputs, inspection(inputs as unknown as ContainerInputs));
      const known = Object.entries(readBack[type] ?? {}).filter(([property]) => property in inputs);
      expect([name, made]).toEqual([
        name,
        expect.objectContaining(
          Object.fromEntries(
            known.map(([property, of]) => [property, withoutDefaults(of(inputs[property] as never))]),
          ),
        ),
      ]);
      const diff = await standIn(type).diff("id", urn(type, name), made, inputs);
      expect([name, diff]).toEqual([name, { changes: false, replaces: [], deleteBeforeReplace: false }]);
    }
  });

  it("gives the plugin nothing that it refuses: no empty argument, no empty file", async () => {
    for (const [name, { command = [], uploads = [] }] of await checked("docker:index/container:Container")) {
      expect([name, (command as string[]).includes("")]).toEqual([name, false]);
      for (const { file, content } of uploads as Props[])
        expect([file, typeof content, content === ""]).toEqual([file, "string", false]);
    }
  });

  it("sets no start interval, which Docker before version 25 does not know", async () => {
    for (const [name, { healthcheck }] of await checked("docker:index/container:Container"))
      expect([name, (healthcheck as Props | undefined)?.startInterval ?? "0s"]).toEqual([name, "0s"]);
  });
});

/** The plugin keeps these in its inputs only. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__defaults")
      .map(([key, item]) => [key, withoutDefaults(item)]),
  );
}
