/** What guesses at passwords cost others: requests of somebody who is signed in, while others guess. */
import * as os from "node:os";
import * as path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Contender } from "./contender";
import { get } from "./http";

/** Over how many connections somebody guesses. */
const connections = 40;

/** How long they do so, in seconds. */
const guessingSeconds = 20;

/** How long requests took, in milliseconds. */
export interface Latencies {
  /** Of somebody who is signed in. */
  signedIn: number[];
  /** Of the gateway's health check. */
  health: number[];
}

/** One request after the other for so many seconds, each over a connection of its own, as a person's at least is. */
export async function latencies(contender: Contender, seconds: number): Promise<Latencies> {
  const timed = async (path: string): Promise<number> => {
    const start = performance.now();
    const { status } = await get(contender, path);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
    return performance.now() - start;
  };
  const measured: Latencies = { signedIn: [], health: [] };
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    measured.signedIn.push(await timed("_stcore/health"));
    measured.health.push(await timed("healthz"));
    await delay(10);
  }
  return measured;
}

/** The same while others guess at passwords, of people and of nobody, from every address of this machine. */
export async function latenciesUnderGuesses(contender: Contender, names: string[]): Promise<Latencies> {
  const { host, hostname } = new URL(contender.url);
  const from = Object.values(os.networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  const worker = new Worker(path.join(__dirname, "guess.mjs"), {
    workerData: {
      ...{ connections, from, names: names.concat(names.map((name) => `no-${name}`)) },
      ...contender.address,
      ...{ authority: host, servername: hostname, ca: contender.caCertificate },
    },
  });
  try {
    return await latencies(contender, guessingSeconds);
  } finally {
    await worker.terminate();
  }
}

/** How long the check of a wrong password takes, in milliseconds. */
export async function checkOf(contender: Contender, username: string): Promise<number> {
  const start = performance.now();
  const { status } = await get({ ...contender, credentials: { username, password: `wrong ${start}` } }, "");
  if (status !== 401) throw new Error(`a wrong password was answered with ${status}`);
  return performance.now() - start;
}
