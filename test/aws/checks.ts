/** Whether what a program gives to a resource is what the generated code knows. */
import { isObject, isSecret, isUnknown } from "../../offline/providers/shared/values";
import { objectProperties, type Properties, type PropertyType, type ResourceSchema } from "./schema";

/** What the inputs of a resource lack or have too much; empty if nothing. */
export function inputFaults(schema: ResourceSchema, inputs: Record<string, unknown>): string[] {
  const [pkg = ""] = schema.token.split(":");
  return objectFaults(pkg, schema.inputs, inputs, "");
}

function objectFaults(
  pkg: string,
  properties: Properties,
  given: Record<string, unknown>,
  prefix: string,
): string[] {
  const names = Object.keys(given).filter((name) => !name.startsWith("__") && isGiven(given[name]));
  return [
    ...names.flatMap((name) => {
      const property = properties[name];
      const at = `${prefix}${name}`;
      return property === undefined
        ? [`there is no property "${at}"`]
        : valueFaults(pkg, property.type, given[name], at);
    }),
    ...Object.entries(properties)
      .filter(([name, { required }]) => required && !names.includes(name))
      .map(([name]) => `property "${prefix}${name}" is required`),
  ];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function valueFaults(pkg: string, type: PropertyType, value: unknown, at: string): string[] {
  if (isSecret(value)) return valueFaults(pkg, type, value.value, at);
  if (isUnknown(value) || type.kind === "any") return [];
  switch (type.kind) {
    case "list":
      if (!Array.isArray(value)) return [`property "${at}" must be a list`];
      return value.flatMap((item, index) => valueFaults(pkg, type.of, item, `${at}[${String(index)}]`));
    case "map":
      if (!isObject(value)) return [`property "${at}" must be a map`];
      return Object.entries(value).flatMap(([key, item]) =>
        isGiven(item) ? valueFaults(pkg, type.of, item, `${at}.${key}`) : [],
      );
    case "object":
      if (!isObject(value)) return [`property "${at}" must be an object`];
      return objectFaults(pkg, objectProperties(pkg, type.name), value, `${at}.`);
    default:
      return typeof value === type.kind ? [] : [`property "${at}" must be a ${type.kind}`];
  }
}

/** The places in a value that are not known: `policy`, `tags.Name`. */
export function unknownPlaces(value: unknown, at: string): string[] {
  if (isUnknown(value)) return [at];
  if (isSecret(value)) return unknownPlaces(value.value, at);
  if (Array.isArray(value)) return value.flatMap((item, i) => unknownPlaces(item, `${at}[${String(i)}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    unknownPlaces(item, at === "" ? key : `${at}.${key}`),
  );
}
