/** The scripts that a gateway's container runs, started outside of one: nginx in a folder of a test's own. */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PythonTools } from "./python-tools";

/** The folder of the nginx of the tests. */
export async function nginxFolder(): Promise<string> {
  const tools = await PythonTools.start();
  const program = await tools.ask("nginx binary", "");
  tools.stop();
  return path.dirname(program);
}

/**
 * The configuration of an nginx that writes nowhere but into a folder.
 *
 * @param name of its files and its socket there
 * @param server directives of its server. @default none
 * @param main directives before all others. @default none
 */
export function nginxConfig(folder: string, name: string, server = "", main = ""): string {
  return `${main}pid ${folder}/${name}.pid;
error_log stderr error;
events {}
http {
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder}/${of};`).join("\n  ")}
  access_log off;
  server { listen unix:${folder}/${name}.sock; ${server} }
}
`;
}

/**
 * Run a script in a process group of its own.
 *
 * @param bin the folder in which it finds nginx
 * @param args the script and its arguments
 */
export function runScript(bin: string, args: string[]): ChildProcess {
  return spawn("sh", args, {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: "ignore",
    detached: true,
  });
}

/** The process id of an nginx, once it runs. */
export async function idOf(folder: string, name: string): Promise<number> {
  const file = `${folder}/${name}.pid`;
  while (!fs.existsSync(file) || fs.readFileSync(file, "utf8") === "") await delay(20);
  return Number(fs.readFileSync(file, "utf8"));
}

/** Wait until a process has ended. */
export async function isGone(pid: number): Promise<void> {
  for (;;) {
    const stat = await fs.promises.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const state = /\) (\w) /.exec(stat)?.[1];
    if (state === undefined || state === "Z") return;
    await delay(20);
  }
}
