/** The provider's settings, and where its API server is. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";

import { isObject, isPresent, type Props } from "../shared/values";
import { clientNode } from "./client-node";
import type { Mutability } from "./force-new";

/** See the module. */
export interface Settings extends Mutability {
  /** The path of a kubeconfig, or its text. Without one it is looked for as kubectl does. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  /** Where objects go that name no namespace. Without one it is that of the context. */
  readonly namespace: string | undefined;
  /** Whether objects count as gone when their API server cannot be reached. */
  readonly deleteUnreachable: boolean;
  /** Whether objects are left as they are when their API server cannot be reached. */
  readonly skipUpdateUnreachable: boolean;
  /** Whether fields that others manage are taken from them. */
  readonly enablePatchForce: boolean;
  /** Whether an object that is there already is taken over instead of refused. */
  readonly upsertExistingObjects: boolean;
}

/** Variables that stand for settings that are not given. */
const variables = {
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  enableServerSideApply: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
} as const;

/** What else is taken: names of clusters are for comparison alone, and nothing here warns of what these are about. */
const others = [
  "kubeconfig",
  "context",
  "cluster",
  "namespace",
  "clusterIdentifier",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "version",
  "pluginDownloadURL",
];

/**
 * Reads the provider's settings.
 *
 * @param given by name, as texts
 * @throws Error for a setting that the stand-in does not have
 */
export function readSettings(given: Readonly<Record<string, string>>, environment = process.env): Settings {
  const refused = Object.keys(given).filter(
    (name) => !(name in variables) && !others.includes(name) && given[name] !== "" && given[name] !== "false",
  );
  if (environment.PULUMI_K8S_AWAIT_ALL === "true") refused.push("PULUMI_K8S_AWAIT_ALL");
  const flag = (name: keyof typeof variables): string | undefined =>
    given[name] ?? environment[variables[name]];
  if ((flag("enableServerSideApply") ?? "true") !== "true") refused.push("enableServerSideApply: false");
  if (refused.length > 0)
    throw new Error(
      `not supported by the offline stand-in of the kubernetes provider: ${refused.join(", ")}`,
    );
  const text = (name: string): string | undefined => (given[name] === "" ? undefined : given[name]);
  const isOn = (name: keyof typeof variables): boolean => flag(name) === "true";
  return {
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    cluster: text("cluster"),
    namespace: text("namespace"),
    deleteUnreachable: isOn("deleteUnreachable"),
    skipUpdateUnreachable: isOn("skipUpdateUnreachable"),
    enablePatchForce: isOn("enablePatchForce"),
    upsertExistingObjects: isOn("upsertExistingObjects"),
    enableConfigMapMutable: isOn("enableConfigMapMutable"),
    enableSecretMutable: isOn("enableSecretMutable"),
  };
}

/** The connection, and the namespace of what names none. */
export interface Connection {
  readonly config: KubeConfig;
  readonly namespace: string;
}

/**
 * Opens what the settings name.
 *
 * @throws Error that says why there is no cluster to ask
 */
export function connect(settings: Settings): Connection {
  const config = newConfig();
  const { kubeconfig, context, cluster } = settings;
  if (kubeconfig !== undefined)
    within("failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- ", () => {
      config.loadFromString(textOf(kubeconfig));
    });
  else
    within("unable to load Kubernetes client configuration from kubeconfig file: ", () => {
      loadUsual(config);
    });
  if (context !== undefined) {
    if (!config.getContextObject(context))
      throw new Error(`context ${JSON.stringify(context)} does not exist`);
    config.setCurrentContext(context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  if (current && cluster !== undefined) Object.assign(current, { cluster });
  if (!config.getCurrentCluster())
    throw new Error("invalid configuration: no configuration has been provided");
  return { config, namespace: settings.namespace ?? current?.namespace ?? "default" };
}

/**
 * Properties of the provider for whose sake everything that it made is made anew: those that lead to another cluster.
 *
 * @param before its settings in the last deployment
 * @param changed names of what differs
 */
export function leadsElsewhere(before: Props, after: Props, changed: readonly string[]): string[] {
  const identifier = "clusterIdentifier";
  const wasIdentified = isPresent(before[identifier]);
  const isIdentified = isPresent(after[identifier]);
  if (wasIdentified && isIdentified) return changed.includes(identifier) ? [identifier] : [];
  const [old, now] = [activeCluster(before), activeCluster(after)];
  if (!old || !now || JSON.stringify(old) === JSON.stringify(now)) return [];
  return ["kubeconfig", "context", "cluster"].filter((key) => changed.includes(key));
}

/** The cluster that settings lead to, as the kubeconfig describes it. */
function activeCluster({ kubeconfig, context, cluster }: Props): unknown {
  if (!isPresent(kubeconfig) || kubeconfig === "") return undefined;
  const config = newConfig();
  config.loadFromString(typeof kubeconfig === "string" ? textOf(kubeconfig) : JSON.stringify(kubeconfig));
  const name = typeof context === "string" ? context : config.getCurrentContext();
  const chosen = typeof cluster === "string" ? cluster : config.getContextObject(name)?.cluster;
  return config.getClusters().find((one) => one.name === chosen);
}

function newConfig(): KubeConfig {
  const { KubeConfig } = clientNode();
  return new KubeConfig();
}

/** The text of a kubeconfig, given itself or by its path. */
function textOf(kubeconfig: string): string {
  const path = kubeconfig.replace(/^~(?=\/|$)/, homedir());
  return path.length < 4096 && existsSync(path) ? readFileSync(path, "utf8") : kubeconfig;
}

/** As kubectl has it: the files that KUBECONFIG names and that are there, else the usual one, else that of a pod. */
function loadUsual(config: KubeConfig): void {
  const named = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  const usual = join(homedir(), ".kube", "config");
  const [first, ...more] = (named.length > 0 ? named : [usual]).filter((file) => existsSync(file));
  if (first === undefined) {
    if (named.length === 0 && existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token"))
      config.loadFromCluster();
    return;
  }
  config.loadFromFile(first);
  for (const file of more) {
    const other = newConfig();
    other.loadFromFile(file);
    config.mergeConfig(other);
  }
}

function within(words: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Error(`${words}${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Names of the settings that differ. */
export function changedSettings(before: Props, after: Props): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => isPresent(before[key]) !== isPresent(after[key]) || !isSame(before[key], after[key]),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  if (isObject(one) || Array.isArray(one)) return JSON.stringify(one) === JSON.stringify(other);
  return one === other || (!isPresent(one) && !isPresent(other));
}
