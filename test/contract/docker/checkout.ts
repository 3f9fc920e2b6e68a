/** The real command, `npm run up | preview | down`, in a checkout of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { dump } from "js-yaml";
import type { SiteArgs } from "../../../components/spec/args";
import type { TestProject } from "../../leftovers";
import { soonReady } from "../../stack";
import { processesIn } from "./processes";

const root = path.resolve(__dirname, "..", "..", "..");

/** A command that was started. */
export interface Started {
  child: ChildProcess;
  /** Its exit code or the signal that ended it, and all that it wrote. */
  end: Promise<{ how: number | NodeJS.Signals; output: string; standardOutput: string }>;
}

/**
 * A checkout of this repository with a stack `test`, apart from the developer's stacks and their state. Programs and
 * packages are this repository's.
 */
export class Checkout {
  readonly folder: string;
  private readonly started: Started[] = [];

  /** @param project the name of the Pulumi project, by which everything on the machine is found */
  constructor(readonly project: TestProject) {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `${project}-`)));
    for (const name of [
      "components",
      "offline",
      "scripts",
      "stacks",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
    ])
      fs.cpSync(path.join(root, name), path.join(this.folder, name), { recursive: true });
    const settings = fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8");
    fs.writeFileSync(
      path.join(this.folder, "Pulumi.yaml"),
      settings.replace(/^name: .*$/m, `name: ${project}`),
    );
    fs.symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"));
    const cache = path.join(this.folder, ".cache");
    fs.mkdirSync(cache);
    // Programs are bundled once for all checkouts.
    for (const name of ["commands", "providers"])
      fs.mkdirSync(path.join(root, ".cache", name), { recursive: true });
    for (const name of fs.readdirSync(path.join(root, ".cache")))
      if (name !== "engine.json") fs.symlinkSync(path.join(root, ".cache", name), path.join(cache, name));
    const engine = fs.readFileSync(path.join(root, ".cache", "engine.json"), "utf8");
    fs.writeFileSync(path.join(cache, "engine.json"), engine.replaceAll(`${root}/`, `${this.folder}/`));
  }

  /**
   * Write the stack's settings.
   *
   * @param minReadySeconds of the apps that do not say
   * @param more values beside the site's, by their names: `target`, `kubernetes:kubeconfig`
   */
  configure(site: SiteArgs, minReadySeconds?: number, more: Record<string, string> = {}): void {
    const file = path.join(this.folder, "stacks", "Pulumi.test.yaml");
    const named = Object.entries(more).map(
      ([name, value]) => [name.includes(":") ? name : `${this.project}:${name}`, value] as const,
    );
    const config: Record<string, unknown> = {
      ...Object.fromEntries(named),
      [`${this.project}:site`]: soonReady(site, minReadySeconds),
    };
    fs.writeFileSync(file, dump({ config }));
  }

  /** The processes that work for this checkout, commands and what they started, by their command lines. */
  processes(): string[] {
    return processesIn(this.folder)
      .filter(({ command }) => command !== "")
      .map(({ pid, command }) => `${String(pid)} ${command.replaceAll("\0", " ").trim()}`);
  }

  /** Start a command, in a process group of its own. */
  start(command: string, ...args: string[]): Started {
    return this.startWith({}, command, ...args);
  }

  /** As {@link start}, with a text on standard input, or variables added to the environment. */
  startWith(
    { input = "", environment = {} }: { input?: string; environment?: NodeJS.ProcessEnv },
    command: string,
    ...args: string[]
  ): Started {
    const child = spawn(
      process.execPath,
      ["scripts/run.mjs", "stacks/cli.ts", command, "--stack", "test", ...args],
      {
        cwd: this.folder,
        env: { ...process.env, ...environment },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
      },
    );
    // Most commands do not read it.
    child.stdin.on("error", () => undefined).end(input);
    let output = "";
    let standardOutput = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      standardOutput += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    const end = once(child, "close").then(([code, signal]) => ({
      how: (code ?? signal) as number | NodeJS.Signals,
      output,
      standardOutput,
    }));
    const started = { child, end };
    this.started.push(started);
    return started;
  }

  /** Run a command to its end; what it wrote. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { how, output } = await this.start(command, ...args).end;
    if (how !== 0) throw new Error(`${command} ended with ${String(how)}:\n${output}`);
    return output;
  }

  /** Run a command to its end; what it wrote to standard output alone. */
  async standardOutput(command: string, ...args: string[]): Promise<string> {
    const { how, output, standardOutput } = await this.start(command, ...args).end;
    if (how !== 0) throw new Error(`${command} ended with ${String(how)}:\n${output}`);
    return standardOutput;
  }

  /** Kill what runs, take down what is up, and remove the folder. */
  async remove(): Promise<void> {
    for (const { child } of this.started)
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, "SIGKILL");
    await Promise.all(this.started.map(({ end }) => end));
    await this.run("down", "--volumes");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
