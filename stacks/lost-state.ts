/** A stack that is there, and of which no state knows. */
import type { Leftover } from "./target";

/**
 * What to do about such a stack.
 *
 * @param backend where its state was looked for
 * @param containers the names of its containers
 */
export function lostState(stack: string, backend: string, containers: readonly string[]): string {
  return (
    `containers of stack ${stack} are there, its state is not (looked for in ${backend}):\n` +
    containers.map((name) => `  ${name}\n`).join("") +
    "Its state may be kept elsewhere: in another checkout, or with another PULUMI_BACKEND_URL. Then work on it from there. " +
    `If its state is lost, npm run down -- --stack ${stack} --leftovers shows what is there of it and removes it`
  );
}

/** What is there of a stack, a line for each kind. */
export function listLeftovers(found: readonly Leftover[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, name } of found) kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  return [...kinds].map(
    ([kind, names]) => `${names.length} ${kind}${names.length === 1 ? "" : "s"}: ${names.sort().join(", ")}`,
  );
}
