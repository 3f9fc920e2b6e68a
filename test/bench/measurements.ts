/** What is measured, in interleaved rounds: every contender in turn, then all of them again. */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Log } from "../../scripts/machine";
import { run } from "../contract/docker/docker";
import { InterruptedError, Visitor } from "./browser";
import { usage } from "./containers";
import type { Contender, ContenderName } from "./contender";
import { type Contenders, restart } from "./contenders";
import { get } from "./http";
import { type Line, Lines, type Quality } from "./line";
import { checkOf, latencies, latenciesUnderGuesses } from "./guesses";
import { hashedAssets, requestsPerSecond } from "./load";
import { checkRemembered, requestsSeen } from "./oauth2-proxy";
import { atRest } from "./rest";
import { openSession, roundTrips } from "./socket";
import { median, percentile, rotated } from "./statistics";

/** Values by row and contender. */
export class Samples {
  readonly values: Record<string, Partial<Record<ContenderName, number[]>>> = {};

  add(row: string, contender: ContenderName, ...values: number[]): void {
    ((this.values[row] ??= {})[contender] ??= []).push(...values);
  }
}

/** What a measurement works with. */
export interface Bench {
  contenders: Contenders;
  /** The path of Chromium. */
  chromium: string;
  rounds: number;
  samples: Samples;
  log: Log;
  /** Throws when the user asked to stop. */
  checkpoint: () => void;
}

/** The slow line. */
export const slowLine: Quality = { roundTrip: 40, megabitsPerSecond: 10 };

/** The measurements by the name that `--only` takes, in the order in which they run. */
export const measurements: Record<string, (bench: Bench) => Promise<void>> = {
  pages,
  first,
  assets,
  socket,
  "sign-in": signIn,
  guesses,
  "single-sign-on": singleSignOn,
  idle,
  memory,
  rest,
};

async function inRounds(
  bench: Bench,
  rounds: number,
  work: (contender: Contender, round: number) => Promise<void>,
  all: readonly Contender[] = Object.values(bench.contenders.all),
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const contender of rotated(all, round)) {
      bench.checkpoint();
      bench.log(`  round ${round + 1} of ${rounds}: ${contender.name}`);
      await work(contender, round);
    }
  }
}

/** Pages, cold and then warm, on this machine and over a slow line. */
async function pages(bench: Bench): Promise<void> {
  const { samples, contenders } = bench;
  // Once unmeasured: the first visitor of an app waits for Python to import things, the gateway's for its cache to fill.
  for (const contender of Object.values(contenders.all)) await coldAndWarm(bench, contender);
  const lines = await Lines.start(bench.log);
  try {
    const slow = new Map<ContenderName, Line>();
    for (const { name, address } of Object.values(contenders.all))
      slow.set(name, await lines.to(address, slowLine));
    await inRounds(bench, bench.rounds, async (contender) => {
      const { name } = contender;
      const loopback = await coldAndWarm(bench, contender, { warmVisits: 3 });
      samples.add("cold-loopback", name, loopback.cold.milliseconds);
      samples.add("warm-loopback", name, ...loopback.warm.map(({ milliseconds }) => milliseconds));
      const throttled = await coldAndWarm(bench, contender, { line: slow.get(name) });
      samples.add("cold-slow", name, throttled.cold.milliseconds);
      samples.add("cold-kilobytes", name, throttled.cold.kilobytes);
      samples.add("cold-requests", name, throttled.cold.requests);
      samples.add("cold-connections", name, throttled.cold.connections);
      for (const { milliseconds, kilobytes, requests } of throttled.warm) {
        samples.add("warm-slow", name, milliseconds);
        samples.add("warm-kilobytes", name, kilobytes);
        samples.add("warm-requests", name, requests);
      }
    });
  } finally {
    lines.close();
  }
}

interface Visit {
  milliseconds: number;
  /** That went over the network. */
  requests: number;
  kilobytes: number;
  connections: number;
}

/** A first visit of somebody new, and how often they come again. One more visit is cheap, and of one alone chance says much. */
async function coldAndWarm(
  bench: Bench,
  contender: Contender,
  { line, warmVisits = 1 }: { line?: Line | undefined; warmVisits?: number } = {},
): Promise<{ cold: Visit; warm: Visit[] }> {
  return withVisitor(bench, contender, line, async (visitor) => {
    const visit = async (): Promise<Visit> => {
      await line?.count();
      const { milliseconds, requests, cached } = await visitor.visit();
      const traffic = await line?.count();
      return {
        milliseconds,
        requests: requests - cached,
        kilobytes: (traffic?.down ?? 0) / 1000,
        connections: traffic?.connections ?? 0,
      };
    };
    const cold = await visit();
    const warm: Visit[] = [];
    while (warm.length < warmVisits) warm.push(await visit());
    return { cold, warm };
  });
}

