/** The resources of a stack, as the engine's events tell of them. */
import type { StepEventMetadata } from "@pulumi/pulumi/automation";

/** A resource of a stack. */
export interface StackResource {
  /** Its type, for instance `docker:index/container:Container`. */
  type: string;
  /** Its name in the program. */
  name: string;
  /** What it is called where it was deployed, if it has such a name; on Kubernetes with its kind, `Deployment/site-sales`. */
  physicalName?: string;
  /** Its URN; absent where nobody needs it. */
  urn?: string;
  /** The paths of the properties that a step changes, where the engine tells them. */
  changedProperties?: string[];
  /** The components that it is in, from its parent upwards. */
  ancestors: { type: string; name: string }[];
}

/** Type and name are the end of a URN: `urn:pulumi:<stack>::<project>::<types of its parents>$<type>::<name>`. */
export function typeAndName(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

/** Knows the parents of resources, which an event tells of one step up only. */
export class Family {
  readonly #parents = new Map<string, string>();

  /** @param known resources that are in the state before the operation: what is removed goes before its parents */
  constructor(known: readonly { urn?: string; parent?: string }[] = []) {
    for (const { urn, parent } of known) if (urn && parent) this.#parents.set(urn, parent);
  }

  /** The resource that a step is about. */
  resource({ urn, old, new: wanted, detailedDiff }: StepEventMetadata): StackResource {
    const state = wanted ?? old;
    if (state?.parent) this.#parents.set(urn, state.parent);
    const ancestors: StackResource["ancestors"] = [];
    for (let parent = this.#parents.get(urn); parent; parent = this.#parents.get(parent))
      ancestors.push(typeAndName(parent));
    const { type, name } = typeAndName(urn);
    const physicalName = physicalNameOf(type, state?.inputs);
    const changedProperties = Object.keys(detailedDiff ?? {});
    return {
      ...{ type, name, urn, ancestors },
      ...(physicalName !== undefined && { physicalName }),
      ...(changedProperties.length > 0 && { changedProperties }),
    };
  }
}

function physicalNameOf(type: string, inputs: unknown): string | undefined {
  const { name, metadata } = (inputs ?? {}) as { name?: unknown; metadata?: { name?: unknown } | null };
  if (!type.startsWith("kubernetes:")) return typeof name === "string" ? name : undefined;
  // Objects of several kinds have one name.
  return typeof metadata?.name === "string" ? `${type.split(":").at(-1) ?? ""}/${metadata.name}` : undefined;
}
