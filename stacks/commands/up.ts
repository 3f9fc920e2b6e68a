/** `npm run up`. */
import type { Command } from "commander";
import { operate, ShownError } from "./operation";
import { exclusively, isEmpty, prepareToDeploy, putRight, stackCommand, type StackOptions } from "./prepare";
import { movedApps } from "../moved-apps";
import { readOutputs, type State, stackOutputs } from "../state";
import { log, print } from "./terminal";

interface Options extends StackOptions {
  /** Compare the stack's state with what is there first. */
  refresh?: boolean;
}

/** Add the command. */
export function addUp(program: Command): void {
  stackCommand(program, "up", "set up the machine and bring up the site")
    .option("--refresh", "look first at what is really there, and make what is missing; slower")
    .action((options: Options) =>
      exclusively(options, async () => {
        print(summary(await up(options), options));
      }),
    );
}

/**
 * Bring a stack up to its file.
 *
 * @param replace gets the stack's state and gives the URNs of what is made anew although nothing of it was changed
 * @returns the stack's outputs by name, secrets in plain text
 */
export async function up(
  options: Options,
  replace: (state: State) => string[] = () => [],
): Promise<Record<string, unknown>> {
  const opened = await prepareToDeploy(options);
  const { stack, name, state, target } = opened;
  const since = new Date();
  const replaced = replace(state);
  const removeBuilds = await target.oldBuilds(name);
  try {
    // Read below, once.
    stack.outputs = () => Promise.resolve({});
    const { operation } = await operate(
      opened,
      (listening) =>
        stack.up({
          ...listening,
          suppressOutputs: true,
          replace: replaced,
          refresh: options.refresh ?? false,
          // One app that fails must not keep the others from coming up. But on a site that is up already it would cost that
          // app its running container: what the program did not get to register counts as gone when it goes on.
          continueOnError: isEmpty(state),
        }),
      { announce: log },
    );
    log(operation.changes.summary("past"));
    await target.afterUp?.(name, since);
    await removeBuilds();
    const outputs = await readOutputs(stack);
    for (const moved of movedApps(stackOutputs(state).apps, (outputs.apps ?? {}) as Record<string, string>))
      log(moved);
    return outputs;
  } catch (error) {
    if (error instanceof ShownError) {
      await error.operation.explainFailures();
      if (error.operation.gaveUp) await putRight(opened);
    }
    throw error;
  }
}

function summary(outputs: Record<string, unknown>, { stack }: StackOptions): string {
  const more = stack === "dev" ? "" : ` --stack ${stack}`;
  const apps = Object.entries((outputs.apps ?? {}) as Record<string, string>);
  const users = Object.keys(outputs.passwords ?? {});
  const lines = [
    `The site is at ${String(outputs.url)}`,
    ...apps.map(([name, url]) => `  ${name}: ${url}`),
    ...(users.length === 0
      ? []
      : [`Sign in as ${users.join(" or ")}. Passwords: npm run outputs -- --show-secrets${more}`]),
    ...(outputs.caCertificate === ""
      ? []
      : [
          `To trust its certificate, import this authority: npm --silent run outputs -- caCertificate${more} > ca.pem`,
        ]),
    `To remove it: npm run down${more === "" ? "" : ` --${more}`}`,
  ];
  return `\n${lines.join("\n")}\n`;
}
