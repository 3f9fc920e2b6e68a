/** The script that the gateway's container runs: nginx, perhaps a second one, and the files that somebody else renews. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { idOf, isGone, nginxConfig, nginxFolder, runScript } from "../gateway-script";

let bin: string;
let folder: string;
let running: ChildProcess | undefined;
const servers: http.Server[] = [];

beforeAll(async () => {
  bin = await nginxFolder();
}, 600_000);

const config = (name: string, server = ""): string => nginxConfig(folder, name, server, "user root;\n");

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "script-"));
  for (const name of ["first", "second"]) fs.writeFileSync(`${folder}/${name}.conf`, config(name));
  const script = fs.readFileSync(
    path.resolve(__dirname, "../../../components/kubernetes/gateway.sh"),
    "utf8",
  );
  // It looks at the files more often here.
  fs.writeFileSync(`${folder}/gateway.sh`, script.replace("sleep 5 &", "sleep 0.1 &"));
});

afterEach(async () => {
  if (running?.pid !== undefined)
    try {
      process.kill(-running.pid, "SIGKILL");
    } catch {
      // All of it has ended.
    }
  running = undefined;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  fs.rmSync(folder, { recursive: true });
});

function run(background = "", ...followed: string[]): ChildProcess {
  const at = (name: string): string => path.join(folder, name);
  const files = [at("first.conf"), folder, background && at(background), ...followed.map(at)];
  return runScript(bin, [at("gateway.sh"), ...files]);
}

/** The body of the answer of an nginx, or the code of the error. */
function answer(name: string): Promise<string> {
  return new Promise((resolve) => {
    http
      .get({ socketPath: `${folder}/${name}.sock`, path: "/", agent: false }, (response) => {
        let body = "";
        response.on("data", (text: Buffer) => (body += text.toString()));
        response.on("end", () => resolve(body));
      })
      .on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
  });
}

test.each<
  [what: string, end: (ids: { script: number; first: number; second: number }) => void, code: number]
>([
  ["the first is killed", ({ first }) => process.kill(first, "SIGKILL"), 1],
  ["the second is killed", ({ second }) => process.kill(second, "SIGKILL"), 1],
  ["the second ends", ({ second }) => process.kill(second, "SIGTERM"), 1],
  ["the container is stopped", ({ script }) => process.kill(script, "SIGTERM"), 143],
  // The official image asks to be stopped so (`STOPSIGNAL`), and a pod has no say in it.
  ["the container is stopped as its image says", ({ script }) => process.kill(script, "SIGQUIT"), 131],
])("both end, and the script with them, when %s", async (_, end, code) => {
  running = run("second.conf");
  const [first, second] = await Promise.all([idOf(folder, "first"), idOf(folder, "second")]);
  const exit = once(running, "exit");
  end({ script: running.pid ?? 0, first, second });
  expect(await exit).toEqual([code, null]);
  await Promise.all([first, second].map(isGone));
});

test("after a kill it starts over, though the sockets of before are there", async () => {
  running = run("second.conf");
  await Promise.all([idOf(folder, "first"), idOf(folder, "second")]);
  const exit = once(running, "exit");
  process.kill(-(running.pid ?? 0), "SIGKILL");
  await exit;
  fs.writeFileSync(`${folder}/first.conf`, config("first", "return 200 again;"));
  running = run("second.conf");
  while ((await answer("first")) !== "again") {
    expect(running.exitCode).toBe(null);
    await delay(50);
  }
});

test("without a second one, the first runs alone", async () => {
  running = run();
  const first = await idOf(folder, "first");
  const exit = once(running, "exit");
  process.kill(running.pid ?? 0, "SIGTERM");
  expect(await exit).toEqual([143, null]);
  await isGone(first);
  expect(fs.existsSync(`${folder}/second.pid`)).toBe(false);
});

test("a request that has begun is answered when the container is stopped, and no other begins", async () => {
  const app = `${folder}/app.socket`;
  const begun = new Promise<http.ServerResponse>((resolve) => {
    let count = 0;
    const server = http.createServer((_, response) => {
      count++;
      if (count === 1) resolve(response);
      else response.end("another");
    });
    servers.push(server.listen(app));
  });
  fs.writeFileSync(
    `${folder}/first.conf`,
    config("first", `location / { proxy_pass http://unix:${app}:/; }`),
  );
  running = run();
  await idOf(folder, "first");
  const asked = answer("first");
  const response = await begun;
  const exit = once(running, "exit");
  process.kill(running.pid ?? 0, "SIGTERM");
  // No socket is there any more.
  while (!(await answer("first")).startsWith("E")) await delay(20);
  response.end("answered all the same");
  expect(await asked).toBe("answered all the same");
  expect(await exit).toEqual([143, null]);
});

describe("files that somebody else renews", () => {
  /** As the kubelet does: a link leads to another folder from one moment to the next. */
  function renew(text: string): void {
    const data = fs.mkdtempSync(path.join(folder, "data-"));
    fs.writeFileSync(`${data}/renewed.conf`, text);
    fs.symlinkSync(`${data}/renewed.conf`, `${folder}/next`);
    fs.renameSync(`${folder}/next`, `${folder}/renewed.conf`);
  }
  const answersWith = async (text: string): Promise<void> => {
    while ((await answer("first")) !== text) await delay(50);
  };

  beforeEach(() => {
    fs.writeFileSync(`${folder}/first.conf`, config("first", `include ${folder}/renewed.conf;`));
    renew("return 200 first;");
  });

  test("are read anew, without another nginx", async () => {
    running = run("", "renewed.conf");
    const first = await idOf(folder, "first");
    await answersWith("first");
    renew("return 200 second;");
    await answersWith("second");
    expect(await idOf(folder, "first")).toBe(first);
  });

  test("are left alone while nginx would not start with them", async () => {
    running = run("", "renewed.conf");
    await answersWith("first");
    renew("nonsense;");
    await delay(1000);
    expect(await answer("first")).toBe("first");
    renew("return 200 third;");
    await answersWith("third");
  });

  test("are no reason to stay when the container is stopped", async () => {
    running = run("", "renewed.conf");
    await answersWith("first");
    const exit = once(running, "exit");
    process.kill(running.pid ?? 0, "SIGTERM");
    expect(await exit).toEqual([143, null]);
  });
});
