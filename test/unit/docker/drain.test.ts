/** When the drain guard takes a replaced replica for one that nobody has open. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const script = fs.readFileSync(path.resolve(__dirname, "../../../components/docker/drain.sh"), "utf8");
const open = "active_sessions 1";
const left = "active_sessions 0";
/** What curl ends with: the name is not found, nothing listens, no answer in time. */
const [unknown, refused, late] = ["exit 6", "exit 7", "exit 28"];

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "drain-"));
  program("sleep", "case $1 in infinity) exec /bin/sleep 60;; *) exec /bin/sleep 0.02;; esac");
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function program(name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** Stop the guard of one replica, whose looks give these answers in turn and the last one again and again; when it has ended, how often it looked. */
async function looks(...answers: string[]): Promise<number> {
  fs.writeFileSync(path.join(folder, "upstreams.conf"), "server new:8501 resolve;\n");
  const says = answers.map((answer, index) => {
    const pattern = index === answers.length - 1 ? "*" : String(index + 1);
    return `${pattern}) ${answer.startsWith("exit") ? answer : `echo ${answer}`};;`;
  });
  program("curl", `echo >>${folder}/looks; case $(wc -l <${folder}/looks) in ${says.join(" ")} esac`);
  const guard: ChildProcess = spawn(
    "sh",
    [
      "-c",
      script.replaceAll("/tmp/ready", `${folder}/ready`),
      "drain",
      `${folder}/upstreams.conf`,
      "a",
      "/m",
      "old",
    ],
    { env: { PATH: `${folder}:${process.env.PATH ?? ""}` }, stdio: "ignore" },
  );
  const ended = once(guard, "exit");
  while (!fs.existsSync(path.join(folder, "ready"))) await delay(10);
  guard.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  return fs.readFileSync(path.join(folder, "looks"), "utf8").length;
}

test.each([
  ["one that says so", [left]],
  ["one whose name is gone", [unknown]],
  ["one that does not listen any more", [refused]],
  ["one that is no Streamlit", ["ok"]],
])("nobody has %s open", async (_, answers) => {
  expect(await looks(...answers)).toBe(1);
});

test("it is waited for until the last one has left", async () => {
  expect(await looks(open, open, left)).toBe(3);
});

test("one that is too busy to answer has not been left", async () => {
  expect(await looks(open, late, late, open, left)).toBe(5);
});
