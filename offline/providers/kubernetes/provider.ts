/** The stand-in for the official kubernetes plugin: what the engine asks of it. `provider/pkg/provider/provider.go` is what it does alike. */
import { randomBytes } from "node:crypto";

import type { Line, Severity } from "../shared/engine";
import { isObject, isPresent, type Props } from "../shared/values";
import { annotations, isTrue } from "./annotations";
import { Api } from "./api";
import { isAlreadyThere, isNotFound, isStatus, NoMatchError, words } from "./api-error";
import { NotReadyError } from "./await";
import { checkpoint, type Checkpoint, parseCheckpoint, toManifest, toProps } from "./checkpoint";
import { type DetailedDiff, detailedDiff } from "./diff";
import { forceNew } from "./force-new";
import { Informers } from "./informers";
import { adoptName, assignName, type Autonaming, isAutonamed, isNamed, isNamedByServer } from "./names";
import { inputFields, isKnownKind, normalize } from "./normalize";
import {
  annotation,
  type Gvk,
  gvkOf,
  gvkOfUrn,
  idOf,
  type Manifest,
  nameOf,
  namespaceOf,
  parseId,
  pluck,
  text,
  without,
} from "./object";
import * as operations from "./operations";
import { contains, parsePath } from "./property-path";
import { prune } from "./prune";
import { changedSettings, connect, leadsElsewhere, readSettings, type Settings } from "./settings";
import { containsUnknown, isUnknown } from "./unknown";

/** What a check answers. */
export interface CheckResult {
  readonly inputs: Props;
  readonly failures: readonly { property: string; reason: string }[];
}

/** What a comparison answers. */
export interface DiffResult {
  readonly changes: DetailedDiff;
  /** The properties for whose sake the object is replaced. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** What the engine says of a creation or an update. */
export interface WriteRequest {
  readonly urn: string;
  /** What is asked for, checked. */
  readonly inputs: Props;
  /** How long it may take, in seconds; 0 when the resource's options say nothing. */
  readonly timeout: number;
  readonly preview: boolean;
}

/** An object that is there and not as it should be: the engine keeps it, and what is wrong with it. */
export class InitFailed extends Error {
  readonly reasons: readonly string[];

  constructor(
    readonly id: string,
    readonly properties: Props,
    readonly inputs: Props | undefined,
    message: string,
    more: readonly string[],
  ) {
    super(message);
    this.reasons = [message, ...more];
  }
}

interface Reachable {
  readonly api: Api;
  readonly informers: Informers;
}

/** Kinds without a namespace, of those that are known without the server. */
const clusterWide = ["Namespace"];

const keepUnreachable =
  'you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';

/** See the module. */
export class KubernetesProvider {
  readonly #cancelled = new AbortController();
  #settings: Settings = readSettings({});
  #namespace = "default";
  #cluster: Reachable | undefined;
  #unreachable = "it is not configured";

  constructor(private readonly show: (line: Line) => void = () => undefined) {}

  /** Names of the provider's properties that differ, and of those for whose sake all that it made is replaced. */
  diffConfig(olds: Props, news: Props): { changed: string[]; replaces: string[] } {
    const changed = changedSettings(olds, news);
    const unknown = ["kubeconfig", "context", "cluster"].find((key) => containsUnknown(news[key]));
    if (unknown !== undefined) return { changed: [unknown], replaces: [unknown] };
    return { changed, replaces: changed.length > 0 ? leadsElsewhere(olds, news, changed) : [] };
  }

  /**
   * Takes the settings, and looks whether the cluster is there. That it is not is no error yet.
   *
   * @throws Error for a setting that the stand-in does not have
   */
  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    this.#settings = readSettings(settings);
    this.#cluster?.informers.stop();
    this.#cluster = undefined;
    this.#namespace = this.#settings.namespace ?? "default";
    try {
      const { config, namespace } = connect(this.#settings);
      this.#namespace = namespace;
      const api = new Api(config);
      await api.ping().catch((error: unknown) => {
        throw new Error(`unable to load schema information from the API server: ${words(error)}`, {
          cause: error,
        });
      });
      this.#cluster = { api, informers: new Informers(api) };
    } catch (error) {
      this.#unreachable = words(error);
    }
  }

