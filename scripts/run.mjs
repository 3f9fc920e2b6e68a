// Runs a TypeScript program of this repository: node scripts/run.mjs <entry.ts> [arguments…]
//
// Plain Node, without dependencies, because it also works on a fresh clone: it installs the dependencies if they are
// not there or not those of package-lock.json. The program then runs in this very process, so that its input, output,
// exit code and signals are simply its own.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The oldest Node that will do, by its major version. */
const oldest = 20;

/**
 * Why the installed packages are not those of package-lock.json, or undefined if they are. npm keeps a list of what it
 * installed in node_modules.
 */
export function staleness(root) {
  const installedList = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedList)) return "no packages are installed";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedList, "utf8")).packages;
  for (const [path, { version, resolved, integrity, optional }] of Object.entries(wanted)) {
    if (path === "") continue; // the repository itself
    const found = installed[path];
    if (found === undefined && optional) continue; // for another kind of machine
    if (found === undefined) return `${path} is not installed`;
    if (found.version !== version) return `${path} is ${found.version} instead of ${version}`;
    if (found.integrity !== integrity || found.resolved !== resolved) return `${path} is from another source`;
  }
  const surplus = Object.keys(installed).find((path) => wanted[path] === undefined);
  return surplus && `${surplus} is installed and not wanted`;
}

/**
 * Installs the packages of package-lock.json. They are put together beside and moved into place, so that a run that is
 * killed leaves nothing half and two runs at once do not disturb each other.
 */
export function install(root, npm = "npm") {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const staging = mkdtempSync(join(root, ".cache", "npm-"));
  try {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
      if (existsSync(join(root, file))) copyFileSync(join(root, file), join(staging, file));
    }
    const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const done = spawnSync(npm, options, {
      cwd: staging,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    if (done.error) throw done.error;
    if (done.status !== 0) {
      throw new Error(`npm ci: ${done.signal ?? `exit code ${done.status}`}\n${done.stdout}${done.stderr}`);
    }
    if (staleness(root) === undefined) return; // Another run was faster.
    const current = join(root, "node_modules");
    if (existsSync(current)) renameSync(current, join(staging, "old"));
    renameSync(join(staging, "node_modules"), current);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function main() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const [entry, ...args] = process.argv.slice(2);
  if (entry === undefined) fail("usage: node scripts/run.mjs <entry.ts> [arguments…]");
  if (Number(process.versions.node.split(".")[0]) < oldest) {
    fail(`Node ${oldest} or later is needed; this is ${process.versions.node}`);
  }

  const stale = staleness(root);
  if (stale !== undefined) {
    console.error(`installing npm packages (${stale})`);
    try {
      install(root);
    } catch (error) {
      fail(error.message);
    }
  }

  const program = resolve(entry);
  if (commandFolders.some((folder) => program.startsWith(join(root, folder) + sep))) {
    await runCommand(root, program, args);
    return;
  }
  const require = createRequire(join(root, "package.json"));
  await import(pathToFileURL(require.resolve("tsx")).href);
  process.argv = [process.argv[0], program, ...args];
  // As if the entry had been named on node's command line: `require.main` is it.
  require("node:module").runMain();
}

/** Folders with the commands. */
const commandFolders = ["stacks", "offline"];

async function runCommand(root, entry, args) {
  const { runBundled } = await import("./bundle.mjs");
  const program = {
    root,
    entry,
    sources: ["components", "offline", "scripts", "stacks"],
    folder: "commands",
    name: relative(root, entry).replace(/\.ts$/, "").replaceAll(sep, "-"),
    begins: () => {
      // It is for who waits; a program gets what the command says, and nothing else.
      if (process.stderr.isTTY) console.error("preparing the commands, once after each change of them");
    },
  };
  await runBundled(program, args);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
