/** What to say of an error of the engine's command line, whose own message is all that it wrote. */

import { CommandError } from "@pulumi/pulumi/automation";
import { ExecError } from "../scripts/exec";
import { UserError } from "./user-error";

/** What the engine says, and what is said instead. */
const known: [RegExp, (stack: string, found: RegExpExecArray) => string][] = [
  [
    /incorrect passphrase/,
    (stack) =>
      `the passphrase is not the one that stack ${stack} was encrypted with: ` +
      "PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE or .state/passphrase must have that one",
  ],
  [
    /passphrase must be set with PULUMI_CONFIG_PASSPHRASE/,
    () => "a passphrase is needed: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  ],
  [
    /the stack is currently locked by \d+ lock\(s\)(?:[^]*?created by (\S+) \(pid (\d+)\) at (\S+))?/,
    (stack, [, who, pid, since]) =>
      `another command works on stack ${stack}` +
      (who === undefined ? "" : ` (${who}, process ${pid}, since ${since})`) +
      `: try again when it has ended. If it was killed, \`pulumi cancel --stack ${stack}\` lifts its lock`,
  ],
  [
    /(?:failed to open bucket|unable to (?:open|check) bucket|could not open bucket|is not accessible)[^\n]*/,
    (_stack, [found]) => `the backend of PULUMI_BACKEND_URL cannot be used: ${found}`,
  ],
  [
    /(?:unauthenticated|PULUMI_ACCESS_TOKEN must be set)[^\n]*/,
    () => "the backend of PULUMI_BACKEND_URL wants a sign-in: run `pulumi login`, or set PULUMI_ACCESS_TOKEN",
  ],
];

/**
 * One line for what the engine wrote when it failed before it had begun.
 *
 * @param output all that it wrote
 */
export function engineFault(stack: string, output: string): string {
  for (const [pattern, say] of known) {
    const found = pattern.exec(output);
    if (found) return say(stack, found);
  }
  const errors = [...output.matchAll(/^\s*(?:stderr: )?error: (.+)$/gm)].map(([, text = ""]) => text.trim());
  return [...new Set(errors)].join("; ") || output.trim().split("\n").slice(-5).join("\n");
}

/** An error in one line where it is what the engine's command line wrote; any other as it is. */
export function fromEngine(stack: string, error: unknown): unknown {
  if (error instanceof CommandError)
    return new UserError(engineFault(stack, error.message), { cause: error });
  if (error instanceof ExecError) return new UserError(engineFault(stack, error.output), { cause: error });
  return error;
}
