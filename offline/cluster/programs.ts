/** The programs of a cluster that come from Go modules. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../scripts/apt";
import { cacheFolder } from "../../scripts/paths";
import { buildGoPrograms, moduleVersion } from "../go-program";

/** The paths of the programs. */
export interface Programs {
  kubeApiserver: string;
  kubeControllerManager: string;
  kubeScheduler: string;
  kubeProxy: string;
  kubelet: string;
  kubectl: string;
  coredns: string;
  metricsServer: string;
  /** Its firewall enforces network policies. */
  kubeRouter: string;
  /** Gives claims of volumes folders of the node. */
  localPathProvisioner: string;
}

interface Source {
  /** In messages. */
  name: string;
  /** The folder of its go.mod. */
  folder: string;
  module: string;
  packages: string[];
  versionVariables: string[];
  takes: string;
}

const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-proxy",
  "kube-scheduler",
  "kubectl",
  "kubelet",
];

const sources = {
  kubernetes: {
    name: "Kubernetes",
    folder: "kubernetes",
    module: "k8s.io/kubernetes",
    packages: kubernetesPrograms.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    versionVariables: ["k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"],
    takes: "seven minutes or more",
  },
  coredns: {
    name: "CoreDNS",
    folder: "coredns",
    module: "github.com/coredns/coredns",
    packages: ["github.com/coredns/coredns"],
    versionVariables: [],
    takes: "a minute or two",
  },
  metricsServer: {
    name: "metrics-server",
    folder: "metrics-server",
    module: "sigs.k8s.io/metrics-server",
    packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"],
    versionVariables: ["sigs.k8s.io/metrics-server/pkg/version.gitVersion"],
    takes: "a minute or two",
  },
  kubeRouter: {
    name: "kube-router",
    folder: "kube-router",
    module: "github.com/cloudnativelabs/kube-router/v2",
    packages: ["github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"],
    versionVariables: [],
    takes: "a minute or two",
  },
  localPathProvisioner: {
    name: "local-path-provisioner",
    folder: "local-path-provisioner",
    module: "github.com/rancher/local-path-provisioner",
    packages: ["github.com/rancher/local-path-provisioner"],
    versionVariables: [],
    takes: "a minute",
  },
} satisfies Record<string, Source>;

/** The version of Kubernetes that is built, without a `v`. */
export function kubernetesVersion(): string {
  return versionOf(sources.kubernetes);
}

/**
 * Builds the programs of a cluster from their Go modules, unless they are in `.cache` already. From nothing it takes some ten
 * minutes on two cores.
 *
 * @param log told how far it is
 * @throws Error if Go is missing or too old (the message says what is needed), or if a build fails
 */
export async function buildPrograms(log: Log): Promise<Programs> {
  const folders: Record<string, string> = {};
  // One after the other: each takes all cores.
  for (const [key, source] of Object.entries(sources)) folders[key] = await buildSource(source, log);
  const program = (source: keyof typeof sources, name: string): string => join(folders[source] ?? "", name);
  return {
    kubeApiserver: program("kubernetes", "kube-apiserver"),
    kubeControllerManager: program("kubernetes", "kube-controller-manager"),
    kubeScheduler: program("kubernetes", "kube-scheduler"),
    kubeProxy: program("kubernetes", "kube-proxy"),
    kubelet: program("kubernetes", "kubelet"),
    kubectl: program("kubernetes", "kubectl"),
    coredns: program("coredns", "coredns"),
    metricsServer: program("metricsServer", "metrics-server"),
    kubeRouter: program("kubeRouter", "kube-router"),
    localPathProvisioner: program("localPathProvisioner", "local-path-provisioner"),
  };
}

/** A hash of all that the programs are built from. */
export function programSources(): string {
  const hash = createHash("sha256");
  for (const source of Object.values(sources)) hash.update(sourcesOf(source));
  return hash.digest("hex");
}

async function buildSource(source: Source, log: Log): Promise<string> {
  const version = versionOf(source);
  const target = cacheFolder("kubernetes", `${source.folder}-${version}-${sourcesOf(source).slice(0, 10)}`);
  return buildGoPrograms({ ...source, version, folder: goFolder(source) }, target, log);
}

function goFolder({ folder }: Source): string {
  return join(__dirname, "go", folder);
}

function versionOf(source: Source): string {
  return moduleVersion(goFolder(source), source.module);
}

function sourcesOf(source: Source): string {
  const hash = createHash("sha256");
  for (const name of ["go.mod", "go.sum"]) hash.update(readFileSync(join(goFolder(source), name)));
  return hash.digest("hex");
}
