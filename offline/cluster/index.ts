/**
 * A Kubernetes cluster of one node on this machine, made from package registries: for tests, and for stacks on machines that have no
 * other. It lives in a network namespace of its own and leaves the machine's firewall and its Docker alone.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { aptInstallWithoutServices, thisSystem, type Log } from "../../scripts/apt";
import { ensureDocker } from "../../scripts/docker-daemon";
import { exec } from "../../scripts/exec";
import { withLock } from "../../scripts/lock";
import { addons } from "./addons";
import { makeCgroups, removeCgroups } from "./cgroups";
import { kubeconfig, makeCredentials } from "./credentials";
import { nodeImage } from "./images";
import { clusterLayout, inFolder, registryHost, type Layout } from "./layout";
import { makeNetwork, processesInside, removeNetwork } from "./network";
import { addonDaemons, foundation, workers, writeSettings } from "./node";
import {
  endOf,
  logFile,
  runningPid,
  signal,
  start,
  startedNames,
  stop,
  until,
  type Daemon,
} from "./processes";
import { buildPrograms, programSources, type Programs } from "./programs";
import { registryAnswers, registryDaemons, registryProcesses, writeRegistrySettings } from "./registry";

/** How a cluster that is up is used. */
export interface Cluster {
  /** The path of the kubeconfig of its administrator. */
  kubeconfig: string;
  /** The path of a kubectl of the cluster's version. */
  kubectl: string;
  /** The host of the names of images that are pushed to its registry, for instance `localhost:5051`. */
  registry: string;
  /** The IP address at which this machine reaches node ports. */
  nodeAddress: string;
  /** The IP address at which pods reach this machine. */
  hostAddress: string;
}

/** What runs of a cluster. */
export interface ClusterStatus {
  /** Of each daemon, by its name, whether it runs; empty when there is no cluster. */
  daemons: Record<string, boolean>;
  /** Does the API server answer, and is the node ready? */
  ready: boolean;
  /** Where the kubeconfig is. */
  kubeconfig: string;
}

/** Debian's packages. */
const packages = [
  "busybox-static",
  "containerd",
  "containernetworking-plugins",
  "docker-registry",
  "etcd-server",
  "ipset",
  "iproute2",
  "iptables",
  "procps",
];

const busyboxFile = "/bin/busybox";

/**
 * Make sure that the cluster is up: it is made when there is none, and what of it does not run is started. From nothing that takes
 * some ten minutes on two cores, nearly all of it for building Kubernetes; with the programs there, less than a minute.
 *
 * @param log told what takes long
 * @throws Error when this machine is no Debian, the user is not root, or a part does not come up, with the end of its log
 */
export async function ensureCluster(log: Log, layout = clusterLayout()): Promise<Cluster> {
  const { debian, root } = thisSystem();
  if (!debian || !root)
    throw new Error(
      "a cluster on this machine is made from Debian's packages and needs root: run as root on Debian, or use another cluster by its kubeconfig",
    );
  await aptInstallWithoutServices(packages, log);
  const programs = await buildPrograms(log);
  await ensureDocker(log);
  const waiting = (): void => {
    log(`waiting for another run that brings up or removes the cluster ${layout.name}`);
  };
  await withLock(lockFile(layout), waiting, () => bringUp(layout, programs, log));
  return {
    kubeconfig: kubeconfig(layout, "admin"),
    kubectl: programs.kubectl,
    registry: registryHost(layout),
    nodeAddress: layout.nodeAddress,
    hostAddress: layout.hostAddress,
  };
}

/**
 * Remove the cluster and all that it made: processes, containers, mounts, networks, control groups, images and volumes. The programs that
 * were built stay in `.cache`.
 *
 * @returns whether there was anything
 */
export async function removeCluster(log: Log, layout = clusterLayout()): Promise<boolean> {
  const waiting = (): void => {
    log(`waiting for another run that brings up or removes the cluster ${layout.name}`);
  };
  return withLock(lockFile(layout), waiting, () => remove(layout));
}

