/** `npm run secret`. */
import type { Command } from "commander";
import { prepareEngine } from "../../offline";
import { exec } from "../../scripts/exec";
import { hiddenInput } from "../hidden-input";
import { encryptedFields, type FieldPath, pathText, secretFaults, secretField } from "../secret-path";
import { npmRun } from "../site-status";
import { fieldOf, readStackFile, type StackFile } from "../stack-file";
import { openTarget } from "../targets";
import { openStack, UserError } from "../workspace";
import { stackCommand, type StackOptions } from "./prepare";
import { log, print } from "./terminal";

interface Options extends StackOptions {
  list?: boolean;
  remove?: boolean;
}

/** Add the command. */
export function addSecret(program: Command): void {
  stackCommand(
    program,
    "secret",
    "keep a value encrypted in the stack's file: asks for it, or reads standard input",
  )
    .argument(
      "[name]",
      "the field of the spec, for instance apps.sales.secrets.DB_PASSWORD (short: sales.DB_PASSWORD) or auth.oidc.clientSecret",
    )
    .option("--list", "print the names of the fields that are encrypted")
    .option("--remove", "take the value out of the file")
    .addHelpText(
      "after",
      "\nExamples:\n  npm run secret -- sales.DB_PASSWORD\n  npm run secret -- tls.provided.privateKey --stack prod < key.pem\n  npm run secret -- sales.DB_PASSWORD --remove",
    )
    .action(secret);
}

async function secret(name: string | undefined, { stack, list, remove }: Options): Promise<void> {
  const file = readStackFile(stack);
  if (list) {
    for (const path of encryptedFields(file.spec)) print(`${pathText(path)}\n`);
    return;
  }
  if (name === undefined)
    throw new UserError("which field? for instance: npm run secret -- sales.DB_PASSWORD");
  const path = secretField(name, file.spec);
  const field = pathText(path);
  if (remove) {
    if (fieldOf(file.spec, ...path) === undefined)
      throw new UserError(`${field} is not set: nothing is changed`);
    await configure(file, ["rm", "--path"], path);
    log(`${field} is out of stacks/Pulumi.${stack}.yaml. It takes effect with ${npmRun("up", stack)}`);
    return;
  }
  const value = await hiddenInput(field);
  const faults = secretFaults(path, value);
  if (faults.length > 0)
    throw new UserError(`nothing is changed:\n${faults.map((fault) => `  ${field}: ${fault}`).join("\n")}`);
  await configure(file, ["set", "--secret", "--path"], path, value);
  log(`${field} is encrypted in stacks/Pulumi.${stack}.yaml. It takes effect with ${npmRun("up", stack)}`);
}

/** Run `pulumi config` on the stack's own file; it keeps the comments in it, and puts the salt there. */
async function configure(
  { file, name }: StackFile,
  command: string[],
  path: FieldPath,
  value?: string,
): Promise<void> {
  const target = await openTarget(name.stack);
  const engine = await prepareEngine({ log });
  const { workspace } = await openStack(name.stack, engine, () => target.program());
  await exec(
    workspace.pulumiCommand.command,
    [
      "config",
      ...command,
      pathText(["site", ...path]),
      "--config-file",
      file,
      "--stack",
      name.stack,
      "--non-interactive",
    ],
    {
      cwd: workspace.workDir,
      env: workspace.envVars,
      // It takes one line break off the end.
      ...(value !== undefined && { input: `${value}\n` }),
    },
  );
}
