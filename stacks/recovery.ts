/** What a command that was killed leaves in a stack's state, and how the next one puts it right. */
import type { Stack } from "@pulumi/pulumi/automation";
import { type State, writeState } from "./state";
import type { Log, StackName, StackTarget } from "./target";

/**
 * Remove what was being created when a command was killed, and had no name in the state yet. Pulumi writes down what it
 * is about to create; what is still listed when nothing runs was cut off in the middle.
 *
 * @param name its names
 * @param state its state; the list is taken out of it
 * @param log told what is done
 */
export async function recover(
  stack: Stack,
  name: StackName,
  state: State,
  target: StackTarget,
  log: Log,
): Promise<void> {
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return;
  log("removing what was left half made");
  await target.removeHalfMade(name, pending, log);
  if (target.updatesInPlace) markCutOff(state);
  delete state.deployment.pending_operations;
  await writeState(stack, state);
}

/**
 * Have the engine update again what it was updating when it was cut off. What is there may have changed already and the state
 * has it as before, so that a program that is as before, too, would leave it as it is.
 */
export function markCutOff({ deployment: { resources = [], pending_operations = [] } }: State): void {
  const cutOff = new Set(
    pending_operations.filter(({ type }) => type === "updating").map(({ resource }) => resource.urn),
  );
  for (const resource of resources)
    if (resource.urn !== undefined && cutOff.has(resource.urn))
      resource.initErrors = ["the command that updated it was ended in the middle"];
}