/** What runs of the cluster. */
export async function clusterStatus(layout = clusterLayout()): Promise<ClusterStatus> {
  const daemons = Object.fromEntries(
    startedNames(layout).map((name) => [name, runningPid(layout, name) !== undefined]),
  );
  const file = join(layout.folder, "kubectl");
  const kubectl = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const ready = kubectl !== undefined && (await nodeIsReady(layout, kubectl).catch(() => false));
  return { daemons, ready, kubeconfig: kubeconfig(layout, "admin") };
}

function lockFile({ folder }: Layout): string {
  return `${folder}.lock`;
}

async function bringUp(layout: Layout, programs: Programs, log: Log): Promise<void> {
  await claim(layout);
  const image = await prepare(layout, programs);
  const daemons = [
    ...foundation(layout, programs),
    ...workers(layout, programs),
    ...addonDaemons(layout, programs, image),
  ];
  const made = fingerprint(layout, daemons, image);
  const mark = join(layout.folder, "complete");
  const isComplete = existsSync(mark) && readFileSync(mark, "utf8") === made;
  if (isComplete && daemons.every(({ name }) => runningPid(layout, name) !== undefined)) return;
  if (existsSync(mark) && !isComplete) {
    log("the cluster is another version's: it is made anew");
    await remove(layout);
    await prepare(layout, programs);
  }
  log(existsSync(mark) ? "starting the cluster's processes that do not run" : "making the cluster");
  await startDaemons(layout, programs);
  if (!isComplete) {
    await apply(layout, programs, image);
    writeFileSync(mark, made);
  }
  await until("the node is not there", logFile(layout, "kubelet"), async () => {
    await kubectl(layout, programs.kubectl, ["get", "node", layout.name]);
    return true;
  });
  for (const daemon of addonDaemons(layout, programs, image)) start(layout, daemon);
  await untilItWorks(layout, programs);
  for (const { name } of daemons)
    if (runningPid(layout, name) === undefined)
      throw new Error(`${name} has ended. See ${logFile(layout, name)}\n${endOf(logFile(layout, name))}`);
}

/**
 * A machine has one cluster of a name, since its network and its addresses are the machine's. That of another checkout is left alone
 * while it runs; what is left of one whose processes have ended is removed.
 */
async function claim(layout: Layout): Promise<void> {
  const file = ownerFile(layout);
  const owner = existsSync(file) ? readFileSync(file, "utf8") : layout.folder;
  if (owner !== layout.folder) {
    const other = { ...layout, folder: owner };
    if (existsSync(owner) && startedNames(other).some((name) => runningPid(other, name) !== undefined))
      throw new Error(
        `the cluster ${layout.name} of this machine runs for another checkout, in ${owner}: remove it there by \`npm run cluster -- down\``,
      );
    await remove(other);
  }
  writeFileSync(file, layout.folder);
}

/** The file that has the folder of the cluster of this name. */
function ownerFile({ name }: Layout): string {
  return `/run/${name}.folder`;
}

/** Everything that has to be there before the daemons. @returns the image of the cluster's own pods */
async function prepare(layout: Layout, programs: Programs): Promise<string> {
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(layout.folder, "kubectl"), programs.kubectl);
  makeCredentials(layout);
  await makeNetwork(layout);
  writeRegistrySettings(layout);
  for (const daemon of registryDaemons(layout)) start(layout, daemon);
  await until("the registry does not answer", logFile(layout, "registry"), () => registryAnswers(layout));
  const image = await nodeImage(programs, busyboxFile, layout);
  writeSettings(layout, image);
  return image;
}

async function startDaemons(layout: Layout, programs: Programs): Promise<void> {
  makeCgroups(layout);
  for (const daemon of foundation(layout, programs)) start(layout, daemon);
  await until("the API server is not ready", logFile(layout, "kube-apiserver"), async () => {
    await kubectl(layout, programs.kubectl, ["get", "--raw", "/readyz"]);
    return true;
  });
  for (const daemon of workers(layout, programs)) start(layout, daemon);
}

