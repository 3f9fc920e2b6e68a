/** How an operation of the engine is told, from events as the engine sends them. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Operation } from "../../../../stacks/operation/operation";
import { interruption } from "../../../../stacks/docker/interruptions";
import { partOf } from "../../../../stacks/docker/parts";
import type { Failure, StackTarget } from "../../../../stacks/target";

const prefix = "urn:pulumi:dev::shop::streamlit-site:index:DockerSite$streamlit-site:index:DockerApp$";
const siteUrn = "urn:pulumi:dev::shop::streamlit-site:index:DockerSite::site";
const appUrn =
  "urn:pulumi:dev::shop::streamlit-site:index:DockerSite$streamlit-site:index:DockerApp::site-sales";
const image = { type: "docker:index/image:Image", urn: `${prefix}docker:index/image:Image::site-sales` };
const container = {
  type: "docker:index/container:Container",
  urn: `${prefix}docker:index/container:Container::site-sales`,
};

let sequence = 0;
const event = (parts: object): EngineEvent => ({ sequence: sequence++, timestamp: 0, ...parts });
const metadata = (
  { type, urn }: { type: string; urn: string },
  op: string,
  inputs: object = {},
  parent = appUrn,
): object => {
  const state = { type, urn, custom: parent === appUrn, id: "", parent, inputs, outputs: {} };
  return {
    metadata: {
      ...{ op, urn, type, provider: "" },
      ...(op === "delete" ? { old: state, new: null } : { old: null, new: state }),
    },
  };
};
const diagnostic = (severity: string, message: string, more: object = {}): EngineEvent =>
  event({ diagnosticEvent: { severity, message, color: "never", ...more } });
const components = [
  event({
    resourcePreEvent: metadata(
      { type: "streamlit-site:index:DockerSite", urn: siteUrn },
      "create",
      {},
      "root",
    ),
  }),
  event({
    resourcePreEvent: metadata(
      { type: "streamlit-site:index:DockerApp", urn: appUrn },
      "create",
      {},
      siteUrn,
    ),
  }),
];

/** What is told of events, and how often it was given up to wait. */
async function told(
  events: EngineEvent[],
  failures: Failure[] = [],
  seconds = 0,
): Promise<{ lines: string[]; gaveUp: number; operation: Operation }> {
  const lines: string[] = [];
  let gaveUp = 0;
  const target = {
    partOf,
    interruption,
    failures: (_name: unknown, only?: readonly string[]) =>
      Promise.resolve(failures.filter(({ resource }) => only?.includes(resource) ?? true)),
    explainFault: () => Promise.resolve([]),
  } as unknown as StackTarget;
  jest.useFakeTimers();
  try {
    const operation = new Operation({
      log: (line) => lines.push(...line.split("\n")),
      announce: (sentence) => lines.push(`interrupts: ${sentence}`),
      target,
      name: { project: "shop", stack: "dev" },
      state: { deployment: {} },
      giveUp: () => gaveUp++,
    });
    for (const one of events) operation.listen(one);
    await jest.advanceTimersByTimeAsync(seconds * 1000);
    await operation.end();
    return { lines, gaveUp, operation };
  } finally {
    jest.useRealTimers();
  }
}

const failure: Failure = {
  part: "app sales",
  resource: "site-sales-1234567",
  status: "its container keeps exiting (exit code 3, started over 4 times)",
  details: [],
  log: "boo",
  hopeless: true,
};
const creating = event({ resourcePreEvent: metadata(container, "create", { name: failure.resource }) });

