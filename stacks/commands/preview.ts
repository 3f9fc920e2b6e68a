/** `npm run preview`. */
import type { Command } from "commander";
import { operate } from "./operation";
import { exclusively, prepareToDeploy, stackCommand, type StackOptions } from "./prepare";
import { color, print } from "./terminal";

interface Options extends StackOptions {
  diff?: boolean;
}

/** Add the command. */
export function addPreview(program: Command): void {
  stackCommand(program, "preview", "show what up would change, a line for each part")
    .option("--diff", "show every resource and property that would change")
    .action((options: Options) => exclusively(options, () => preview(options)));
}

async function preview(options: Options): Promise<void> {
  const opened = await prepareToDeploy(options);
  const { stack } = opened;
  if (options.diff) {
    // The engine's own display, with its own words for what is wrong.
    await operate(
      opened,
      (listening) =>
        stack.preview({ ...listening, color, onOutput: print, diff: true, suppressOutputs: true }),
      { tell: () => undefined, changes: false },
    );
    return;
  }
  const interruptions: string[] = [];
  const { operation } = await operate(
    opened,
    (listening) => stack.preview({ ...listening, suppressOutputs: true }),
    { announce: (sentence) => interruptions.push(sentence), changes: false },
  );
  for (const line of operation.changes.lines("future")) print(`${line}\n`);
  if (interruptions.length > 0) print("What it interrupts:\n");
  for (const sentence of interruptions) print(`  ${sentence}\n`);
  print(`${operation.changes.summary("future")}\n`);
}
