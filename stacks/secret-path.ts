/** The fields of a spec that may be secret, by the names that people and Pulumi's configuration have for them. */
import { z } from "zod";
import { below, knownSchema } from "../components/spec/fields";
import { siteSchema } from "../components/spec/schema";
import { fieldOf } from "./stack-file";
import { UserError } from "./workspace";

/** The names of the fields on the way to a field. */
export type FieldPath = readonly string[];

/** A name that needs no quotes. */
const simple = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * How a field is written: names with dots between, and `["…"]` for one that has other characters.
 *
 * @param path the field
 */
export function pathText(path: FieldPath): string {
  return path
    .map((name, index) => (simple.test(name) ? `${index === 0 ? "" : "."}${name}` : `["${name}"]`))
    .join("");
}

/**
 * The field that somebody means.
 *
 * @param text the field as {@link pathText} writes it; `<app>.<NAME>` is short for `apps.<app>.secrets.<NAME>`
 * @param spec the site of the stack's file, of any shape
 * @throws {@link UserError} when there is no such field, it takes no secret, or its app is not there
 */
export function secretField(text: string, spec: unknown): FieldPath {
  const names = parse(text);
  const [first = "", ...rest] = names;
  const apps = Object.keys(fieldOf(spec, "apps") ?? {});
  const isShort = below(siteSchema, first) === undefined && apps.includes(first) && rest.length > 0;
  if (below(siteSchema, first) === undefined && !isShort)
    throw new UserError(
      `${text}: ${first} is no field of the spec and no app of the stack's file, which has ${apps.join(", ")}`,
    );
  const path = toField(isShort ? ["apps", first, "secrets", ...rest] : names, text);
  const app = path[0] === "apps" ? path[1] : undefined;
  if (app !== undefined && !apps.includes(app))
    throw new UserError(`there is no app ${app} in the stack's file; there are ${apps.join(", ")}`);
  return path;
}

function parse(text: string): string[] {
  const names: string[] = [];
  let rest = text;
  do {
    const [found, quoted, bare] = /^(?:\["([^"\\]+)"\]|([^.[\]"\\]+))(?=\.|\[|$)\.?/.exec(rest) ?? [];
    const name = quoted ?? bare;
    if (found === undefined || name === undefined || (found.endsWith(".") && found === rest))
      throw new UserError(
        `${text} is no path: write it as apps.sales.secrets.DB_PASSWORD or auth.basic.users["a.b"]`,
      );
    names.push(name);
    rest = rest.slice(found.length);
  } while (rest !== "");
  return names;
}

function toField(names: readonly string[], text: string): string[] {
  let schema: z.ZodType = siteSchema;
  for (const [index, name] of names.entries()) {
    const field = below(schema, name);
    const path = names.slice(0, index);
    if (field === undefined) throw new UserError(`${pathText([...path, name])} is no field of the spec`);
    if (knownSchema(field) !== undefined) {
      const rest = names.slice(index);
      // The names of users, secrets and so on may have dots.
      if (rest.length === 1 || hasAnyName(schema)) return [...path, rest.join(".")];
      throw new UserError(`${pathText([...path, name])} has nothing below it`);
    }
    schema = field;
  }
  throw new UserError(
    `${text} is no field that can be secret; those are:\n${secretFields()
      .map((path) => `  ${path}`)
      .join("\n")}`,
  );
}

/** The fields that may be secret, with `<name>` where whoever writes the spec chooses it. */
export function secretFields(schema: z.ZodType = siteSchema, path: readonly string[] = []): string[] {
  if (knownSchema(schema) !== undefined) return [path.join(".")];
  if (schema instanceof z.ZodOptional) return secretFields(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) =>
      secretFields(field as z.ZodType, [...path, name]),
    );
  const field = hasAnyName(schema) && !(schema instanceof z.ZodArray) ? below(schema, "name") : undefined;
  return field === undefined ? [] : secretFields(field, [...path, "<name>"]);
}

/** May whoever writes the spec choose the names of the fields? */
function hasAnyName(schema: z.ZodType): boolean {
  return below(schema, "any name at all") !== undefined;
}

/**
 * What is wrong with a value of a field, or with its name.
 *
 * @param path the field
 * @param value the value in plain text
 * @returns a sentence for each fault, none of which has the value in it
 */
export function secretFaults(path: FieldPath, value: string): string[] {
  const spec = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  const { error } = siteSchema.safeParse(spec);
  return (error?.issues ?? [])
    .filter(
      (issue) => issue.path.length === path.length && issue.path.every((name, index) => name === path[index]),
    )
    .map(({ message }) => message);
}

/**
 * The fields of a stack's file that are encrypted.
 *
 * @param spec the site of the stack's file, of any shape
 */
export function encryptedFields(spec: unknown): FieldPath[] {
  if (typeof spec !== "object" || spec === null) return [];
  if (typeof (spec as { secure?: unknown }).secure === "string" && Object.keys(spec).length === 1)
    return [[]];
  return Object.entries(spec).flatMap(([name, value]) =>
    encryptedFields(value).map((path) => [name, ...path]),
  );
}
