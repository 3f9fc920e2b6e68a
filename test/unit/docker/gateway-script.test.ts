/** The script that the gateway's container runs: two nginx that start and end together. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PythonTools } from "../python-tools";

const script = path.join(__dirname, "../../../components/docker/gateway.sh");

let bin: string;
let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  const tools = await PythonTools.start();
  bin = path.dirname(await tools.ask("nginx binary", ""));
  tools.stop();
}, 600_000);

const config = (name: string): string => `pid ${folder}/${name}.pid;
error_log stderr error;
events {}
http {
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder}/${of};`).join("\n  ")}
  access_log off;
  server { listen unix:${folder}/${name}.sock; }
}
`;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "script-"));
  for (const name of ["first", "second"]) fs.writeFileSync(`${folder}/${name}.conf`, config(name));
  fs.writeFileSync(`${folder}/upstreams.conf`, "upstream app {\n}\n");
});

afterEach(() => {
  // What follows the upstreams goes on outside of a container.
  if (running?.pid !== undefined) process.kill(-running.pid, "SIGKILL");
  running = undefined;
  fs.rmSync(folder, { recursive: true });
});

function run(action: string, ...background: string[]): ChildProcess {
  const files = ["first.conf", "given.conf", "used.conf", "upstreams.conf", ...background];
  return spawn("sh", [script, action, ...files.map((name) => path.join(folder, name))], {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: "ignore",
    // A process group of its own.
    detached: true,
  });
}

/** The process id of a running nginx. */
async function idOf(name: string): Promise<number> {
  const file = `${folder}/${name}.pid`;
  while (!fs.existsSync(file) || fs.readFileSync(file, "utf8") === "") await delay(20);
  return Number(fs.readFileSync(file, "utf8"));
}

async function isGone(pid: number): Promise<void> {
  for (;;) {
    const state = /\) (\w) /.exec(
      await fs.promises.readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
    )?.[1];
    if (state === undefined || state === "Z") return;
    await delay(20);
  }
}

test.each<
  [what: string, end: (ids: { script: number; first: number; second: number }) => void, code: number]
>([
  ["the first is killed", ({ first }) => process.kill(first, "SIGKILL"), 1],
  ["the second is killed", ({ second }) => process.kill(second, "SIGKILL"), 1],
  ["the second ends", ({ second }) => process.kill(second, "SIGTERM"), 1],
  ["the container is stopped", ({ script }) => process.kill(script, "SIGTERM"), 143],
])("both end, and the script with them, when %s", async (_, end, code) => {
  running = run("run", "second.conf");
  const [first, second] = await Promise.all([idOf("first"), idOf("second")]);
  const exit = once(running, "exit");
  end({ script: running.pid ?? 0, first, second });
  expect(await exit).toEqual([code, null]);
  await Promise.all([first, second].map(isGone));
});

test("without a second one, the first runs alone", async () => {
  running = run("run");
  const first = await idOf("first");
  const exit = once(running, "exit");
  process.kill(running.pid ?? 0, "SIGTERM");
  expect(await exit).toEqual([143, null]);
  await isGone(first);
  expect(fs.existsSync(`${folder}/second.pid`)).toBe(false);
});

test.each([
  ["both configurations", "", "", 0],
  ["a wrong one", "wrong", "", 1],
  ["a wrong second one", "", "wrong", 1],
])("`test` tells whether both would start: %s", async (_, first, second, code) => {
  fs.appendFileSync(`${folder}/first.conf`, first);
  fs.appendFileSync(`${folder}/second.conf`, second);
  expect(await once(run("test", "second.conf"), "exit")).toEqual([code, null]);
});
