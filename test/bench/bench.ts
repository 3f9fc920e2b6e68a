/** `npm run bench`: the gateway beside the usual recipe and beside Streamlit alone, all in one run. */
import * as fs from "node:fs";
import * as path from "node:path";
import { Command, Option } from "commander";
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { exec } from "../../scripts/exec";
import { aptInstall, ensureChromium, ensureDocker } from "../../scripts/machine";
import { run } from "../contract/docker/docker";
import { type Contenders, removeContenders, startContenders } from "./contenders";
import { get } from "./http";
import { measurements, Samples } from "./measurements";
import { publish, report, text } from "./report";

interface Options {
  quick?: true;
  only?: string[];
}

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function bench({ quick, only }: Options): Promise<void> {
  await ensureDocker(log);
  log((await prepareEngine({ log, officialImages: defaultImages })).summary);
  const chromium = await ensureChromium(log);
  await aptInstall(["nghttp2-client"], log);

  const checkpoint = stopOnSignal();
  const samples = new Samples();
  const versions: Record<string, string> = {};
  try {
    await removeContenders(); // Of a run that was killed.
    log("bringing up Streamlit alone, behind the recipes, and behind the gateways");
    const contenders = await startContenders(3);
    Object.assign(versions, await versionsOf(contenders, chromium));
    for (const [name, measure] of Object.entries(measurements)) {
      if (only !== undefined && !only.includes(name)) continue;
      log(`measuring: ${name}`);
      await measure({ contenders, chromium, rounds: quick ? 3 : 7, samples, log, checkpoint });
    }
  } finally {
    // Also of a run that failed.
    if (Object.keys(samples.values).length > 0) process.stdout.write(`${text(report(samples, versions))}\n`);
    log("removing everything that was brought up");
    await removeContenders();
  }

  if (quick) log("the published figures are those of all rounds: nothing was written");
  else log(`written: ${publish(report(samples, versions)).join(", ")}`);
}

async function versionsOf({ all }: Contenders, chromium: string): Promise<Record<string, string>> {
  const version = (text: string): string => /\d+(\.\d+)+/.exec(text)?.[0] ?? "unknown";
  const requirements = fs.readFileSync(path.join(__dirname, "app", "pyproject.toml"), "utf8");
  const nginx = await get(all.recipe, "_stcore/health");
  const browser = await exec(chromium, ["--version"]);
  const inSso = async (part: string, program: string): Promise<string> =>
    (await run(all.sso.containers[part] ?? "", program, "--version")).output;
  return {
    Streamlit: version(/streamlit==.*/.exec(requirements)?.[0] ?? ""),
    nginx: version(String(nginx.headers.server)),
    Chromium: version(browser.stdout),
    "oauth2-proxy": version(await inSso("oauth2-proxy", "/bin/oauth2-proxy")),
    Redis: version(await inSso("redis", "redis-server")),
  };
}

/** From now on a signal ends the run at the next checkpoint, so that it can clean up. The second one ends it at once. */
function stopOnSignal(): () => void {
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (stopped) process.exit(130);
      stopped = true;
      log("stopping; what was brought up will be removed. Once more to leave it.");
    });
  return () => {
    if (stopped) throw new Error("stopped");
  };
}

async function main(): Promise<void> {
  const program = new Command("npm run bench --")
    .description("Measure what the gateway costs and what it gains. Takes about an hour.")
    .option("--quick", "a third of the rounds; for a first impression, nothing is written")
    .addOption(
      new Option(
        "--only <name...>",
        "only these measurements; what is published of the others stays",
      ).choices(Object.keys(measurements)),
    )
    .action(bench);
  try {
    await program.parseAsync();
  } catch (error) {
    log(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

void main();
