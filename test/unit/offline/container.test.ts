import { docker } from "../../../offline/providers/docker/client";
import { Incomplete } from "../../../offline/providers/shared/resource";
import type { Props } from "../../../offline/providers/shared/values";
import { standIn, TYPES, urn } from "./stand-ins";

/** An error as dockerode gives it. */
function daemonError(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) - ${message}`), {
    statusCode,
    json: { message },
  });
}

/** Stands for a container of the daemon, in this state. */
function fake(
  state: Props = {},
  ports: Props = {},
): Record<"start" | "stop" | "remove" | "putArchive" | "inspect" | "update", jest.Mock> & { id: string } {
  const inspection = {
    Image: "sha256:0",
    State: { Running: true, ExitCode: 0, ...state },
    Config: { Cmd: null, Entrypoint: null, Hostname: "h", User: "", WorkingDir: "" },
    HostConfig: { Memory: 0 },
    NetworkSettings: { Ports: ports, Networks: {} },
  };
  const container = {
    id: "c1",
    start: jest.fn().mockResolvedValue(undefined),
    stop: jest.fn().mockResolvedValue(undefined),
    remove: jest.fn().mockResolvedValue(undefined),
    update: jest.fn().mockResolvedValue(undefined),
    putArchive: jest.fn().mockResolvedValue(undefined),
    inspect: jest.fn().mockResolvedValue(inspection),
  };
  jest
    .spyOn(docker, "getImage")
    .mockReturnValue({ inspect: () => Promise.resolve({ Id: "sha256:0" }) } as never);
  jest.spyOn(docker, "createContainer").mockResolvedValue(container as never);
  jest.spyOn(docker, "getContainer").mockReturnValue(container as never);
  return container;
}

const inputs = {
  image: "sha256:0",
  name: "web",
  start: true,
  mustRun: true,
  wait: true,
  waitTimeout: 1,
  restart: "no",
};
const health = (Status: string): Props => ({ Status, Log: [{ Output: "probe says no\n" }] });

function create(more: Props = {}): Promise<unknown> {
  return standIn(TYPES.container).create(urn(TYPES.container), { ...inputs, ...more });
}

// The official plugin tells as little, and it is for the commands to look at the container.
describe("a container that does not come up stays, is recorded as it was asked for, and no log is shown:", () => {
  const unhealthy = "container failed to be in healthy state";
  test.each<[string, Props, Props, string]>([
    ["it exits", { Running: false, ExitCode: 3, Health: health("starting") }, {}, unhealthy],
    ["it is unhealthy", { Health: health("unhealthy") }, {}, unhealthy],
    ["it never gets healthy", { Health: health("starting") }, {}, unhealthy],
    [
      "it has no health check",
      {},
      {},
      "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. Please remove the 'wait' argument or add a 'healthcheck' attribute",
    ],
    [
      "a file is empty",
      { Health: health("healthy") },
      { uploads: [{ file: "/a", content: "" }] },
      "error with upload content: one of 'content', 'content_base64', or 'source' must be set",
    ],
  ])("%s", async (_, state, more, message) => {
    const container = fake(state);
    const failure = create(more);
    await expect(failure).rejects.toBeInstanceOf(Incomplete);
    await expect(failure).rejects.toMatchObject({
      id: "c1",
      properties: { ...inputs, ...more },
      message: `creating ${urn(TYPES.container)}: 1 error occurred:\n\t* ${message}\n\n`,
    });
    expect(container.remove).not.toHaveBeenCalled();
  });

  test("it cannot be started", async () => {
    const container = fake();
    container.start.mockRejectedValue(daemonError(500, "no such command"));
    const failure = create();
    await expect(failure).rejects.toMatchObject({ id: "c1", properties: inputs });
    await expect(failure).rejects.toThrow(
      "Unable to start container: Error response from daemon: no such command",
    );
    expect(container.remove).not.toHaveBeenCalled();
  });
});

describe("a container is refused that", () => {
  test("has an empty argument", async () => {
    fake();
    const make = jest.spyOn(docker, "createContainer").mockClear();
    await expect(create({ command: ["drain", ""] })).rejects.toThrow("values for command may not be empty");
    expect(make).not.toHaveBeenCalled();
  });

  test.each([
    ["1.41", true],
    ["1.43", true],
    ["1.44", false],
    ["1.100", false],
  ])("has a start interval, by a daemon that speaks API %s: %p", async (ApiVersion, refused) => {
    fake({ Health: health("healthy") });
    jest.spyOn(docker, "version").mockResolvedValue({ ApiVersion } as never);
    const made = create({ healthcheck: { tests: ["CMD", "true"], startInterval: "1s" } });
    if (!refused) return expect(made).resolves.toMatchObject({ id: "c1" });
    return expect(made).rejects.toThrow(
      `Unable to create container: "specify health-check start interval" requires API version 1.44, but the Docker daemon API version is ${ApiVersion}`,
    );
  });
});

test("a healthy container is there", async () => {
  fake({ Health: health("healthy") });
  expect(await create()).toMatchObject({ id: "c1", outs: { name: "web", exitCode: null } });
});

describe("a refresh", () => {
  const read = (state: Props = {}): Promise<{ id: string }> =>
    standIn(TYPES.container).read("c1", urn(TYPES.container), { ...inputs, ...state });

  test("misses a container that is gone", async () => {
    fake().inspect.mockRejectedValue(daemonError(404, "no such container"));
    expect((await read()).id).toBe("");
  });

  test("writes down of one that ought to run and does not that it need not, and that it has no ports", async () => {
    const container = fake({ Running: false, ExitCode: 1 });
    const ports = [{ internal: 80, external: 8080, ip: "0.0.0.0", protocol: "tcp" }];
    const { props } = await standIn(TYPES.container).read("c1", urn(TYPES.container), { ...inputs, ports });
    expect(props).toMatchObject({ mustRun: false, exitCode: 1, ports: [] });
    expect(container.remove).not.toHaveBeenCalled();
  });

  test("leaves one alone that need not run", async () => {
    fake({ Running: false });
    const ports = [{ internal: 80, external: 8080, ip: "0.0.0.0", protocol: "tcp" }];
    const state = { ...inputs, mustRun: false, ports };
    const { props } = await standIn(TYPES.container).read("c1", urn(TYPES.container), state);
    expect(props).toMatchObject({ mustRun: false, ports });
  });

  test("has the ports by their inner number", async () => {
    fake(
      {},
      {
        "9000/tcp": [{ HostIp: "0.0.0.0", HostPort: "9" }],
        "80/tcp": [{ HostIp: "::", HostPort: "8" }],
        "70/tcp": null,
      },
    );
    const { props } = await standIn(TYPES.container).read("c1", urn(TYPES.container), {
      ...inputs,
      ports: [{}],
    });
    expect(props.ports).toEqual([
      { internal: 80, external: 8, ip: "::", protocol: "tcp" },
      { internal: 9000, external: 9, ip: "0.0.0.0", protocol: "tcp" },
    ]);
  });

  test("fails when the daemon does", async () => {
    fake().inspect.mockRejectedValue(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
    await expect(read()).rejects.toThrow("cannot reach the Docker daemon (connect)");
  });
});

describe("an update", () => {
  const update = (state: Props, news: Props): Promise<{ outs: Props }> =>
    standIn(TYPES.container).update(
      "c1",
      urn(TYPES.container),
      { ...inputs, ...state },
      { ...inputs, ...news },
    );

  test("tells the daemon of memory", async () => {
    const container = fake();
    const { outs } = await update({ memory: 128, exitCode: null }, { memory: 256 });
    expect(container.update).toHaveBeenCalledWith(expect.objectContaining({ Memory: 256 * 1024 * 1024 }));
    expect(outs).toMatchObject({ memory: 256, exitCode: null });
  });

  test("has nothing of what is not asked for any more, but what the daemon chose", async () => {
    const container = fake();
    const { outs } = await update({ memory: 128, memorySwap: 256, hostname: "h" }, {});
    expect(container.update).toHaveBeenCalledTimes(1);
    expect(outs).toMatchObject({ memory: null, memorySwap: null, hostname: "h" });
    expect(await standIn(TYPES.container).diff("c1", urn(TYPES.container), outs, inputs)).toMatchObject({
      changes: false,
    });
  });

  test("tells it nothing of a health check, which is written down only", async () => {
    const container = fake();
    const healthcheck = { tests: ["CMD", "true"], interval: "5s" };
    expect((await update({}, { healthcheck })).outs).toMatchObject({ healthcheck });
    expect(container.update).not.toHaveBeenCalled();
  });

  test("starts what need not run before", async () => {
    const container = fake();
    await update({ mustRun: false }, {});
    expect(container.start).toHaveBeenCalledTimes(1);
  });

  test("goes through without doing anything for one that did not come up", async () => {
    const container = fake({ Running: false });
    expect((await update({}, {})).outs).toMatchObject(inputs);
    expect(container.start).not.toHaveBeenCalled();
  });

  test("that the daemon refuses is written down all the same", async () => {
    fake().update.mockRejectedValue(daemonError(409, "memory is too small"));
    const failure = update({ memory: 128 }, { memory: 64 });
    await expect(failure).rejects.toMatchObject({ id: "c1", properties: { memory: 64 } });
    await expect(failure).rejects.toThrow(
      `updating ${urn(TYPES.container)}: 1 error occurred:\n\t* Unable to update a container: Error response from daemon: memory is too small`,
    );
  });
});

describe("a deletion", () => {
  const remove = (state: Props): Promise<void> =>
    standIn(TYPES.container).delete("c1", urn(TYPES.container), state);

  test("gives the time to stop that was asked for", async () => {
    const container = fake();
    await remove({ destroyGraceSeconds: 7, stopTimeout: 3, removeVolumes: false });
    expect(container.stop).toHaveBeenCalledWith(expect.objectContaining({ t: 7 }));
    expect(container.remove).toHaveBeenCalledWith({ force: true, v: false });
  });

  test("gives none that was not asked for", async () => {
    const container = fake();
    await remove({ stopTimeout: 3 });
    expect(container.stop).toHaveBeenCalledWith(expect.objectContaining({ t: 0 }));
    expect(container.remove).toHaveBeenCalledWith({ force: true, v: true });
  });

  test("does not wait for the end of that time when the engine is gone", async () => {
    const container = fake();
    container.stop.mockImplementation(
      ({ abortSignal }: { abortSignal: AbortSignal }) =>
        new Promise((_, reject) => {
          abortSignal.addEventListener("abort", () => {
            reject(new Error("aborted"));
          });
        }),
    );
    const provider = standIn(TYPES.container);
    const deletion = provider.delete("c1", urn(TYPES.container), { destroyGraceSeconds: 3600 });
    provider.abandon();
    await expect(deletion).rejects.toThrow("aborted");
    expect(container.remove).not.toHaveBeenCalled();
  });

  test.each([
    ["gone already", 404, 404],
    ["stopped, and being removed", 304, 409],
  ])("is content with a container that is %s", async (_, stop, removal) => {
    const container = fake();
    container.stop.mockRejectedValue(daemonError(stop, ""));
    container.remove.mockRejectedValue(daemonError(removal, ""));
    await remove({ stopTimeout: 3 });
  });

  test("fails when the daemon refuses", async () => {
    fake().remove.mockRejectedValue(daemonError(500, "device busy"));
    await expect(remove({})).rejects.toThrow("device busy");
  });
});
