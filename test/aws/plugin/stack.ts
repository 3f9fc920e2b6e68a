/** A stack under the real engine, over the stand-in for AWS. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalWorkspace, type OpMap, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { prepareEngine } from "../../../offline";
import { exec } from "../../../scripts/exec";
import { defaultRegion } from "../outputs";
import { preparePlugin } from "./prepare";
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
    const plugin = await preparePlugin();
    const workspace = await LocalWorkspace.create({
      workDir: folder,
      pulumiHome: engine.pulumiHome,
      pulumiCommand: await PulumiCommand.get({ root: engine.cliRoot, skipVersionCheck: true }),
      envVars: {
        ...engine.env,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_BACKEND_URL: `file://${folder}`,
        AWS_STAND_IN_FOLDER: resources,
        AWS_REGION: region,
      },
      projectSettings: {
        name: "aws-stand-in",
        runtime: "nodejs",
        plugins: { providers: [...(engine.providers ?? []), plugin] },
      } as never,
      program: () => Promise.resolve(program() as Record<string, unknown> | undefined),
    });
    const stack = await Stack.createOrSelect("test", workspace);
    for (const [key, value] of Object.entries({ "aws:region": region, ...config }))
      await stack.setConfig(key, { value });
    return new AwsStack(stack, folder, new Store(resources));
  }

  /** Run another program from now on. */
  become(program: Program): void {
    this.stack.workspace.program = () => Promise.resolve(program() as Record<string, unknown> | undefined);
  }

  /** What an `up` would do. */
  async preview(): Promise<Changes> {
    return changesOf((await this.stack.preview()).changeSummary);
  }

  async up(): Promise<Changes> {
    return changesOf((await this.stack.up()).summary.resourceChanges);
  }

  async refresh(): Promise<Changes> {
    return changesOf((await this.stack.refresh()).summary.resourceChanges);
  }

  async destroy(): Promise<Changes> {
    return changesOf((await this.stack.destroy()).summary.resourceChanges);
  }

  /** What there is in AWS. */
  existing(): Stored[] {
    return this.store.all();
  }

  /** The state as the engine keeps it, without decrypting its secrets. */
  async exported(): Promise<string> {
    const { workspace, name } = this.stack;
    const { stdout } = await exec(workspace.pulumiCommand.command, ["stack", "export", "--stack", name], {
      cwd: this.folder,
      env: workspace.envVars,
    });
    return stdout;
  }

  /** Forget all of it, whatever state it is in. */
  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function changesOf(summary: OpMap | undefined): Changes {
  return { ...summary };
}
