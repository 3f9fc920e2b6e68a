import { isDeepStrictEqual } from "node:util";

import type { PackageSchema, PropertySchema, PropertySchemas, TypeRef } from "./schema";
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

/** Compares what was asked for last time with what is asked for now. */
export function diffInputs(schemas: PropertySchemas, olds: Props, news: Props): Changes {
  return select(schemas, (key, schema) => !same(olds[key], news[key], schema));
}

/**
 * Compares the outputs with what is asked for, as Terraform does: what is not asked for and there all the same is a difference,
 * unless it says nothing or is the daemon's to choose.
 */
export function diffOutputs(
  schemas: PropertySchemas,
  types: PackageSchema["types"],
  outputs: Props,
  news: Props,
): Changes {
  return select(schemas, (key, schema) => !shows(types, schema, outputs[key], news[key]));
}

/** Tells whether an output is what the input asks for. */
function shows(
  types: PackageSchema["types"],
  schema: PropertySchema,
  output: unknown,
  wanted: unknown,
): boolean {
  if (!isPresent(wanted)) return schema.computed === true || isZero(output);
  // An empty list or map is none, and none is computed where that is possible.
  if (isEmpty(wanted) && typeof wanted === "object") return schema.computed === true || isZero(output);
  if (Array.isArray(wanted)) {
    if (!Array.isArray(output) || output.length !== wanted.length) return false;
    const item = { type: (schema.type as readonly TypeRef[])[0] ?? "string" };
    return wanted.every((one, i) =>
      schema.set
        ? output.some((other) => shows(types, item, other, one))
        : shows(types, item, output[i], one),
    );
  }
  if (!isObject(wanted)) return output === wanted || (isZero(wanted) && isZero(output));
  if (!isObject(output)) return false;
  const nested = typeof schema.type === "string" ? (types[schema.type] ?? {}) : {};
  return [...new Set([...Object.keys(wanted), ...Object.keys(output)])]
    .filter((key) => !key.startsWith("__"))
    .every((key) => shows(types, nested[key] ?? { type: "string" }, output[key], wanted[key]));
}

/** Tells whether a value is what Terraform has for one that is not set. */
function isZero(value: unknown): boolean {
  return isEmpty(value) || value === "" || value === 0;
}

function select(schemas: PropertySchemas, test: (key: string, schema: PropertySchema) => boolean): Changes {
  const changed = Object.entries(schemas).filter(([key, schema]) => test(key, schema));
  return {
    changed: changed.map(([key]) => key),
    replaces: changed.filter(([, schema]) => schema.replace).map(([key]) => key),
  };
}
