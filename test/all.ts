/**
 * `npm test [level…]`: sets up what the levels need, runs them, fastest first, and prints one line of counts.
 *
 * Without a level it runs all but those that are run by their names only. Most levels are in one of two tracks, which run at once: each
 * waits for much of its time.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { defaultImages } from "../components/spec/defaults";
import { prepareEngine } from "../offline";
import { removeCluster } from "../offline/cluster";
import {
  ensureChromium,
  ensureDocker,
  ensurePythonTools,
  ensureVirtualEnvironment,
} from "../scripts/machine";
import { ensureTestCluster, removeTestNamespaces, testLayout } from "./kubernetes/cluster";
import { removeAllLeftovers } from "./leftovers";

const root = path.resolve(__dirname, "..");
const bin = (name: string): string => path.join(root, "node_modules", ".bin", name);
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Level {
  /** Is it run only when it is named? @default false */
  onlyByName?: boolean;
  /** Those without one run first, one after the other. */
  track?: 1 | 2;
  /** For those in the tracks it is done before the first of them runs: it removes what killed runs left. */
  prepare: () => Promise<unknown>;
  run: () => Promise<Counts>;
}

/** What the second track brings up on this machine is not where that of the first is. */
const elsewhere = { ...process.env, TEST_ADDRESS: "127.0.0.2" };

const levels: Record<string, Level> = {
  lint: {
    prepare: () => Promise.resolve(),
    run: () =>
      commands([
        [bin("tsc"), "--noEmit"],
        [bin("eslint"), "."],
        [bin("prettier"), "--check", "--log-level", "warn", "."],
        [bin("depcruise"), "index.ts", "components", "stacks", "offline", "scripts", "test"],
      ]),
  },
  unit: { prepare: () => ensurePythonTools(log), run: () => jest("unit/") },
  apps: { prepare: () => appsEnvironment(), run: () => pytest("test/apps") },
  // A part of the contract's level that restarts the Docker daemon, which it does only where nobody else uses it.
  newcomer: {
    prepare: prepareSite,
    run: () => jest("contract/docker/newcomer", ["--runInBand"]),
  },
  // The rest of it, but for the gateway.
  contract: {
    track: 1,
    prepare: prepareSite,
    run: () =>
      jest("contract/", [
        "--runInBand",
        "--testPathIgnorePatterns=/contract/(kubernetes/|docker/(newcomer|gateway-|keycloak|replicas|rolled))",
      ]),
  },
  kubernetes: {
    track: 2,
    prepare: prepareCluster,
    run: () => onCluster("kubernetes/"),
  },
  gateway: {
    track: 2,
    prepare: prepareSite,
    run: () => jest("contract/docker/(gateway-|keycloak|replicas|rolled)", ["--runInBand"], elsewhere),
  },
  // These two wait for what Kubernetes does in minutes: together with the others they take longer than CI has time for.
  "kubernetes-contract": {
    onlyByName: true,
    track: 2,
    prepare: prepareCluster,
    run: () => onCluster("contract/kubernetes/(gateway|replicas)"),
  },
  "kubernetes-live": {
    onlyByName: true,
    track: 2,
    prepare: async () => {
      await prepareCluster();
      await ensureChromium(log);
    },
    run: () => onCluster("contract/kubernetes/(autoscaling|commands|killed|sessions)"),
  },
  browser: {
    track: 2,
    prepare: async () => {
      await prepareSite();
      await ensureChromium(log);
    },
    run: () => jest("browser/", ["--runInBand"]),
  },
};

/** The sample apps' own requirements, and pytest. */
function appsEnvironment(): Promise<string> {
  const files = ["apps/explorer/requirements.txt", "test/apps/requirements.txt"];
  return ensureVirtualEnvironment(
    "python-apps",
    files.map((file) => path.join(root, file)),
    log,
  );
}

async function pytest(folder: string): Promise<Counts> {
  const python = path.join(await appsEnvironment(), "python3");
  return withReport(async (report) => {
    const code = await run([
      python,
      "-m",
      "pytest",
      "-q",
      "-p",
      "no:cacheprovider",
      folder,
      `--junitxml=${report}`,
    ]);
    const suite = /<testsuite [^>]*>/.exec(fs.readFileSync(report, "utf8"))?.[0] ?? "";
    const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = count("failures") + count("errors");
    return {
      passed: count("tests") - failed - count("skipped"),
      failed: code === 0 ? failed : Math.max(failed, 1),
      skipped: count("skipped"),
    };
  });
}

