/** The namespace that a site is in. */
import { fieldOf } from "../stack-file";
import type { StackName } from "../target";

/**
 * The namespace of a stack's site.
 *
 * @param spec the site of the stack's file, of any shape
 * @param name the stack
 */
export function namespaceOf(spec: unknown, { project, stack }: StackName): string {
  const named = fieldOf(spec, "namespace", "existing") ?? fieldOf(spec, "namespace", "create");
  return typeof named === "string" ? named : `${project}-${stack}`.toLowerCase();
}
