/** The processes of this machine, as Linux lists them. */
import * as fs from "node:fs";

/** A process. */
export interface Process {
  pid: number;
  parent: number;
  /** The program and its arguments, each ended by a NUL. */
  command: string;
  /** The working directory. */
  folder: string;
}

function read(pid: number): Process | undefined {
  try {
    const fields = fs
      .readFileSync(`/proc/${String(pid)}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    // One that has ended, and whose end nobody has asked for.
    if (fields[0] === "Z") return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      command: fs.readFileSync(`/proc/${String(pid)}/cmdline`, "utf8"),
      folder: fs.readlinkSync(`/proc/${String(pid)}/cwd`),
    };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

/** All of them but the one that asks. */
function processes(): Process[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? [])
    .filter(({ pid }) => pid !== process.pid);
}

/** What a process has started, and what these have, and so on; itself not among them. */
export function descendants(ancestor: number): Process[] {
  const all = processes();
  const below = (pid: number): Process[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  return below(ancestor);
}

/** Those that work in a folder or below it, or whose command names it. */
export function processesIn(folder: string): Process[] {
  return processes().filter((one) => one.folder.startsWith(folder) || one.command.includes(folder));
}
