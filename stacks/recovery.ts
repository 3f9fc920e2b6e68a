/** What a command that was killed leaves in a stack's state, and how the next one puts it right. */
import type { Stack } from "@pulumi/pulumi/automation";
import { type State, writeState } from "./state";
import type { Log, StackTarget } from "./target";

/**
 * Remove what was being created when a command was killed, and had no name in the state yet. Pulumi writes down what it
 * is about to create; what is still listed when nothing runs was cut off in the middle.
 *
 * @param state the stack's state; the list is taken out of it
 * @param log told what is done
 */
export async function recover(stack: Stack, state: State, target: StackTarget, log: Log): Promise<void> {
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return;
  log("removing what was left half made");
  await target.removeHalfMade(pending);
  delete state.deployment.pending_operations;
  await writeState(stack, state);
}
