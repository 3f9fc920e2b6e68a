/** What a command that was killed leaves behind, and how the next one puts it right. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import Docker from "dockerode";
import { readState, writeState } from "./state";
import { stateFolder, UserError, usesOwnBackend } from "./workspace";

/** Seconds that a running command of the same stack is waited for. */
const patience = 60;

/**
 * Make the stack usable after a command that was killed: lift its lock, and remove what it created and had no time to
 * write down. A lock whose process runs on is waited for.
 *
 * @param log told what is done
 * @throws {@link UserError} when another command goes on with this stack
 */
export async function recover(stack: Stack, log: (line: string) => void): Promise<void> {
  if (usesOwnBackend()) await liftLock(stack, log);
  await removeUnrecorded(stack, log);
}

interface Lock {
  pid: number;
  hostname: string;
}

async function liftLock(stack: Stack, log: (line: string) => void): Promise<void> {
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

/** Pulumi writes down what it is about to create; what is still listed when nothing runs was cut off in the middle. */
async function removeUnrecorded(stack: Stack, log: (line: string) => void): Promise<void> {
  const state = await readState(stack);
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return;

  log("the last command was killed: removing what it left half made");
  const docker = new Docker();
  for (const { type, resource } of pending) {
    const name = resource.inputs?.name;
    if (type !== "creating" || typeof name !== "string") continue;
    const remove = {
      "docker:index/container:Container": () => docker.getContainer(name).remove({ force: true }),
      "docker:index/network:Network": () => docker.getNetwork(name).remove(),
      "docker:index/volume:Volume": () => docker.getVolume(name).remove({ force: true }),
    }[resource.type];
    await remove?.().catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    });
  }
  delete state.deployment.pending_operations;
  await writeState(stack, state);
}
