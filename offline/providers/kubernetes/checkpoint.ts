/** How an object is kept in the engine's state: as the official plugin keeps it, so that each can go on with what the other made. */
import { containsSecret, isObject, isSecret, type Props, revealProps, secret } from "../shared/values";
import type { Manifest } from "./object";

/** Where what was asked for is kept, among the outputs. */
const inputsKey = "__inputs";
/** Where the version of the API is kept that the object was made with. */
const initialApiVersionKey = "__initialApiVersion";
/** Where the name is kept by which the plugin manages fields. */
const fieldManagerKey = "__fieldManager";

/** Keys of the schemas in custom resource definitions, which the SDKs spell with underscores. */
const dashed: Readonly<Record<string, string>> = {
  x_kubernetes_embedded_resource: "x-kubernetes-embedded-resource",
  x_kubernetes_int_or_string: "x-kubernetes-int-or-string",
  x_kubernetes_list_map_keys: "x-kubernetes-list-map-keys",
  x_kubernetes_list_type: "x-kubernetes-list-type",
  x_kubernetes_map_type: "x-kubernetes-map-type",
  x_kubernetes_preserve_unknown_fields: "x-kubernetes-preserve-unknown-fields",
  x_kubernetes_validations: "x-kubernetes-validations",
};
const underscored = Object.fromEntries(Object.entries(dashed).map(([key, other]) => [other, key]));

/** What is kept of an object, taken apart. */
export interface Checkpoint {
  /** What was asked for. */
  readonly inputs: Manifest;
  /** The object as it was seen last. */
  readonly live: Manifest;
  readonly initialApiVersion: string | undefined;
  readonly fieldManager: string | undefined;
}

/** What the engine sent, as a manifest: without secret marks. */
export function toManifest(props: Props): Manifest {
  return rename(revealProps(props), dashed) as Manifest;
}

/** What the engine gets of a manifest: secret where the properties are that it is made of. */
export function toProps(manifest: Manifest, from: Props): Props {
  const props = rename(manifest, underscored) as Props;
  markSecrets(props, from);
  return props;
}

/** Takes apart what is kept of an object. */
export function parseCheckpoint(state: Props): Checkpoint {
  const {
    [inputsKey]: inputs,
    [initialApiVersionKey]: version,
    [fieldManagerKey]: manager,
    ...live
  } = toManifest(state);
  return {
    inputs: isObject(inputs) ? inputs : {},
    live,
    initialApiVersion: typeof version === "string" ? version : undefined,
    fieldManager: typeof manager === "string" ? manager : undefined,
  };
}

/**
 * What is kept of an object.
 *
 * @param from the properties that the inputs were made of, with their secret marks
 */
export function checkpoint(
  { inputs, live, initialApiVersion, fieldManager }: Checkpoint,
  from: Props,
): Props {
  return {
    ...toProps(live, from),
    [inputsKey]: toProps(inputs, from),
    [initialApiVersionKey]: initialApiVersion,
    [fieldManagerKey]: fieldManager,
  };
}

/** Marks as secret what repeats a secret, and what is in a Secret. In a list that has one, everything is. */
function markSecrets(props: Props, from: Props): void {
  if (props.kind === "Secret") {
    for (const key of ["data", "stringData"]) if (key in props) props[key] = secret(props[key]);
    return;
  }
  for (const [key, source] of Object.entries(from)) {
    const value = props[key];
    if (value === undefined) continue;
    // A secret as a whole is an object, too.
    if (isObject(value) && isObject(source) && !isSecret(source)) markSecrets(value, source);
    else if (containsSecret(source)) props[key] = secret(value);
  }
}

function rename(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [names[key] ?? key, rename(item, names)]),
  );
}
