/** Every field of the spec's schema, found by walking it. */
import { z } from "zod";
import { below, knownSchema } from "../../../components/spec/fields";
import { siteSchema } from "../../../components/spec/schema";

/** A field of the schema. */
export interface Field {
  /** Its path; `*` is any name in a record or any index of a list. */
  path: string;
  /** May its value be known later? */
  input: boolean;
}

function names(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodOptional) return names(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  const inner = below(schema, "*");
  // What nests goes on for ever; the types have one level of it.
  return inner === undefined || inner === schema ? [] : ["*"];
}

/** The fields below one, theirs included. */
export function fields(schema: z.ZodType = siteSchema, at: readonly string[] = []): Field[] {
  return names(schema).flatMap((name) => {
    const field = below(schema, name);
    if (field === undefined) throw new Error(`no field ${[...at, name].join(".")}`);
    const path = [...at, name];
    return [{ path: path.join("."), input: knownSchema(field) !== undefined }, ...fields(field, path)];
  });
}