/** Run something that writes a report into a file. */
async function withReport(work: (file: string) => Promise<Counts>): Promise<Counts> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "report-"));
  try {
    return await work(path.join(folder, "report"));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function prepareSite(): Promise<void> {
  await ensureDocker(log);
  log((await prepareEngine({ log, officialImages: defaultImages })).summary);
  const removed = await removeAllLeftovers();
  if (removed > 0) log(`removed ${String(removed)} containers of tests that were killed`);
}

async function prepareCluster(): Promise<void> {
  await prepareSite();
  await removeTestNamespaces(await ensureTestCluster(log));
}

/** Run tests on their cluster, which is removed then. */
async function onCluster(tests: string): Promise<Counts> {
  try {
    return await jest(tests, ["--runInBand"], elsewhere);
  } finally {
    await removeCluster(log, testLayout);
  }
}

/** Run a program; its exit code. */
function run(command: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    spawn(program, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] })
      .on("error", reject)
      .on("close", (code) => resolve(code ?? 1));
  });
}

/** Each command counts as one test; they run at once. */
async function commands(list: string[][]): Promise<Counts> {
  const codes = await Promise.all(list.map((command) => run(command)));
  const failed = list.filter((_, index) => codes[index] !== 0);
  for (const [program = "", ...args] of failed) log(`failed: ${path.basename(program)} ${args.join(" ")}`);
  return { passed: list.length - failed.length, failed: failed.length, skipped: 0 };
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that could not even be loaded. */
  numRuntimeErrorTestSuites: number;
}

/** @param tests their folder, or how their files begin */
async function jest(
  tests: string,
  options: string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Counts> {
  return withReport(async (report) => {
    const code = await run(
      [bin("jest"), path.join("test", tests), "--json", "--outputFile", report, ...options],
      env,
    );
    const result = JSON.parse(fs.readFileSync(report, "utf8")) as JestReport;
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return {
      passed: result.numPassedTests,
      // Jest can fail without a failed test, for instance when it found none.
      failed: code === 0 ? failed : Math.max(failed, 1),
      skipped: result.numPendingTests + result.numTodoTests,
    };
  });
}

/** What all levels come to. */
class Sum {
  readonly total: Counts = { passed: 0, failed: 0, skipped: 0 };

  /**
   * Do something, and print how long it took.
   *
   * @returns whether nothing failed
   */
  async add(what: string, work: () => Promise<unknown>): Promise<boolean> {
    log(`\n== ${what}`);
    const started = Date.now();
    let counts: Counts | undefined;
    try {
      const result = await work();
      if (isCounts(result)) counts = result;
    } catch (error) {
      log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      counts = { passed: 0, failed: 1, skipped: 0 };
    }
    const seconds = Math.round((Date.now() - started) / 1000);
    log(`${what}: ${counts ? `${describe(counts)} in ` : ""}${seconds} s`);
    if (counts) for (const key of ["passed", "failed", "skipped"] as const) this.total[key] += counts[key];
    return (counts?.failed ?? 0) === 0;
  }
}

const isCounts = (result: unknown): result is Counts =>
  typeof result === "object" && result !== null && "passed" in result;

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in levels));
  if (unknown.length > 0) {
    log(`no such level: ${unknown.join(", ")}; the levels are ${Object.keys(levels).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const chosen = Object.entries(levels).filter(([name, { onlyByName }]) =>
    names.length === 0 ? !onlyByName : names.includes(name),
  );
  const those = (track: Level["track"]): typeof chosen => chosen.filter(([, level]) => level.track === track);
  const sum = new Sum();

  for (const [name, { prepare, run }] of those(undefined))
    await sum.add(name, async () => {
      await prepare();
      return run();
    });
  const ready = new Set<string>();
  for (const [name, { prepare }] of [...those(1), ...those(2)])
    if (await sum.add(`what ${name} needs`, prepare)) ready.add(name);
  const inTurn = async (track: 1 | 2): Promise<void> => {
    for (const [name, { run }] of those(track)) if (ready.has(name)) await sum.add(name, run);
  };
  await Promise.all([inTurn(1), inTurn(2)]);

  const { total } = sum;
  if (total.failed > 0) process.exitCode = 1;
  process.stdout.write(`${describe(total)}\n`);
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

void main(process.argv.slice(2));
