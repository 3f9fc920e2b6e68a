/** What is wrong, in words, from objects that a cluster (1.34) had: the workloads of test/kubernetes/broken.ts. */
import * as fs from "node:fs";
import * as path from "node:path";
import { partsOf, endpointsOf } from "../../../../stacks/kubernetes/status";
import type { Observed } from "../../../../stacks/kubernetes/observed";
import { refusedPod, troubles } from "../../../../stacks/kubernetes/troubles";

const recorded = (): Record<"broken" | "quota" | "level", Observed> =>
  JSON.parse(fs.readFileSync(path.join(__dirname, "..", "fixtures", "kubernetes.json"), "utf8")) as Record<
    "broken" | "quota" | "level",
    Observed
  >;

const all = Object.values(recorded()).flatMap(troubles);

describe("the trouble of what does not come up", () => {
  it.each<[string, string | RegExp, (string | RegExp)[], boolean, "log" | "log of before" | "no log"]>([
    [
      "Deployment/site-absent",
      "its image localhost:5051/stacks-tests/absent:1 cannot be pulled (ImagePullBackOff)",
      [/^failed to resolve reference .*: not found$/],
      true,
      "no log",
    ],
    [
      "Deployment/site-misnamed",
      "its image Not A Name cannot be pulled (InvalidImageName)",
      [/invalid reference format/],
      true,
      "no log",
    ],
    [
      "Deployment/site-crashing",
      /^its container keeps exiting \(exit code 3, started over [34] times\)$/,
      [],
      true,
      "log of before",
    ],
    [
      "Deployment/site-greedy",
      /^its container keeps exiting \(exit code 137, started over \d times\)$/,
      ["it was killed for want of memory (limit 24Mi)"],
      true,
      "log of before",
    ],
    [
      "Deployment/site-hanging",
      /^its container keeps exiting/,
      ["it was ended because a probe failed: Liveness probe failed: the page is not there"],
      true,
      "log of before",
    ],
    [
      "Deployment/site-large",
      "no node takes its pod: 0/1 nodes are available: 1 Insufficient cpu",
      [],
      false,
      "no log",
    ],
    [
      "Deployment/site-homeless",
      "no node takes its pod: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims",
      [
        'its volume claim site-homeless-data has no volume (storage class no-such-class): storageclass.storage.k8s.io "no-such-class" not found',
      ],
      false,
      "no log",
    ],
    [
      "Deployment/site-unready",
      "its container is not ready",
      ["its last probe said: Readiness probe failed: the page is not there"],
      false,
      "log",
    ],
    [
      "Deployment/site-slow",
      "its container has not passed its startup probe yet",
      ["its last probe said: Startup probe failed: the page is not there"],
      false,
      "log",
    ],
    [
      "Deployment/site-unset",
      'its container cannot be made: secret "no-such-secret" not found',
      [],
      false,
      "no log",
    ],
    [
      "Deployment/site-root",
      "its container cannot be made: container has runAsNonRoot and image will run as root",
      [],
      true,
      "no log",
    ],
    [
      "Deployment/site-unmounted",
      "its container is not there yet",
      ['MountVolume.SetUp failed for volume "files" : configmap "no-such-files" not found'],
      false,
      "no log",
    ],
    [
      "Deployment/site-wordless",
      /^its container cannot be started: .*\/no\/such\/program: no such file or directory$/,
      [],
      true,
      "no log",
    ],
    [
      "Deployment/site-crowded",
      "the ResourceQuota small of its namespace leaves no room for its pod",
      ["requested: pods=1, used: pods=1, limited: pods=1"],
      true,
      "no log",
    ],
    [
      "Deployment/site-privileged",
      "its namespace's Pod Security level (restricted:latest) does not let its pod in",
      [/must set securityContext\.allowPrivilegeEscalation=false/],
      true,
      "no log",
    ],
    [
      "Ingress/site-gateway",
      "the cluster has no IngressClass no-such-class, so nobody serves the Ingress",
      [/none at all: install an ingress controller/],
      true,
      "no log",
    ],
    [
      "Service/site-gateway",
      "no load balancer has given the Service an address",
      [/another key of expose/],
      false,
      "no log",
    ],
  ])("%s", (resource, status, details, hopeless, log) => {
    const found = all.filter((one) => one.resource === resource);
    expect(found).toHaveLength(1);
    const [trouble] = found;
    if (typeof status === "string") expect(trouble?.status).toBe(status);
    else expect(trouble?.status).toMatch(status);
    expect(trouble?.details.length).toBe(details.length);
    details.forEach((detail, index) =>
      typeof detail === "string"
        ? expect(trouble?.details[index]).toBe(detail)
        : expect(trouble?.details[index]).toMatch(detail),
    );
    expect(trouble?.hopeless).toBe(hopeless);
    expect(trouble?.log ? (trouble.log.previous ? "log of before" : "log") : "no log").toBe(log);
  });

  it("is none of what is well", () => {
    expect(all.map(({ resource }) => resource)).not.toContain("Deployment/site-healthy");
    expect(all).toHaveLength(17);
  });

  it("is called by its part in the spec", () => {
    expect(all.find(({ resource }) => resource === "Deployment/site-absent")?.part).toBe("app absent");
    expect(all.find(({ resource }) => resource === "Ingress/site-gateway")?.part).toBe("gateway");
  });

  it("goes away with what is old, and has the Services that wait for it", () => {
    const { broken } = recorded();
    const deployment = broken.deployments.filter(({ metadata }) => metadata?.name === "site-absent");
    const pods = broken.pods.filter(({ metadata }) => metadata?.labels?.["streamlit.app"] === "absent");
    const services = [
      { metadata: { name: "site-absent" }, spec: { selector: { "streamlit.app": "absent" } } },
    ];
    const found = { ...broken, deployments: deployment, pods, services, ingresses: [], claims: [] };
    expect(troubles(found)[0]).toMatchObject({ blocks: ["Service/site-absent"], hopeless: true });
    const leaving = pods.map((pod) => ({
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp: "2026-11-27T19:45:00Z" },
    }));
    expect(troubles({ ...found, pods: leaving })[0]?.status).toBe("its pods are not made yet");
  });

  it("by a quota may end when something is about to go", () => {
    const message =
      'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1';
    expect(refusedPod(message).hopeless).toBe(true);
    expect(refusedPod(message, [{ metadata: { deletionTimestamp: "2026-11-27T19:45:00Z" } }]).hopeless).toBe(
      false,
    );
  });
});

