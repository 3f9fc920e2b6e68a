/** JSON merge patches (RFC 7396). */
import { isDeepStrictEqual } from "node:util";

import { isObject, type Props } from "../shared/values";
import { isUnknown } from "./unknown";

/** What makes one object of another: null where something goes, and where a value is not known yet. */
export function mergePatch(before: Props, after: Props): Props {
  return objectPatch(before, withoutUnknown(after) as Props);
}

function objectPatch(before: Props, after: Props): Props {
  const patch: Props = {};
  for (const [key, value] of Object.entries(before)) {
    if (!(key in after)) patch[key] = null;
    else if (isObject(value) && isObject(after[key])) {
      const inner = objectPatch(value, after[key]);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isDeepStrictEqual(value, after[key])) patch[key] = after[key];
  }
  for (const [key, value] of Object.entries(after)) if (!(key in before)) patch[key] = value;
  return patch;
}

function withoutUnknown(value: unknown): unknown {
  if (isUnknown(value)) return null;
  if (Array.isArray(value)) return value.map(withoutUnknown);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutUnknown(item)]));
}
