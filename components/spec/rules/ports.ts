/** What goes together in `ports`. */
import { defaultPorts } from "../defaults";
import type { Fault } from "../errors";
import { asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults between the public ports.
 *
 * @param spec the spec as it was written
 */
export function* portFaults({ site, target }: UncheckedSpec): Generator<Fault> {
  const { https, http } = { ...defaultPorts[target], ...withoutUndefined(asObject(site.ports)) };
  if (https === http) yield { path: "ports", message: "https and http must differ" };
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
