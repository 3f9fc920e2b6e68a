/** Packages of very many small files, loaded as one. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compileFunction } from "node:vm";
import { buildSync } from "esbuild";
import { cacheFolder, root } from "./paths";

/**
 * Load some of what a package exports from one file, which is put together on first use and kept in `.cache`. Otherwise Node looks
 * for each file of the package by itself, and a program that is run by tsx has each compiled: for a thousand of them that is the
 * better part of what a short command takes.
 *
 * @param name its name; it has to be installed here
 * @param wanted what is wanted of it. What nothing of this needs is left out of the file
 */
export function fromOneFile<Module, Key extends keyof Module & string>(
  name: string,
  wanted: readonly Key[],
): Pick<Module, Key> {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as {
    version: string;
  };
  const title = [name.replaceAll("/", "+"), version, ...[...wanted].sort()].join("-");
  const file = cacheFolder("packages", `${title}.cjs`);
  if (!existsSync(file)) putTogether(name, wanted, file);
  const module = { exports: {} };
  // As Node itself does it, but for what hooks its way of loading modules: there is nothing to compile.
  const load = compileFunction(readFileSync(file, "utf8"), ["module", "exports", "require"], {
    filename: file,
  }) as (...values: unknown[]) => void;
  load(module, module.exports, createRequire(file));
  return module.exports as Pick<Module, Key>;
}

function putTogether(name: string, wanted: readonly string[], file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${String(process.pid)}`;
  try {
    buildSync({
      stdin: {
        contents: `export { ${wanted.join(", ")} } from ${JSON.stringify(name)};`,
        resolveDir: root,
      },
      outfile: partial,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      // What it says of itself in errors stays what it is.
      keepNames: true,
      logLevel: "silent",
    });
    // Two that put it together at once make the same.
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}
