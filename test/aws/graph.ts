/** A program's resources as data, and how to find one. */
import { reveal } from "../../offline/providers/shared/values";
import { canonicalType } from "./types";

/** A resource as a program registered it. */
export interface RecordedResource {
  urn: string;
  /** The type that the program used, which may be one of two names. */
  type: string;
  name: string;
  /** False for a component, which is only a group. */
  custom: boolean;
  /** With the secrets marked as the engine gets them; see {@link plainInputs}. */
  inputs: Record<string, unknown>;
  id: string;
  /** What the rest of the program saw of it. */
  outputs: Record<string, unknown>;
  /** The URN of the component that it is in. */
  parent?: string;
  /** The URNs of those that have to be there first. */
  dependencies: string[];
  /** The URNs that the value of each property comes from. */
  propertyDependencies: Record<string, string[]>;
}

/** Everything that a program registered, in its order. */
export interface Graph {
  resources: RecordedResource[];
  /** What the program returned. */
  outputs: Record<string, unknown>;
}

/** Several programs' resources at once, for what takes longer to start than to look at one of them. */
export function together(graphs: readonly Graph[]): Graph {
  const resources = graphs.flatMap((graph) => graph.resources);
  const ids = resources.filter(({ custom }) => custom).map(({ type, id }) => `${type} ${id}`);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two programs have the same resource, ${twice}`);
  return { resources, outputs: {} };
}

/** A resource's inputs in plain text. */
export function plainInputs(resource: RecordedResource): Record<string, unknown> {
  return reveal(resource.inputs) as Record<string, unknown>;
}

/**
 * A name for each resource that no other of its type has: its own, with a number where one in another component has the same.
 *
 * @returns by URN
 */
export function distinctNames(graph: Graph): Map<string, string> {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const { urn, type, name } of graph.resources) {
    let distinct = name;
    for (let count = 2; taken.has(`${canonicalType(type)} ${distinct}`); count++)
      distinct = `${name}-${String(count)}`;
    taken.add(`${canonicalType(type)} ${distinct}`);
    names.set(urn, distinct);
  }
  return names;
}

/** The resources of some types, whichever of its names a type goes by. */
export function ofType(graph: Graph, ...types: string[]): RecordedResource[] {
  return graph.resources.filter(({ type }) => types.includes(canonicalType(type)));
}

/** The resource with an id or an ARN. */
export function byReference(graph: Graph, reference: unknown): RecordedResource | undefined {
  if (typeof reference !== "string" || reference === "") return undefined;
  return graph.resources.find(
    ({ custom, id, outputs }) => custom && (id === reference || outputs.arn === reference),
  );
}
