/** Objects of Kubernetes as plain JSON, and what is read of any of them. */
import { isObject, type Props } from "../shared/values";

/** An object, or what is asked for of one. */
export type Manifest = Props;

/** What a path of keys leads to. */
export function pluck(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((above, key) => (isObject(above) ? above[key] : undefined), value);
}

/** A text at a path; empty when there is none. */
export function text(value: unknown, ...path: string[]): string {
  const found = pluck(value, ...path);
  return typeof found === "string" ? found : "";
}

/** A number at a path; 0 when there is none. */
export function number(value: unknown, ...path: string[]): number {
  const found = pluck(value, ...path);
  return typeof found === "number" ? found : 0;
}

/** The objects in a list at a path. */
export function items(value: unknown, ...path: string[]): Props[] {
  const found = pluck(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The name of an object. */
export function nameOf(object: Manifest): string {
  return text(object, "metadata", "name");
}

/** The namespace of an object; empty when it is in none. */
export function namespaceOf(object: Manifest): string {
  return text(object, "metadata", "namespace");
}

/** An annotation of an object; empty when it does not have it. */
export function annotation(object: Manifest, key: string): string {
  return text(object, "metadata", "annotations", key);
}

/** The generation of an object: a number that grows with each change of what is asked for; 0 when it has none. */
export function generation(object: Manifest): number {
  return number(object, "metadata", "generation");
}

/** The id of an object for the engine. */
export function idOf(object: Manifest): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

/** The namespace and the name in an id. */
export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

/** The kind of an object, of the API's group and version. */
export interface Gvk {
  /** As in manifests: `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** The kind of an object. */
export function gvkOf(object: Manifest): Gvk {
  // The core group has a name in type tokens only.
  return { apiVersion: text(object, "apiVersion").replace(/^core\//, ""), kind: text(object, "kind") };
}

/**
 * The kind that a resource's type token stands for.
 *
 * @param urn of the resource
 * @throws Error for a type of another package
 */
export function gvkOfUrn(urn: string): Gvk {
  const type = urn.split("::")[2]?.split("$").pop() ?? "";
  const [, apiVersion, kind] = /^kubernetes:([^:/]+\/[^:/]+):([^:]+)$/.exec(type) ?? [];
  if (apiVersion === undefined || kind === undefined) throw new Error(`${type} is no kind of object`);
  return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** Tells whether an object belongs to another. */
export function isOwnedBy(object: Manifest, owner: Manifest | undefined): boolean {
  const uid = text(owner, "metadata", "uid");
  return (
    uid !== "" && items(object, "metadata", "ownerReferences").some((reference) => reference.uid === uid)
  );
}

/** The same object without the fields at some paths. */
export function without<T extends Props>(object: T, ...paths: string[][]): T {
  const copy = structuredClone(object);
  for (const path of paths) {
    const above = pluck(copy, ...path.slice(0, -1));
    if (isObject(above)) delete above[path.at(-1) ?? ""];
  }
  return copy;
}
