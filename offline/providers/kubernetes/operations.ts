/** What is done to objects in a cluster, and waited for: `provider/pkg/await/await.go` of the official plugin. */
import { setTimeout as delay } from "node:timers/promises";

import { propagationOf, annotations, isTrue, skipsDeletionOf, timeoutOf } from "./annotations";
import type { Api, Place } from "./api";
import {
  type ApiError,
  isAlreadyThere,
  isConflict,
  isNotFound,
  isStatus,
  NoMatchError,
  words,
} from "./api-error";
import {
  awaitClaim,
  awaiterOf,
  checkReady,
  NotReadyError,
  type Progress,
  run,
  timedOutWaiting,
} from "./await";
import { watched } from "./await/awaiter";
import type { Event, Informers } from "./informers";
import { creator, isManagedByCreator, managedFields, takeOver, withIgnored } from "./managed-fields";
import { type Gvk, gvkOf, type Manifest, nameOf, namespaceOf, pluck, text } from "./object";
import type { PropertyPath } from "./property-path";

/** What operations work with. */
export interface Tools {
  readonly api: Api;
  readonly informers: Informers;
  /** Aborted when the engine is told to stop. */
  readonly signal: AbortSignal;
  readonly enablePatchForce: boolean;
  readonly upsertExistingObjects: boolean;
}

/** What is said of one resource while it is worked on. */
export interface Reporter {
  /** For the time being; an empty line ends that. */
  readonly progress: Progress;
  /** For good. */
  readonly log: Progress;
}

/** What an operation is to do. */
export interface Operation {
  readonly inputs: Manifest;
  /** By which name fields are managed. */
  readonly fieldManager: string;
  /** How long it may take by the resource's options, in seconds; 0 when they say nothing. */
  readonly timeout: number;
  /** Only tell what would come of it. */
  readonly preview: boolean;
}

/** A preview cannot tell, because of what is not there yet. */
export class PreviewError extends Error {}

/** Seconds between tries to create an object in a namespace, or of a kind, that is not there yet. */
const retries = [1, 2, 4, 8, 16];

/**
 * Creates an object and waits for it.
 *
 * @throws NotReadyError when it is there and not ready
 */
export async function create(tools: Tools, operation: Operation, report: Reporter): Promise<Manifest> {
  const object = await createAgainAndAgain(tools, operation, report).catch((error: unknown) => {
    if (isAlreadyThere(error)) error.message += alreadyThere;
    throw error;
  });
  report.progress("info", "");
  return operation.preview ? object : awaitReady(tools, operation, object, undefined, report);
}

async function createAgainAndAgain(tools: Tools, operation: Operation, report: Reporter): Promise<Manifest> {
  for (let i = 0; ; i++) {
    try {
      return await createOnce(tools, operation, report);
    } catch (error) {
      if (operation.preview && isMissingNamespace(error))
        throw new PreviewError(`namespace does not exist for "${nameOf(operation.inputs)}"`);
      report.progress("info", `Retry #${String(i)}; creation failed: ${words(error)}`);
      const seconds = retries[i];
      if (seconds === undefined || !(isNotFound(error) || error instanceof NoMatchError)) throw error;
      await delay(seconds * 1000, undefined, { signal: tools.signal });
    }
  }
}

async function createOnce(tools: Tools, operation: Operation, report: Reporter): Promise<Manifest> {
  const { api, upsertExistingObjects } = tools;
  const { inputs, fieldManager, preview } = operation;
  const place = await api.place(gvkOf(inputs), namespaceOf(inputs));
  if (!upsertExistingObjects) return api.create(place, inputs, { fieldManager: creator, dryRun: preview });
  const options = { fieldManager, dryRun: preview, force: forces(tools, operation, undefined) };
  try {
    return await api.apply(place, nameOf(inputs), inputs, options);
  } catch (error) {
    if (!preview || !isStatus(error, 422) || !error.message.includes("field is immutable"))
      throw explained(error, fieldManager);
    // What is there is replaced, which no dry run can tell.
    const name = `${nameOf(inputs)}-preview`;
    report.log("info", `Preview creation failed due to immutable fields; retrying with name "${name}"`);
    return api.apply(place, name, { ...inputs, metadata: { ...(inputs.metadata as object), name } }, options);
  }
}

