/** The lock of a stack: one command at a time works on it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import type { Log } from "./target";
import { stateFolder, UserError, usesOwnBackend } from "./workspace";

/** Seconds that a running command of the same stack is waited for. */
const patience = 60;

interface Lock {
  pid: number;
  hostname: string;
}

/**
 * Lift the lock that a command left behind which was killed. One whose process runs on is waited for.
 *
 * @param log told what is done
 * @throws {@link UserError} when another command goes on with this stack
 */
export async function liftLock(stack: Stack, log: Log): Promise<void> {
  if (!usesOwnBackend()) return;
  const { name: project } = await stack.workspace.projectSettings();
  const folder = path.join(stateFolder, ".pulumi", "locks", "organization", project, stack.name);
  const locks = (): Lock[] =>
    fs.existsSync(folder)
      ? fs
          .readdirSync(folder)
          // A backend that was made otherwise puts a file with attributes beside each.
          .filter((file) => file.endsWith(".json"))
          .map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Lock)
      : [];
  for (let waited = 0; locks().some(isHeld); waited++) {
    if (waited === 0) log("another command works on this stack: waiting for its end");
    if (waited === patience)
      throw new UserError(`another command still works on stack ${stack.name}: try again when it has ended`);
    await delay(1000);
  }
  if (locks().length > 0) {
    log("the last command was killed: lifting its lock");
    await stack.cancel();
  }
}

function isHeld({ hostname, pid }: Lock): boolean {
  if (hostname !== os.hostname()) return true;
  try {
    // A number is used again by another process in time; one that has ended and was not waited for has no command.
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi");
  } catch {
    return false;
  }
}
