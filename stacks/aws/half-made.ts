/** What a command that was killed in the middle leaves on AWS. */
import type { PendingOperation } from "../state";
import type { Log, StackName } from "../target";

/**
 * Tell of what was being created. AWS gives most things their ids itself, so that what came of it cannot be found by what the program
 * knows, and nothing is removed by guess.
 */
export function tellHalfMade(
  { project, stack }: StackName,
  pending: readonly PendingOperation[],
  log: Log,
): void {
  const creating = pending.filter(
    ({ type, resource }) => type === "creating" && resource.type.startsWith("aws:"),
  );
  if (creating.length === 0) return;
  log(
    [
      "a command that was killed was making these; whether AWS has them, no state knows:",
      ...creating.map(({ resource: { type, inputs } }) => {
        const name = typeof inputs?.name === "string" ? ` ${inputs.name}` : "";
        return `  ${type}${name}`;
      }),
      "What is there of them is not found again by this stack and may cost money. The Resource Groups Tag Editor lists it, by " +
        `the tags streamlit.project=${project} and streamlit.stack=${stack}: remove there what has no other use`,
    ].join("\n"),
  );
}
