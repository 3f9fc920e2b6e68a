/** `npm run preview`. */
import type { Command } from "commander";
import { interruptible } from "./operation";
import { prepareToDeploy, stackCommand, type StackOptions } from "./prepare";
import { color, print } from "./terminal";

/** Add the command. */
export function addPreview(program: Command): void {
  stackCommand(program, "preview", "show what up would do").action(preview);
}

async function preview(options: StackOptions): Promise<void> {
  const { stack } = await prepareToDeploy(options);
  await stack.preview({ color, onOutput: print, diff: true, suppressOutputs: true, signal: interruptible() });
}
