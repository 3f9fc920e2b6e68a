/** `npm run outputs`. */
import type { Command } from "commander";
import { UserError } from "../user-error";
import { exclusively, prepare, stackCommand, type StackOptions } from "./prepare";
import { print } from "./terminal";

interface Options extends StackOptions {
  json?: boolean;
  showSecrets?: boolean;
}

/** Add the command. */
export function addOutputs(program: Command): void {
  stackCommand(program, "outputs", "print the site's outputs, or one of them")
    .argument("[name]", "only this one")
    .option("--json", "as JSON")
    .option("--show-secrets", "in plain text")
    .action((name: string | undefined, options: Options) =>
      exclusively(options, () => outputs(name, options)),
    );
}

async function outputs(name: string | undefined, options: Options): Promise<void> {
  const { stack } = await prepare(options);
  const shown = Object.fromEntries(
    Object.entries(await stack.outputs()).map(([key, { value, secret }]) => [
      key,
      secret && !options.showSecrets ? "[secret]" : (value as unknown),
    ]),
  );
  if (Object.keys(shown).length === 0)
    throw new UserError(`stack ${options.stack} has no outputs: npm run up makes them`);
  if (name !== undefined) {
    if (!(name in shown))
      throw new UserError(`there is no output ${name}; there are ${Object.keys(shown).join(", ")}`);
    print(text(shown[name], options.json ?? false));
  } else if (options.json) print(text(shown, true));
  else for (const [key, value] of Object.entries(shown)) print(`${key}: ${text(value, false)}`);
}

function text(value: unknown, json: boolean): string {
  const string = typeof value === "string" && !json ? value : JSON.stringify(value, undefined, 2);
  return string.endsWith("\n") ? string : `${string}\n`;
}
