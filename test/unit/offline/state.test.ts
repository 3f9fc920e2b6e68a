import type { ContainerInspectInfo } from "dockerode";

import { docker } from "../../../offline/providers/docker/client";
import { outputs } from "../../../offline/providers/docker/container-state";
import { DEFAULTS_KEY } from "../../../offline/providers/shared/schema";
import type { Props } from "../../../offline/providers/shared/values";
import state from "./fixtures/state.json";
import { standIn, TYPES, urn } from "./stand-ins";

interface Resource {
  type: string;
  name: string;
  inputs: Props;
  outputs: Props;
}

const resources = state as unknown as Resource[];

/** What the program gave: the inputs without what `check` added. */
function given(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== "object" || value === null) return value;
  const { [DEFAULTS_KEY]: defaults = [], ...rest } = value as Props;
  const kept = Object.entries(rest).filter(([key]) => !(defaults as string[]).includes(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, given(item)]));
}

/** Without the bookkeeping of an object that got no default, which only the official plugins write. */
function withoutEmptyDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyDefaults);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value as Props).filter(
    ([key, item]) => key !== DEFAULTS_KEY || (item as string[]).length > 0,
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutEmptyDefaults(item)]));
}

/** Takes the marks off secrets: the fixture has none. */
function reveal(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const props = value as Props;
  const secret = "4dabf18193072939515e22adb298388d";
  return secret in props
    ? props.value
    : Object.fromEntries(Object.entries(props).map(([key, item]) => [key, reveal(item)]));
}

// The certificates of the fixture are young for ever.
beforeEach(() =>
  jest.useFakeTimers({ now: new Date("2026-11-24"), doNotFake: ["nextTick", "setImmediate"] }),
);
afterEach(() => jest.useRealTimers());

describe("a state written by the official plugins", () => {
  test.each(resources.map((resource) => [resource.name, resource] as const))(
    "%s needs no change",
    async (_, resource) => {
      const provider = standIn(resource.type);
      const at = urn(resource.type, resource.name);
      let news = resource.inputs;
      // The fixture has no folder to build from.
      if (resource.type !== TYPES.image) {
        const checked = await provider.check(at, resource.inputs, given(resource.inputs) as Props);
        expect(checked.failures).toEqual([]);
        expect(reveal(checked.inputs)).toEqual(withoutEmptyDefaults(resource.inputs));
        news = checked.inputs;
      }
      const olds =
        resource.type === TYPES.image ? { ...resource.outputs, __inputs: resource.inputs } : resource.outputs;
      expect(await provider.diff("id", at, olds, news)).toMatchObject({ changes: false, replaces: [] });
    },
  );

  test.each(resources.map((resource) => [resource.name, resource] as const))(
    "%s shows no difference on a refresh",
    async (_, resource) => {
      const olds =
        resource.type === TYPES.image ? { ...resource.outputs, __inputs: resource.inputs } : resource.outputs;
      const diff = await standIn(resource.type).diff("id", urn(resource.type), olds, resource.inputs);
      expect(diff).toMatchObject({ changes: false, replaces: [] });
    },
  );

  test("has the outputs for a container that the stand-in writes", () => {
    for (const { inputs, outputs: theirs } of resources.filter(({ type }) => type === TYPES.container)) {
      expect({ ...outputs(inputs, inspection(theirs)), id: theirs.id }).toEqual(theirs);
    }
  });
});

