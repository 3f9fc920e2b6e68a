/** A stack that is there, and of which no state knows. */
import type { Leftover } from "./target";

/**
 * What to do about such a stack.
 *
 * @param backend where its state was looked for
 * @param found the names of what runs of it
 * @param kind what these are. @default containers
 * @param stay why the commands cannot remove them. @default they can
 */
export function lostState(
  stack: string,
  backend: string,
  found: readonly string[],
  kind = "containers",
  stay?: string,
): string {
  return (
    `${kind} of stack ${stack} are there, its state is not (looked for in ${backend}):\n` +
    found.map((name) => `  ${name}\n`).join("") +
    "Its state may be kept elsewhere: in another checkout, or with another PULUMI_BACKEND_URL. Then work on it from there. " +
    (stay === undefined
      ? `If its state is lost, npm run down -- --stack ${stack} --leftovers shows what is there of it and removes it`
      : `If its state is lost: ${stay}`)
  );
}

/** What is there of a stack, a line for each kind. */
export function listLeftovers(found: readonly Leftover[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, name } of found) kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  return [...kinds].map(
    ([kind, names]) =>
      `${names.length} ${names.length === 1 ? kind : plural(kind)}: ${names.sort().join(", ")}`,
  );
}

function plural(kind: string): string {
  if (kind.endsWith("s")) return `${kind}es`;
  return kind.endsWith("cy") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}
