/**
 * Values that are known only later: Pulumi's Outputs, and promises. They are told by what they have rather than by their
 * class, so that a spec can be checked without loading Pulumi, and with any copy of it.
 */
import type { Output } from "@pulumi/pulumi";

/** A value that is known later. */
export type KnownLater = Output<unknown> | PromiseLike<unknown>;

/**
 * Is the value an Output? As `Output.isInstance`, but without loading Pulumi.
 *
 * @param value any value
 */
export function isOutput(value: unknown): value is Output<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { __pulumiOutput?: unknown }).__pulumiOutput === true
  );
}

/**
 * Is the value a promise, or anything else with a method `then`?
 *
 * @param value any value
 */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !isOutput(value) &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/**
 * Is the value known only later?
 *
 * @param value any value
 */
export function isKnownLater(value: unknown): value is KnownLater {
  return isOutput(value) || isPromise(value);
}

/**
 * The same value, checked as soon as it is known. An Output stays secret if it was, and one that a preview does not know
 * is not checked.
 *
 * @param later an Output or a promise
 * @param check gets the known value; what it throws, the result is rejected with
 */
export function whenKnown(later: KnownLater, check: (value: unknown) => void): KnownLater {
  const checked = (value: unknown): unknown => {
    // A promise of an Output.
    if (isKnownLater(value)) return whenKnown(value, check);
    check(value);
    return value;
  };
  return isOutput(later) ? later.apply(checked) : later.then(checked);
}

/**
 * The first of two values, checked together with the second as soon as both are known.
 *
 * @param value a value, an Output or a promise
 * @param other another
 * @param check gets both; what it throws, the result is rejected with
 */
export function whenBothKnown(
  value: unknown,
  other: unknown,
  check: (value: unknown, other: unknown) => void,
): unknown {
  const then = (later: KnownLater, next: (known: unknown) => unknown): unknown =>
    isOutput(later) ? later.apply(next) : later.then(next);
  if (isKnownLater(value)) return then(value, (known) => whenBothKnown(known, other, check));
  if (isKnownLater(other)) return then(other, (known) => whenBothKnown(value, known, check));
  check(value, other);
  return value;
}