describe("an operation", () => {
  it("knows what a plugin was creating when it ended, and what failed otherwise as done with", async () => {
    const other = { ...container, urn: `${container.urn}-2` };
    const inputs = { name: failure.resource };
    const { operation } = await told([
      ...components,
      creating,
      event({ resourcePreEvent: metadata(other, "create", { name: "other" }) }),
      diagnostic("error", "error: error reading from server: EOF", { urn: container.urn }),
      event({ resOpFailedEvent: metadata(container, "create", inputs) }),
      diagnostic("error", "error: port is already allocated", { urn: other.urn }),
      event({ resOpFailedEvent: metadata(other, "create", { name: "other" }) }),
    ]);
    expect(operation.lost).toEqual([{ type: "creating", resource: { ...container, inputs } }]);
  });

  it("loses nothing when a plugin ends while it changes or removes something", async () => {
    const { operation } = await told([
      ...components,
      event({ resourcePreEvent: metadata(container, "update") }),
      diagnostic("error", "error: error reading from server: EOF", { urn: container.urn }),
      event({ resOpFailedEvent: metadata(container, "update") }),
    ]);
    expect(operation.lost).toEqual([]);
  });

  it("that fails to build an image shows the last lines of the build, and the plugin's word once", async () => {
    const terse = "executor failed running [/bin/sh -c python -c]: exit code: 1";
    const { lines } = await told([
      ...components,
      event({ resourcePreEvent: metadata(image, "create") }),
      diagnostic("info", "digest: sha256:12\n[6/6] RUN python -c\n", { urn: image.urn, ephemeral: true }),
      diagnostic("info", '  File "streamlit_app.py", line 3\n    if True print("x")\nSyntaxError: no\n', {
        urn: image.urn,
        ephemeral: true,
      }),
      diagnostic("error", `${terse}\n`, { urn: image.urn }),
      diagnostic("error", `${terse}\n`, { urn: image.urn }),
      event({ resOpFailedEvent: metadata(image, "create") }),
      diagnostic(
        "error",
        "Unhandled exception: Error: resource site-sales failed to register\n    at x (y:1:2)\n",
      ),
      diagnostic("error", "update failed\n"),
    ]);
    expect(lines).toEqual([
      "app sales: the image failed:",
      "  [6/6] RUN python -c",
      '    File "streamlit_app.py", line 3',
      '      if True print("x")',
      "  SyntaxError: no",
      `  ${terse}`,
    ]);
  });

  it("says at once what the engine waits for in vain, and then stops waiting", async () => {
    const { lines, gaveUp } = await told([...components, creating], [failure], 9);
    expect(lines.slice(0, 3)).toEqual([
      "app sales: its container keeps exiting (exit code 3, started over 4 times)",
      "  the end of its log:",
      "    boo",
    ]);
    expect(lines.filter((line) => line.includes("keeps exiting"))).toHaveLength(1);
    expect(gaveUp).toBe(1);
  });

  it("goes on waiting while something else is under way, or may still come up", async () => {
    const building = event({ resourcePreEvent: metadata(image, "create") });
    expect((await told([...components, creating, building], [failure], 9)).gaveUp).toBe(0);
    expect((await told([...components, creating], [{ ...failure, hopeless: false }], 9)).gaveUp).toBe(0);
  });

  it("does not repeat what the engine says of what it was told to stop", async () => {
    const { lines } = await told([...components, creating], [failure], 3);
    const stopped = await told(
      [...components, creating, diagnostic("error", "context canceled", { urn: container.urn })],
      [failure],
      0,
    );
    expect(lines.join("\n")).toContain("keeps exiting");
    // Nothing was explained before: then it is a fault of its own, with what is known of the container.
    expect(stopped.lines[0]).toBe("app sales: the container failed:");
    expect(stopped.lines.join("\n")).toContain("keeps exiting");
  });

  it("never shows the engine's debug messages, which have every property in plain text", async () => {
    const { lines } = await told([
      diagnostic("debug", "password: hunter2"),
      diagnostic("warning", "mind the gap\n"),
    ]);
    expect(lines).toEqual(["warning: mind the gap"]);
  });

  it("gives a sign of life of what takes long, every five seconds", async () => {
    const building = event({ resourcePreEvent: metadata(image, "create") });
    const says = diagnostic("info", "[3/7] RUN uv pip install\n", { urn: image.urn, ephemeral: true });
    const { lines } = await told([...components, building, says], [], 11);
    expect(lines).toEqual([
      "app sales: making the image, 5 s: [3/7] RUN uv pip install",
      "app sales: making the image, 10 s: [3/7] RUN uv pip install",
    ]);
  });

  it("says whom it interrupts before it does, once for all containers of an app", async () => {
    const second = { ...container, urn: `${container.urn}.2` };
    const { lines } = await told([
      ...components,
      event({ resourcePreEvent: metadata(image, "update") }),
      ...[container, second].flatMap((one) => [
        event({ resourcePreEvent: metadata(one, "create-replacement") }),
        event({ resOutputsEvent: metadata(one, "create-replacement") }),
      ]),
      // At the end the old ones go, which is no other interruption.
      ...[container, second].map((one) => event({ resourcePreEvent: metadata(one, "delete-replaced") })),
    ]);
    expect(lines.map((line) => line.slice(0, 38))).toEqual([
      "interrupts: app sales: the new version",
      "app sales: container created anew",
      "app sales: container 2 created anew",
    ]);
  });

  it("tells in a line for each part what changes", async () => {
    const planned = (resource: { type: string; urn: string }, op: string): EngineEvent =>
      event({ resourcePreEvent: { ...metadata(resource, op), planning: true } });
    const network = {
      type: "docker:index/network:Network",
      urn: `${prefix}docker:index/network:Network::site-sales`,
    };
    const steps = ["delete-replaced", "replace", "create-replacement"].map((op) => planned(container, op));
    const { operation } = await told([
      ...components,
      planned(image, "update"),
      ...steps,
      planned(network, "same"),
    ]);
    expect(operation.changes.lines("future")).toEqual(["app sales: image to update; container to replace"]);
    expect(operation.changes.summary("past")).toBe(
      "Resources:\n    1 updated\n    1 replaced\n    1 unchanged",
    );
    const created = await told([...components, planned(image, "create"), planned(container, "create")]);
    expect(created.operation.changes.lines("past")).toEqual(["app sales: created"]);
  });
});
