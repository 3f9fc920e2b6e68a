import { spawn, spawnSync } from "node:child_process";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exec, ExecError, lastLines } from "../../../scripts/exec";

async function failure(promise: Promise<unknown>): Promise<ExecError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ExecError);
  return error as ExecError;
}

/** Whether a process runs; one that ended and that nobody waited for (a zombie) does not. */
function runs(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

describe("exec", () => {
  it("returns what the command wrote, and passes input and variables", async () => {
    const result = await exec("sh", ["-c", 'cat; echo "$COLOUR"; echo problem >&2'], {
      input: "given ",
      env: { COLOUR: "green" },
    });
    expect(result).toEqual({ stdout: "given green\n", stderr: "problem\n" });
  });

  it("passes arguments as they are", async () => {
    expect((await exec("printf", ["%s|", "a b", "$HOME", "'"])).stdout).toBe("a b|$HOME|'|");
  });

  it("hands over lines as they come", async () => {
    const lines: string[] = [];
    await exec("sh", ["-c", "echo one; echo two >&2"], { onLine: (line) => lines.push(line) });
    expect(lines.sort()).toEqual(["one", "two"]);
  });

  it("says command, exit code and the last lines of the error output", async () => {
    const error = await failure(exec("sh", ["-c", "echo noise; seq 1 20 >&2; exit 4"]));
    expect(error.exitCode).toBe(4);
    expect(error.message).toMatch(/^sh -c .*: exit code 4\n {2}6\n/);
    expect(error.message).toMatch(/ 20$/);
    expect(error.message).not.toContain("noise\n");
    expect(error.output).toContain("noise\n1\n");
  });

  it("says so when there is no such command", async () => {
    const error = await failure(exec("no-such-command", ["now"]));
    expect(error.message).toBe("no-such-command now: not found (no-such-command)");
    expect(error.exitCode).toBeUndefined();
  });

  it("ends a command that takes too long, with what it started", async () => {
    const started = Date.now();
    const error = await failure(exec("sh", ["-c", "sleep 60 & echo $!; wait"], { seconds: 0.3 }));
    expect(error.message).toContain("did not end within 0.3 s");
    expect(Date.now() - started).toBeLessThan(4000);
    await delay(100);
    expect(runs(Number(error.output))).toBe(false);
  });

  it("ends what it started when this process is interrupted", async () => {
    const module = path.resolve(__dirname, "../../../scripts/exec.ts");
    const source = `require(${JSON.stringify(module)}).exec("sh", ["-c", "echo $$; sleep 60"], { onLine: console.log })`;
    const loader = path.join(require.resolve("tsx/package.json"), "../dist/preflight.cjs");
    const child = spawn(process.execPath, ["-r", loader, "-r", require.resolve("tsx/cjs"), "-e", source]);
    const pid = await new Promise<number>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => {
        resolve(Number(chunk.toString()));
      }),
    );
    expect(runs(pid)).toBe(true);
    const ended = new Promise((resolve) =>
      child.once("exit", (_, signal) => {
        resolve(signal);
      }),
    );
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    await delay(200);
    expect(runs(pid)).toBe(false);
  });
});

it("takes the last lines of a text", () => {
  expect(lastLines("a\nb\nc\n\n", 2)).toBe("b\nc");
  expect(lastLines("", 2)).toBe("");
});
