/** A real site for a test: brought up by the engine from a spec, with a state of its own, and removed afterwards. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import {
  type DestroyResult,
  LocalWorkspace,
  PulumiCommand,
  Stack,
  type UpResult,
} from "@pulumi/pulumi/automation";
import { DockerSite } from "../components/docker";
import type { SiteArgs } from "../components/spec/args";
import { defaultImages } from "../components/spec/defaults";
import { prepareEngine } from "../offline";
import { exec } from "../scripts/exec";
import { oldBuilds } from "../stacks/docker/images";
import { removeVolumes } from "../stacks/docker/volumes";
import { removeLeftovers, type TestProject } from "./leftovers";

/** What the tests read of a site that is up. */
export interface SiteOutputs {
  url: string;
  apps: Record<string, string>;
  caCertificate: string;
  passwords: Record<string, string>;
  containers: Record<string, string>;
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

/** A site under test. */
export class TestSite {
  private constructor(
    readonly stack: Stack,
    readonly folder: string,
    private spec: SiteArgs,
  ) {}

  /**
   * A site that is not up yet.
   *
   * The working directory is a folder of the site's own from here until {@link down}.
   *
   * @param project distinguishes what this test makes on the machine from everything else
   * @param spec with absolute paths
   * @param opts of the site as a component
   */
  static async open(
    project: TestProject,
    spec: SiteArgs,
    opts?: ComponentResourceOptions,
  ): Promise<TestSite> {
    const engine = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    await removeLeftovers([`streamlit.project=${project}`]);
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
    const site = new TestSite(stack, folder, spec);
    const images = engine.images;
    workspace.program = () => {
      const args = { ...soonReady(site.spec), ...(images && { images: { ...images, ...site.spec.images } }) };
      const { url, apps, caCertificate, passwords, containers } = new DockerSite("site", args, opts);
      return Promise.resolve({ url, apps, caCertificate, passwords, containers });
    };
    return site;
  }

  /** Bring it up, or to another spec, unless it is cancelled; the engine's own words are in the error when it fails. */
  async up(spec: SiteArgs = this.spec, signal?: AbortSignal): Promise<UpResult> {
    this.spec = spec;
    return this.stack.up(signal && { signal });
  }

  async outputs(): Promise<SiteOutputs> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(
      Object.entries(outputs).map(([key, { value }]) => [key, value as unknown]),
    ) as unknown as SiteOutputs;
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

  /** Remove everything. */
  async down(): Promise<DestroyResult> {
    const { name: project } = await this.stack.workspace.projectSettings();
    const removeBuilds = await oldBuilds({ project, stack: this.stack.name });
    const result = await this.stack.destroy();
    await removeBuilds();
    await removeVolumes(project, this.stack.name);
    await this.stack.workspace.removeStack(this.stack.name);
    process.chdir(path.resolve(__dirname, ".."));
    fs.rmSync(this.folder, { recursive: true, force: true });
    return result;
  }
}
