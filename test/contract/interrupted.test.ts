/** `npm run up` that is stopped or killed in the middle, through the real command: the next `up` and `down` put it right. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dump } from "js-yaml";
import { census } from "./support/docker";
import { ports, probe } from "./support/site";

jest.setTimeout(180_000);

const root = path.resolve(__dirname, "..", "..");
const project = "contract-interrupted";
const nothing = { containers: 0, networks: 0, volumes: 0, images: 0 };

/** A checkout of this repository of its own, so that its stacks and their state are apart from the developer's. */
function checkout(folder: string): void {
  const copied = [
    "components",
    "offline",
    "scripts",
    "stacks",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
  ];
  for (const name of copied) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  const settings = fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8");
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), settings.replace(/^name: .*$/m, `name: ${project}`));
  fs.symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  fs.mkdirSync(path.join(folder, ".cache"));
  for (const name of fs.readdirSync(path.join(root, ".cache")))
    if (name !== "engine.json")
      fs.symlinkSync(path.join(root, ".cache", name), path.join(folder, ".cache", name));
  const engine = fs.readFileSync(path.join(root, ".cache", "engine.json"), "utf8");
  fs.writeFileSync(path.join(folder, ".cache", "engine.json"), engine.replaceAll(`${root}/`, `${folder}/`));
}

describe("up, interrupted", () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `${project}-`)));
  const started: ChildProcess[] = [];
  let output = "";

  const command = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, ["scripts/run.mjs", "stacks/cli.ts", ...args, "--stack", "test"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // A group of its own, to be killed with all that it started.
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    started.push(child);
    return child;
  };
  const toItsEnd = async (child: ChildProcess): Promise<number | NodeJS.Signals> => {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return code ?? signal ?? 0;
  };
  /** Wait until the command has made something, and is therefore in the middle. */
  const inTheMiddle = async (
    child: ChildProcess,
    made: (count: typeof nothing) => boolean,
  ): Promise<void> => {
    while (!made(await census(project))) {
      if (child.exitCode !== null) throw new Error(`it had ended before:\n${output}`);
      await delay(20);
    }
  };

  beforeAll(() => {
    checkout(folder);
    const site = {
      host: "localhost",
      ports,
      apps: { probe: { source: probe } },
      auth: { basic: { generatedUsers: ["demo"] } },
    };
    fs.writeFileSync(
      path.join(folder, "stacks", "Pulumi.test.yaml"),
      dump({ config: { [`${project}:site`]: site } }),
    );
  });
  beforeEach(() => {
    output = "";
  });
  afterAll(async () => {
    for (const { pid, exitCode, signalCode } of started)
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
    await toItsEnd(command("down"));
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test.each<[string, (count: typeof nothing) => boolean, (pid: number) => void, (end: unknown) => void]>([
    [
      "SIGINT to the command",
      ({ containers }) => containers > 0,
      (pid) => process.kill(pid, "SIGINT"),
      (end) => {
        expect(end).not.toBe(0);
      },
    ],
    [
      "SIGKILL to all of it, early",
      ({ networks }) => networks > 0,
      (pid) => process.kill(-pid, "SIGKILL"),
      (end) => {
        expect(end).toBe("SIGKILL");
      },
    ],
    [
      "SIGKILL to all of it, late",
      ({ containers }) => containers > 1,
      (pid) => process.kill(-pid, "SIGKILL"),
      (end) => {
        expect(end).toBe("SIGKILL");
      },
    ],
  ])("%s: the next up goes through, and down leaves nothing", async (_kind, made, kill, expectEnd) => {
    const child = command("up");
    await inTheMiddle(child, made);
    kill(child.pid ?? 0);
    expectEnd(await toItsEnd(child));

    expect([await toItsEnd(command("up")), output]).toEqual([
      0,
      expect.stringContaining("https://localhost:18443"),
    ]);
    expect(await census(project)).toEqual({ containers: 4, networks: 2, volumes: 2, images: 1 });
    const health = await fetch("http://localhost:18080/healthz");
    expect(await health.text()).toBe("ok\n");

    expect([await toItsEnd(command("down")), output]).toEqual([0, expect.anything()]);
    expect(await census(project)).toEqual(nothing);
    expect(fs.existsSync(path.join(folder, ".state"))).toBe(false);
  });

  test("killed and not brought up again: down alone leaves nothing", async () => {
    const child = command("up");
    await inTheMiddle(child, ({ containers }) => containers > 0);
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await toItsEnd(child);
    expect([await toItsEnd(command("down")), output]).toEqual([0, expect.anything()]);
    expect(await census(project)).toEqual(nothing);
  });
});
