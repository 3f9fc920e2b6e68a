/** The site in a stack's file as it stands there: not decrypted, not checked, without defaults. */
import * as fs from "node:fs";
import * as path from "node:path";
import { load } from "js-yaml";
import type { StackName } from "./target";
import { requireStackFile, UserError } from "./workspace";

/** What a stack's file says. */
export interface StackFile {
  /** Its path. */
  file: string;
  /** The stack's names. */
  name: StackName;
  /** The site, with `{ secure: … }` where a value is encrypted; of any shape. */
  spec: unknown;
  /** All values by their names, for instance `kubernetes:context`. */
  config: Readonly<Record<string, unknown>>;
}

/**
 * Read the file of a stack.
 *
 * @param stack its name
 * @throws {@link UserError} when there is none, or it is no YAML
 */
export function readStackFile(stack: string): StackFile {
  const file = requireStackFile(stack);
  const settings = path.join(path.dirname(path.dirname(file)), "Pulumi.yaml");
  const { name: project } = yaml(settings) as { name: string };
  const { config } = (yaml(file) ?? {}) as { config?: Record<string, unknown> | null };
  return { file, name: { project, stack }, spec: config?.[`${project}:site`], config: config ?? {} };
}

function yaml(file: string): unknown {
  try {
    return load(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * A field of a spec of any shape.
 *
 * @param spec the spec, or a part of it
 * @param names the names of the fields on the way
 * @returns undefined when something on the way is missing or no object
 */
export function fieldOf(spec: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    spec,
  );
}