/** Work with a new visitor; from the start with another one if it is interrupted by a change of the machine's networks. */
async function withVisitor<T>(
  bench: Bench,
  contender: Contender,
  line: Line | undefined,
  work: (visitor: Visitor) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    bench.checkpoint();
    const visitor = new Visitor(bench.chromium, contender, line?.address);
    try {
      return await work(visitor);
    } catch (error) {
      if (!(error instanceof InterruptedError) || attempt === 5) throw error;
      bench.log("  the machine's networks changed: once more");
    } finally {
      await visitor.close();
    }
  }
}

/** The first page after the gateway's start, when its caches are empty: the person who pays for everybody. */
async function first(bench: Bench): Promise<void> {
  const { samples, contenders } = bench;
  const lines = await Lines.start(bench.log);
  try {
    const slow = await lines.to(contenders.all.gateway.address, slowLine);
    const slowDirect = await lines.to(contenders.all.direct.address, slowLine);
    for (let round = 0; round < Math.ceil(bench.rounds / 2); round++) {
      for (const { row, line, direct } of [
        { row: "first-loopback", line: undefined, direct: undefined },
        { row: "first-slow", line: slow, direct: slowDirect },
      ]) {
        bench.checkpoint();
        bench.log(`  round ${round + 1}: ${row}`);
        await restart(contenders.all.gateway, ["nginx"], "healthz"); // Which fills no cache.
        for (const [contender, through] of [
          [contenders.all.gateway, line],
          [contenders.all.direct, direct],
        ] as const) {
          const load = await withVisitor(bench, contender, through, (visitor) => visitor.visit());
          samples.add(row, contender.name, load.milliseconds);
        }
      }
    }
  } finally {
    lines.close();
  }
}

/** Answers per second for one of Streamlit's hashed files. */
async function assets(bench: Bench): Promise<void> {
  const { contenders, samples } = bench;
  const all = await hashedAssets(contenders.all.direct);
  const middle = all[Math.floor(all.length / 2)];
  const largest = all.at(-1);
  if (middle === undefined || largest === undefined) throw new Error("the page names no hashed files");
  bench.log(`  ${middle.path}: ${middle.bytes} bytes; ${largest.path}: ${largest.bytes} bytes`);
  const seconds = bench.rounds > 3 ? 4 : 2;
  await inRounds(bench, Math.ceil(bench.rounds / 2), async (contender) => {
    samples.add("asset", contender.name, await requestsPerSecond(contender, middle, "h1", seconds));
    if (contender.caCertificate !== undefined)
      samples.add("asset-h2", contender.name, await requestsPerSecond(contender, middle, "h2", seconds));
    samples.add("large-asset", contender.name, await requestsPerSecond(contender, largest, "h1", seconds));
  });
}

/** Round trips over the websocket, with and without a browser. */
async function socket(bench: Bench): Promise<void> {
  const { samples } = bench;
  await inRounds(bench, bench.rounds, async (contender) => {
    const { clicks, pings } = await roundTrips(contender, 60);
    // Of each round the median: hiccups of the machine come in bursts.
    samples.add("click", contender.name, median(clicks));
    samples.add("ping", contender.name, median(pings));
    const inBrowser = await withVisitor(bench, contender, undefined, (visitor) => visitor.click(30));
    samples.add("browser-click", contender.name, median(inBrowser));
  });
}

/** What the check of a password costs, and how often it is made for a page with a hundred files. */
async function signIn(bench: Bench): Promise<void> {
  const { contenders, samples } = bench;
  const { gateway } = contenders.all;
  const cpu = async (work: () => Promise<void>): Promise<number> => {
    const before = await usage(gateway.containers.nginx ?? "");
    await work();
    const after = await usage(gateway.containers.nginx ?? "");
    return after.cpuMilliseconds - before.cpuMilliseconds;
  };

  const wrong = { ...gateway, credentials: { username: "bench", password: "wrong" } };
  const costs: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    bench.checkpoint();
    costs.push(
      await cpu(async () => {
        const start = performance.now();
        const { status } = await get(wrong, "");
        samples.add("check", "gateway", performance.now() - start);
        if (status !== 401) throw new Error(`a wrong password was answered with ${status}`);
      }),
    );
    await delay(200);
  }

  const load = (contender: Contender): Promise<number> =>
    withVisitor(bench, contender, undefined, (visitor) => cpu(async () => void (await visitor.visit())));
  await load(gateway); // Fills the cache.
  for (const credentials of contenders.newcomers) {
    bench.checkpoint();
    const newcomer = await load({ ...gateway, credentials });
    const known = await load(gateway);
    samples.add("checks-of-page", "gateway", (newcomer - known) / median(costs));
  }
}