const alreadyThere = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;

/** What an update works from. */
export interface Update extends Operation {
  /** The object as it was seen last. */
  readonly live: Manifest;
  /** Properties whose changes are ignored. */
  readonly ignored: readonly PropertyPath[];
}

/**
 * Updates an object and waits for it.
 *
 * @throws NotReadyError when it is there and not ready
 */
export async function update(tools: Tools, operation: Update, report: Reporter): Promise<Manifest> {
  const { inputs, live, preview } = operation;
  const place = await tools.api.place(gvkOf(inputs), namespaceOf(inputs));
  const before = await tools.api.get(place, nameOf(live));
  const object = await put(tools, operation, place, before);
  return preview ? object : awaitReady(tools, operation, object, before, report);
}

async function put(tools: Tools, operation: Update, place: Place, before: Manifest): Promise<Manifest> {
  const { api } = tools;
  const { inputs, fieldManager, preview, ignored } = operation;
  const name = nameOf(before);
  if (isDefinition(inputs)) {
    const metadata = {
      ...(inputs.metadata as object),
      resourceVersion: text(before, "metadata", "resourceVersion"),
    };
    return api.replace(place, name, { ...inputs, metadata }, { fieldManager, dryRun: preview });
  }
  let current = before;
  const fields = preview ? undefined : takeOver(before, fieldManager);
  if (fields)
    current = await api.patch(place, name, [
      { op: "replace", path: "/metadata/managedFields", value: fields },
    ]);
  const asked = withIgnored(inputs, current, fieldManager, ignored);
  const force = forces(tools, operation, current);
  try {
    return await api.apply(place, name, asked, { fieldManager, dryRun: preview, force });
  } catch (error) {
    throw explained(error, fieldManager);
  }
}

/** Lets go of all fields that are managed by a name. */
export async function relinquish(tools: Tools, object: Manifest, fieldManager: string): Promise<void> {
  const place = await tools.api.place(gvkOf(object), namespaceOf(object));
  const namespace = namespaceOf(object);
  const identity = { name: nameOf(object), ...(namespace !== "" && { namespace }) };
  const empty = { ...gvkOf(object), metadata: identity };
  await tools.api.apply(place, nameOf(object), empty, { fieldManager, force: false });
}

/**
 * Looks at an object.
 *
 * @param inputs what was asked for; undefined when that is not known: then nobody asks whether it is ready
 * @throws NotReadyError when it is there and not ready
 */
export async function read(
  tools: Tools,
  gvk: Gvk,
  { namespace, name }: { namespace: string; name: string },
  inputs: Manifest | undefined,
  report: Reporter,
): Promise<Manifest> {
  const { api } = tools;
  const place = await api.place(gvk, namespace);
  const object = await api.get(place, name);
  if (!inputs) return object;
  const awaited = { object, before: undefined, progress: report.progress };
  await checkReady(inputs, awaited, async (kind) => {
    const all = await api.place(kind, namespaceOf(object));
    return api.list(all).then(
      ({ items }) => items,
      () => [],
    );
  });
  report.progress("info", "");
  return api.get(place, name).catch(() => object);
}

/**
 * Deletes an object and waits until it is gone.
 *
 * @param inputs what was asked for
 * @param live the object as it was seen last
 * @param timeout as in {@link Operation}
 * @throws NotReadyError when it is still there
 */
