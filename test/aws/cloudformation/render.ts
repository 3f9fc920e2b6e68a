/**
 * A recorded graph as a CloudFormation template: the same inputs in CloudFormation's words, so that its linter can check them.
 *
 * It does NOT make a template that anybody should deploy: references are the ids of the recording, and what CloudFormation does not know is left out.
 */
import { distinctNames, type Graph, plainInputs, type RecordedResource } from "../graph";
import { canonicalType } from "../types";
import { translatedObject } from "./names";
import type { TypeSchemas } from "./schemas";
import { type Rendering, renderings, wholeOf } from "./types";

/** A resource of a template. */
export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** A template. */
export interface Template {
  AWSTemplateFormatVersion: "2010-09-09";
  Resources: Record<string, TemplateResource>;
}

/**
 * The template.
 *
 * @throws Error with every resource type and property that has no name in CloudFormation here
 */
export function rendered(graph: Graph, schemas: TypeSchemas): Template {
  const resources: Record<string, TemplateResource> = {};
  const parts: { whole: string; made: Record<string, unknown> }[] = [];
  const faults: string[] = [];
  const logicalId = logicalIds(graph);
  for (const resource of graph.resources) {
    const type = canonicalType(resource.type);
    if (!resource.custom || !type.startsWith("aws:")) continue;
    const rendering = renderings[type];
    if (rendering === undefined) {
      faults.push(`test/aws/cloudformation/types.ts does not have ${type}`);
      continue;
    }
    const inputs = plainInputs(resource);
    const { rest, made } = rendering.reshape?.(inputs, resource, graph) ?? { rest: inputs, made: {} };
    const whole = wholeOf(graph, rendering, resource);
    if (whole !== undefined) parts.push({ whole: logicalId(whole), made });
    if (rendering.partOf !== undefined && whole === undefined)
      faults.push(`${type} "${resource.name}": what it is a part of is not in the graph`);
    if (rendering.type === undefined || rendering.unless?.(inputs) !== undefined) continue;
    try {
      const schema = schemas.get(rendering.type);
      const renamed = withNames(rendering, rest);
      const properties = translatedObject(schema, schema, renamed, `${type} "${resource.name}"`);
      resources[logicalId(resource)] = { Type: rendering.type, Properties: { ...properties, ...made } };
      for (const [suffix, other] of Object.entries(rendering.more?.(inputs, resource) ?? {}))
        resources[`${logicalId(resource)}${suffix}`] = other;
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  if (faults.length > 0) throw new Error(`no template can be made:\n${faults.join("\n")}`);
  for (const { whole, made } of parts) {
    const properties = resources[whole]?.Properties;
    if (properties === undefined) continue;
    for (const [key, value] of Object.entries(made)) {
      const before = properties[key];
      properties[key] =
        Array.isArray(before) && Array.isArray(value)
          ? [...(before as unknown[]), ...(value as unknown[])]
          : value;
    }
  }
  return { AWSTemplateFormatVersion: "2010-09-09", Resources: resources };
}

function withNames({ names = {} }: Rendering, inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs)
      // The provider's, not the resource's.
      .filter(([key]) => key !== "region" && names[key] !== "")
      .map(([key, value]) => [names[key] ?? key, value]),
  );
}

/** How the resources of a graph are called in its template: by letters and digits only, and no two of them alike. */
export function logicalIds(graph: Graph): (resource: RecordedResource) => string {
  const names = distinctNames(graph);
  return ({ urn, type, name }) => {
    const words = `${canonicalType(type).split(":").pop() ?? ""} ${names.get(urn) ?? name}`.split(
      /[^A-Za-z0-9]+/,
    );
    return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  };
}
