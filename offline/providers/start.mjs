// Starts a stand-in: node start.mjs <folder> [arguments…]
//
// Plain Node, because the engine starts each stand-in anew for each of its operations: compiling its hundreds of modules, and
// looking for each in node_modules, would be most of what a short operation takes. So a stand-in is bundled into one file when
// its sources have changed, and that file is kept in `.cache`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folders with what a stand-in is made of, apart from packages. `.dependency-cruiser.mjs` holds the stand-ins to them. */
const sources = ["offline/providers", "scripts"];

/** Packages that are hardly ever needed. */
const external = ["esbuild", "typescript", "@npmcli/arborist"];

/**
 * The file that a stand-in is bundled into, which says by its name what it was made of.
 *
 * @param {string} folder the stand-in's folder, with its `main.ts`
 */
function bundleOf(folder) {
  const hash = createHash("sha256").update(process.version);
  const files = sources.flatMap((source) =>
    readdirSync(join(root, source), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [join(root, "package-lock.json"), ...files.sort()]) {
    hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  }
  return join(root, ".cache", "providers", `${basename(folder)}-${hash.digest("hex").slice(0, 16)}.cjs`);
}

/**
 * Bundles a stand-in.
 *
 * @param {string} folder the stand-in's folder, with its `main.ts`
 * @param {string} file see {@link bundleOf}
 */
async function bundle(folder, file) {
  const { build } = await import("esbuild");
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  try {
    await build({
      entryPoints: [join(folder, "main.ts")],
      outfile: partial,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      external: [...external, "*.node"],
      // What errors and classes say of themselves stays what it is.
      keepNames: true,
      plugins: [ownPlace],
      logLevel: "silent",
    });
    // Two that bundle it at once make the same.
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
  removeOlder(file);
}

/** Modules that ask for their own place, to read a file from beside themselves, are told that of their source. */
const ownPlace = {
  name: "own-place",
  setup(build) {
    build.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!/\b__dirname\b/.test(text)) return undefined;
      const contents = text.replaceAll(/\b__dirname\b/g, JSON.stringify(dirname(path)));
      return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
};

/** Remove what was bundled from earlier sources. */
function removeOlder(file) {
  const [name] = basename(file).split("-");
  for (const other of readdirSync(dirname(file))) {
    if (other.startsWith(`${name}-`) && other.endsWith(".cjs") && other !== basename(file)) {
      rmSync(join(dirname(file), other), { force: true });
    }
  }
}

async function main() {
  const [folder, ...args] = process.argv.slice(2);
  const file = bundleOf(folder);
  if (!existsSync(file)) {
    await bundle(folder, file).catch((error) => {
      console.error(error.message);
      process.exit(1);
    });
  }
  process.argv = [process.argv[0], file, ...args];
  createRequire(file)(file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
