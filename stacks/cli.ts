/** `npm run up | preview | outputs | down`: the same program as `pulumi up`, with everything it needs set up first. */
import { Command } from "commander";
import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { earlierVersionAdvice, madeByEarlierVersion } from "./earlier-version";
import { liftLock } from "./lock";
import { progress } from "./progress";
import { recover } from "./recovery";
import { readState, type State } from "./state";
import type { KeptVolume, StackName, StackTarget } from "./target";
import { openTarget } from "./targets";
import { openStack, removeStack, requireStackFile, UserError } from "./workspace";

interface Options {
  stack: string;
}

/** Progress goes to standard error, results to standard output. */
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A stack that is ready to be worked on. */
interface Opened {
  stack: Stack;
  /** Its names. */
  name: StackName;
  /** Its state before the command. */
  state: State;
  target: StackTarget;
}

/**
 * Set up what is missing, and put right what a command that was killed left behind.
 *
 * @param refuse called with the stack's state before anything of it is touched
 */
async function prepare(
  { stack: stackName }: Options,
  refuse: (state: State) => void = () => undefined,
): Promise<Opened> {
  requireStackFile(stackName);
  const target = await openTarget("docker");
  const engine = await target.prepare(log);
  log(engine.summary);
  const stack = await openStack(stackName, engine, () => target.program(engine.images));
  await liftLock(stack, log);
  const state = await readState(stack);
  refuse(state);
  await recover(stack, state, target, log);
  const { name: project } = await stack.workspace.projectSettings();
  return { stack, name: { project, stack: stackName }, state, target };
}

/** As {@link prepare}, for a command that goes on from what the stack has. */
function prepareToDeploy(options: Options): Promise<Opened> {
  return prepare(options, (state) => {
    if (madeByEarlierVersion(state)) throw new UserError(earlierVersionAdvice(options.stack));
  });
}

/**
 * A request to stop reaches the engine once: it then ends what it is doing and writes it down. A terminal's Ctrl-C
 * goes to every process of the group, the engine among them; a signal to this process alone has to be passed on.
 */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      asked += 1;
      if (asked > 1) process.exit(130);
      log("stopping; what was done so far is kept. Once more to stop at once.");
      if (signal === "SIGTERM" || !process.stdin.isTTY) controller.abort();
    });
  return controller.signal;
}

/** Has the engine begun to show what it does? */
let operationShown = false;

function showOperation(): (output: string) => void {
  operationShown = true;
  return progress(log);
}

const color = process.stdout.isTTY ? "always" : "never";
const print = (text: string): void => {
  process.stdout.write(text);
};

async function up(options: Options): Promise<void> {
  const opened = await prepareToDeploy(options);
  const { stack, state } = opened;
  try {
    const { outputs } = await stack.up({
      onOutput: showOperation(),
      suppressOutputs: true,
      // One app that fails must not keep the others from coming up. But on a site that is up already it would cost that
      // app its running container: what the program did not get to register counts as gone when it goes on.
      continueOnError: isEmpty(state),
      signal: interruptible(),
    });
    print(summary(outputs, options));
  } catch (error) {
    await reportFailures(opened);
    throw error;
  }
}

function isEmpty({ deployment: { resources = [] } }: State): boolean {
  return resources.length === 0;
}

async function reportFailures({ name, target }: Opened): Promise<void> {
  for (const { part, status, log: lines } of await target.explainFailures(name))
    log(`\n${part}: ${status}. The end of its log:\n${lines.replaceAll(/^/gm, "  ")}`);
}

function summary(outputs: OutputMap, { stack }: Options): string {
  const more = stack === "dev" ? "" : ` --stack ${stack}`;
  const apps = Object.entries((outputs.apps?.value ?? {}) as Record<string, string>);
  const users = Object.keys((outputs.passwords?.value ?? {}) as Record<string, string>);
  const lines = [
    `The site is at ${String(outputs.url?.value)}`,
    ...apps.map(([name, url]) => `  ${name}: ${url}`),
    ...(users.length === 0
      ? []
      : [`Sign in as ${users.join(" or ")}. Passwords: npm run outputs -- --show-secrets${more}`]),
    ...(outputs.caCertificate?.value === ""
      ? []
      : [
          `To trust its certificate, import this authority: npm --silent run outputs -- caCertificate${more} > ca.pem`,
        ]),
    `To remove it: npm run down${more === "" ? "" : ` --${more}`}`,
  ];
  return `\n${lines.join("\n")}\n`;
}

async function preview(options: Options): Promise<void> {
  const { stack } = await prepareToDeploy(options);
  await stack.preview({ color, onOutput: print, diff: true, suppressOutputs: true, signal: interruptible() });
}

async function outputs(
  name: string | undefined,
  options: Options & { json?: boolean; showSecrets?: boolean },
): Promise<void> {
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

async function down(options: Options & { volumes?: boolean }): Promise<void> {
  const { stack, name, target } = await prepare(options);
  await stack.destroy({
    onOutput: showOperation(),
    suppressOutputs: true,
    continueOnError: true,
    signal: interruptible(),
  });
  await target.cleanUp(name);
  const volumes = options.volumes ? await target.removeVolumes(name) : await target.keptVolumes(name);
  await removeStack(stack);
  log(removed(volumes, options));
}

function removed(volumes: KeptVolume[], { stack, volumes: all }: Options & { volumes?: boolean }): string {
  const listed = volumes.map(({ volume, name }) => `\n  ${volume}: ${name}`).join("");
  if (volumes.length === 0) return "All of it is removed, the stack's state as well.";
  if (all) return `All of it is removed, the stack's state as well, and the volumes of its apps:${listed}`;
  const more = stack === "dev" ? "" : ` --stack ${stack}`;
  return `All of it is removed, the stack's state as well, but the volumes of its apps, which a later up finds again:${listed}\nTo remove these, too: npm run down --${more} --volumes`;
}

async function main(): Promise<void> {
  const program = new Command("npm run")
    .description("Bring up a site of Streamlit apps on this machine, look at it, or remove it.")
    .addHelpText(
      "after",
      "\nExamples:\n  npm run up\n  npm run outputs -- --json --show-secrets\n  npm run down -- --stack dev",
    );
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--stack <name>", "the stack: stacks/Pulumi.<name>.yaml", "dev");
  command("up", "set up the machine and bring up the site").action(up);
  command("preview", "show what up would do").action(preview);
  command("outputs", "print the site's outputs, or one of them")
    .argument("[name]", "only this one")
    .option("--json", "as JSON")
    .option("--show-secrets", "in plain text")
    .action(outputs);
  command("down", "remove the site and everything that up made for it, but the volumes of its apps")
    .option("--volumes", "remove these as well, with all that the apps kept there")
    .action(down);

  try {
    await program.parseAsync();
  } catch (error) {
    log(explain(error));
    process.exitCode = 1;
  }
}

/** What the engine shows of an operation is on the screen already; the Automation API's error repeats all of it. */
function explain(error: unknown): string {
  if (error instanceof UserError || !(error instanceof Error))
    return `error: ${error instanceof Error ? error.message : String(error)}`;
  if (operationShown && error.constructor.name.endsWith("CommandError"))
    return "\nIt failed, for the reasons above. What was made is kept: mend the cause and run it again, or remove all with npm run down.";
  return `error: ${error.message}`;
}

void main();
