import { existsSync, readFileSync } from "node:fs";

/**
 * What tells a running process from a later one of the same number: where there is /proc, the time it was started.
 *
 * @returns undefined if no such process runs
 */
export function processIdentity(pid: number): string | undefined {
  if (existsSync("/proc/self/stat")) {
    try {
      const fields = readFileSync(`/proc/${String(pid)}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return fields[0] === "Z" ? undefined : fields[19]; // a zombie has ended
    } catch {
      return undefined; // there is none, or it ended while it was read
    }
  }
  try {
    process.kill(pid, 0);
    return "running";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "running" : undefined;
  }
}

/** The variable by which a command tells the processes that it starts which process it is itself; see {@link commandMark}. */
export const commandVariable = "STREAMLIT_SITE_COMMAND";

/** The value of {@link commandVariable} for this process. */
export function commandMark(): string {
  return `${String(process.pid)} ${processIdentity(process.pid) ?? ""}`;
}

/** Whether the command that a mark names has ended. What has no mark was not started by a command. */
export function commandEnded(mark: string | undefined): boolean {
  if (mark === undefined || mark === "") return false;
  const [pid, identity] = mark.split(" ");
  return processIdentity(Number(pid)) !== identity;
}
