/** A real site on Docker for a test. */
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import type { DestroyResult, UpResult } from "@pulumi/pulumi/automation";
import { DockerSite } from "../components/docker";
import type { SiteArgs } from "../components/spec/args";
import { defaultImages } from "../components/spec/defaults";
import { prepareEngine } from "../offline";
import { oldBuilds } from "../stacks/docker/images";
import { removeVolumes } from "../stacks/docker/volumes";
import { removeLeftovers, type TestProject } from "./leftovers";
import { TestStack } from "./stack";

/** What the tests read of a site that is up. */
export interface SiteOutputs {
  url: string;
  apps: Record<string, string>;
  caCertificate: string;
  passwords: Record<string, string>;
  containers: Record<string, string>;
}

/** A site under test. */
export class TestSite {
  private constructor(
    private readonly project: TestProject,
    private readonly opened: TestStack,
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
    const opened = await TestStack.open({
      project,
      engine,
      component: DockerSite,
      outputs: ["url", "apps", "caCertificate", "passwords", "containers"],
      spec,
      ...(engine.images && { images: engine.images }),
      ...(opts && { opts }),
    });
    return new TestSite(project, opened);
  }

  /** See {@link TestStack}. */
  get stack(): TestStack["stack"] {
    return this.opened.stack;
  }

  /** See {@link TestStack}. */
  get folder(): string {
    return this.opened.folder;
  }

  /** See {@link TestStack.up}. */
  up(spec?: SiteArgs, signal?: AbortSignal): Promise<UpResult> {
    return this.opened.up(spec, signal);
  }

  async outputs(): Promise<SiteOutputs> {
    return (await this.opened.outputs()) as unknown as SiteOutputs;
  }

  /** See {@link TestStack.pulumi}. */
  pulumi(...args: string[]): Promise<string> {
    return this.opened.pulumi(...args);
  }

  /** See {@link TestStack.state}. */
  state(): ReturnType<TestStack["state"]> {
    return this.opened.state();
  }

  /** Remove everything. */
  async down(): Promise<DestroyResult> {
    const name = { project: this.project, stack: this.stack.name };
    const removeBuilds = await oldBuilds(name);
    const result = await this.opened.down();
    await removeBuilds();
    await removeVolumes(name.project, name.stack);
    return result;
  }
}
