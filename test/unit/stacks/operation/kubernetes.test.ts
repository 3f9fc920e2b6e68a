/** How an operation on Kubernetes is told: objects of several kinds have one name, and wait for each other. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { interruption } from "../../../../stacks/kubernetes/interruptions";
import { partOf } from "../../../../stacks/kubernetes/parts";
import { Operation } from "../../../../stacks/operation/operation";
import type { Failure, StackTarget } from "../../../../stacks/target";

const site = "urn:pulumi:dev::shop::streamlit-site:index:KubernetesSite::site";
const app =
  "urn:pulumi:dev::shop::streamlit-site:index:KubernetesSite$streamlit-site:index:KubernetesApp::site-sales";
const step = (type: string, op: string, diff: string[] = [], parent = app): EngineEvent => {
  const urn = `urn:pulumi:dev::shop::x$${type}::site-sales`;
  const state = {
    ...{ type, urn, custom: parent === app, id: "", parent, outputs: {} },
    inputs: { metadata: { name: "site-sales" } },
  };
  const detailedDiff = Object.fromEntries(
    diff.map((path) => [path, { diffKind: "update", inputDiff: false }]),
  );
  return {
    sequence: 0,
    timestamp: 0,
    resourcePreEvent: { metadata: { op, urn, type, provider: "", old: null, new: state, detailedDiff } },
  } as unknown as EngineEvent;
};
const component = (type: string, urn: string, parent: string): EngineEvent => {
  const event = step(type, "same", [], parent);
  const metadata = event.resourcePreEvent?.metadata;
  if (!metadata?.new) throw new Error("no metadata");
  return {
    ...event,
    resourcePreEvent: {
      metadata: { ...metadata, urn, new: { ...metadata.new, urn, parent, custom: false } },
    },
  };
};
const components = [
  component("streamlit-site:index:KubernetesSite", site, "root"),
  component("streamlit-site:index:KubernetesApp", app, site),
];
const failure: Failure = {
  part: "app sales",
  resource: "Deployment/site-sales",
  blocks: ["Service/site-sales"],
  status: "its image x cannot be pulled (ImagePullBackOff)",
  details: ["not found"],
  hopeless: true,
};

async function told(
  events: EngineEvent[],
  failures: Failure[],
  seconds: number,
): Promise<{ lines: string[]; gaveUp: number; asked: string[][] }> {
  const lines: string[] = [];
  const asked: string[][] = [];
  let gaveUp = 0;
  const target = {
    partOf,
    interruption,
    failures: (_name: unknown, only: readonly string[]) => {
      asked.push([...only]);
      return Promise.resolve(failures);
    },
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
    return { lines, gaveUp, asked };
  } finally {
    jest.useRealTimers();
  }
}

const deployment = "kubernetes:apps/v1:Deployment";
const service = "kubernetes:core/v1:Service";

it("what is updated where it is, is looked at as well, by its kind and name", async () => {
  const { lines, gaveUp, asked } = await told(
    [...components, step(deployment, "update", ["spec.template"])],
    [failure],
    3,
  );
  expect(asked[0]).toEqual(["Deployment/site-sales"]);
  expect(lines.filter((line) => !line.startsWith("interrupts"))).toEqual([
    "app sales: its image x cannot be pulled (ImagePullBackOff)",
    "  not found",
    "stopping: nothing else is under way, and waiting longer would not help",
  ]);
  expect(gaveUp).toBe(1);
});

it("a Service that waits for its Deployment is not waited for when that is hopeless, and what nobody blocks is", async () => {
  expect(
    (await told([...components, step(deployment, "create"), step(service, "create")], [failure], 3)).gaveUp,
  ).toBe(1);
  const other = step("kubernetes:apps/v1:StatefulSet", "create");
  expect((await told([...components, step(deployment, "create"), other], [failure], 3)).gaveUp).toBe(0);
});

it("what is waited for is told with the cluster's reason, where the plugin only says that it waits", async () => {
  const waiting = step(deployment, "create");
  const says = {
    sequence: 0,
    timestamp: 0,
    diagnosticEvent: {
      urn: waiting.resourcePreEvent?.metadata.urn,
      severity: "info",
      message: "Waiting for app ReplicaSet to become available (0/1 Pods available)",
      color: "never",
      ephemeral: true,
    },
  } as EngineEvent;
  const pending = { ...failure, status: "no node takes its pod: Insufficient memory", hopeless: false };
  expect((await told([...components, waiting, says], [pending], 6)).lines).toEqual([
    "app sales: making the deployment, 5 s: no node takes its pod: Insufficient memory",
  ]);
  expect((await told([...components, waiting, says], [], 6)).lines).toEqual([
    "app sales: making the deployment, 5 s: Waiting for app ReplicaSet to become available (0/1 Pods available)",
  ]);
});

it("who is interrupted follows from what is changed", async () => {
  const lines = async (...diff: string[]): Promise<string[]> =>
    (await told([...components, step(deployment, "update", diff)], [], 0)).lines;
  expect(await lines("spec.replicas")).toEqual([]);
  expect(await lines("spec.template.spec.containers[0].image")).toEqual([
    expect.stringMatching(/^interrupts: app sales: /),
  ]);
});
