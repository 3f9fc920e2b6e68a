/** Secrets that stand in a stack's file as anybody can read them. */
import { isBcryptHash } from "../components/spec/schema";
import { type FieldPath, pathText } from "./secret-path";
import { npmRun } from "./site-status";
import type { StackFile } from "./stack-file";

/** The fields whose value is a secret whatever it is; `*` is any name. What is below them is one, too. */
const secretFields: readonly FieldPath[] = [
  ["apps", "*", "secrets"],
  ["auth", "basic", "users", "*"],
  ["auth", "oidc", "clientSecret"],
  ["tls", "provided", "privateKey"],
];

/**
 * The secrets of a stack's file that are not encrypted. A bcrypt hash of a password is none.
 *
 * @param spec the site of the stack's file, of any shape
 */
export function plainSecrets(spec: unknown): FieldPath[] {
  return plainValues(spec)
    .filter(({ path }) => secretFields.some((field) => isBelow(path, field)))
    .filter(({ value }) => typeof value !== "string" || !isBcryptHash(value))
    .map(({ path }) => path);
}

/**
 * What to say of them: the command that encrypts each.
 *
 * @returns undefined when there are none
 */
export function plainSecretsWarning({
  file,
  name: { stack },
  spec,
}: Pick<StackFile, "file" | "name" | "spec">): string | undefined {
  const paths = plainSecrets(spec);
  if (paths.length === 0) return undefined;
  return [
    `warning: ${file} has secrets that anybody can read who reads the file. Encrypt each, and change what others have seen:`,
    ...paths.map((path) => `  ${npmRun("secret", stack, argument(path))}${isNested(path) ? nestedHint : ""}`),
  ].join("\n");
}

/** The command writes the levels below `secrets` as one name, beside the one that is there. */
const nestedHint = "   (then take the plain one out of the file)";

function isNested(path: FieldPath): boolean {
  return path[0] === "apps" && path.length > 4;
}

/** A field as a shell takes it for one word. */
function argument(path: FieldPath): string {
  const dotted = path.join(".");
  return /^[\w.@+-]+$/.test(dotted) ? dotted : `'${pathText(path).replaceAll("'", `'\\''`)}'`;
}

function isBelow(path: FieldPath, field: FieldPath): boolean {
  return field.every((name, index) => index < path.length && (name === "*" || name === path[index]));
}

/** The values that are neither encrypted nor empty. */
function plainValues(spec: unknown, path: FieldPath = []): { path: FieldPath; value: unknown }[] {
  if (spec === null || spec === undefined || spec === "") return [];
  if (typeof spec !== "object") return [{ path, value: spec }];
  if (typeof (spec as { secure?: unknown }).secure === "string" && Object.keys(spec).length === 1) return [];
  return Object.entries(spec).flatMap(([name, value]) => plainValues(value, [...path, name]));
}
