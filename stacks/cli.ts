/** `npm run up | preview | outputs | status | logs | secret | password | cost | down`: the same program as `pulumi up`, with everything it needs set up first. */
import "../scripts/lazy-modules";
import { Command } from "commander";
import { addCost } from "./commands/cost";
import { addDown } from "./commands/down";
import { addLogs } from "./commands/logs";
import { explain } from "./commands/operation";
import { addOutputs } from "./commands/outputs";
import { addPassword } from "./commands/password";
import { addPreview } from "./commands/preview";
import { addSecret } from "./commands/secret";
import { addStatus } from "./commands/status";
import { endWithItsReader, log, readerGone } from "./commands/terminal";
import { addUp } from "./commands/up";

async function main(): Promise<void> {
  endWithItsReader();
  const program = new Command("npm run")
    .description("Bring up a site of Streamlit apps on this machine, look at it, or remove it.")
    .addHelpText(
      "after",
      "\nExamples:\n  npm run up\n  npm run outputs -- --json --show-secrets\n  npm run down -- --stack dev",
    );
  for (const add of [
    addUp,
    addPreview,
    addOutputs,
    addStatus,
    addLogs,
    addSecret,
    addPassword,
    addCost,
    addDown,
  ])
    add(program);

  try {
    await program.parseAsync();
  } catch (error) {
    if (readerGone()) return;
    log(explain(error));
    process.exitCode = 1;
  }
}

void main();