async function apply(layout: Layout, programs: Programs, image: string): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: addons(layout, image) };
  await kubectl(
    layout,
    programs.kubectl,
    ["apply", "--server-side", "--force-conflicts", "--field-manager=streamlit-cluster", "-f", "-"],
    JSON.stringify(list),
  );
}

async function untilItWorks(layout: Layout, programs: Programs): Promise<void> {
  await until("the node is not ready", logFile(layout, "kubelet"), () =>
    nodeIsReady(layout, programs.kubectl),
  );
  for (const name of ["coredns", "metrics-server"])
    await until(`${name} is not ready`, logFile(layout, "kubelet"), async () => {
      const args = [
        "get",
        "deployment",
        name,
        "--namespace=kube-system",
        "--output=jsonpath={.status.readyReplicas}",
      ];
      return (await kubectl(layout, programs.kubectl, args)).trim() === "1";
    });
}

async function nodeIsReady(layout: Layout, program: string): Promise<boolean> {
  const path = '{.status.conditions[?(@.type=="Ready")].status}';
  const said = await kubectl(layout, program, ["get", "node", layout.name, `--output=jsonpath=${path}`]);
  return said.trim() === "True";
}

async function kubectl(layout: Layout, program: string, args: string[], input?: string): Promise<string> {
  const all = [`--kubeconfig=${kubeconfig(layout, "admin")}`, "--request-timeout=20s", ...args];
  return (await exec(program, all, { ...(input !== undefined && { input }) })).stdout;
}

/** What the cluster was made of: another one is made anew. */
function fingerprint(layout: Layout, daemons: Daemon[], image: string): string {
  const settings = readdirSync(inFolder(layout, "settings"), { recursive: true, encoding: "utf8" })
    .map((name) => inFolder(layout, "settings", name))
    .filter((file) => lstatSync(file).isFile())
    .sort()
    .map((file) => readFileSync(file, "utf8"));
  const parts = [
    programSources(),
    image,
    JSON.stringify(daemons),
    ...settings,
    JSON.stringify(addons(layout, image)),
  ];
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}

async function remove(layout: Layout): Promise<boolean> {
  const was = existsSync(layout.folder);
  const started = startedNames(layout);
  // First what would start something anew.
  await stop(
    layout,
    started.filter((name) => name !== "containerd" && name !== "etcd"),
  );
  await removeCgroups(layout);
  await stop(layout, started);
  for (const pid of [...(await processesInside(layout)), ...registryProcesses(layout)])
    signal(pid, "SIGKILL");
  await unmount(layout);
  await removeNetwork(layout);
  removeLogLinks(layout);
  await removeImages();
  rmSync(layout.folder, { recursive: true, force: true, maxRetries: 5 });
  rmSync(ownerFile(layout), { force: true });
  return was;
}

/** Whatever is mounted in the cluster's folder: root folders, volumes and network namespaces of pods. */
async function unmount({ folder }: Layout): Promise<void> {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .map((path) => path.replaceAll("\\040", " "))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
  for (const path of mounts) await exec("umount", ["--lazy", path]);
}

/** The kubelet links each log of a container in a folder that is the same for all kubelets. */
function removeLogLinks({ folder }: Layout): void {
  const links = "/var/log/containers";
  if (!existsSync(links)) return;
  for (const name of readdirSync(links)) {
    const link = join(links, name);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${folder}/`)) rmSync(link);
  }
}

async function removeImages(): Promise<void> {
  const docker = new Docker();
  const filters = JSON.stringify({ reference: ["streamlit-cluster/*"] });
  const images = await docker.listImages({ filters }).catch(() => []); // Without a daemon there are none.
  for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? []))
    await docker.getImage(tag).remove({ force: true });
}
