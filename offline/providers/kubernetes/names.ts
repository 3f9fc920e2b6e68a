/** Names for objects that come without one. */
import { createHash, randomBytes } from "node:crypto";

import { isObject } from "../shared/values";
import { annotations, isTrue } from "./annotations";
import { type Manifest, nameOf, pluck } from "./object";
import { isUnknown } from "./unknown";

/** What the engine says of names (configuration `pulumi:autonaming`). */
export interface Autonaming {
  /** Its own choice. */
  readonly proposed: string;
  /** Whether a name has to be given. */
  readonly disabled: boolean;
}

/** Tells whether an object has a name, known or not. */
export function isNamed(inputs: Manifest): boolean {
  return isUnknown(pluck(inputs, "metadata")) || nameOf(inputs) !== "";
}

/** Tells whether the name of an object was made up. */
export function isAutonamed(inputs: Manifest): boolean {
  return isTrue(inputs, annotations.autonamed);
}

/** Tells whether the server is to make up the name. */
export function isNamedByServer(inputs: Manifest): boolean {
  return !isNamed(inputs) && (pluck(inputs, "metadata", "generateName") ?? "") !== "";
}

/**
 * Gives a new object a name where it has none.
 *
 * @param seed from the engine: the same for the same resource in the same update
 * @throws Error where the engine wants a name to be given
 */
export function assignName(
  inputs: Manifest,
  resource: string,
  seed: Uint8Array,
  autonaming: Autonaming | undefined,
): Manifest {
  if (isNamed(inputs) || isNamedByServer(inputs)) return inputs;
  if (autonaming?.disabled)
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  const digest =
    seed.length > 0 ? createHash("sha256").update(seed).digest("hex") : randomBytes(4).toString("hex");
  return named(inputs, autonaming?.proposed ?? `${resource}-${digest.slice(0, 8)}`);
}

/** Lets an object keep the name that was made up for it. */
export function adoptName(inputs: Manifest, before: Manifest): Manifest {
  return !isNamed(inputs) && isAutonamed(before) ? named(inputs, nameOf(before)) : inputs;
}

function named(inputs: Manifest, name: string): Manifest {
  const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
  const { annotations: given } = metadata;
  return {
    ...inputs,
    metadata: {
      ...metadata,
      name,
      ...(!isUnknown(given) && {
        annotations: { ...(isObject(given) ? given : {}), [annotations.autonamed]: "true" },
      }),
    },
  };
}
