/** A secret from whoever runs the command. */
import { text } from "node:stream/consumers";
import { read } from "read";
import { UserError } from "./workspace";

/**
 * Ask for a value without showing it, or take all of standard input where that is no terminal.
 *
 * @param question what to ask
 * @returns the value, without the line break at its end
 * @throws {@link UserError} when there is none
 */
export async function hiddenInput(question: string): Promise<string> {
  const value = process.stdin.isTTY ? await ask(question) : await text(process.stdin);
  const secret = value.replace(/\r?\n$/, "");
  if (secret === "") throw new UserError("no value was given: nothing is changed");
  return secret;
}

async function ask(question: string): Promise<string> {
  try {
    // Standard output is for results.
    return await read({ prompt: `${question}: `, silent: true, output: process.stderr });
  } catch {
    throw new UserError("nothing is changed");
  }
}
