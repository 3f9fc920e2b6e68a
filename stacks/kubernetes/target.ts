/** Kubernetes, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { type Engine, prepareEngine } from "../../offline";
import { ensureDocker } from "../../scripts/machine";
import { stateFolder } from "../backend";
import type { StackFile } from "../stack-file";
import { fieldOf } from "../stack-file";
import type { Log, StackTarget } from "../target";
import { UserError } from "../user-error";
import { ApiError, ClusterClient } from "./client";
import { type ConnectionSettings, openConnection } from "./connection";
import { expectedParts } from "./expected-parts";
import { failures } from "./failures";
import { explainFault } from "./faults";
import { removeHalfMade } from "./half-made";
import { builds, pushed } from "./images";
import { interruption } from "./interruptions";
import { leftovers, removeLeftovers } from "./leftovers";
import { logs } from "./logs";
import { namespaceOf } from "./namespace";
import { partOf } from "./parts";
import { kubernetesStack } from "./program";
import { status } from "./status";
import { keptVolumes, removeVolumes } from "./volumes";

/** Where a target's cluster is, and how the machine is made ready for it. */
export interface ClusterSource {
  /** How it is reached; asked for when something of it is wanted. */
  settings: () => Promise<ConnectionSettings>;
  /** Make it ready where that can be done, and this machine for its stacks. */
  prepare: (log: Log) => Promise<Engine>;
}

/**
 * Stacks on a cluster that is there.
 *
 * @param file the stack's file: it says which cluster and which namespace
 */
export function kubernetesTarget(file: StackFile): StackTarget {
  const source: ClusterSource = {
    settings: () => Promise.resolve(connectionSettings(file)),
    prepare: async (log) => {
      const cluster = await openCluster(source);
      await greet(cluster);
      if (!hasSources(file.spec)) return prepareEngine({ log, plugins: ["kubernetes"] });
      await ensureDocker(log);
      const engine = await prepareEngine({ log, officialImages: defaultImages, plugins: ["kubernetes"] });
      return { ...engine, ...(engine.images && { images: await pushed(engine.images, file.spec, log) }) };
    },
  };
  return targetOn(source, file);
}

/**
 * What the commands need to know of Kubernetes, on any cluster.
 *
 * @param source the cluster
 * @param file the stack's file
 */
export function targetOn(source: ClusterSource, { name: own, spec }: StackFile): StackTarget {
  let opened: Promise<ClusterClient> | undefined;
  const cluster = (): Promise<ClusterClient> => (opened ??= openCluster(source));
  const namespace = namespaceOf(spec, own);
  return {
    updatesInPlace: true,
    program: kubernetesStack,
    prepare: source.prepare,
    partOf,
    interruption,
    explainFault: (name, message) => Promise.resolve(explainFault(name, message)),
    expectedParts,
    failures: async (name, only) => failures(await cluster(), namespace, name, only),
    status: async (name) => status(await cluster(), namespace, name),
    logs: async (name, request, write, signal) =>
      logs(await cluster(), namespace, name, request, write, signal),
    leftovers: async (name, data) => leftovers(await cluster(), namespace, name, data),
    removeLeftovers: async (found, log) => removeLeftovers(await cluster(), found, log),
    removeHalfMade: async (name, pending) => removeHalfMade(await cluster(), name, pending),
    oldBuilds: async (name) => builds(await cluster(), namespace, name),
    keptVolumes: async (name) => keptVolumes(await cluster(), namespace, name),
    removeVolumes: async (name) => removeVolumes(await cluster(), namespace, name),
  };
}

/** Does anything of a site have to be built? Only that takes Docker on this machine. */
export function hasSources(spec: unknown): boolean {
  return Object.values(fieldOf(spec, "apps") ?? {}).some((app) => fieldOf(app, "source") !== undefined);
}

async function openCluster(source: ClusterSource): Promise<ClusterClient> {
  return new ClusterClient(openConnection(await source.settings(), stateFolder));
}

/**
 * The settings of a stack for the provider.
 *
 * @throws {@link UserError} when they are encrypted: only the provider can read them then
 */
export function connectionSettings({ file, config }: StackFile): ConnectionSettings {
  const text = (key: string): string | undefined => {
    const value = config[`kubernetes:${key}`];
    if (value === undefined || typeof value === "string") return value;
    throw new UserError(
      `${file}: kubernetes:${key} is not plain text. Name a file instead: what is in it need not be in the stack's file`,
    );
  };
  const [kubeconfig, context] = [text("kubeconfig"), text("context")];
  return { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
}

/** Find out whether the API server answers and knows who asks, before anything is begun. */
async function greet(cluster: ClusterClient): Promise<void> {
  try {
    // Everybody who has signed in may read this.
    await cluster.get("/version");
    await cluster.get("/api/v1");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new UserError(
      error.statusCode === 401
        ? `the API server ${cluster.server} does not accept the kubeconfig's user: its token or certificate may have ended`
        : `the API server ${cluster.server} answers: ${error.message}`,
    );
  }
}
