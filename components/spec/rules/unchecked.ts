/** What rules look at: a spec whose shape may be wrong. */
import type { Target } from "../capabilities";
import type { Fault } from "../errors";
import { isKnownLater } from "../known-later";

/** A spec as it was written, as far as rules can rely on it: what should be an object is one. */
export interface UncheckedSpec {
  /** The fields of the spec. */
  site: Record<string, unknown>;
  /** The spec's apps by their names, in its order. */
  apps: { name: string; app: Record<string, unknown> }[];
  /** The spec's `auth`. */
  auth: Record<string, unknown>;
  /** Where the spec is to be deployed. */
  target: Target;
}

/** A rule between fields. It finds faults in a spec of any shape, and says nothing of values of the wrong type. */
export type Rule = (spec: UncheckedSpec) => Iterable<Fault>;

/**
 * A spec as rules look at it.
 *
 * @param args the spec as it was written, of any shape
 * @param target where it is to be deployed
 */
export function unchecked(args: unknown, target: Target): UncheckedSpec {
  const site = asObject(args);
  return {
    site,
    apps: Object.entries(asObject(site.apps)).map(([name, app]) => ({ name, app: asObject(app) })),
    auth: asObject(site.auth),
    target,
  };
}

/**
 * The value if it is an object, else an empty one.
 *
 * @param value any value
 */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isKnownLater(value)
    ? (value as Record<string, unknown>)
    : {};
}

/**
 * The value if it is an array, else an empty one.
 *
 * @param value any value
 */
export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
