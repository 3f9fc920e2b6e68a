/** How any kind of object is created, changed, read and deleted. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { setTimeout as delay } from "node:timers/promises";

import type { KubernetesObject } from "@kubernetes/client-node";

import type { Fault } from "../shared/schema";
import { type Context, Incomplete, type Resource } from "../shared/resource";
import { isObject, type Props } from "../shared/values";
import { Pending, readiness } from "./await";
import type { Cluster } from "./cluster";
import type { Kind } from "./kinds";

/** Where the official plugin keeps, among the outputs, by which name it has set the fields. */
const managerKey = "__fieldManager";
const initialKey = "__initialApiVersion";

/** In seconds, where the resource's options say nothing: as the official plugin waits for workloads and Services. */
const patience = 600;

/** A resource type. */
export function objectResource(kind: Kind, cluster: Cluster): Resource<never> {
  const named = (inputs: Props): KubernetesObject => {
    const metadata = inputs.metadata as Props;
    const namespace = metadata.namespace as string | undefined;
    return {
      ...inputs,
      apiVersion: (inputs.apiVersion ?? kind.apiVersion) as string,
      kind: (inputs.kind ?? kind.kind) as string,
      metadata: {
        ...metadata,
        ...(kind.kind !== "Namespace" && { namespace: namespace ?? cluster.namespace }),
      },
    };
  };
  const byId = (id: string, outputs: Props): KubernetesObject => {
    const [name = "", namespace] = id.split("/").reverse();
    return {
      apiVersion: (outputs.apiVersion ?? kind.apiVersion) as string,
      kind: (outputs.kind ?? kind.kind) as string,
      metadata: { name, ...(namespace !== undefined && { namespace }) },
    };
  };
  const put = async (
    inputs: Props,
    manager: string,
    context: Context,
  ): Promise<{ id: string; outputs: Props }> => {
    const object = named(inputs);
    const annotations = object.metadata?.annotations ?? {};
    const applied = await cluster.apply(object, manager, annotations["pulumi.com/patchForce"] === "true");
    const { name = "", namespace } = applied.metadata ?? {};
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    const outputsOf = (live: KubernetesObject): Props => ({
      ...(withoutManagedFields(live) as Props),
      [managerKey]: manager,
      [initialKey]: object.apiVersion,
    });
    if (annotations["pulumi.com/skipAwait"] === "true") return { id, outputs: outputsOf(applied) };
    const seconds = context.timeout ?? (Number(annotations["pulumi.com/timeoutSeconds"] ?? 0) || patience);
    const end = Date.now() + seconds * 1000;
    let live = applied;
    for (;;) {
      context.signal.throwIfAborted();
      const found = await cluster.read(byId(id, live as Props));
      if (!found) throw new Error(`${id}: the object was deleted while it was waited for`);
      live = found;
      const state = await readiness(live, cluster);
      if (!(state instanceof Pending)) return { id, outputs: outputsOf(live) };
      context.progress(state.message);
      if (Date.now() > end)
        throw new Incomplete(
          id,
          outputsOf(live),
          [
            `the Kubernetes API server reported that ${JSON.stringify(id)} failed to fully initialize or become live: '${name}' timed out waiting to be Ready`,
            ...state.reasons.map((reason) => `* ${reason}`),
          ].join("\n"),
        );
      await delay(500, undefined, { signal: context.signal });
    }
  };

  const resource: Resource<Props> = {
    type: kind.type,
    check: (inputs, faults: Fault[]) => {
      const { name } = (inputs.metadata ?? {}) as Props;
      if (name === undefined)
        faults.push({
          property: "metadata.name",
          reason: "the offline stand-in makes no names: metadata.name must be set",
        });
      return { ...inputs, apiVersion: inputs.apiVersion ?? kind.apiVersion, kind: inputs.kind ?? kind.kind };
    },
    outdated: (outputs, inputs) =>
      ["metadata.name", "metadata.namespace", ...(kind.replace ?? [])].filter((path) => {
        const [live, written] = [at(outputs, path), at(inputs, path)];
        if (written === undefined) return false;
        return kind.filledIn?.includes(path)
          ? !isAsWritten(live, written)
          : !isDeepStrictEqual(live, written);
      }),
    deleteBeforeReplace: (outputs, inputs) =>
      ["metadata.name", "metadata.namespace"].every((path) => at(outputs, path) === at(inputs, path)),
    create: (inputs, context) => put(inputs, `pulumi-kubernetes-${randomBytes(4).toString("hex")}`, context),
    update: async (_id, outputs, inputs, context) => {
      const manager = outputs[managerKey];
      return (await put(inputs, typeof manager === "string" ? manager : "pulumi-kubernetes", context))
        .outputs;
    },
    read: async (id, outputs) => {
      const live = await cluster.read(byId(id, outputs));
      return (
        live && {
          id,
          outputs: {
            ...(withoutManagedFields(live) as Props),
            [managerKey]: outputs[managerKey],
            [initialKey]: outputs[initialKey],
          },
        }
      );
    },
    delete: async (id, outputs, signal) => {
      const object = byId(id, outputs);
      if (!(await cluster.delete(object))) return;
      const end = Date.now() + patience * 1000;
      for (;;) {
        signal?.throwIfAborted();
        const live = await cluster.read(object);
        const uid = (outputs.metadata as Props | undefined)?.uid;
        if (!live || live.metadata?.uid !== uid) return;
        if (Date.now() > end) throw new Error(`${id}: timed out waiting for the object to be deleted`);
        await delay(300);
      }
    },
  };
  return resource;
}

/** Whether a value of an object is what was written. It may have more fields. */
function isAsWritten(live: unknown, written: unknown): boolean {
  if (Array.isArray(written))
    return (
      Array.isArray(live) &&
      live.length === written.length &&
      written.every((entry, index) => isAsWritten(live[index], entry))
    );
  if (isObject(written))
    return isObject(live) && Object.entries(written).every(([name, value]) => isAsWritten(live[name], value));
  return live === written;
}

/** What a path leads to. */
function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((above, name) => (isObject(above) ? above[name] : undefined), value);
}

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  // Dates become texts, as they are on the wire.
  const copy = JSON.parse(JSON.stringify(object)) as KubernetesObject;
  delete copy.metadata?.managedFields;
  return copy;
}
