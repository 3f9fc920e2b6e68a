/** Makes the stand-in's executable. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";
import { cacheFolder } from "../../../scripts/paths";

/**
 * The plugin as one file, made anew when it has changed: the engine starts it for each of its operations, and looking for its hundreds of modules
 * takes longer than a short operation.
 *
 * @returns a folder, as `plugins.providers` of the project settings takes it
 */
export async function preparePlugin(): Promise<{ name: string; path: string }> {
  const result = await build({
    entryPoints: [path.join(__dirname, "main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    // Asked for its place, and too big to be read anew each time for nothing.
    external: ["typescript", "esbuild", "@npmcli/arborist", "*.node"],
    keepNames: true,
    logLevel: "silent",
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error("esbuild made nothing of the plugin");
  const digest = createHash("sha256").update(file.contents).digest("hex").slice(0, 16);
  const folder = cacheFolder(path.join("aws-plugin", digest));
  const executable = path.join(folder, "pulumi-resource-aws");
  if (!fs.existsSync(executable)) {
    fs.rmSync(path.dirname(folder), { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "plugin.cjs"), file.contents);
    fs.writeFileSync(
      `${executable}.partial`,
      `#!/bin/sh\nexec node "$(dirname "$(readlink -f "$0")")/plugin.cjs" "$@"\n`,
      { mode: 0o755 },
    );
    fs.renameSync(`${executable}.partial`, executable);
  }
  return { name: "aws", path: folder };
}
