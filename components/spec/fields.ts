/**
 * What zod has no word for: fields whose value may be known later, and records whose names are checked. Both are
 * registered, so that one walk over the schema finds every field, and no list of them is written a second time.
 */
import { z } from "zod";
import { type Fault, SiteSpecError } from "./errors";
import { isKnownLater, isOutput, type KnownLater, whenKnown } from "./known-later";

// Not zod's own registries: their types take the types of schemas apart.
/** What the value of an input has to look like when it is known. */
const inputs = new WeakMap<z.ZodType, z.ZodType<string>>();
/** Those of them that may be numbers or booleans as well. */
const scalars = new WeakSet<z.ZodType>();
/** What is below each name of a record. */
const records = new WeakMap<z.ZodType, z.ZodType>();

/**
 * A string now, or an Output or a promise of one. What is there now is checked at once, the rest by
 * {@link checkedWhenKnown}.
 *
 * @param known what the string has to look like
 */
export function input(known: z.ZodType<string>): z.ZodType {
  const schema = z.unknown().superRefine((value, context) => {
    if (isKnownLater(value)) return;
    for (const message of complaints(known, value)) context.addIssue({ code: "custom", message });
  });
  inputs.set(schema, known);
  return schema;
}

/**
 * A string now or later, as {@link input}, or an object of such strings, as deep as one likes: the types of a spec have the
 * strings only, configuration in YAML may nest. There, numbers and booleans stay what they are.
 *
 * @param name what a name in an object has to look like
 * @param known what a string has to look like
 */
export function inputTree(name: z.ZodType<string>, known: z.ZodType<string>): z.ZodType {
  const leaf = input(known);
  const schema: z.ZodType = z.unknown().superRefine((value, context) => {
    const isTable =
      typeof value === "object" && value !== null && !Array.isArray(value) && !isKnownLater(value);
    // A number that is not finite is none in JSON, which the engine keeps values in.
    const isScalar = typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
    if (isScalar) return;
    if (!isTable && typeof value !== "string" && !isKnownLater(value)) {
      const message = "must be a string, a number, true, false or an object";
      context.addIssue({ code: "custom", message });
      return;
    }
    const { error } = (isTable ? table : leaf).safeParse(value, { reportInput: true });
    for (const issue of error?.issues ?? []) context.issues.push(issue as z.core.$ZodRawIssue);
  });
  const table = named(name, schema);
  inputs.set(schema, known);
  scalars.add(known);
  records.set(schema, schema);
  return schema;
}

function complaints(known: z.ZodType<string>, value: unknown): string[] {
  if (scalars.has(known) && ["number", "boolean"].includes(typeof value)) return [];
  if (typeof value !== "string") return ["must be a string"];
  return known.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

/**
 * A record whose names are checked, too; unlike `z.record` it still looks at the value below a wrong name.
 *
 * @param name what a name has to look like
 * @param value what is below each name
 */
export function named(name: z.ZodType<string>, value: z.ZodType): z.ZodType<Record<string, unknown>> {
  const schema = z.custom<Record<string, unknown>>().superRefine((record: unknown, context) => {
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      context.addIssue({ code: "custom", message: "must be an object" });
      return;
    }
    for (const [key, entry] of Object.entries(record)) {
      // A name that copying an object loses.
      if (key === "__proto__")
        context.addIssue({ code: "custom", path: [key], message: "must not be used as a name" });
      for (const result of [
        name.safeParse(key, { reportInput: true }),
        value.safeParse(entry, { reportInput: true }),
      ])
        for (const issue of result.error?.issues ?? [])
          context.issues.push({ ...issue, path: [key, ...issue.path] } as z.core.$ZodRawIssue);
    }
  });
  records.set(schema, value);
  return schema;
}

/**
 * The schema of a field below another.
 *
 * @param schema the schema of an object, a record or a list
 * @param name the name of a field, any name in a record, any index of a list
 * @returns undefined when there is no such field
 */
