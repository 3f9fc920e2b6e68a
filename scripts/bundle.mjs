// Bundles a TypeScript program of this repository, with the packages that it uses, into one file, and runs it.
//
// Plain Node, because it is what starts a program: compiling its hundreds of modules, and looking for each in node_modules, would be
// most of what a short command takes. The file is kept in `.cache` until what it was made of changes.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { runMain } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";

/** The names of files that are bundled; whatever else a program needs it reads when it runs. */
const bundledFile = /\.([cm]?[jt]s|json)$/;

/** Packages that are hardly ever needed. */
const external = ["esbuild", "typescript", "@npmcli/arborist"];

/**
 * Runs a bundled program in this very process, as if it had been named on node's command line; ends the process when it cannot be bundled.
 *
 * @param {object} program
 * @param {string} program.root the repository
 * @param {string} program.entry the path of its TypeScript file
 * @param {string[]} program.sources folders of the repository with all that it is made of, apart from packages;
 *   `.dependency-cruiser.mjs` holds programs to them
 * @param {string} program.folder where in `.cache` the bundle is kept
 * @param {string} program.name what the bundle's name begins with
 * @param {() => void} [program.begins] told when it has to be bundled, which takes some seconds
 * @param {string[]} args what the program is given
 */
export async function runBundled(program, args) {
  let file;
  try {
    file = await bundled(program);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  globalThis.bundleRoot = program.root;
  process.argv = [process.argv[0], file, ...args];
  runMain();
}

/** The file of a bundled program. Its name has a hash of its sources, not of where they are: the program asks `globalThis.bundleRoot` for that. */
async function bundled({ root, entry, sources, folder, name, begins }) {
  const file = join(root, ".cache", folder, `${name}-${hashOf(root, sources)}.cjs`);
  if (!existsSync(file)) {
    begins?.();
    await bundle(root, entry, file);
  }
  return file;
}

function hashOf(root, sources) {
  const hash = createHash("sha256").update(process.version);
  const files = sources.flatMap((source) =>
    readdirSync(join(root, source), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && bundledFile.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [join(root, "package-lock.json"), ...files.sort()]) {
    hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function bundle(root, entry, file) {
  const { build } = await import("esbuild");
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  try {
    await build({
      entryPoints: [entry],
      outfile: partial,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      external: [...external, "*.node"],
      // What errors and classes say of themselves stays what it is.
      keepNames: true,
      plugins: [ownPlace(root)],
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
const ownPlace = (root) => ({
  name: "own-place",
  setup(build) {
    build.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!/\b__dirname\b/.test(text) || /\b(const|let|var) __dirname\b/.test(text)) return undefined;
      const folder = dirname(path);
      const place = folder.startsWith(root + sep)
        ? `(globalThis.bundleRoot + ${JSON.stringify(folder.slice(root.length))})`
        : JSON.stringify(folder);
      return { contents: `var __dirname = ${place};${text}`, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
});

/** Remove what was bundled from earlier sources. */
function removeOlder(file) {
  const beginning = basename(file).replace(/[^-]+$/, "");
  for (const other of readdirSync(dirname(file))) {
    if (other.startsWith(beginning) && other.endsWith(".cjs") && other !== basename(file)) {
      rmSync(join(dirname(file), other), { force: true });
    }
  }
}
