/** The resources of a stack, as the engine's events tell of them. */
import type { StepEventMetadata } from "@pulumi/pulumi/automation";

/** A resource of a stack. */
export interface StackResource {
  /** Its type, for instance `docker:index/container:Container`. */
  type: string;
  /** Its name in the program. */
  name: string;
  /** What it is called where it was deployed, if it has such a name. */
  physicalName?: string;
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
  resource({ urn, old, new: wanted }: StepEventMetadata): StackResource {
    const state = wanted ?? old;
    if (state?.parent) this.#parents.set(urn, state.parent);
    const ancestors: StackResource["ancestors"] = [];
    for (let parent = this.#parents.get(urn); parent; parent = this.#parents.get(parent))
      ancestors.push(typeAndName(parent));
    const physicalName = (state?.inputs as { name?: unknown } | undefined)?.name;
    return { ...typeAndName(urn), ...(typeof physicalName === "string" && { physicalName }), ancestors };
  }
}
