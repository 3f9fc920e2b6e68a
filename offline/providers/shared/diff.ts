import { isDeepStrictEqual } from "node:util";

import type { PropertySchema, PropertySchemas } from "./schema";
import { isObject, isPresent, type Props } from "./values";

/** Names of the properties that changed, and of those among them that force a replacement. */
export interface Changes {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
}

/** What is compared: no bookkeeping of the plugins, and nothing that says no more than its absence would. */
function normalize(value: unknown, schema?: PropertySchema): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normalize(item));
    return schema?.set ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !key.startsWith("__"))
    .map(([key, item]) => [key, normalize(item)] as const)
    .filter(([, item]) => !isEmpty(item))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (!isPresent(value) || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function same(a: unknown, b: unknown, schema: PropertySchema): boolean {
  const [x, y] = [normalize(a, schema), normalize(b, schema)];
  return isDeepStrictEqual(isEmpty(x) ? undefined : x, isEmpty(y) ? undefined : y);
}

/** Tells whether the state shows what the inputs ask for; it may show more (defaults, what the daemon chose). */
export function covers(state: unknown, wanted: unknown, schema?: PropertySchema): boolean {
  if (isEmpty(wanted)) return isEmpty(state) || !isPresent(wanted);
  if (Array.isArray(wanted)) {
    if (!Array.isArray(state) || state.length !== wanted.length) return false;
    return wanted.every((item, i) =>
      schema?.set ? state.some((other) => covers(other, item)) : covers(state[i], item),
    );
  }
  if (!isObject(wanted)) return state === wanted;
  if (!isObject(state)) return false;
  return Object.entries(wanted).every(([key, item]) => key.startsWith("__") || covers(state[key], item));
}

/** Compares what was asked for last time with what is asked for now. */
export function diffInputs(schemas: PropertySchemas, olds: Props, news: Props): Changes {
  return select(schemas, (key, schema) => !same(olds[key], news[key], schema));
}

/** Compares the state with what is asked for: all there is to go by when the old inputs are not at hand. */
export function diffState(schemas: PropertySchemas, state: Props, news: Props): Changes {
  return select(schemas, (key, schema) => !covers(state[key], news[key], schema));
}

function select(schemas: PropertySchemas, test: (key: string, schema: PropertySchema) => boolean): Changes {
  const changed = Object.entries(schemas).filter(([key, schema]) => test(key, schema));
  return {
    changed: changed.map(([key]) => key),
    replaces: changed.filter(([, schema]) => schema.replace).map(([key]) => key),
  };
}
