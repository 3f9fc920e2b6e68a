/** The cluster of this machine: what it has, that it comes back, and that nothing is left of it. */
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, clusterStatus, ensureCluster, removeCluster } from "../../offline/cluster";
import { processesWith, runningPid } from "../../offline/cluster/processes";
import { exec } from "../../scripts/exec";
import { testLayout as layout } from "./cluster";

jest.setTimeout(600_000);

const namespace = "cluster-test";

describe("the cluster of this machine", () => {
  let cluster: Cluster;
  let said: string[];
  const up = async (): Promise<void> => {
    said = [];
    cluster = await ensureCluster((line) => said.push(line), layout);
  };
  const kubectl = async (...args: string[]): Promise<string> =>
    (
      await exec(cluster.kubectl, [`--kubeconfig=${cluster.kubeconfig}`, ...args], { seconds: 180 })
    ).stdout.trim();
  const apply = async (...objects: object[]): Promise<void> => {
    await exec(cluster.kubectl, [`--kubeconfig=${cluster.kubeconfig}`, "apply", "--filename=-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });
  };
  const pids = async (): Promise<Record<string, number | undefined>> => {
    const { daemons } = await clusterStatus(layout);
    return Object.fromEntries(Object.keys(daemons).map((name) => [name, runningPid(layout, name)]));
  };
  /** A pod with busybox that waits, with the labels and volumes of a test. */
  const pod = async (name: string, place: string, spec: object = {}): Promise<object> => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: place, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image: await kubectl(
            ...["get", "deployment", "coredns", "--namespace=kube-system"],
            "--output=jsonpath={.spec.template.spec.containers[0].image}",
          ),
          command: ["httpd", "-f", "-p", "8080", "-h", "/etc"],
          ...("mounts" in spec && { volumeMounts: spec.mounts }),
        },
      ],
      ...("volumes" in spec && { volumes: spec.volumes }),
    },
  });

  beforeAll(async () => {
    await up();
    for (const name of [namespace, `${namespace}-other`]) {
      await kubectl("delete", "namespace", name, "--ignore-not-found");
      await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
  });

  test("is left alone by a second up, which says nothing", async () => {
    const before = await pids();
    await up();
    expect(said).toEqual([]);
    expect(await pids()).toEqual(before);
    expect(Object.values(before).every((pid) => pid !== undefined)).toBe(true);
  });

  test("measures pods, for what scales by that", async () => {
    const until = Date.now() + 120_000;
    let measured = "";
    while (!/^coredns/m.test(measured) && Date.now() < until) {
      measured = await kubectl("top", "pods", "--namespace=kube-system", "--no-headers").catch(() => "");
      await delay(1000);
    }
    expect(measured).toMatch(/^coredns-\S+ +\d+m +\d+Mi/m);
  });

  test("gives a claim a volume, which a pod can write to", async () => {
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace } };
    await apply(
      { ...claim, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } } },
      await pod("keeper", namespace, {
        mounts: [{ name: "data", mountPath: "/data" }],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      }),
    );
    await kubectl(
      "wait",
      "pod/keeper",
      `--namespace=${namespace}`,
      "--for=condition=Ready",
      "--timeout=120s",
    );
    await kubectl("exec", "keeper", `--namespace=${namespace}`, "--", "sh", "-c", "echo kept > /data/file");
    expect(await kubectl("exec", "keeper", `--namespace=${namespace}`, "--", "cat", "/data/file")).toBe(
      "kept",
    );
  });

  test("holds a network policy: who may connect does, and neither others nor another namespace", async () => {
    const other = `${namespace}-other`;
    await apply(
      await pod("server", namespace),
      await pod("friend", namespace),
      await pod("stranger", namespace),
      await pod("friend", other),
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "server", namespace },
        spec: {
          podSelector: { matchLabels: { app: "server" } },
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ podSelector: { matchLabels: { app: "friend" } } }], ports: [{ port: 8080 }] }],
        },
      },
    );
    for (const place of [namespace, other])
      await kubectl(
        "wait",
        "pod",
        "--all",
        `--namespace=${place}`,
        "--for=condition=Ready",
        "--timeout=120s",
      );
    const address = await kubectl(
      "get",
      "pod",
      "server",
      `--namespace=${namespace}`,
      "--output=jsonpath={.status.podIP}",
    );
    // The wget of this busybox, which has no libraries, dies in looking an address up.
    const ask = `printf 'GET /hosts HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${address} 8080`;
    const reaches = async (name: string, place: string): Promise<boolean> =>
      (await kubectl("exec", name, `--namespace=${place}`, "--", "sh", "-c", `${ask} || true`)).includes(
        "200 OK",
      );
    const all = async (): Promise<boolean[]> => [
      await reaches("friend", namespace),
      await reaches("stranger", namespace),
      await reaches("friend", other),
    ];
    // The enforcer learns of pods and policies a moment after they are there.
    const until = Date.now() + 60_000;
    while ((await all()).join() !== "true,false,false" && Date.now() < until) await delay(500);
    expect(await all()).toEqual([true, false, false]);
  });

  test.each(["kube-apiserver", "etcd", "kubelet", "containerd", "kube-proxy"])(
    "comes back when %s was killed, with what was in it",
    async (name) => {
      process.kill(runningPid(layout, name) ?? 0, "SIGKILL");
      while (runningPid(layout, name) !== undefined) await delay(50);
      await up();
      expect(said).toEqual(["starting the cluster's processes that do not run"]);
      expect(Object.values(await pids()).every((pid) => pid !== undefined)).toBe(true);
      expect(await kubectl("get", "namespace", namespace, "--output=name")).toBe(`namespace/${namespace}`);
    },
  );

  test("is gone when it is taken down: no process, mount, network or control group, and no file", async () => {
    await removeCluster(() => undefined, layout);
    expect(processesWith(layout.folder)).toEqual([]);
    expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(layout.folder);
    expect(fs.existsSync(`/run/netns/${layout.name}`)).toBe(false);
    expect(fs.existsSync(`/sys/class/net/${layout.hostInterface}`)).toBe(false);
    const groups = fs
      .readdirSync("/sys/fs/cgroup")
      .map((hierarchy) => `/sys/fs/cgroup/${hierarchy}/${layout.name}`);
    expect(groups.filter((group) => fs.existsSync(group))).toEqual([]);
    expect(fs.existsSync(layout.folder)).toBe(false);
    expect(await clusterStatus(layout)).toMatchObject({ daemons: {}, ready: false });
    expect(await removeCluster(() => undefined, layout)).toBe(false);
  });
});
