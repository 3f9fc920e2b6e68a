/**
 * The one spelling of what is asked for: the official plugin passes each object of a kind that comes with Kubernetes through Kubernetes'
 * own Go types, so that what says the same is no difference. `go-types` writes down how those spell each field.
 */
import { isObject, isPresent, type Props } from "../shared/values";
import { gvkOf, type Manifest, pluck, without } from "./object";
import { prune } from "./prune";
import { canonicalQuantity } from "./quantity";
import types from "./types.json";
import { containsUnknown } from "./unknown";

const kinds: Readonly<Record<string, string>> = types.kinds;
const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = types.types;

/** Fields of the metadata that are the server's. */
const readOnly = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** What is asked for, in the one spelling; as it is where it is of another kind, not known in full, or of no type that fits. */
export function normalize(inputs: Manifest): Manifest {
  const { apiVersion, kind } = gvkOf(inputs);
  const type = kinds[`${apiVersion}/${kind}`];
  let normal = inputs;
  if (!containsUnknown(inputs)) {
    if (apiVersion === "v1" && kind === "Secret") normal = normalSecret(inputs);
    else if (apiVersion === "apiextensions.k8s.io/v1" && kind === "CustomResourceDefinition")
      normal = normalDefinition(inputs);
    else if (type !== undefined) normal = normalBy(type, inputs);
  }
  return without(normal, ...readOnly.map((key) => ["metadata", key]));
}

/** Fields of a kind that can be asked for, for an object of which nothing else is known. */
export function inputFields(apiVersion: string, kind: string): string[] {
  const type = kinds[`${apiVersion}/${kind}`];
  return Object.keys(fields[type ?? ""] ?? {}).filter((key) => key !== "status");
}

/** Tells whether a kind comes with Kubernetes and is known here. */
export function isKnownKind(apiVersion: string, kind: string): boolean {
  return `${apiVersion}/${kind}` in kinds;
}

/** The server keeps `stringData` as `data`. */
function normalSecret(inputs: Manifest): Manifest {
  const data = Object.fromEntries(
    Object.entries(isObject(inputs.data) ? inputs.data : {}).map(([key, value]) => [
      key,
      normalBase64(value),
    ]),
  );
  const { stringData } = inputs;
  const texts = isObject(stringData) ? Object.entries(stringData) : [];
  if (texts.length === 0 || !texts.every(([, value]) => typeof value === "string"))
    return isObject(inputs.data) ? { ...inputs, data } : inputs;
  for (const [key, value] of texts) data[key] = Buffer.from(value as string).toString("base64");
  return { ...without(inputs, ["stringData"]), data };
}

function normalBase64(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const bare = value.replace(/[\r\n]/g, "");
  const again = Buffer.from(bare, "base64").toString("base64");
  // The server refuses what is no base64.
  return again === bare ? again : value;
}

/** The server leaves out what says nothing. */
function normalDefinition(inputs: Manifest): Manifest {
  const says = pluck(inputs, "spec", "preserveUnknownFields") !== false;
  return without(inputs, ["status"], ...(says ? [] : [["spec", "preserveUnknownFields"]]));
}

class Misfit extends Error {}

function normalBy(type: string, inputs: Manifest): Manifest {
  try {
    return prune(struct(type, inputs), inputs);
  } catch (error) {
    if (error instanceof Misfit) return inputs;
    throw error;
  }
}

function struct(type: string, value: unknown): Props {
  if (!isObject(value)) throw new Misfit();
  const known = fields[type] ?? {};
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const described = known[key];
    if (described === undefined) return [];
    const isOptional = described.startsWith("?");
    const wanted = isOptional ? described.slice(1) : described;
    const normal = isPresent(item) ? convert(wanted, item) : zero(wanted);
    return normal === undefined || (isOptional && isZero(normal)) ? [] : [[key, normal] as const];
  });
  return Object.fromEntries(entries);
}

/** What Go has where a field is null. */
function zero(type: string): unknown {
  if (type === "bool") return false;
  if (type === "int" || type === "float") return 0;
  if (type === "string") return "";
  return null;
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function convert(type: string, value: unknown): unknown {
  const expect = (fits: boolean): unknown => {
    if (!fits) throw new Misfit();
    return value;
  };
  if (type.startsWith("[]")) {
    if (!Array.isArray(value)) throw new Misfit();
    return value.map((item) => convert(type.slice(2), item));
  }
  if (type.startsWith("{}")) {
    if (!isObject(value)) throw new Misfit();
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, convert(type.slice(2), item)]),
    );
  }
  switch (type) {
    case "any":
      return value;
    case "bool":
      return expect(typeof value === "boolean");
    case "int":
      return expect(Number.isInteger(value));
    case "float":
      return expect(typeof value === "number");
    case "string":
      return value === null ? "" : expect(typeof value === "string");
    case "bytes":
      return expect(typeof value === "string");
    case "intOrString":
      return expect(Number.isInteger(value) || typeof value === "string");
    case "quantity":
      return canonicalQuantity(String(value)) ?? expect(false);
    case "time":
      return normalTime(value);
    default:
      return struct(type, value);
  }
}

function normalTime(value: unknown): string {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) throw new Misfit();
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
