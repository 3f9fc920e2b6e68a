/** What a container costs while nobody does anything: its own processor time, and what the daemon spends on it. */
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { usage } from "./containers";

const docker = new Docker();

/** How long it is looked at, in milliseconds. */
const quietMinute = 60_000;

/** How long a container takes to come to rest after it was let go on: its health check begins anew. */
const settling = 20_000;

/** Per cent of a core. */
export interface Rest {
  container: number;
  daemon: number;
}

/**
 * Compare a quiet minute in which a container runs with one in which it is paused: a paused one has no health check, and asks
 * the daemon nothing.
 */
export async function atRest(container: string): Promise<Rest> {
  await delay(settling);
  const [own, running] = [await usage(container), daemonMilliseconds()];
  await delay(quietMinute);
  const daemonRunning = daemonMilliseconds() - running;
  const spent = (await usage(container)).cpuMilliseconds - own.cpuMilliseconds;

  const paused = docker.getContainer(container);
  await paused.pause();
  try {
    await delay(1000);
    const before = daemonMilliseconds();
    await delay(quietMinute);
    const daemonPaused = daemonMilliseconds() - before;
    return { container: perCent(spent), daemon: perCent(daemonRunning - daemonPaused) };
  } finally {
    await paused.unpause();
  }
}

const perCent = (milliseconds: number): number => (100 * milliseconds) / quietMinute;

/** Linux counts processor time in hundredths of a second (`USER_HZ`). */
const tick = 10;

/** The processor time of Docker's own processes, and of those that ended and had been started by them. */
function daemonMilliseconds(): number {
  let ticks = 0;
  for (const entry of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    const name = /\((.*)\)/.exec(stat)?.[1] ?? "";
    if (!/^(dockerd|containerd|containerd-shim.*)$/.test(name)) continue;
    // After the name, which may have blanks, come the third and the following fields: utime is the 14th of them (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    for (const field of [14, 15, 16, 17]) ticks += Number(fields[field - 3]);
  }
  return ticks * tick;
}

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
