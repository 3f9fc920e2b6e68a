/** The lock of a stack: one command at a time works on it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import { commandEnded, commandVariable } from "../scripts/process-identity";
import { backendFolder } from "./backend";
import type { Log } from "./target";
import { UserError } from "./user-error";

/** Seconds: that a running command of the same stack is waited for, and that an engine has to end when it is asked to. */
const patience = { command: 60, engine: 20 };

interface Lock {
  pid: number;
  hostname: string;
}

/**
 * Lift the lock that a command left behind which was killed. One that runs on is waited for; an engine whose command was
 * killed is asked to end.
 *
 * Locks are seen where the state is kept in a folder. Elsewhere the engine itself refuses; see `engine-error.ts`.
 *
 * @param log told what is done
 * @throws {@link UserError} when another command goes on with this stack
 */
export async function liftLock(stack: Stack, log: Log): Promise<void> {
  const backend = backendFolder();
  if (backend === undefined) return;
  const { name: project } = await stack.workspace.projectSettings();
  const folder = path.join(backend, ".pulumi", "locks", "organization", project, stack.name);
  const asked = new Map<number, number>();
  for (let waited = 0; ; waited++) {
    const held = locksIn(folder).filter(isHeld);
    if (held.length === 0) break;
    const orphans = held.filter(isOrphan).map(({ pid }) => pid);
    for (const pid of orphans) endEngine(pid, asked, waited, log);
    if (waited === 0 && orphans.length < held.length)
      log("another command works on this stack: waiting for its end");
    if (waited === patience.command + patience.engine)
      throw new UserError(`another command still works on stack ${stack.name}: try again when it has ended`);
    await delay(1000);
  }
  if (locksIn(folder).length > 0) {
    log("the last command was killed: lifting its lock");
    await stack.cancel();
  }
}

function locksIn(folder: string): Lock[] {
  if (!fs.existsSync(folder)) return [];
  return (
    fs
      .readdirSync(folder)
      // A backend that was made otherwise puts a file with attributes beside each.
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => {
        try {
          return [JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Lock];
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // lifted just now
          // A kill while it was written leaves it empty: it is lifted with the others.
          if (error instanceof SyntaxError) return [{ pid: 0, hostname: os.hostname() }];
          throw error;
        }
      })
  );
}

function isHeld({ hostname, pid }: Lock): boolean {
  if (hostname !== os.hostname()) return true;
  // A number is used again by another process in time; one that has ended and was not waited for has no command.
  return (ofProcess(pid, "cmdline") ?? "").includes("pulumi");
}

/** Does the engine run on although the command that started it was killed? */
function isOrphan({ hostname, pid }: Lock): boolean {
  if (hostname !== os.hostname()) return false;
  const variable = (ofProcess(pid, "environ") ?? "")
    .split("\0")
    .find((text) => text.startsWith(`${commandVariable}=`));
  return commandEnded(variable?.slice(commandVariable.length + 1));
}

/** Asks an engine to end what it does and to write it down; after a while, that it ends. */
function endEngine(pid: number, asked: Map<number, number>, now: number, log: Log): void {
  const first = asked.get(pid);
  if (first === undefined) {
    log("the last command was killed: ending the engine that it left");
    asked.set(pid, now);
    signal(pid, "SIGINT");
  } else if (now - first === patience.engine) signal(pid, "SIGKILL");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended already.
  }
}

function ofProcess(pid: number, file: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
