/** `npm run cost`. */
import type { Command } from "commander";
import { fieldOf, readStackFile, type StackFile } from "../stack-file";
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
  const [{ recordStack }, { countCost }, { priceList }, { costText }] = await Promise.all([
    import("../aws/cost/record"),
    import("../aws/cost/count"),
    import("../aws/cost/prices"),
    import("../aws/cost/text"),
  ]);
  const declared = await recordStack(file, priceList.region);
  const region = fieldOf(file.config, "aws:region");
  const counted = countCost(declared, priceList, {
    stack: file.name.stack,
    stackRegion: typeof region === "string" ? region : undefined,
  });
  return json ? `${JSON.stringify(counted, undefined, 2)}\n` : costText(counted);
}
