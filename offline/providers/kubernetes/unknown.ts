/** Values that are not known before an `up`. */
import { isObject } from "../shared/values";

/** What the engine sends in their place, by the type that they will have: bool, number, string, list, asset, archive, object. */
const marks = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Tells whether a value is not known. */
export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && marks.has(value);
}

/** Tells whether anything in a value is not known. */
export function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}
