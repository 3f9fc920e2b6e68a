import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime";

/** A property bag as it goes over the wire: JSON plus Pulumi's marks for secrets and unknowns. */
export type Props = Record<string, unknown>;

/** Tells whether a value is an object with named fields. */
export function isObject(value: unknown): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether a value is marked as secret. */
export function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[specialSigKey] === specialSecretSig;
}

/** Marks a value as secret. */
export function secret(value: unknown): Props {
  return isSecret(value) ? value : { [specialSigKey]: specialSecretSig, value };
}

/** Tells whether a value is not known yet (an output of a resource that a preview does not create). */
export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

/** The same value without secret marks, at any depth. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isObject(value)) return revealProps(value);
  return value;
}

/** The same properties without secret marks, at any depth. */
export function revealProps(props: Props): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, reveal(value)]));
}

function some(value: unknown, test: (value: unknown) => boolean): boolean {
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isObject(value) && Object.values(value).some((item) => some(item, test));
}

/** Tells whether anything in the value is secret. */
export function containsSecret(value: unknown): boolean {
  return some(value, isSecret);
}

/** Tells whether anything in the value is not known yet. */
export function containsUnknown(value: unknown): boolean {
  return some(value, isUnknown);
}

/** Names of the properties that are secret, wholly or in part. */
export function secretKeys(props: Props): string[] {
  return Object.keys(props).filter((key) => containsSecret(props[key]));
}

/**
 * Marks the named properties as secret. A property that is secret in part becomes secret as a whole: the official
 * plugins store it so, and what is derived from a list may mix its items.
 */
export function concealProps(props: Props, keys: Iterable<string>): Props {
  const concealed = { ...props };
  for (const key of keys) if (isPresent(props[key])) concealed[key] = secret(props[key]);
  return concealed;
}

/** Tells whether a property is given: JSON has no `undefined`, and the official plugins write null for "not set". */
export function isPresent<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Blots out of a text whatever the secret properties hold, so that no error message gives it away. */
export function redact(text: string, props: Props): string {
  const words = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") {
      for (const word of [value, ...value.split("\n")]) if (word.trim().length >= 6) words.add(word.trim());
    } else if (Array.isArray(value)) value.forEach(collect);
    else if (isObject(value)) Object.values(value).forEach(collect);
  };
  for (const key of secretKeys(props)) collect(reveal(props[key]));
  return [...words]
    .sort((a, b) => b.length - a.length)
    .reduce((out, word) => out.replaceAll(word, "[secret]"), text);
}
