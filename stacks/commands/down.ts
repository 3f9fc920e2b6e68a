/** `npm run down`. */
import type { Command } from "commander";
import { removeStack } from "../workspace";
import { operate } from "./operation";
import { prepare, stackCommand, type StackOptions } from "./prepare";
import { log } from "./terminal";

/** Add the command. */
export function addDown(program: Command): void {
  stackCommand(program, "down", "remove the site and everything that up made for it").action(down);
}

async function down(options: StackOptions): Promise<void> {
  const opened = await prepare(options);
  const { stack, name, target } = opened;
  await operate(opened, (listening) =>
    stack.destroy({ ...listening, suppressOutputs: true, continueOnError: true }),
  );
  await target.cleanUp(name);
  await removeStack(stack);
  log("All of it is removed, the stack's state as well.");
}