/** What it takes to check a password, with a name that somebody has and with one that nobody has; and what guesses cost others. */
async function guesses(bench: Bench): Promise<void> {
  const { contenders, samples } = bench;
  const { gateway } = contenders.all;
  const names = contenders.newcomers.map(({ username }) => username);
  await get(gateway, ""); // From now on it is remembered.
  for (let attempt = 0; attempt < 2 * bench.rounds; attempt++) {
    bench.checkpoint();
    const known = names[attempt % names.length] ?? "";
    for (const [row, name] of rotated(
      [
        ["check-known", known],
        ["check-unknown", `no-${known}`],
      ] as const,
      attempt,
    )) {
      samples.add(row, "gateway", await checkOf(gateway, name));
      // No faster than an address may try again and again.
      await delay(1000);
    }
  }

  const quiet = await latencies(gateway, 10);
  const busy = await latenciesUnderGuesses(gateway, names);
  for (const [of, before, after] of [
    ["guessed", quiet.signedIn, busy.signedIn],
    ["guessed-health", quiet.health, busy.health],
  ] as const) {
    bench.log(`  ${of}: ${before.length} requests, and ${after.length} while others guess`);
    samples.add(`${of}-before`, "gateway", median(before));
    samples.add(`${of}-median`, "gateway", median(after));
    samples.add(`${of}-ratio`, "gateway", median(after) / median(before));
    samples.add(`${of}-p99`, "gateway", percentile(after, 99));
  }
  await delay(60_000); // Until whoever signs in next is not refused.
}

/** How often oauth2-proxy is asked for a page, by somebody who has just come. */
async function singleSignOn(bench: Bench): Promise<void> {
  const { samples } = bench;
  const contenders = withSingleSignOn(bench);
  const lines = await Lines.start(bench.log);
  try {
    const slow = new Map<ContenderName, Line>();
    for (const { name, address } of contenders) slow.set(name, await lines.to(address, slowLine));
    const work = async (contender: Contender): Promise<void> => {
      const container = contender.containers["oauth2-proxy"] ?? "";
      const seen = (): Promise<number> => requestsSeen((...command) => run(container, ...command));
      await delay(checkRemembered);
      const before = await seen();
      await withVisitor(bench, contender, slow.get(contender.name), (visitor) => visitor.visit());
      samples.add("checks-seen", contender.name, (await seen()) - before);
    };
    await inRounds(bench, bench.rounds, work, contenders);
  } finally {
    lines.close();
  }
}

const withSingleSignOn = ({ contenders }: Bench): Contender[] =>
  Object.values(contenders.all).filter(({ newSession }) => newSession !== undefined);

const idleSessions = 200;

/** What a session costs in memory while nobody does anything: a websocket, of somebody who signed in for themselves. */
async function idle(bench: Bench): Promise<void> {
  const contenders = withSingleSignOn(bench);
  const people = new Map<ContenderName, Contender[]>();
  for (const contender of contenders) {
    bench.log(`  ${idleSessions} people sign in: ${contender.name}`);
    const signedIn: Contender[] = [];
    while (signedIn.length < idleSessions) {
      bench.checkpoint();
      signedIn.push({ ...contender, session: (await contender.newSession?.()) ?? "" });
    }
    people.set(contender.name, signedIn);
  }
  const work = async (contender: Contender): Promise<void> => {
    // What was used once stays with a process: each round needs new ones. nginx last, it looks for the others at its start.
    const parts = ["app", "oauth2-proxy", "nginx"];
    await restart(contender, parts);
    const memory = async (): Promise<number[]> => {
      await delay(3000);
      return Promise.all(
        parts.map(async (part) => (await usage(contender.containers[part] ?? "")).memoryMegabytes),
      );
    };
    const { socket: warm } = await openSession(contender);
    const before = await memory();
    const sockets = [warm];
    try {
      for (const person of people.get(contender.name) ?? []) {
        bench.checkpoint();
        sockets.push((await openSession(person)).socket);
      }
      const after = await memory();
      const open = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
      if (open !== idleSessions + 1) throw new Error(`only ${open} connections stayed open`);
      parts.forEach((part, index) => {
        const megabytes = (after[index] ?? NaN) - (before[index] ?? NaN);
        bench.samples.add(`idle-${part}`, contender.name, (megabytes * 2 ** 20) / 1000 / idleSessions);
      });
    } finally {
      for (const socket of sockets) socket.terminate();
    }
  };
  await inRounds(bench, Math.ceil(bench.rounds / 3), work, contenders);
}

async function memory(bench: Bench): Promise<void> {
  for (const { name, containers } of Object.values(bench.contenders.all)) {
    for (const [part, id] of Object.entries(containers))
      bench.samples.add(`memory-${part}`, name, (await usage(id)).memoryMegabytes);
  }
}

/** What containers cost while nobody does anything. One after the other, because the daemon's share is a difference. */
async function rest(bench: Bench): Promise<void> {
  const { direct, recipe, gateway, sso } = bench.contenders.all;
  for (const { name, containers } of [direct, recipe, gateway, sso])
    for (const part of ["app", "nginx"]) {
      const id = containers[part];
      if (id === undefined) continue;
      bench.checkpoint();
      bench.log(`  ${name}, ${part}`);
      const { container, daemon } = await atRest(id);
      bench.samples.add(`rest-${part}`, name, container + daemon);
      bench.samples.add(`rest-${part}-daemon`, name, daemon);
    }
}
