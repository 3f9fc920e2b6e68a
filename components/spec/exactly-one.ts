import type { Fault } from "./errors";

/**
 * The fault of a choice in which not exactly one kind is set.
 *
 * @param path the path of the choice, for instance `auth`
 * @param value the choice as it was written, of any shape; undefined when it was left out, which is no fault of the choice
 * @param kinds the keys of which exactly one has to be set
 * @example
 * ```ts
 * exactlyOne("tls", { selfSigned: {}, acm: {} }, ["selfSigned", "provided", "acm"]);
 * // [{ path: "tls", message: "must have exactly one of selfSigned, provided, acm, not selfSigned and acm" }]
 * ```
 */
export function exactlyOne(path: string, value: unknown, kinds: readonly string[]): Fault[] {
  if (typeof value !== "object" || value === null) return [];
  const given = Object.entries(value)
    .filter(([kind, chosen]) => kinds.includes(kind) && chosen !== undefined)
    .map(([kind]) => kind);
  if (given.length === 1) return [];
  const tooMany = given.length > 1 ? `, not ${given.join(" and ")}` : "";
  return [{ path, message: `must have exactly one of ${kinds.join(", ")}${tooMany}` }];
}