describe("the status of pods", () => {
  const parts = Object.values(recorded()).flatMap(partsOf);
  const part = (name: string): object | undefined => parts.find((one) => one.part === name);

  it("has the cluster's own word, since when, the image and the reason", () => {
    expect(part("healthy")).toMatchObject({
      app: "healthy",
      state: "running",
      health: "healthy",
      old: false,
      restarts: 0,
    });
    expect(part("healthy.2")).toMatchObject({
      state: "running",
      image: expect.stringMatching(/^localhost:5051\/streamlit-cluster\/node [0-9a-f]{12}$/) as string,
    });
    expect(part("healthy")).not.toHaveProperty("reason");
    expect(part("absent")).toMatchObject({
      state: "ImagePullBackOff",
      reason: expect.stringContaining("not found") as string,
    });
    expect(part("greedy")).toMatchObject({ state: "CrashLoopBackOff", killedForMemory: true });
    expect(part("large")).toMatchObject({ state: "Unschedulable" });
    expect(part("slow")).toMatchObject({ state: "running", health: "starting" });
    expect(part("unready")).toMatchObject({ state: "running", health: "unhealthy" });
    expect(part("unset")).toMatchObject({ state: "CreateContainerConfigError" });
  });

  it("has a line for each pod that cannot be made", () => {
    expect(part("crowded")).toMatchObject({ state: "running" });
    expect(part("crowded.2")).toMatchObject({
      app: "crowded",
      state: "not made",
      reason: expect.stringContaining("ResourceQuota small") as string,
    });
    expect(part("privileged")).toMatchObject({ state: "not made" });
  });
});

describe("where a site is reached", () => {
  const gateway = {
    metadata: { name: "g", labels: { "streamlit.part": "gateway" } },
    status: { hostIP: "10.0.0.7", phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  };
  const service = (spec: object, status = {}): object => ({
    metadata: { name: "site-gateway", labels: { "streamlit.part": "gateway" } },
    spec: {
      ports: [
        { name: "http", port: 80, nodePort: 30080 },
        { name: "https", port: 443, nodePort: 30443 },
      ],
      ...spec,
    },
    status,
  });
  const found = (pods: object[], services: object[], ingresses: object[] = []): Observed => ({
    ...{ pods, services, ingresses },
    deployments: [],
    replicaSets: [],
    statefulSets: [],
    claims: [],
    events: [],
  });

  it("is the node of a gateway at its node ports", () => {
    expect(endpointsOf(found([gateway], [service({ type: "NodePort" })]))).toEqual([
      { protocol: "https", address: "10.0.0.7", port: 30443 },
      { protocol: "http", address: "10.0.0.7", port: 30080 },
    ]);
  });

  it("is the address of a load balancer, or of whoever serves the Ingress", () => {
    const balancer = { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } };
    expect(endpointsOf(found([gateway], [service({ type: "LoadBalancer" }, balancer)]))).toEqual([
      { protocol: "https", address: "lb.example.com", port: 443 },
      { protocol: "http", address: "lb.example.com", port: 80 },
    ]);
    const ingress = { spec: { tls: [{}] }, status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
    expect(endpointsOf(found([gateway], [service({ type: "ClusterIP" })], [ingress]))).toHaveLength(2);
  });

  it("is nowhere while no gateway is ready", () => {
    const starting = {
      ...gateway,
      status: { ...gateway.status, conditions: [{ type: "Ready", status: "False" }] },
    };
    expect(endpointsOf(found([starting], [service({ type: "NodePort" })]))).toEqual([]);
  });
});
