import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "./process-identity";

/**
 * Runs `work` while no other process runs work under the same lock file, waiting for its turn.
 *
 * The file names the process that holds it; a lock left behind by a process that was killed is taken over.
 *
 * @param file the lock file; its folder is made if need be
 * @param waiting called once if another process holds the lock
 * @throws whatever `work` throws
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (!told) waiting();
    told = true;
    await delay(500);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  // Two runs might take over the same abandoned lock within a moment of each other. Both would then work, so the work
  // has to put its result in place in one step; what the lock saves is doing it twice.
  if (abandoned(file)) rmSync(file, { force: true });
  try {
    writeFileSync(file, `${String(process.pid)} ${processIdentity(process.pid) ?? ""}`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

function abandoned(file: string): boolean {
  try {
    const [pid, holder] = readFileSync(file, "utf8").split(" ");
    // Empty for the moment between its creation and its writing; longer than that, its maker is gone.
    if (holder === undefined) return Date.now() - statSync(file).mtimeMs > 5000;
    return processIdentity(Number(pid)) !== holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false; // given back just now
    throw error;
  }
}
