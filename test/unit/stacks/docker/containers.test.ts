import { checkedApp, type Inspected, troubleOf } from "../../../../stacks/docker/containers";

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

  it("is in the log of the app that a check looked at", () => {
    const check = (labels: object, NetworkMode: string): Parameters<typeof checkedApp>[0] =>
      ({ Config: { Labels: labels }, HostConfig: { NetworkMode } }) as Parameters<typeof checkedApp>[0];
    const ofApp = { "streamlit.app": "sales", "streamlit.part": "sales.check" };
    expect(checkedApp(check(ofApp, "container:abc"))).toBe("abc");
    expect(checkedApp(check({ "streamlit.app": "sales" }, "container:abc"))).toBeUndefined();
    // It asks Redis on Redis's network, and what it says is its own.
    expect(checkedApp(check({ "streamlit.part": "oauth2-proxy.check" }, "container:abc"))).toBeUndefined();
  });

  it("is why it could not be started", () => {
    const error = "driver failed programming external connectivity: port is already allocated";
    expect(troubleOf(container({ Status: "created", Running: false, Error: error }))).toMatchObject({
      details: [error],
    });
  });
});
