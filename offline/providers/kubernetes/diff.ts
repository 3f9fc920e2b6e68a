/** What differs between an object and what is asked for, property by property, as the official plugin tells the engine. */
import { isObject, type Props } from "../shared/values";
import { changesAny } from "./force-new";
import { mergePatch } from "./merge-patch";
import { type PropertyPath, printPath } from "./property-path";
import { isUnknown } from "./unknown";

/** What becomes of a property. */
export interface PropertyChange {
  readonly kind: "add" | "delete" | "update";
  /** Whether it takes another object. */
  readonly replace: boolean;
  /** Whether the difference is to the inputs of the last deployment. */
  readonly inputDiff: boolean;
}

/** Changes by the paths of properties. */
export type DetailedDiff = Map<string, PropertyChange>;

/** No value, where null is one. */
const missing = Symbol("missing");

interface Place {
  readonly patch: unknown;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Compares.
 *
 * @param before of the object, what was asked for of it
 * @param after what is asked for now
 * @param forceNew paths whose change makes another object
 */
export function detailedDiff(before: Props, after: Props, forceNew: readonly string[]): DetailedDiff {
  const diff: DetailedDiff = new Map();
  const patch = mergePatch(before, after);
  addObject(diff, forceNew, [], patch, before, after, false);
  return diff;
}

function addValue(
  diff: DetailedDiff,
  forceNew: readonly string[],
  path: PropertyPath,
  { patch, before, after }: Place,
  inList: boolean,
): void {
  // What the server has set is no difference.
  if (after === missing && (patch !== null || before === missing)) return;

  let kind: PropertyChange["kind"];
  let inputDiff = false;
  if (patch === null) {
    if (isUnknown(after)) kind = before === missing ? "add" : "update";
    else {
      kind = "delete";
      inputDiff = true;
    }
  } else if (before === missing) kind = "add";
  else if (isObject(patch) && isObject(before)) {
    addObject(diff, forceNew, path, patch, before, isObject(after) ? after : {}, inList);
    return;
  } else if (Array.isArray(patch) && Array.isArray(before)) {
    addList(diff, forceNew, path, patch, before, Array.isArray(after) ? after : []);
    return;
  } else if (patch === before) return;
  else kind = "update";

  const replace = changesAny(asPatch(path, patch), forceNew);
  diff.set(printPath(path), { kind, replace, inputDiff });
}

function addObject(
  diff: DetailedDiff,
  forceNew: readonly string[],
  path: PropertyPath,
  patch: Props,
  before: Props,
  after: Props,
  inList: boolean,
): void {
  const get = (object: Props, key: string): unknown => (key in object ? object[key] : missing);
  const add = (key: string, value: unknown): void => {
    const place = { patch: value, before: get(before, key), after: get(after, key) };
    addValue(diff, forceNew, [...path, key], place, inList);
  };
  for (const [key, value] of Object.entries(patch)) add(key, value);
  // A patch has lists as a whole: what is gone from an item is not in it.
  if (inList) for (const key of Object.keys(before)) if (!(key in patch)) add(key, null);
}

function addList(
  diff: DetailedDiff,
  forceNew: readonly string[],
  path: PropertyPath,
  patch: unknown[],
  before: unknown[],
  after: unknown[],
): void {
  for (let i = 0; i < Math.max(patch.length, before.length); i++) {
    const place = {
      patch: i < patch.length ? patch[i] : null,
      before: i < before.length ? before[i] : missing,
      after: i < after.length ? after[i] : null,
    };
    addValue(diff, forceNew, [...path, i], place, true);
  }
}

/** A patch that does no more than set one value. */
function asPatch([step, ...rest]: PropertyPath, value: unknown): unknown {
  if (step === undefined) return value;
  const inner = asPatch(rest, value);
  return typeof step === "number" ? [inner] : { [step]: inner };
}
