import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, type Log } from "./apt";
import { exec, ExecError } from "./exec";
import { withLock } from "./lock";
import { cacheFolder } from "./paths";

/**
 * A Python 3 on this machine that has pip and can make virtual environments, installed with apt if need be.
 *
 * @returns the command
 * @throws Error if there is none and it cannot be installed
 */
export async function ensurePython(log: Log): Promise<string> {
  if (await complete("python3")) return "python3";
  await aptInstall(["python3", "python3-pip", "python3-venv"], log);
  // Debian's own, whatever else is first on PATH.
  return "/usr/bin/python3";
}

async function complete(python: string): Promise<boolean> {
  try {
    await exec(python, ["-c", "import ensurepip, pip, venv"]);
    return true;
  } catch (error) {
    if (error instanceof ExecError) return false;
    throw error;
  }
}

/**
 * The Python programs that the tests use (gixy, crossplane), in a virtual environment under `.cache`, at the versions
 * that `scripts/python-tools.txt` pins. Made on first use and when the file changes.
 *
 * @returns the folder with their executables
 * @throws Error if Python is missing and cannot be installed, or the packages cannot be
 */
export async function ensurePythonTools(log: Log): Promise<string> {
  const requirements = join(__dirname, "python-tools.txt");
  const folder = cacheFolder("python-tools");
  const bin = join(folder, "bin");
  // Written last: without it the environment is incomplete or of another time.
  const stamp = join(folder, "made-from");
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const ready = () =>
    existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(join(bin, "python3"));

  if (ready()) return bin;
  return withLock(`${folder}.lock`, waiting(log), async () => {
    if (ready()) return bin;
    log("installing the Python tools gixy and crossplane");
    const python = await ensurePython(log);
    rmSync(folder, { recursive: true, force: true });
    await exec(python, ["-m", "venv", folder], { seconds: 120 });
    await exec(join(bin, "python3"), ["-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], {
      seconds: 600,
    });
    writeFileSync(stamp, wanted);
    return bin;
  });
}

function waiting(log: Log): () => void {
  return () => {
    log("waiting for another run that installs the Python tools");
  };
}
