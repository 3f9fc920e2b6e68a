import type Docker from "dockerode";
import { expectedParts } from "../../../../stacks/docker/expected-parts";
import { isWanted } from "../../../../stacks/log-text";
import { endpointsOf, markOld, toPart } from "../../../../stacks/docker/status";
import type { PartStatus } from "../../../../stacks/target";

/** As much of what the daemon says as is read. */
function container(
  state: Partial<Docker.ContainerInspectInfo["State"]>,
  labels: Record<string, string> = { "streamlit.app": "sales" },
): Docker.ContainerInspectInfo {
  return {
    State: {
      Status: "running",
      Running: true,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      ExitCode: 0,
      Error: "",
      StartedAt: "2026-11-26T10:00:00.123456789Z",
      FinishedAt: "0001-01-01T00:00:00Z",
      ...state,
    },
    Config: { Labels: labels },
    RestartCount: 0,
    NetworkSettings: {
      Ports: {
        "8443/tcp": [
          { HostIp: "0.0.0.0", HostPort: "443" },
          { HostIp: "::", HostPort: "443" },
        ],
        "8080/tcp": [{ HostIp: "192.0.2.1", HostPort: "80" }],
        "9000/tcp": null,
      },
    },
  } as unknown as Docker.ContainerInspectInfo;
}

test("a container that is healthy", () => {
  const health = { Status: "healthy", FailingStreak: 0, Log: [] };
  expect(toPart(container({ Health: health }), "shop 0123")).toEqual({
    part: "sales",
    app: "sales",
    state: "running",
    health: "healthy",
    since: "2026-11-26T10:00:00.123Z",
    restarts: 0,
    killedForMemory: false,
    image: "shop 0123",
    old: false,
  });
});

test("one that is not, with the last words of its health check", () => {
  const log = [{ Output: "first\nsecond\n" }] as never;
  const part = toPart(container({ Health: { Status: "unhealthy", FailingStreak: 3, Log: log } }), "");
  expect(part).toMatchObject({ health: "unhealthy", reason: "second" });
});

test("one that has ended, since when and how", () => {
  const ended = {
    Status: "exited",
    Running: false,
    ExitCode: 137,
    OOMKilled: true,
    FinishedAt: "2026-11-26T11:00:00Z",
    Health: { Status: "unhealthy", FailingStreak: 1, Log: [] },
  };
  const part = toPart(container(ended, { "streamlit.app": "sales", "streamlit.part": "sales.2" }), "");
  expect(part).toMatchObject({
    part: "sales.2",
    state: "exited",
    since: "2026-11-26T11:00:00.000Z",
    killedForMemory: true,
    reason: "exit code 137",
  });
  expect(part.health).toBeUndefined();
});

test("one that was never started, with the daemon's reason", () => {
  const part = toPart(container({ Status: "created", Running: false, Error: "port is taken" }, {}), "");
  expect(part).toMatchObject({ part: "gateway", state: "created", reason: "port is taken" });
  expect(part.since).toBeUndefined();
  expect(part.app).toBeUndefined();
});

test("where it is reached from this machine", () => {
  expect(endpointsOf(container({}))).toEqual([
    { protocol: "https", address: "127.0.0.1", port: 443 },
    { protocol: "http", address: "192.0.2.1", port: 80 },
  ]);
  expect(endpointsOf({ ...container({}), NetworkSettings: { Ports: {} } } as never)).toEqual([]);
});

const part = (name: string, health: string): PartStatus => ({
  ...toPart(container({}), ""),
  part: name,
  health,
});

test("what is older than a healthy one of the same part is old", () => {
  const newestFirst = [
    part("a", "starting"),
    part("a", "healthy"),
    part("b", "healthy"),
    part("a", "healthy"),
  ];
  expect(markOld(newestFirst).map(({ old }) => old)).toEqual([false, false, false, true]);
});

test.each<[string, unknown, string[]]>([
  [
    "passwords",
    { apps: { a: {}, b: { replicas: 3 } }, auth: { basic: {} } },
    ["gateway", "a", "a.drain", "b", "b.2", "b.3", "b.drain"],
  ],
  [
    "what an app may reach",
    { apps: { a: { egressTo: ["b.internal:2", "a.internal:1", "b.internal:3"] }, b: { egressTo: [] } } },
    ["gateway", "a", "a.drain", "a.egress", "a.egress-a.internal", "a.egress-b.internal", "b", "b.drain"],
  ],
  [
    "nonsense of what an app may reach",
    { apps: { a: { egressTo: [1, null] }, b: { egressTo: "b.internal:2" } } },
    ["gateway", "a", "a.drain", "b", "b.drain"],
  ],
  ["no drain", { apps: { a: { drainTimeout: "0s" } } }, ["gateway", "a"]],
  ["oidc", { apps: {}, auth: { oidc: {} } }, ["gateway", "oauth2-proxy", "redis"]],
  [
    "oidc with cookies",
    { apps: {}, auth: { oidc: {} }, sessions: { cookie: {} } },
    ["gateway", "oauth2-proxy"],
  ],
  [
    "nonsense",
    { apps: { a: null, b: { replicas: "many" } }, auth: 1 },
    ["gateway", "a", "a.drain", "b", "b.drain"],
  ],
  ["nothing", undefined, ["gateway"]],
])("the parts of a site: %s", (_, spec, parts) => {
  expect(expectedParts(spec)).toEqual(parts);
});

test.each([
  ["sales", "sales", true],
  ["sales.2", "sales", true],
  ["sales.drain", "sales", false],
  ["sales-eu", "sales", false],
  ["sales", "sales.2", false],
  ["sales.drain", "sales.drain", true],
  ["gateway", undefined, true],
])("the log of %s when %s is asked for: %s", (name, wanted, is) => {
  expect(isWanted(name, wanted)).toBe(is);
});
