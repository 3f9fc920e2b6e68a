/** Who manages which fields of an object, and how they change hands. */
import { isObject, type Props } from "../shared/values";
import { items, type Manifest, pluck, without } from "./object";
import { type PropertyPath, printPath } from "./property-path";

/** The name by which objects are created: with the first update the fields go to the name that is kept in the state. */
export const creator = "pulumi-kubernetes";

/** Managers whose fields the plugin takes over, by the beginnings of their names. */
const predecessors = [
  { name: "kubectl", operation: "Apply" },
  { name: "kubectl", operation: "Update" },
  { name: "before-first-apply", operation: "Update" },
  { name: creator, operation: "Update" },
  { name: "pulumi-kubernetes.exe", operation: "Update" },
  { name: "pulumi-resource-kubernetes", operation: "Update" },
];

/** Names by which this plugin has made objects. */
const own = [creator, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"];

/** What an object's managers manage. */
export function managedFields(live: Manifest): Props[] {
  return items(live, "metadata", "managedFields");
}

/** Tells whether this plugin made the object, and has not updated it since. */
export function isManagedByCreator(live: Manifest): boolean {
  return managedFields(live).some(
    ({ manager, operation }) => operation === "Update" && own.includes(String(manager)),
  );
}

/**
 * Lets a manager have what its predecessors managed.
 *
 * @returns the managed fields as they are to be; undefined when there is nothing to take over
 */
export function takeOver(live: Manifest, manager: string): Props[] | undefined {
  const entries = managedFields(live);
  const isOwn = (entry: Props): boolean => entry.manager === manager && entry.operation === "Apply";
  let ours = entries.filter(isOwn).at(-1);
  let isTaken = false;
  const others: Props[] = [];
  for (const entry of entries) {
    if (entry === ours) continue;
    if (!isPredecessor(entry)) {
      others.push(entry);
      continue;
    }
    isTaken = true;
    ours = ours
      ? { ...ours, fieldsV1: union(ours.fieldsV1, entry.fieldsV1) }
      : { ...entry, manager, operation: "Apply" };
  }
  return isTaken && ours ? [...others, ours] : undefined;
}

function isPredecessor({ manager, operation, subresource }: Props): boolean {
  return (
    (subresource ?? "") === "" &&
    predecessors.some(({ name, operation: other }) => String(manager).startsWith(name) && operation === other)
  );
}

/** Fields that are in either of two sets. A dot says of a field with fields that it is in the set itself. */
function union(one: unknown, other: unknown): unknown {
  if (!isObject(one) || !isObject(other)) return one ?? other;
  const merged: Props = { ...one };
  for (const [key, value] of Object.entries(other))
    merged[key] = key in merged ? union(merged[key], value) : value;
  const isLeafInOne = [one, other].some((fields) => Object.keys(fields).length === 0);
  return isLeafInOne && Object.keys(merged).length > 0 ? { ".": {}, ...merged } : merged;
}

/**
 * What is asked for, but for properties whose changes are ignored (`ignoreChanges`): what others manage is left to them, and of the
 * rest is asked for what is there.
 */
export function withIgnored(
  inputs: Manifest,
  live: Manifest,
  manager: string,
  ignored: readonly PropertyPath[],
): Manifest {
  let result = structuredClone(inputs);
  const manages = (entries: Props[], path: string[]): boolean =>
    entries.some(({ fieldsV1 }) => pluck(fieldsV1, ...path.map((key) => `f:${key}`)) !== undefined);
  const fields = managedFields(live);
  for (const property of ignored) {
    // A name with a dot in it is none here: as the official plugin has it.
    const path = printPath(property).split(".");
    const isOurs = manages(
      fields.filter((entry) => entry.manager === manager),
      path,
    );
    const isTheirs = manages(
      fields.filter((entry) => entry.manager !== manager),
      path,
    );
    const value = pluck(live, ...path);
    if (isTheirs && !isOurs) result = without(result, path);
    else if (value !== undefined) put(result, path, value);
  }
  return result;
}

function put(object: Props, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    object[key] = structuredClone(value);
    return;
  }
  const inner = isObject(object[key]) ? object[key] : (object[key] = {});
  put(inner, rest, value);
}
