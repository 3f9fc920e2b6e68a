/** What the commands have in common: their options, and a stack that is ready to be worked on. */
import type { Stack } from "@pulumi/pulumi/automation";
import type { Command } from "commander";
import type { Engine } from "../../offline";
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from "../../scripts/lock";
import { cacheFolder } from "../../scripts/paths";
import { backendUrl } from "../backend";
import { earlierVersionAdvice, madeByEarlierVersion } from "../earlier-version";
import { fromEngine } from "../engine-error";
import { liftLock } from "../lock";
import { lostState } from "../lost-state";
import { plainSecretsWarning } from "../plain-secrets";
import { recover } from "../recovery";
import { readStackFile } from "../stack-file";
import { readState, type State } from "../state";
import type { StackName, StackTarget } from "../target";
import { openTarget } from "../targets";
import { UserError } from "../user-error";
import { openStack, projectName, requireStackFile } from "../workspace";
import { log } from "./terminal";

/** The options of every command. */
export interface StackOptions {
  /** The name of the stack. */
  stack: string;
}

/**
 * Add a command that works on a stack.
 *
 * @returns the command, for its own options and its action
 */
export function stackCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--stack <name>", "the stack: stacks/Pulumi.<name>.yaml", "dev");
}

/** A stack that is ready to be worked on. */
export interface Opened {
  stack: Stack;
  /** Its names. */
  name: StackName;
  /** Its state before the command. */
  state: State;
  target: StackTarget;
}

/**
 * Work on a stack while no other command of this checkout does, waiting for its turn.
 *
 * @param work what a command does from {@link prepare} to its end
 */
export function exclusively<Result>({ stack }: StackOptions, work: () => Promise<Result>): Promise<Result> {
  const waiting = (): void => {
    log("another command works on this stack: waiting for its end");
  };
  return withLock(cacheFolder(`stack-${stack}.lock`), waiting, work);
}

/**
 * Set up what is missing, and put right what a command that was killed left behind.
 *
 * @param refuse called with the stack's state before anything of it is touched
 */
export async function prepare(
  { stack: stackName }: StackOptions,
  refuse: (state: State) => void = () => undefined,
): Promise<Opened> {
  requireStackFile(stackName);
  const target = await openTarget(stackName);
  const engine = await target.prepare(log);
  log(engine.summary);
  const { stack, state } = await open(stackName, target, engine, refuse).catch((error: unknown) => {
    throw fromEngine(stackName, error);
  });
  return { stack, name: { project: projectName(), stack: stackName }, state, target };
}

async function open(
  stackName: string,
  target: StackTarget,
  engine: Engine,
  refuse: (state: State) => void,
): Promise<Pick<Opened, "stack" | "state">> {
  const stack = await openStack(stackName, engine, () => target.program(engine.images));
  await liftLock(stack, log);
  const state = await readState(stack);
  refuse(state);
  await recover(stack, { project: projectName(), stack: stackName }, state, target, log);
  return { stack, state };
}

/** Put right what an operation of this command has left half made. */
export async function putRight({ stack, name, target }: Opened): Promise<void> {
  await liftLock(stack, log);
  await recover(stack, name, await readState(stack), target, log);
}

/** As {@link prepare}, for a command that goes on from what the stack has. */
export async function prepareToDeploy(options: StackOptions): Promise<Opened> {
  const opened = await prepare(options, (state) => {
    if (madeByEarlierVersion(state)) throw new UserError(earlierVersionAdvice(options.stack));
  });
  if (isEmpty(opened.state)) await refuseUnknown(opened);
  const warning = plainSecretsWarning(readStackFile(options.stack));
  if (warning !== undefined) log(warning);
  return opened;
}

/** Is there nothing of a stack, as far as its state knows? */
export function isEmpty({ deployment: { resources = [] } }: State): boolean {
  return resources.length === 0;
}

/** What runs of a site, and what several of it are called. */
const runningKinds: Record<string, string> = {
  container: "containers",
  Deployment: "workloads",
  StatefulSet: "workloads",
  "ECS service": "ECS services",
};

/** Seconds in which what an interrupted command made may still be going. */
const patience = 5;

/** A stack whose state was lost would be made a second time beside the first, which holds its ports. */
async function refuseUnknown({ name, target }: Opened): Promise<void> {
  for (let waited = 0; ; waited++) {
    const found = await target.leftovers(name, false);
    const running = found.filter(({ kind }) => kind in runningKinds);
    const [first] = running;
    if (!first) return;
    if (waited === patience)
      throw new UserError(
        lostState(
          name.stack,
          backendUrl(),
          running.map((part) => part.name),
          runningKinds[first.kind],
          target.leftoversStay,
        ),
      );
    await delay(1000);
  }
}
