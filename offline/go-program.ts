import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../scripts/apt";
import { exec } from "../scripts/exec";
import { withLock } from "../scripts/lock";
import { atLeast } from "./versions";

/** What is built from Go modules at once. */
export interface GoBuild {
  /** Its name, in messages. */
  name: string;
  /** The folder whose go.mod and go.sum pin all that it is built from. */
  folder: string;
  /** Its version, without a `v`. */
  version: string;
  /** The programs' own variables for the version, which the build sets, with a `v`. */
  versionVariables: string[];
  /** About how long the build takes, in a message. */
  takes: string;
  /** What spares the build, for somebody without Go; ends a sentence. */
  instead?: string;
}

/** A program that is built from Go modules. */
export interface GoProgram extends GoBuild {
  /** Its package. */
  package: string;
}

/** Programs that are built together, because they have most packages in common. */
export interface GoPrograms extends GoBuild {
  /** Their packages; each program is called as the last part of its package. */
  packages: string[];
}

/**
 * The version of a module, without a `v`, that the go.mod in a folder names.
 *
 * @throws Error if it does not name the module
 */
export function moduleVersion(folder: string, module: string): string {
  return fromGoMod(folder, new RegExp(`^\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m"), module);
}

/** The oldest Go that builds what the go.mod in a folder names. */
function oldestGo(folder: string): string {
  return fromGoMod(folder, /^go (\S+)/m, "Go version");
}

function fromGoMod(folder: string, pattern: RegExp, what: string): string {
  const file = join(folder, "go.mod");
  const [, found] = pattern.exec(readFileSync(file, "utf8")) ?? [];
  if (found === undefined) throw new Error(`${file} names no ${what}`);
  return found;
}

/**
 * Builds a program from its Go modules, unless it is there already.
 *
 * @param target where the executable is put
 * @param log told how far it is
 * @returns the path of the executable
 * @throws Error if Go is missing or too old (the message says what is needed), or if the build fails
 */
export async function buildGoProgram(program: GoProgram, target: string, log: Log): Promise<string> {
  return once(program, target, log, (partial) => build(program, [program.package], partial, log));
}

/**
 * Builds several programs from the same Go modules, unless they are there already.
 *
 * @param folder where the executables are put; it has nothing else in it
 * @param log told how far it is
 * @returns the folder
 * @throws Error as {@link buildGoProgram} does
 */
export async function buildGoPrograms(programs: GoPrograms, folder: string, log: Log): Promise<string> {
  return once(programs, folder, log, async (partial) => {
    mkdirSync(partial);
    await build(programs, programs.packages, partial, log);
  });
}

async function once(
  what: GoBuild,
  target: string,
  log: Log,
  work: (partial: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  await requireGo(what);

  mkdirSync(dirname(target), { recursive: true });
  const waiting = () => {
    log(`waiting for another run that builds ${what.name}`);
  };
  return withLock(`${target}.lock`, waiting, async () => {
    if (existsSync(target)) return target;
    // Renamed when it is complete, so that a build that is killed leaves nothing that looks like the program.
    const partial = `${target}.${String(process.pid)}.partial`;
    try {
      await work(partial);
      renameSync(partial, target);
    } finally {
      rmSync(partial, { force: true, recursive: true });
    }
    return target;
  });
}

async function requireGo({ name, folder, instead }: GoBuild): Promise<void> {
  const oldest = oldestGo(folder);
  const needed =
    `${name} cannot be fetched ready-made here, and building it needs Go ${oldest} or later. ` +
    `Install Go and put it on PATH${instead === undefined ? "" : `, or ${instead}`}`;
  let found: string;
  try {
    // Reading go.mod, a Go that is too old fetches a newer one of itself if its settings and the network allow.
    found = (await exec("go", ["env", "GOVERSION"], { cwd: folder, seconds: 600 })).stdout.trim();
  } catch (error) {
    throw new Error(`${needed}.\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!atLeast(found.replace(/^go/, ""), oldest)) throw new Error(`${needed}. (This one is ${found}.)`);
}

async function build(program: GoBuild, built: string[], output: string, log: Log): Promise<void> {
  const started = Date.now();
  const minutes = () => `${((Date.now() - started) / 60_000).toFixed(1)} min`;
  log(`building ${program.name} ${program.version} from Go modules; this takes ${program.takes}, once`);
  let step = "fetching modules";
  const ticker = setInterval(() => {
    log(`building ${program.name}: ${step}, ${minutes()}`);
  }, 30_000);
  // Without C, as the official ones are built: no compiler for it is needed.
  const options = { cwd: program.folder, seconds: 3600, env: { CGO_ENABLED: "0" } };
  try {
    const list = await exec("go", ["list", "-mod=readonly", "-deps", ...built], options);
    const packages = list.stdout.trim().split("\n").length;
    let compiled = 0;
    const args = [
      "build",
      "-mod=readonly",
      "-buildvcs=false", // of this repository, of which nothing is built
      "-v", // names each package as it is compiled
      "-trimpath",
      `-ldflags=${["-s", "-w", ...program.versionVariables.map((name) => `-X ${name}=v${program.version}`)].join(" ")}`,
      // With a slash at the end it is a folder.
      `-o=${output}${existsSync(output) ? "/" : ""}`,
      ...built,
    ];
    const count = () => {
      compiled += 1;
      step = `${String(compiled)} of at most ${String(packages)} packages compiled`;
    };
    await exec("go", args, { ...options, onLine: count });
  } finally {
    clearInterval(ticker);
  }
  log(`built ${program.name} in ${minutes()}`);
}
