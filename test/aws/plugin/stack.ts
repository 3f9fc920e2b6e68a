/** A stack under the real engine, over the stand-in for AWS. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  type OpMap,
  PulumiCommand,
  Stack,
} from "@pulumi/pulumi/automation";
import { prepareEngine } from "../../../offline";
import { defaultRegion } from "../outputs";
import { Store, type Stored } from "./store";

/** Makes resources and returns outputs. */
export type Program = () => unknown;

/** What an operation did, by the name of the engine for it: `create`, `same`, `update`, `replace`, `delete`. */
export type Changes = Partial<Record<string, number>>;

/** What {@link AwsStack.open} takes. */
export interface AwsStackOptions {
  program: Program;
  region?: string;
  /** The stack's configuration by key. */
  config?: Record<string, string>;
}

const projectName = "aws-stand-in";
const stackName = "test";

/** See the module. */
export class AwsStack {
  private constructor(
    private readonly stack: Stack,
    private readonly folder: string,
    private readonly store: Store,
  ) {}

  /** A stack that is not up yet, with a state and an AWS of its own until {@link remove}. */
  static async open({ program, region = defaultRegion, config = {} }: AwsStackOptions): Promise<AwsStack> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "aws-stack-"));
    const resources = path.join(folder, "aws");
    const engine = await prepareEngine({ log: () => undefined });
    const workspace = await LocalWorkspace.create({
      workDir: folder,
      pulumiHome: engine.pulumiHome,
      pulumiCommand: await PulumiCommand.get({ root: engine.cliRoot, skipVersionCheck: true }),
      envVars: {
        ...engine.env,
        // Otherwise the whole state is written before and after each step, which is most of what an operation takes.
        PULUMI_EXPERIMENTAL: "true",
        PULUMI_SKIP_CHECKPOINTS: "true",
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_BACKEND_URL: `file://${folder}`,
        AWS_STAND_IN_FOLDER: resources,
        AWS_REGION: region,
      },
      projectSettings: {
        name: projectName,
        runtime: "nodejs",
        plugins: { providers: [...(engine.providers ?? []), { name: "aws", path: __dirname }] },
      } as never,
      // Not by `setConfig`, which starts the CLI for each.
      stackSettings: { [stackName]: { config: { "aws:region": region, ...config } } },
      program: () => Promise.resolve(program() as Record<string, unknown> | undefined),
    });
    const stack = await Stack.create(stackName, workspace);
    // What is asked after each operation, each by another start of the CLI; the operation's own events say it before.
    stack.outputs = () => Promise.resolve({});
    stack.info = () => Promise.resolve(undefined);
    return new AwsStack(stack, folder, new Store(resources));
  }

  /** Run another program from now on. */
  become(program: Program): void {
    this.stack.workspace.program = () => Promise.resolve(program() as Record<string, unknown> | undefined);
  }

  /** What an `up` would do. */
  preview(): Promise<Changes> {
    return this.changes((onEvent) => this.stack.preview({ onEvent }));
  }

  up(): Promise<Changes> {
    return this.changes((onEvent) => this.stack.up({ onEvent }));
  }

  refresh(): Promise<Changes> {
    return this.changes((onEvent) => this.stack.refresh({ onEvent }));
  }

  destroy(): Promise<Changes> {
    return this.changes((onEvent) => this.stack.destroy({ onEvent }));
  }

  /** What there is in AWS. */
  existing(): Stored[] {
    return this.store.all();
  }

  /** The state as the engine keeps it, without decrypting its secrets. */
  exported(): string {
    return fs.readFileSync(
      path.join(this.folder, ".pulumi", "stacks", projectName, `${stackName}.json`),
      "utf8",
    );
  }

  /** Do something, and tell what it did. */
  private async changes(
    operation: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
  ): Promise<Changes> {
    const summaries: OpMap[] = [];
    // Pulumi takes the stack of every promise for its debugging, which is most of the time that a program takes.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      await operation(({ summaryEvent }) => {
        if (summaryEvent !== undefined) summaries.push(summaryEvent.resourceChanges);
      });
    } finally {
      Error.stackTraceLimit = limit;
    }
    const [summary, ...others] = summaries;
    if (summary === undefined || others.length > 0)
      throw new Error(`the engine told ${String(summaries.length)} times what it did`);
    return { ...summary };
  }

  /** Forget all of it, whatever state it is in. */
  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
