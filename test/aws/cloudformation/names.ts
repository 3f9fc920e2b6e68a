/**
 * Inputs of Pulumi in CloudFormation's words: the same things by almost the same names, which the schema of the type decides on.
 *
 * A name that the schema does not have is an error: what is left out is not checked.
 */
import { type JsonSchema, resolved, type TypeSchema, typesOf } from "./schemas";

/** Where a value is, for error messages: `aws:lb/listener:Listener "https": defaultActions`. */
type At = string;

/**
 * The value of a property in the words of its schema.
 *
 * @throws Error naming the property that the schema does not have
 */
export function translated(root: TypeSchema, schema: JsonSchema, value: unknown, at: At): unknown {
  const actual = resolved(root, schema);
  const types = typesOf(root, actual);
  if (types.includes("array") && !types.includes("string")) {
    const items = actual.items ?? {};
    if (isTagList(root, items) && isObject(value))
      return Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
    const list = Array.isArray(value) ? value : [value];
    return list.map((item) => translated(root, items, item, at));
  }
  if (types.includes("object")) {
    // Policies come as the text of their JSON.
    if (typeof value === "string" && /^\s*[[{]/.test(value)) return JSON.parse(value);
    if (Array.isArray(value)) {
      if (value.length !== 1)
        throw new Error(`${at}: ${String(value.length)} objects where there may be one`);
      return translated(root, actual, value[0], at);
    }
    if (!isObject(value)) return value;
    if (actual.properties === undefined) return value;
    return translatedObject(root, actual, value, at);
  }
  return scalar(types, value);
}

/** The properties of an object in the words of its schema. */
export function translatedObject(
  root: TypeSchema,
  schema: JsonSchema,
  value: Record<string, unknown>,
  at: At,
): Record<string, unknown> {
  const { properties = {} } = resolved(root, schema);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const name = nameOf(Object.keys(properties), key);
    const property = name === undefined ? undefined : properties[name];
    if (name === undefined || property === undefined)
      throw new Error(
        `${at}: CloudFormation has no name for "${key}" among ${Object.keys(properties).join(", ")}`,
      );
    result[name] = translated(root, property, item, `${at}.${key}`);
  }
  return result;
}

/** What CloudFormation writes behind a name that Pulumi leaves bare. */
const endings = ["", "config", "configuration", "configurations", "document", "specification"];

/** The name among those of a schema that means the same. */
export function nameOf(names: readonly string[], key: string): string | undefined {
  const forms = [...new Set([key, singular(key), `${key}s`])].map((form) => form.toLowerCase());
  for (const ending of endings) {
    for (const form of forms) {
      const found = names.find((name) => name.toLowerCase() === `${form}${ending}`);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function singular(word: string): string {
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.replace(/s$/, "");
}

function scalar(types: readonly string[], value: unknown): unknown {
  const numeric = types.includes("integer") || types.includes("number");
  if (numeric && typeof value === "string" && value !== "" && !types.includes("string")) return Number(value);
  if (types.includes("string") && !numeric && (typeof value === "number" || typeof value === "boolean"))
    return String(value);
  return value;
}

function isTagList(root: TypeSchema, items: JsonSchema): boolean {
  const { properties = {} } = resolved(root, items);
  return Object.keys(properties).sort().join() === "Key,Value";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
