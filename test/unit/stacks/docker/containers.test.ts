import { type Inspected, isCheckName, troubleOf, troubles } from "../../../../stacks/docker/containers";

function container(state: object, restarts = 0): Inspected {
  return {
    State: {
      Status: "running",
      Running: true,
      Restarting: false,
      OOMKilled: false,
      ExitCode: 0,
      Error: "",
      ...state,
    },
    RestartCount: restarts,
    Config: { Labels: { "streamlit.app": "sales" } },
    HostConfig: { Memory: 512 * 1024 ** 2 },
  } as unknown as Inspected;
}
const health = (Status: string, Output = ""): object => ({ Health: { Status, Log: [{ Output }] } });

test.each([
  ["gateway.check", true],
  ["oauth2-proxy.check", true],
  ["sales.check", true],
  ["sales", false],
  ["sales.drain", false],
  // What stands for a host that is called so.
  ["sales.egress-db.check", false],
  ["check", false],
])("%s is a check: %s", (part, is) => {
  expect(isCheckName(part)).toBe(is);
});

describe("the trouble of a container", () => {
  it.each<[string, Inspected]>([
    ["it is healthy", container(health("healthy"))],
    ["it came up after it had been started over", container(health("healthy"), 2)],
    ["it is never started", container({ Status: "created", Running: false })],
  ])("is none when %s", (_when, inspected) => {
    expect(troubleOf(inspected)).toBeUndefined();
  });

  it("is that it has exited", () => {
    expect(troubleOf(container({ Status: "exited", Running: false, ExitCode: 3 }))).toEqual({
      part: "app sales",
      status: "its container has exited (exit code 3)",
      details: [],
      hopeless: true,
    });
  });

  it("is that it keeps exiting, and hopeless after the third time", () => {
    const restarting = { Status: "restarting", Restarting: true, ExitCode: 1 };
    expect(troubleOf(container(restarting, 1))).toMatchObject({ hopeless: false });
    expect(troubleOf(container({ ...health("starting"), ExitCode: 1 }, 3))).toMatchObject({
      status: "its container keeps exiting (exit code 1, started over 3 times)",
      hopeless: true,
    });
  });

  it("names want of memory, and what the health check said", () => {
    expect(
      troubleOf(container({ Status: "exited", Running: false, ExitCode: 137, OOMKilled: true })),
    ).toMatchObject({ details: ["it was killed for want of memory (limit 512 MiB)"] });
    expect(troubleOf(container(health("unhealthy", "connection refused\n")))).toMatchObject({
      status: "its container is not healthy",
      details: ["its last health check said: connection refused"],
      hopeless: false,
    });
  });

  it("is none of a check that ended well or goes on, and its exit code else", () => {
    const check = (state: object): Inspected => ({
      ...container(state),
      Config: { Labels: { "streamlit.part": "gateway.check" } },
    });
    expect(troubleOf(check(health("starting")))).toBeUndefined();
    expect(troubleOf(check({ Status: "exited", Running: false, ...health("unhealthy") }))).toBeUndefined();
    expect(troubleOf(check({ Status: "exited", Running: false, ExitCode: 1 }))).toMatchObject({
      part: "gateway.check",
      hopeless: true,
    });
    expect(troubleOf(check(health("unhealthy")))).toMatchObject({ part: "gateway.check" });
  });

  it("is why it could not be started", () => {
    const error = "driver failed programming external connectivity: port is already allocated";
    expect(troubleOf(container({ Status: "created", Running: false, Error: error }))).toMatchObject({
      details: [error],
    });
  });
});

describe("the troubles of a stack", () => {
  const part = (
    name: string,
    state: object,
    NetworkMode = "none",
  ): Inspected & { Id: string; Name: string } => {
    const { State, RestartCount } = container(state);
    return {
      Id: name,
      Name: `/${name}`,
      State,
      RestartCount,
      Config: { Labels: { "streamlit.part": name } },
      HostConfig: { NetworkMode },
    };
  };
  const exited = (ExitCode: number): object => ({ Status: "exited", Running: false, ExitCode });
  const found = (...containers: Parameters<typeof troubles>[0]): string[] =>
    troubles(containers).map(({ container }) => container.Name);

  it("are none of a check that still looks, or that ended well", () => {
    expect(
      found(
        part("gateway.check", { ...exited(0), ...health("unhealthy") }),
        part("a.check", health("starting")),
        part("b.check", health("healthy")),
      ),
    ).toEqual([]);
  });

  it("are those of a check that failed, and of what it looked at, were that healthy at the moment", () => {
    expect(
      found(
        part("a", health("healthy")),
        part("b", health("healthy")),
        part("a.check", exited(1), "container:a"),
        part("gateway.check", health("unhealthy")),
      ),
    ).toEqual(["/a.check", "/gateway.check", "/a"]);
  });

  it("are those of the containers that are asked for, and of what these looked at", () => {
    const containers = [
      part("a", health("healthy")),
      part("b", exited(1)),
      part("a.check", exited(1), "container:a"),
    ];
    const names = troubles(containers, ["a.check"]).map(({ container }) => container.Name);
    expect(names).toEqual(["/a.check", "/a"]);
  });
});
