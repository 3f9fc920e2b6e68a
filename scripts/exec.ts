import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { createInterface } from "node:readline";

/** How a command is run; see {@link exec}. */
export interface ExecOptions {
  /** Working directory. Default: the current one. */
  cwd?: string;
  /** Variables added to this process's environment; `undefined` removes one. */
  env?: Record<string, string | undefined>;
  /** Time limit in seconds, after which the command and all it started are ended. Default: 60. */
  seconds?: number;
  /** Text for the command's standard input. Default: none, it reads an end of file. */
  input?: string;
  /** Called with each line of output, standard output and error alike, as it comes. */
  onLine?: (line: string) => void;
}

/** What a command wrote. */
export interface ExecResult {
  stdout: string;
  stderr: string;
}

/** Thrown by {@link exec}: the message names the command, how it ended and the last lines it wrote. */
export class ExecError extends Error {
  /** The exit code, or undefined if it was not started or was ended by a signal. */
  readonly exitCode: number | undefined;
  /** All it wrote, standard output and then standard error. */
  readonly output: string;

  constructor(command: string, how: string, result: ExecResult, exitCode?: number) {
    const said = lastLines(result.stderr.trim() === "" ? result.stdout : result.stderr, 15);
    super(`${command}: ${how}${said === "" ? "" : `\n${said.replace(/^/gm, "  ")}`}`);
    this.name = "ExecError";
    this.exitCode = exitCode;
    this.output = result.stdout + result.stderr;
  }
}

/** The last `count` lines of a text, without blank lines at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/**
 * Runs a command to its end, with a time limit, and returns what it wrote.
 *
 * The command gets a process group of its own, so that the time limit, or an interrupt of this process, ends it with
 * everything it started (a download inside a shell script, say).
 *
 * @param command the program, found on PATH
 * @param args its arguments, each passed as it is: no shell is involved
 * @throws ExecError if it cannot be started, ends with another exit code than 0, or takes too long
 */
export async function exec(
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const shown = [command, ...args].join(" ").slice(0, 300);
  const seconds = options.seconds ?? 60;
  const result: ExecResult = { stdout: "", stderr: "" };

  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined); // It need not read what it is given.
  child.stdin.end(options.input ?? "");
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (result[name] += text));
    if (options.onLine) createInterface({ input: child[name] }).on("line", options.onLine);
  }

  const group = child.pid;
  const unregister = group === undefined ? () => undefined : endWithThisProcess(group);
  const timer = new AbortController();
  let late = false;
  const limit = delay(seconds * 1000, undefined, { signal: timer.signal, ref: false }).then(async () => {
    late = true;
    if (group === undefined) return;
    signalGroup(group, "SIGTERM");
    await delay(5000, undefined, { signal: timer.signal });
    signalGroup(group, "SIGKILL");
  });
  limit.catch(() => undefined); // The command ended in time.

  try {
    const end = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
      (resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => {
          resolve({ code, signal });
        });
      },
    );
    if (late) throw new ExecError(shown, `did not end within ${String(seconds)} s`, result);
    if (end.signal) throw new ExecError(shown, `ended by ${end.signal}`, result);
    if (end.code !== 0)
      throw new ExecError(shown, `exit code ${String(end.code)}`, result, end.code ?? undefined);
    return result;
  } catch (error) {
    if (error instanceof ExecError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new ExecError(shown, missing ? `not found (${command})` : String(error), result);
  } finally {
    timer.abort();
    unregister();
  }
}

const groups = new Set<number>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// A group of its own does not get the terminal's Ctrl-C, so an interrupt of this process has to be passed on.
function endWithThisProcess(group: number): () => void {
  if (groups.size === 0) {
    for (const signal of signals) process.on(signal, passOn);
    process.on("exit", endAll);
  }
  groups.add(group);
  return () => {
    groups.delete(group);
    if (groups.size === 0) stopListening();
  };
}

function stopListening(): void {
  for (const signal of signals) process.off(signal, passOn);
  process.off("exit", endAll);
}

function endAll(): void {
  for (const group of groups) signalGroup(group, "SIGTERM");
  groups.clear();
}

function passOn(signal: NodeJS.Signals): void {
  endAll();
  stopListening();
  // Whoever else listens decides what becomes of this process; with nobody else, it ends as it would have.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended already.
  }
}