export function below(schema: z.ZodType, name: string): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional) return below(schema.unwrap() as z.ZodType, name);
  if (schema instanceof z.ZodObject)
    return Object.hasOwn(schema.shape, name) ? (schema.shape[name] as z.ZodType) : undefined;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return records.get(schema);
}

/**
 * The names of the fields of an object.
 *
 * @param schema the schema of the object
 * @returns none when it is the schema of something else
 */
export function fieldNames(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodOptional) return fieldNames(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/**
 * What a value of a field has to look like when it is known.
 *
 * @param schema the schema of the field
 * @returns undefined when the field takes no value that is known later
 */
export function knownSchema(schema: z.ZodType): z.ZodType<string> | undefined {
  return schema instanceof z.ZodOptional ? knownSchema(schema.unwrap() as z.ZodType) : inputs.get(schema);
}

/**
 * The Outputs and promises that stand where a value has to be known when the program runs, each with its fault.
 *
 * @param schema the schema of `args`
 * @param args a spec of any shape
 */
export function knownTooLate(schema: z.ZodType, args: unknown): Fault[] {
  const faults: Fault[] = [];
  mapKnownLater(schema, args, (later, path, known) => {
    if (known === undefined)
      faults.push({
        path: path.join(".") || "(the spec)",
        message: `must be known when the program runs: it cannot be ${isOutput(later) ? "an Output" : "a promise"}`,
      });
    return later;
  });
  return faults;
}

/**
 * The same spec without the Outputs and promises that {@link knownTooLate} finds, which zod would take for objects.
 *
 * @param schema the schema of `args`
 * @param args a spec of any shape
 */
export function withoutKnownTooLate(schema: z.ZodType, args: unknown): unknown {
  return mapKnownLater(schema, args, (later, _, known) => (known === undefined ? undefined : later));
}

/**
 * The same spec, in which every Output and promise is checked against its field when it is known: a wrong one is rejected
 * with a {@link SiteSpecError} that names the field and not the value.
 *
 * @param schema the schema of `args`
 * @param args a spec without faults
 */
export function checkedWhenKnown<T>(schema: z.ZodType, args: T): T {
  return mapKnownLater(schema, args, (later, path, known) => {
    if (known === undefined) return later;
    return whenKnown(later, (value) => {
      const messages = complaints(known, value);
      if (messages.length > 0)
        throw new SiteSpecError(messages.map((message) => ({ path: path.join("."), message })));
    });
  }) as T;
}

/**
 * The same spec, in which every value of a field that may be known later went through a function.
 *
 * @param schema the schema of `args`
 * @param args a spec of plain data
 * @param change gets each such value: a string, among `secrets` also a number or a boolean
 */
export function mapInputs<T>(
  schema: z.ZodType,
  args: T,
  change: (value: string | number | boolean) => unknown,
): T {
  return mapValues(schema, args, (value, _, known) =>
    known !== undefined && isScalar(value) ? change(value) : value,
  ) as T;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** A copy in which `visit` has replaced every value that is known later and belongs to a field of the schema. */
function mapKnownLater(
  schema: z.ZodType,
  args: unknown,
  visit: (later: KnownLater, path: readonly string[], known: z.ZodType<string> | undefined) => unknown,
): unknown {
  return mapValues(schema, args, (value, path, known) =>
    isKnownLater(value) ? visit(value, path, known) : value,
  );
}

type Visit = (value: unknown, path: readonly string[], known: z.ZodType<string> | undefined) => unknown;

/** A copy in which `visit` has replaced every value that is no object or list, and belongs to a field of the schema. */
function mapValues(schema: z.ZodType, value: unknown, visit: Visit, path: readonly string[] = []): unknown {
  if (isKnownLater(value) || typeof value !== "object" || value === null)
    return visit(value, path, knownSchema(schema));
  const entry = ([name, inner]: [string, unknown]): [string, unknown] => {
    const field = below(schema, name);
    return [name, field === undefined ? inner : mapValues(field, inner, visit, [...path, name])];
  };
  if (Array.isArray(value)) return value.map((inner, index) => entry([String(index), inner])[1]);
  return Object.fromEntries(Object.entries(value).map(entry));
}
