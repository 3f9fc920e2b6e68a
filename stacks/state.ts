/** A stack's state as it is kept, its secrets encrypted: what the Automation API exports has them in plain text. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { exec } from "../scripts/exec";

/** Something that the engine had begun to do and did not end. */
export interface PendingOperation {
  /** What it was about to do: `creating`, `updating` and so on. */
  type: string;
  /** The resource that it was about to do it to. */
  resource: { type: string; urn?: string; inputs?: { name?: unknown; labels?: unknown; metadata?: unknown } };
}

/** The parts of a state that the commands look at. */
export interface State {
  deployment: {
    resources?: {
      type: string;
      urn?: string;
      parent?: string;
      outputs?: Record<string, unknown>;
      /** Why it did not become what it should; the engine updates it then, whatever is to be changed. */
      initErrors?: string[];
    }[];
    pending_operations?: PendingOperation[];
  };
}

/** Read a stack's state. */
export async function readState(stack: Stack): Promise<State> {
  return JSON.parse(await pulumi(stack, "stack", "export", "--stack", stack.name)) as State;
}

/** Replace a stack's state. */
export async function writeState(stack: Stack, state: State): Promise<void> {
  const file = path.join(stack.workspace.workDir, "state-to-import.json");
  fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  try {
    await pulumi(stack, "stack", "import", "--stack", stack.name, "--file", file);
  } finally {
    fs.rmSync(file);
  }
}

/** The outputs of a stack in its state; those that are secret are encrypted. */
export function stackOutputs({ deployment: { resources = [] } }: State): Record<string, unknown> {
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

/** Read a stack's outputs, secrets in plain text. One start of the engine, where the Automation API takes two. */
export async function readOutputs(stack: Stack): Promise<Record<string, unknown>> {
  const json = await pulumi(stack, "stack", "output", "--json", "--show-secrets", "--stack", stack.name);
  return JSON.parse(json) as Record<string, unknown>;
}

async function pulumi({ workspace }: Stack, ...args: string[]): Promise<string> {
  const { stdout } = await exec(workspace.pulumiCommand.command, [...args, "--non-interactive"], {
    cwd: workspace.workDir,
    env: workspace.envVars,
  });
  return stdout;
}
