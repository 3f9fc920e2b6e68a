/** `npm run up`. */
import type { Command } from "commander";
import { readOutputs } from "../state";
import { operate, ShownError } from "./operation";
import { exclusively, isEmpty, prepareToDeploy, stackCommand, type StackOptions } from "./prepare";
import { log, print } from "./terminal";

/** Add the command. */
export function addUp(program: Command): void {
  stackCommand(program, "up", "set up the machine and bring up the site").action((options: StackOptions) =>
    exclusively(options, () => up(options)),
  );
}

async function up(options: StackOptions): Promise<void> {
  const opened = await prepareToDeploy(options);
  const { stack, name, state, target } = opened;
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
          // One app that fails must not keep the others from coming up. But on a site that is up already it would cost that
          // app its running container: what the program did not get to register counts as gone when it goes on.
          continueOnError: isEmpty(state),
        }),
      { announce: log },
    );
    log(operation.changes.summary("past"));
    await removeBuilds();
    print(summary(await readOutputs(stack), options));
  } catch (error) {
    if (error instanceof ShownError) await error.operation.explainFailures();
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
