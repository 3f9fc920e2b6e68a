/** What somebody may have meant who mistyped a name. */
import { closest, distance } from "fastest-levenshtein";

/**
 * A question at the end of a message: which of the known names may have been meant.
 *
 * @param name the name as it was written
 * @param known the names that there are
 * @returns `; did you mean <name>?`, or an empty string when none is near: when more than two letters in five would have to change
 * @example
 * ```ts
 * didYouMean("server.maxUploadSze", ["server.maxUploadSize", "server.port"]); // "; did you mean server.maxUploadSize?"
 * ```
 */
export function didYouMean(name: string, known: readonly string[]): string {
  // What is that long is no name, and comparing it takes the square of its length.
  if (known.length === 0 || name.length > 100) return "";
  const lowerCase = name.toLowerCase();
  const lowerCaseKnown = known.map((other) => other.toLowerCase());
  const found = closest(lowerCase, lowerCaseKnown);
  if (distance(lowerCase, found) > 0.4 * Math.max(name.length, found.length)) return "";
  return `; did you mean ${known[lowerCaseKnown.indexOf(found)] ?? found}?`;
}
