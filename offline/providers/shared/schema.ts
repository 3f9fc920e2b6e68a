import { isObject, isPresent, isUnknown, type Props } from "./values";

/** `string`, `boolean`, `integer`, a nested type by name; `[T]` is a list of T and `{ "*": T }` a map to T. */
export type TypeRef = string | readonly TypeRef[] | { readonly "*": string };

/** What the official plugin says of one property. */
export interface PropertySchema {
  readonly type: TypeRef;
  /** A change of it replaces the resource. */
  readonly replace?: boolean;
  readonly required?: boolean;
  readonly secret?: boolean;
  /** What the official plugin's check fills in. */
  readonly default?: unknown;
  /** Filled in from the resource's name when absent. */
  readonly autoname?: boolean;
  /** Chosen by the daemon when absent: what the outputs have then is no difference. */
  readonly computed?: boolean;
  /** A list whose order means nothing. */
  readonly set?: boolean;
}

/** Properties by name. */
export type PropertySchemas = Readonly<Record<string, PropertySchema>>;

/** What the official plugin says of one resource type, as far as the stand-in supports it. */
export interface ResourceSchema {
  readonly inputs: PropertySchemas;
  readonly outputs: PropertySchemas;
}

/** The part of an official plugin's schema that a stand-in supports. */
export interface PackageSchema {
  readonly resources: Readonly<Record<string, ResourceSchema>>;
  readonly types: Readonly<Record<string, PropertySchemas>>;
}

/** A fault in the inputs: which property, and what is wrong with it. */
export interface Fault {
  readonly property: string;
  readonly reason: string;
}

/** Names of the defaults that were filled in, kept in the inputs: the official plugins do, and know them again by it. */
export const DEFAULTS_KEY = "__defaults";

/** Checks properties against the schema, and returns them with defaults filled in at every level. */
export function checkProps(
  props: Props,
  schemas: PropertySchemas,
  types: PackageSchema["types"],
  faults: Fault[],
  path = "",
): Props {
  const checked: Props = {};
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("__") || !isPresent(value)) continue;
    const property = schemas[key];
    const at = path + key;
    if (property) checked[key] = checkValue(value, property.type, types, faults, at);
    else faults.push({ property: at, reason: `property "${at}" is not supported by the offline stand-in` });
  }
  const defaults: string[] = [];
  for (const [key, property] of Object.entries(schemas)) {
    if (checked[key] !== undefined) continue;
    if (property.required)
      faults.push({ property: path + key, reason: `property "${path + key}" is required` });
    if (property.default === undefined) continue;
    checked[key] = property.default;
    defaults.push(key);
  }
  return defaults.length > 0 ? { ...checked, [DEFAULTS_KEY]: defaults.sort() } : checked;
}

function checkValue(
  value: unknown,
  type: TypeRef,
  types: PackageSchema["types"],
  faults: Fault[],
  path: string,
): unknown {
  if (isUnknown(value)) return value;
  const expect = (fits: boolean, what: string): unknown => {
    if (!fits) faults.push({ property: path, reason: `property "${path}" must be ${what}` });
    return value;
  };
  if (Array.isArray(type)) {
    if (!Array.isArray(value)) return expect(false, "a list");
    return value.map((item, i) => checkValue(item, type[0] as TypeRef, types, faults, `${path}[${i}]`));
  }
  if (typeof type === "object") return expect(isObject(value), "a map");
  if (type === "string") return expect(typeof value === "string", "a string");
  if (type === "boolean") return expect(typeof value === "boolean", "true or false");
  if (type === "integer") return expect(Number.isInteger(value), "a whole number");
  if (!isObject(value)) return expect(false, "an object");
  return checkProps(value, types[type] ?? {}, types, faults, `${path}.`);
}
