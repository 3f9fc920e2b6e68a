/** `npm run cost`. */
import type { Command } from "commander";
import { readStackFile, type StackFile } from "../stack-file";
import { targetOf } from "../targets";
import { UserError } from "../user-error";
import { stackCommand, type StackOptions } from "./prepare";
import { print } from "./terminal";

interface Options extends StackOptions {
  json?: boolean;
}

/** Add the command. */
export function addCost(program: Command): void {
  stackCommand(
    program,
    "cost",
    "count what a site on AWS costs while nobody visits, from its spec alone: without an account",
  )
    .option("--json", "as JSON")
    .action(async ({ stack, json }: Options) => {
      print(await cost(readStackFile(stack), json ?? false));
    });
}

/**
 * What the command prints.
 *
 * @throws {@link UserError} when the stack is none on AWS
 */
export async function cost(file: StackFile, json: boolean): Promise<string> {
  const target = targetOf(file);
  if (target !== "aws")
    throw new UserError(
      `${file.file}: its target is ${target}, and what that costs nobody here knows: cost counts stacks with ${file.name.project}:target: aws`,
    );
  // Its SDK is loaded for this target alone.
  const { siteCost } = await import("../aws/cost");
  return siteCost(file, json);
}