  async check(request: {
    urn: string;
    olds: Props;
    news: Props;
    seed: Uint8Array;
    autonaming?: Autonaming | undefined;
  }): Promise<CheckResult> {
    const { urn, olds, news, seed, autonaming } = request;
    if (!this.#cluster && this.#settings.skipUpdateUnreachable) {
      this.#log(
        urn,
        "warning",
        "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...",
      );
      return { inputs: olds, failures: [] };
    }
    const given = toManifest(news);
    refuseOthers(urn, given);
    let inputs = normalize(given);
    const before = toManifest(olds);
    for (const key of Object.keys(pluck(given, "metadata", "annotations") ?? {}))
      if (key.startsWith(annotations.autonamed))
        this.#log(urn, "warning", `ignoring user-specified value for internal annotation "${key}"`);
    inputs =
      Object.keys(before).length > 0
        ? withManagerLabel(adoptName(inputs, before), before)
        : assignName(inputs, urn.split("::").slice(3).join("::"), seed, autonaming);
    if (isNamedByServer(inputs))
      throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
    // One that the server does not know yet counts as one that has a namespace.
    if (!hasNamespace(inputs) && (await this.#isNamespaced(gvkOfUrn(urn))) !== false)
      inputs = withNamespace(inputs, this.#namespace);
    return { inputs: toProps(inputs, news), failures: [] };
  }

  async diff(request: {
    urn: string;
    olds: Props;
    news: Props;
    ignoreChanges: readonly string[];
  }): Promise<DiffResult> {
    const { urn, olds, news, ignoreChanges } = request;
    const { inputs: oldInputs, live } = parseCheckpoint(olds);
    const asked = normalize(toManifest(news));
    const isNamespaced = (await this.#isNamespaced(gvkOf(asked))) !== false;
    const inNamespace = (object: Manifest): Manifest =>
      !isNamespaced
        ? without(object, ["metadata", "namespace"])
        : hasNamespace(object)
          ? object
          : withNamespace(object, "default");
    const after = inNamespace(asked);
    const pruned = inNamespace({ ...gvkOf(after), ...prune(live, normalize(oldInputs)) });
    // Where the server made the name, the program may have come to know it.
    const before = {
      ...pruned,
      metadata: { ...(pruned.metadata as Props), ...(nameOf(after) !== "" && { name: nameOf(live) }) },
    };

    const all = detailedDiff(before, after, forceNew(after, this.#settings));
    const ignored = ignoreChanges.map(parsePath);
    const changes = new Map(
      [...all].filter(([path]) => !ignored.some((other) => contains(other, parsePath(path)))),
    );
    const replaces = [...changes]
      .filter(([path, { kind, replace }]) => replace || (kind === "delete" && path === "metadata"))
      .map(([path]) => path);
    if (isTrue(after, annotations.replaceUnready))
      this.#log(urn, "warning", "replaceUnready annotation is not supported for this resource");
    return {
      changes,
      replaces,
      // Two of one name cannot exist side by side.
      deleteBeforeReplace:
        replaces.length > 0 &&
        isNamed(after) &&
        !isAutonamed(after) &&
        nameOf(after) === nameOf(live) &&
        namespaceOf(after) === namespaceOf(live),
    };
  }

  /**
   * @returns the object's id and what is kept of it; in a preview without an id, and only what was asked for when it cannot tell
   * @throws {@link InitFailed} when it is there and not ready
   */
  async create({
    urn,
    inputs: props,
    timeout,
    preview,
  }: WriteRequest): Promise<{ id: string; properties: Props }> {
    const inputs = toManifest(props);
    if (preview && (containsUnknown(inputs) || (await this.#isNamespaced(gvkOf(inputs), true)) === undefined))
      return { id: "", properties: props };
    const tools = this.#tools();
    const kept = {
      inputs,
      initialApiVersion: text(inputs, "apiVersion"),
      fieldManager: this.#fieldManager(inputs, undefined),
    };
    const operation = { inputs, fieldManager: kept.fieldManager, timeout, preview };
    try {
      const live = await operations.create(tools, operation, this.#reporter(urn));
      const properties = checkpoint({ ...kept, live: preview ? without(live, ["status"]) : live }, props);
      if (operations.isDefinition(inputs)) tools.api.forgetKinds();
      return { id: preview ? "" : idOf(live), properties };
    } catch (error) {
      if (preview && cannotPreview(error)) return { id: "", properties: props };
      if (error instanceof NoMatchError)
        throw new Error(
          `creation of resource ${JSON.stringify(urn)} with kind ${kindName(gvkOf(inputs))} failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${words(error)}`,
          { cause: error },
        );
      if (!(error instanceof NotReadyError))
        throw new Error(
          `resource ${JSON.stringify(urn)} was not successfully created by the Kubernetes API server: ${words(error)}`,
          { cause: error },
        );
      throw new InitFailed(
        idOf(error.object),
        checkpoint({ ...kept, live: error.object }, props),
        undefined,
        `resource ${JSON.stringify(urn)} was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${words(error)}`,
        error.reasons,
      );
    }
  }

  /**
   * @returns undefined when there is no such object
   * @throws {@link InitFailed} when it is there and not ready
   */
  async read(request: {
    id: string;
    urn: string;
    state: Props;
    inputs: Props;
  }): Promise<{ id: string; properties: Props; inputs: Props } | undefined> {
    const { id, urn, state, inputs: props } = request;
    if (!this.#cluster) {
      this.#log(urn, "warning", `configured Kubernetes cluster is unreachable: ${this.#unreachable}`);
      if (this.#settings.deleteUnreachable) {
        this.#log(
          urn,
          "info",
          "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. Deleting the unreachable resource from Pulumi state",
        );
        return undefined;
      }
      if (this.#settings.skipUpdateUnreachable) return { id, properties: state, inputs: props };
      throw new Error(
        `failed to read resource state due to unreachable cluster. If the cluster was deleted, ${keepUnreachable}`,
      );
    }
    refuseOthers(urn, { ...gvkOfUrn(urn) });
    const { namespace, name } = parseId(id);
    if (name === "")
      throw new Error(
        `failed to read resource because of a failure to parse resource name from request ID: ${id}`,
      );
    const { live: before, initialApiVersion, fieldManager } = parseCheckpoint(state);
    let inputs = normalize(toManifest(props));
    let isUnseen = false;
    if (text(inputs, "kind") === "") {
      isUnseen = text(before, "kind") === "";
      inputs = {
        ...inputs,
        ...(isUnseen ? gvkOfUrn(urn) : gvkOf(before)),
        metadata: { name, ...(namespace !== "" && { namespace }), ...(inputs.metadata as Props | undefined) },
      };
    }
    const kept = {
      initialApiVersion: initialApiVersion ?? text(inputs, "apiVersion"),
      fieldManager: this.#fieldManager(inputs, fieldManager),
    };
    const answer = (live: Manifest): { id: string; properties: Props; inputs: Props } => {
      let liveInputs = prune(live, inputs);
      if (isUnseen) liveInputs = { ...liveInputs, ...askable(live) };
      return {
        id,
        properties: checkpoint({ ...kept, inputs: liveInputs, live }, props),
        inputs: toProps(liveInputs, props),
      };
    };
    try {
      const place = { namespace: namespaceOf(inputs), name };
      return answer(
        await operations.read(
          this.#tools(),
          gvkOf(inputs),
          place,
          isUnseen ? undefined : inputs,
          this.#reporter(urn),
        ),
      );
    } catch (error) {
      if (isNotFound(error) || error instanceof NoMatchError) return undefined;
      if (!(error instanceof NotReadyError)) throw error;
      const { properties, inputs: liveInputs } = answer(error.object);
      throw new InitFailed(id, properties, liveInputs, words(error), error.reasons);
    }
  }

  /**
   * @returns what is kept of the object; only what was asked for, in a preview that cannot tell
   * @throws {@link InitFailed} when it is not as it should be, whatever the reason
   */
  async update(request: WriteRequest & { state: Props; ignoreChanges: readonly string[] }): Promise<Props> {
    const { urn, inputs: props, state, timeout, preview, ignoreChanges } = request;
    const inputs = normalize(toManifest(props));
    if (preview && (containsUnknown(inputs) || (await this.#isNamespaced(gvkOf(inputs), true)) === undefined))
      return props;
    const tools = this.#tools();
    const before = parseCheckpoint(state);
    const lastManager = this.#fieldManager(before.inputs, before.fieldManager);
    const kept = {
      inputs,
      initialApiVersion: before.initialApiVersion ?? text(before.inputs, "apiVersion"),
      fieldManager: this.#fieldManager(inputs, before.fieldManager),
    };
    const operation = {
      inputs,
      fieldManager: kept.fieldManager,
      timeout,
      preview,
      live: before.live,
      ignored: ignoreChanges.map(parsePath),
    };
    let live: Manifest;
    try {
      live = await operations.update(tools, operation, this.#reporter(urn));
    } catch (error) {
      if (preview && isStatus(error, 403)) return props;
      if (error instanceof NoMatchError)
        throw new Error(
          `update of resource ${JSON.stringify(urn)} failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${words(error)}`,
          { cause: error },
        );
      throw await this.#updateFailed(urn, error, before.live, kept, props);
    }
    if (!preview && lastManager !== kept.fieldManager) await operations.relinquish(tools, live, lastManager);
    return checkpoint({ ...kept, live }, props);
  }

  /** Deletes an object and waits until it is gone. */
  async delete({
    id,
    urn,
    state,
    timeout,
  }: {
    id: string;
    urn: string;
    state: Props;
    timeout: number;
  }): Promise<void> {
    if (!this.#cluster) {
      this.#log(urn, "warning", `configured Kubernetes cluster is unreachable: ${this.#unreachable}`);
      if (this.#settings.deleteUnreachable) {
        this.#log(
          urn,
          "info",
          "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. Deleting the unreachable resource from Pulumi state",
        );
        return;
      }
      throw new Error(
        `configured Kubernetes cluster is unreachable. If the cluster was deleted, ${keepUnreachable}`,
      );
    }
    const { inputs, live, initialApiVersion, fieldManager } = parseCheckpoint(state);
    const { name } = parseId(id);
    try {
      await operations.remove(this.#tools(), { inputs, live, name, timeout }, this.#reporter(urn));
    } catch (error) {
      // With its definition all objects of a kind are gone.
      if (error instanceof NoMatchError) return;
      if (!(error instanceof NotReadyError)) throw error;
      const kept = { inputs: live, live: error.object, initialApiVersion, fieldManager };
      throw new InitFailed(
        idOf(error.object),
        checkpoint(kept, state),
        undefined,
        words(error),
        error.reasons,
      );
    }
  }

  /** The engine was told to stop: what is waited for is not waited for any more. */
  cancel(): void {
    this.#cancelled.abort(new Error("the operation was cancelled"));
  }

  /** Whether objects of a kind are in namespaces; undefined when nobody knows. */
  async #isNamespaced(gvk: Gvk, byServer = false): Promise<boolean | undefined> {
    if (!byServer && isKnownKind(gvk.apiVersion, gvk.kind)) return !clusterWide.includes(gvk.kind);
    return this.#cluster?.api.isNamespaced(gvk);
  }

  #tools(): operations.Tools {
    if (!this.#cluster) throw new Error(`configured Kubernetes cluster is unreachable: ${this.#unreachable}`);
    const { enablePatchForce, upsertExistingObjects } = this.#settings;
    return { ...this.#cluster, signal: this.#cancelled.signal, enablePatchForce, upsertExistingObjects };
  }

  #fieldManager(inputs: Manifest, kept: string | undefined): string {
    const asked = annotation(inputs, annotations.patchFieldManager);
    if (asked !== "") return asked;
    return kept ?? `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
  }

  async #updateFailed(
    urn: string,
    error: unknown,
    before: Manifest,
    kept: Omit<Checkpoint, "live">,
    props: Props,
  ): Promise<Error> {
    const { api } = this.#tools();
    let live: Manifest;
    try {
      live = await api.get(await api.place(gvkOf(before), namespaceOf(before)), nameOf(before));
    } catch (second) {
      return new Error(
        `update of resource ${JSON.stringify(urn)} failed: ${words(error)}\nunable to get cluster state: ${words(second)}`,
        { cause: error },
      );
    }
    return new InitFailed(
      idOf(live),
      checkpoint({ ...kept, live }, props),
      undefined,
      `the Kubernetes API server reported that ${JSON.stringify(idOf(live))} failed to fully initialize or become live: ${words(error)}`,
      error instanceof NotReadyError ? error.reasons : [],
    );
  }

  /** Shows each line once. */
  #reporter(urn: string): operations.Reporter {
    const said = new Set<string>();
    const once =
      (isStatus: boolean) =>
      (severity: Severity, line: string): void => {
        const key = `${String(isStatus)} ${severity} ${line}`;
        if (line !== "" && said.has(key)) return;
        said.add(key);
        this.show({ urn, severity, text: line, isStatus });
      };
    return { progress: once(true), log: once(false) };
  }

  #log(urn: string, severity: Severity, line: string): void {
    this.show({ urn, severity, text: line, isStatus: false });
  }
}

/** Groups of kinds that come with Kubernetes, besides those whose names have no dot, and of the plugin's own types. */
const builtIn = new Set([
  ...[
    "admissionregistration",
    "apiextensions",
    "auditregistration",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
    "settings",
    "storage",
    "storagemigration",
  ].map((name) => `${name}.k8s.io`),
  "apiregistration.k8s.io",
  "helm.sh",
]);

/** @throws Error for a type that the stand-in does not have */
function refuseOthers(urn: string, inputs: Manifest): void {
  const gvk = gvkOfUrn(urn);
  const [group = ""] = gvk.apiVersion.split("/");
  const isBuiltIn = !group.includes(".") || builtIn.has(group);
  const isPatch = gvk.kind.endsWith("Patch") && !text(inputs, "kind").endsWith("Patch");
  if ((isBuiltIn && !isKnownKind(gvk.apiVersion, gvk.kind) && !operations.isDefinition(inputs)) || isPatch)
    throw new Error(`${kindName(gvk)} is not supported by the offline stand-in of the kubernetes provider`);
}

function kindName({ apiVersion, kind }: Gvk): string {
  return `${apiVersion}/${kind}`;
}

/** The plugin once labelled what it made; what has the label keeps it. */
function withManagerLabel(inputs: Manifest, before: Manifest): Manifest {
  const label = "app.kubernetes.io/managed-by";
  if (text(before, "metadata", "labels", label) !== "pulumi") return inputs;
  const { metadata = {} } = inputs;
  const labels = isObject(metadata) ? (metadata.labels ?? {}) : undefined;
  return isObject(labels)
    ? { ...inputs, metadata: { ...(metadata as Props), labels: { ...labels, [label]: "pulumi" } } }
    : inputs;
}

/** Tells whether an object is in a namespace that is known. */
function hasNamespace(object: Manifest): boolean {
  const namespace = namespaceOf(object);
  return namespace !== "" && !isUnknown(namespace);
}

function withNamespace(object: Manifest, namespace: string): Manifest {
  const { metadata = {} } = object;
  return isObject(metadata) ? { ...object, metadata: { ...metadata, namespace } } : object;
}

/** What of an object could have been asked for. */
function askable(live: Manifest): Manifest {
  const { apiVersion, kind } = gvkOf(live);
  const fields = Object.fromEntries(
    inputFields(apiVersion, kind)
      .filter((key) => isPresent(live[key]))
      .map((key) => [key, live[key]]),
  );
  return without(
    fields,
    ["metadata", "creationTimestamp"],
    ["metadata", "generation"],
    ["metadata", "managedFields"],
    ["metadata", "resourceVersion"],
    ["metadata", "uid"],
    ["metadata", "annotations", "deployment.kubernetes.io/revision"],
    ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
  );
}

/** Tells whether a preview fails for a reason that an `up` would not meet. */
function cannotPreview(error: unknown): boolean {
  return (
    isStatus(error, 403) ||
    isAlreadyThere(error) ||
    error instanceof operations.PreviewError ||
    (isStatus(error, 400) && error.message.includes("does not support dry run"))
  );
}
