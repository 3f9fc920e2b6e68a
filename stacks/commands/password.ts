/** `npm run password`. */
import type { Command } from "commander";
import { passwordUrn } from "../generated-passwords";
import { npmRun } from "../site-status";
import { exclusively, stackCommand, type StackOptions } from "./prepare";
import { log, print } from "./terminal";
import { up } from "./up";

interface Options extends StackOptions {
  show?: boolean;
}

/** Add the command. */
export function addPassword(program: Command): void {
  stackCommand(program, "password", "make a new generated password for a user, at once")
    .argument("<user>", "one of auth.basic.generatedUsers")
    .option("--show", "print the new password")
    .addHelpText(
      "after",
      "\nIt is an `up` that makes this password anew: what else was changed in the stack's file comes with it. The gateway is\nreplaced; who is signed in as somebody else goes on after a moment. The old password is worth nothing any more.\n\nExamples:\n  npm run password -- demo\n  npm --silent run password -- demo --show --stack prod",
    )
    .action((user: string, options: Options) => exclusively(options, () => password(user, options)));
}

async function password(user: string, { show, ...options }: Options): Promise<void> {
  const outputs = await up(options, (state) => [passwordUrn(state, user)]);
  if (!show) {
    log(`${user} has a new password: ${npmRun("outputs", options.stack, "passwords", "--show-secrets")}`);
    return;
  }
  const passwords = (outputs.passwords ?? {}) as Record<string, string>;
  print(`${passwords[user] ?? ""}\n`);
}
