/** Pulumi's plugin for AWS: the official one, or none. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../offline";
import { exec } from "../../scripts/exec";
import { onPath } from "../../scripts/paths";
import type { Log } from "../target";
import { UserError } from "../user-error";

/** Seconds for a download of some hundred megabytes on a slow line. */
const patience = 600;

/**
 * See to it that the engine finds the plugin: on PATH, in PULUMI_HOME, or by a download. Unlike those of the other targets it has no
 * stand-in: what a stand-in would make is no site.
 *
 * @param version that of the npm package `@pulumi/aws`
 * @throws {@link UserError} when it cannot be had
 */
export async function ensurePlugin(engine: Engine, version: string, log: Log): Promise<void> {
  if (onPath(["pulumi-resource-aws"]) !== undefined) return;
  const folder = join(engine.pulumiHome, "plugins", `resource-aws-v${version}`);
  if (existsSync(folder) && !existsSync(`${folder}.partial`)) return;
  const note = setTimeout(() => {
    log(`fetching the provider plugin aws ${version}`);
  }, 3000);
  try {
    await exec(engine.cli, ["plugin", "install", "resource", "aws", version], {
      env: engine.env,
      seconds: patience,
    });
  } catch (error) {
    const [last = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n").slice(-1);
    throw new UserError(
      `Pulumi's plugin aws ${version} cannot be had: this machine reaches no release downloads (get.pulumi.com, github.com), ` +
        "and there is no stand-in for it, since only the official one makes anything on AWS. Nothing was begun. " +
        `Run this where downloads work, or bring pulumi-resource-aws ${version} along on PATH or in ${folder} (${last.trim()})`,
      { cause: error },
    );
  } finally {
    clearTimeout(note);
  }
}