describe("the outputs that the stand-in writes are those of the official plugin for", () => {
  const of = (type: string): Resource[] => resources.filter((resource) => resource.type === type);
  const bookkeeping = ["__meta", "__pulumi_raw_state_delta", "id"];
  const withoutBookkeeping = (outputs: Props): Props =>
    Object.fromEntries(Object.entries(outputs).filter(([key]) => !bookkeeping.includes(key)));
  const read = async ({ type, name, outputs }: Resource): Promise<Props> =>
    (
      await standIn(type).read("id", urn(type, name), {
        name: outputs.name,
        keepLocally: outputs.keepLocally,
      })
    ).props;
  const labels = (outputs: Props): Record<string, string> =>
    Object.fromEntries(
      (outputs.labels as { label: string; value: string }[]).map(({ label, value }) => [label, value]),
    );

  test.each(of(TYPES.network).map((resource) => [resource.name, resource] as const))(
    "the network %s",
    async (_, resource) => {
      const { outputs } = resource;
      const info = {
        Name: outputs.name,
        Driver: outputs.driver,
        Scope: outputs.scope,
        Internal: outputs.internal,
        Attachable: outputs.attachable,
        Ingress: outputs.ingress,
        EnableIPv6: outputs.ipv6,
        Labels: labels(outputs),
        Options: {},
        IPAM: {
          Driver: outputs.ipamDriver,
          Options: null,
          Config: (outputs.ipamConfigs as Props[]).map(({ subnet, gateway }) => ({
            Subnet: subnet,
            Gateway: gateway,
          })),
        },
      };
      jest.spyOn(docker, "getNetwork").mockReturnValue({ inspect: () => Promise.resolve(info) } as never);
      expect(await read(resource)).toEqual(withoutBookkeeping(outputs));
    },
  );

  test.each(of(TYPES.volume).map((resource) => [resource.name, resource] as const))(
    "the volume %s",
    async (_, resource) => {
      const { outputs } = resource;
      const info = {
        Name: outputs.name,
        Driver: outputs.driver,
        Options: null,
        Labels: labels(outputs),
        Mountpoint: outputs.mountpoint,
      };
      jest.spyOn(docker, "getVolume").mockReturnValue({ inspect: () => Promise.resolve(info) } as never);
      expect(await read(resource)).toEqual(withoutBookkeeping(outputs));
    },
  );

  test.each(of("docker:index/remoteImage:RemoteImage").map((resource) => [resource.name, resource] as const))(
    "the pulled image %s",
    async (_, resource) => {
      const info = { Id: resource.outputs.imageId, RepoDigests: [] };
      jest.spyOn(docker, "getImage").mockReturnValue({ inspect: () => Promise.resolve(info) } as never);
      expect(await read(resource)).toEqual(withoutBookkeeping(resource.outputs));
    },
  );
});

/** What the daemon says of a container with these outputs. */
function inspection(outputs: Props): ContainerInspectInfo {
  const MB = 1024 * 1024;
  const healthcheck = outputs.healthcheck as Props | null;
  const ports = outputs.ports as Record<string, string>[];
  return {
    Image: outputs.image,
    State: { Running: outputs.exitCode === null, ExitCode: outputs.exitCode ?? 0 },
    Config: {
      // The fixture has no image's id.
      Image: outputs.image,
      Cmd: outputs.command,
      Entrypoint: null,
      Hostname: outputs.hostname,
      User: outputs.user,
      WorkingDir: outputs.workingDir,
      StopTimeout: outputs.stopTimeout,
      Healthcheck: healthcheck && {
        Test: healthcheck.tests,
        Interval: 2e9,
        Timeout: 2e9,
        StartPeriod: 1e9,
        Retries: 10,
      },
    },
    HostConfig: {
      Memory: (outputs.memory as number) * MB,
      MemorySwap: (outputs.memorySwap as number) * MB,
      RestartPolicy: { Name: outputs.restart, MaximumRetryCount: 0 },
      Init: outputs.init,
      IpcMode: outputs.ipcMode,
      LogConfig: { Type: outputs.logDriver, Config: outputs.logOpts ?? {} },
      NanoCpus: outputs.cpus === null ? 0 : 5e8,
      CapDrop: (outputs.capabilities as Props | null)?.drops ?? null,
      SecurityOpt: outputs.securityOpts,
      Tmpfs: outputs.tmpfs ?? undefined,
      NetworkMode: outputs.networkMode,
      ReadonlyRootfs: outputs.readOnly,
      Runtime: outputs.runtime,
      ShmSize: (outputs.shmSize as number) * MB,
    },
    NetworkSettings: {
      Bridge: "",
      Ports: Object.fromEntries(
        ports.map(({ internal, protocol, external, ip }) => [
          `${internal}/${protocol}`,
          [{ HostIp: ip, HostPort: String(external) }],
        ]),
      ),
      Networks: Object.fromEntries(
        (outputs.networkDatas as Props[]).map((data) => [
          data.networkName as string,
          {
            Gateway: data.gateway,
            GlobalIPv6Address: data.globalIpv6Address,
            GlobalIPv6PrefixLen: data.globalIpv6PrefixLength,
            IPAddress: data.ipAddress,
            IPPrefixLen: data.ipPrefixLength,
            IPv6Gateway: data.ipv6Gateway,
            MacAddress: data.macAddress,
          },
        ]),
      ),
    },
  } as unknown as ContainerInspectInfo;
}
