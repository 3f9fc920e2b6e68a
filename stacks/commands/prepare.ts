/** What the commands have in common: their options, and a stack that is ready to be worked on. */
import type { Stack } from "@pulumi/pulumi/automation";
import type { Command } from "commander";
import { earlierVersionAdvice, madeByEarlierVersion } from "../earlier-version";
import { liftLock } from "../lock";
import { recover } from "../recovery";
import { readState, type State } from "../state";
import type { StackName, StackTarget } from "../target";
import { openTarget } from "../targets";
import { openStack, requireStackFile, UserError } from "../workspace";
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
 * Set up what is missing, and put right what a command that was killed left behind.
 *
 * @param refuse called with the stack's state before anything of it is touched
 */
export async function prepare(
  { stack: stackName }: StackOptions,
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
export function prepareToDeploy(options: StackOptions): Promise<Opened> {
  return prepare(options, (state) => {
    if (madeByEarlierVersion(state)) throw new UserError(earlierVersionAdvice(options.stack));
  });
}
