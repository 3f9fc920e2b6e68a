/** The script that the gateway's container runs: two nginx that start and end together. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { idOf, isGone, nginxConfig, nginxFolder, runScript } from "../gateway-script";

const script = path.join(__dirname, "../../../components/docker/gateway.sh");

let bin: string;
let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  bin = await nginxFolder();
}, 600_000);

const config = (name: string): string => nginxConfig(folder, name);

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
  return runScript(bin, [script, action, ...files.map((name) => path.join(folder, name))]);
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
  const [first, second] = await Promise.all([idOf(folder, "first"), idOf(folder, "second")]);
  const exit = once(running, "exit");
  end({ script: running.pid ?? 0, first, second });
  expect(await exit).toEqual([code, null]);
  await Promise.all([first, second].map(isGone));
});

test("without a second one, the first runs alone", async () => {
  running = run("run");
  const first = await idOf(folder, "first");
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
