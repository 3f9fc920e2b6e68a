/** The processes of a cluster: they go on when the command that started them has ended, and are found again by files. */
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lastLines } from "../../scripts/exec";
import { processIdentity } from "../../scripts/process-identity";
import { inFolder, type Layout } from "./layout";

/** A process that a cluster needs. */
export interface Daemon {
  name: string;
  /** The program and its arguments. */
  command: readonly string[];
}

/** Where the log of a process is. */
export function logFile(layout: Layout, name: string): string {
  return inFolder(layout, "log", `${name}.log`);
}

/** The last lines of a log, indented. */
export function endOf(log: string): string {
  return existsSync(log) ? lastLines(readFileSync(log, "utf8"), 10).replace(/^/gm, "  ") : "";
}

/** The number of a process that was started and runs; undefined if it does not. */
export function runningPid(layout: Layout, name: string): number | undefined {
  const file = pidFile(layout, name);
  if (!existsSync(file)) return undefined;
  const [pid, identity] = readFileSync(file, "utf8").split(" ");
  return identity !== undefined && processIdentity(Number(pid)) === identity ? Number(pid) : undefined;
}

/** The names of all that was started, whether it runs or not. */
export function startedNames(layout: Layout): string[] {
  const folder = inFolder(layout, "run");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => /^(.+)\.pid$/.exec(file)?.[1] ?? []);
}

/**
 * Start a process, unless it runs.
 *
 * @returns whether it was started
 */
export function start(layout: Layout, { name, command }: Daemon): boolean {
  if (runningPid(layout, name) !== undefined) return false;
  for (const folder of ["run", "log"]) mkdirSync(inFolder(layout, folder), { recursive: true });
  const log = openSync(logFile(layout, name), "a");
  const [program = "", ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log], cwd: "/" });
  closeSync(log);
  child.on("error", () => undefined); // Whoever waits for what it does tells of it, with the log.
  child.unref();
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  const file = pidFile(layout, name);
  writeFileSync(`${file}.partial`, `${String(child.pid)} ${processIdentity(child.pid) ?? ""}`);
  renameSync(`${file}.partial`, file);
  return true;
}

/**
 * End processes, and wait until they are gone: first as they are asked to, after some seconds at once.
 *
 * @param seconds how long they have
 */
export async function stop(layout: Layout, names: readonly string[], seconds = 10): Promise<void> {
  const running = (): [string, number][] =>
    names.flatMap((name): [string, number][] => {
      const pid = runningPid(layout, name);
      return pid === undefined ? [] : [[name, pid]];
    });
  const limit = Date.now() + seconds * 1000;
  for (const [, pid] of running()) signal(pid, "SIGTERM");
  while (running().length > 0) {
    if (Date.now() > limit) for (const [, pid] of running()) signal(pid, "SIGKILL");
    await delay(50);
  }
  for (const name of names) rmSync(pidFile(layout, name), { force: true });
}

/** Send a signal to a process that may have ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The processes whose command lines have a text in them, whoever started them. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return readFileSync(join("/proc", entry, "cmdline"), "utf8")
          .replaceAll("\0", " ")
          .includes(text);
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/**
 * Wait until something is so.
 *
 * @param what in the error
 * @param log of the process that it depends on
 * @throws Error with the end of that log after two minutes
 */
export async function until(what: string, log: string, check: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 120_000;
  let reason = "";
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      reason = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() > limit) {
      throw new Error(`${what} within two minutes${reason}. See ${log}\n${endOf(log)}`);
    }
    await delay(200);
  }
}

function pidFile(layout: Layout, name: string): string {
  return inFolder(layout, "run", `${name}.pid`);
}
