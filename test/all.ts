/**
 * `npm test [level…]`: sets up what the levels need, runs them, fastest first, and prints one line of counts.
 *
 * Without a level it runs all but those that are run by their name only.
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
import { ensureAwsPythonTools } from "./aws/python";
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
  prepare: () => Promise<unknown>;
  run: () => Promise<Counts>;
}

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
  aws: { prepare: prepareAws, run: () => jest("aws/") },
  apps: { prepare: () => appsEnvironment(), run: () => pytest("test/apps") },
  contract: {
    prepare: prepareSite,
    run: contract,
  },
  browser: {
    prepare: async () => {
      await prepareSite();
      await ensureChromium(log);
    },
    run: () => jest("browser/", sitesAtOnce),
  },
  // With this one, the other levels take longer than CI has time for.
  kubernetes: {
    onlyByName: true,
    prepare: async () => {
      await prepareCluster();
      await ensureChromium(log);
    },
    run: onCluster,
  },
};

/** Their tests mostly wait: one at a time leaves more than half of two cores unused. */
const sitesAtOnce = "--maxWorkers=2";

/** Those that have Docker for themselves come first: they start the daemon anew, and remove what all tests have left. */
async function contract(): Promise<Counts> {
  const alone = "contract/docker/(leftovers|newcomer)";
  const skipped = `--testPathIgnorePatterns=/test/(contract/kubernetes/|${alone})`;
  return sum([await jest(alone, "--runInBand"), await jest("contract/", sitesAtOnce, skipped)]);
}

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

/** No Docker: the resources are those of the real engine, over a stand-in for AWS. */
async function prepareAws(): Promise<void> {
  log((await prepareEngine({ log })).summary);
  await ensureAwsPythonTools(log);
}

async function prepareCluster(): Promise<void> {
  await prepareSite();
  await removeTestNamespaces(await ensureTestCluster(log));
}

/**
 * All tests on Kubernetes, on their cluster, which is removed then. Those that have it for themselves come first: they stop its daemons,
 * and its name server.
 */
async function onCluster(): Promise<Counts> {
  const alone = "(contract/kubernetes/killed|kubernetes/cluster)";
  const others = "(contract/)?kubernetes/";
  try {
    return sum([
      await jest(alone, "--runInBand"),
      await jest(others, sitesAtOnce, `--testPathIgnorePatterns=/test/${alone}`),
    ]);
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
async function jest(tests: string, ...options: string[]): Promise<Counts> {
  return withReport(async (report) => {
    const code = await run([bin("jest"), `test/${tests}`, "--json", "--outputFile", report, ...options]);
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

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in levels));
  if (unknown.length > 0) {
    log(`no such level: ${unknown.join(", ")}; the levels are ${Object.keys(levels).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  let total = sum([]);
  for (const [name, level] of Object.entries(levels)) {
    if (names.length > 0 ? !names.includes(name) : level.onlyByName) continue;
    log(`\n== ${name}`);
    const started = Date.now();
    let counts: Counts;
    try {
      await level.prepare();
      counts = await level.run();
    } catch (error) {
      log(`${name} could not run: ${error instanceof Error ? error.message : String(error)}`);
      counts = { passed: 0, failed: 1, skipped: 0 };
    }
    log(`${name}: ${describe(counts)} in ${Math.round((Date.now() - started) / 1000)} s`);
    total = sum([total, counts]);
  }
  if (total.failed > 0) process.exitCode = 1;
  process.stdout.write(`${describe(total)}\n`);
}

function sum(counts: readonly Counts[]): Counts {
  const all = (key: keyof Counts): number => counts.reduce((before, count) => before + count[key], 0);
  return { passed: all("passed"), failed: all("failed"), skipped: all("skipped") };
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

void main(process.argv.slice(2));