export async function remove(
  tools: Tools,
  { inputs, live, name, timeout }: { inputs: Manifest; live: Manifest; name: string; timeout: number },
  report: Reporter,
): Promise<void> {
  const { api } = tools;
  try {
    const place = await api.place(gvkOf(live), namespaceOf(live));
    await api.delete(place, name, propagationOf(inputs));
    if (skipsDeletionOf(inputs)) {
      report.progress("info", "Skipping await logic");
      return;
    }
    await untilGone(tools, place, { live, name, seconds: timeoutOf(inputs, timeout) }, report);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  report.progress("info", "");
}

async function untilGone(
  { api, informers, signal }: Tools,
  place: Place,
  { live, name, seconds }: { live: Manifest; name: string; seconds: number },
  report: Reporter,
): Promise<void> {
  const isGone = (): Promise<boolean> =>
    api.get(place, name).then(
      () => false,
      (error: unknown) => {
        if (isNotFound(error)) return true;
        report.progress("warning", `unexpected error while checking cluster state: ${words(error)}`);
        return false;
      },
    );
  let last = live;
  let stop = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  const isOver = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const ends = [
    await informers.subscribe(place.gvk, namespaceOf(live), ({ type, object }) => {
      if (nameOf(object) !== name) return;
      last = object;
      if (type === "deleted") stop();
      else if (text(object, "metadata", "deletionTimestamp") !== "")
        report.progress("info", "Resource scheduled for deletion");
    }),
  ];
  try {
    // It may have gone before anybody watched.
    if (await isGone()) return;
    ends.push(await watchEvents(informers, live, report));
    timer = setTimeout(stop, seconds * 1000);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    await isOver;
    if (await isGone()) return;
    const finalizers = pluck(last, "metadata", "finalizers");
    const list = Array.isArray(finalizers) ? finalizers.join(", ") : "";
    report.log("warning", `finalizers might be preventing deletion (${list})`);
    throw timedOutWaiting(last);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    for (const end of ends) end();
  }
}

async function awaitReady(
  tools: Tools,
  operation: Operation,
  object: Manifest,
  before: Manifest | undefined,
  report: Reporter,
): Promise<Manifest> {
  const { api, informers, signal } = tools;
  const awaited = { object, before, progress: report.progress };
  const awaiter = awaiterOf(operation.inputs, awaited);
  if (!awaiter) return object;
  const end = await watchEvents(informers, object, report);
  try {
    const namespace = namespaceOf(object);
    const ready =
      awaiter === "claim"
        ? await awaitClaim(awaited, {
            look: async () => api.get(await api.place(gvkOf(object), namespace), nameOf(object)),
            read: async (gvk, name) => api.get(await api.place(gvk, ""), name),
            signal,
          })
        : await run(awaiter, {
            subscribe: (gvk, handler) => informers.subscribe(gvk, namespace, handler),
            seconds: timeoutOf(operation.inputs, operation.timeout),
            signal,
            progress: report.progress,
          });
    report.progress("info", "");
    return ready;
  } catch (error) {
    // It is there, whatever else is wrong.
    throw error instanceof NotReadyError ? error : new NotReadyError(words(error), object);
  } finally {
    end();
  }
}

/** Shows the cluster's warnings of an object while it is waited for; who may not see them goes without. */
async function watchEvents(informers: Informers, object: Manifest, report: Reporter): Promise<() => void> {
  const uid = text(object, "metadata", "uid");
  const show = ({ object: event }: Event): void => {
    if (text(event, "involvedObject", "uid") !== uid || text(event, "type") !== "Warning") return;
    report.progress("warning", `${text(event, "reason")}: ${text(event, "message")}`);
  };
  return informers.subscribe(watched.event, namespaceOf(object), show).catch(() => () => undefined);
}

/** Whether fields are taken from others that manage them. */
function forces(tools: Tools, { inputs, preview }: Operation, live: Manifest | undefined): boolean {
  if (isTrue(inputs, annotations.patchForce) || tools.enablePatchForce) return true;
  // In an `up` the fields change hands before.
  if (preview && (!live || isManagedByCreator(live))) return true;
  return live !== undefined && managedFields(live).length === 0;
}

function explained(error: unknown, fieldManager: string): unknown {
  if (isConflict(error))
    error.message =
      "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help\n" +
      `The resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}`;
  return error;
}

function isMissingNamespace(error: unknown): error is ApiError {
  return isNotFound(error) && error.details.kind === "namespaces";
}

/** Whether an object defines a kind of objects. */
export function isDefinition({ apiVersion, kind }: Manifest): boolean {
  return kind === "CustomResourceDefinition" && String(apiVersion).startsWith("apiextensions.k8s.io/");
}
