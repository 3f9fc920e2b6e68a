import { docker } from "../../../offline/providers/docker/client";
import { PartialCreation } from "../../../offline/providers/shared/resource";
import type { Props } from "../../../offline/providers/shared/values";
import { standIn, TYPES, urn } from "./stand-ins";

/** An error as dockerode gives it. */
function daemonError(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) - ${message}`), {
    statusCode,
    json: { message },
  });
}

/** A line of a log as the daemon frames it. */
function logLine(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** Stands for a container of the daemon, in this state. */
function fake(
  state: Props = {},
  restarts = 0,
): Record<"start" | "stop" | "remove" | "logs" | "inspect" | "update", jest.Mock> & { id: string } {
  const inspection = {
    Image: "sha256:0",
    RestartCount: restarts,
    State: { Running: true, Restarting: false, ExitCode: 0, ...state },
    Config: { Cmd: null, Entrypoint: null, Hostname: "h", User: "", WorkingDir: "" },
    HostConfig: { Memory: 0 },
    NetworkSettings: { Ports: {}, Networks: {} },
  };
  const container = {
    id: "c1",
    start: jest.fn().mockResolvedValue(undefined),
    stop: jest.fn().mockResolvedValue(undefined),
    remove: jest.fn().mockResolvedValue(undefined),
    update: jest.fn().mockResolvedValue(undefined),
    logs: jest.fn().mockResolvedValue(Buffer.concat([logLine("one\n"), logLine("two\n")])),
    inspect: jest.fn().mockResolvedValue(inspection),
  };
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

describe("a container that does not come up is removed, and its log shown:", () => {
  test.each([
    [
      "it exits",
      fake.bind(null, { Running: false, ExitCode: 3, Error: "" }),
      "container web exited (code 3). The end of its log:\none\ntwo",
    ],
    [
      "it is started over and over",
      fake.bind(null, {}, 2),
      "container web keeps exiting (started over 2 times already). The end of its log:\none\ntwo",
    ],
    [
      "it is unhealthy",
      fake.bind(null, { Health: health("unhealthy") }),
      "container web is unhealthy; its last health check said: probe says no. The end of its log:\none\ntwo",
    ],
    [
      "it never gets healthy",
      fake.bind(null, { Health: health("starting") }),
      "container web was not healthy within 1 s; its last health check said: probe says no. The end of its log:\none\ntwo",
    ],
    [
      "it has no health check",
      fake.bind(null, {}),
      "container web has no health check to wait for: set healthcheck, or leave wait out",
    ],
  ])("%s", async (_, prepare, message) => {
    const container = prepare();
    await expect(create()).rejects.toThrow(message);
    expect(container.remove).toHaveBeenCalledWith({ force: true, v: true });
  });

  test("it cannot be started", async () => {
    const container = fake();
    container.start.mockRejectedValue(daemonError(500, "no such command"));
    await expect(create()).rejects.toThrow("container web could not be started: no such command");
    expect(container.remove).toHaveBeenCalledTimes(1);
  });
});

test("a container that cannot be removed either is recorded, without the outputs of a whole one", async () => {
  const container = fake({ Health: health("unhealthy") });
  container.remove.mockRejectedValue(daemonError(500, "stuck"));
  const failure = create();
  await expect(failure).rejects.toBeInstanceOf(PartialCreation);
  await expect(failure).rejects.toMatchObject({ id: "c1", properties: {} });
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

  test("removes one that ought to run and does not", async () => {
    const container = fake({ Running: false });
    expect((await read()).id).toBe("");
    expect(container.remove).toHaveBeenCalledTimes(1);
  });

  test("leaves one alone that need not run", async () => {
    const container = fake({ Running: false });
    expect((await read({ mustRun: false })).id).toBe("c1");
    expect(container.remove).not.toHaveBeenCalled();
  });

  test("fails when the daemon does", async () => {
    fake().inspect.mockRejectedValue(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
    await expect(read()).rejects.toThrow("cannot reach the Docker daemon (connect)");
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

  test("does not wait for the end of that time when it is cancelled", async () => {
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
    await provider.cancel();
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
