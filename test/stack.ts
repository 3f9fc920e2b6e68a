/** A real stack for a test: brought up by the engine from a program, with a state of its own, and removed afterwards. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ComponentResourceOptions, Output } from "@pulumi/pulumi";
import {
  type DestroyResult,
  LocalWorkspace,
  PulumiCommand,
  Stack,
  type UpResult,
} from "@pulumi/pulumi/automation";
import type { ImagesArgs, SiteArgs } from "../components/spec/args";
import type { Engine } from "../offline";
import { exec } from "../scripts/exec";
import type { TestProject } from "./leftovers";

/** The component of a site on some target. */
export type SiteComponent<Name extends string> = new (
  name: string,
  args: SiteArgs,
  opts?: ComponentResourceOptions,
) => Readonly<Record<Name, Output<unknown>>>;

/** What {@link TestStack.open} takes. */
export interface TestStackArgs<Name extends string> {
  /** Distinguishes what this test makes on the machine from everything else. */
  project: TestProject;
  /** From `prepareEngine`. */
  engine: Engine;
  /** Of the stack: a site called `site`. */
  component: SiteComponent<Name>;
  /** The component's outputs that the stack has, too. */
  outputs: readonly Name[];
  /** With absolute paths. */
  spec: SiteArgs;
  /** Instead of the default images, where the spec names no others. */
  images?: ImagesArgs;
  /** Of the site as a component. */
  opts?: ComponentResourceOptions;
  /** The stack's configuration by key, for the provider plugins. @default none */
  config?: Record<string, string>;
}

/**
 * A spec whose new versions are watched for a second only, unless it says for how long: most tests would wait in vain.
 *
 * @param minReadySeconds of the apps that do not say
 */
export function soonReady(spec: SiteArgs, minReadySeconds = 1): SiteArgs {
  const apps = Object.entries(spec.apps).map(([name, app]) => [name, { minReadySeconds, ...app }] as const);
  return { ...spec, apps: Object.fromEntries(apps) };
}

/** See the module. */
export class TestStack {
  private constructor(
    readonly stack: Stack,
    readonly folder: string,
    private spec: SiteArgs,
  ) {}

  /**
   * A stack that is not up yet.
   *
   * The working directory is a folder of the stack's own from here until {@link down}.
   */
  static async open<Name extends string>(args: TestStackArgs<Name>): Promise<TestStack> {
    const { project, engine, component: Component, images, opts, config = {} } = args;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), `${project}-`));
    const workspace = await LocalWorkspace.create({
      workDir: folder,
      pulumiHome: engine.pulumiHome,
      pulumiCommand: await PulumiCommand.get({ root: engine.cliRoot, skipVersionCheck: true }),
      envVars: { ...engine.env, PULUMI_CONFIG_PASSPHRASE: "test", PULUMI_BACKEND_URL: `file://${folder}` },
      projectSettings: {
        name: project,
        runtime: "nodejs",
        ...(engine.providers && { plugins: { providers: engine.providers } }),
      } as never,
    });
    // The providers see relative paths from there, the components from the working directory.
    process.chdir(folder);
    const stack = await Stack.createOrSelect("test", workspace);
    for (const [key, value] of Object.entries(config)) await stack.setConfig(key, { value });
    const opened = new TestStack(stack, folder, args.spec);
    workspace.program = () => {
      const spec = soonReady(opened.spec);
      const site = new Component(
        "site",
        { ...spec, ...(images && { images: { ...images, ...spec.images } }) },
        opts,
      );
      return Promise.resolve(Object.fromEntries(args.outputs.map((name) => [name, site[name]])));
    };
    return opened;
  }

  /** Bring it up, or to another spec, unless it is cancelled; the engine's own words are in the error when it fails. */
  async up(spec: SiteArgs = this.spec, signal?: AbortSignal): Promise<UpResult> {
    this.spec = spec;
    return this.stack.up(signal && { signal });
  }

  /** The outputs by name, secrets in plain text. */
  async outputs(): Promise<Record<string, unknown>> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value as unknown]));
  }

  /**
   * Run the engine's own command, which, unlike the Automation API, does not ask for secrets in plain text.
   *
   * @returns its standard output
   */
  async pulumi(...args: string[]): Promise<string> {
    const { workspace, name } = this.stack;
    const { stdout } = await exec(workspace.pulumiCommand.command, [...args, "--stack", name], {
      cwd: this.folder,
      env: workspace.envVars,
    });
    return stdout;
  }

  /** What the engine keeps, without decrypting its secrets, and every file in the folder of the state and the project. */
  async state(): Promise<{ exported: string; files: Record<string, string> }> {
    const files = fs
      .readdirSync(this.folder, { recursive: true, encoding: "utf8" })
      .map((file) => path.join(this.folder, file))
      .filter((file) => fs.statSync(file).isFile());
    return {
      exported: await this.pulumi("stack", "export"),
      files: Object.fromEntries(files.map((file) => [file, fs.readFileSync(file, "utf8")])),
    };
  }

  /** Remove everything that the engine knows of. */
  async down(): Promise<DestroyResult> {
    const result = await this.stack.destroy();
    await this.stack.workspace.removeStack(this.stack.name);
    process.chdir(path.resolve(__dirname, ".."));
    fs.rmSync(this.folder, { recursive: true, force: true });
    return result;
  }
}
