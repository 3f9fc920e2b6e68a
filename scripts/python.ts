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
 * The Python programs that the tests use (gixy, crossplane, nginx), in a virtual environment under `.cache`, at the
 * versions that `scripts/python-tools.txt` pins.
 *
 * @returns the folder with their executables
 * @throws Error if Python is missing and cannot be installed, or the packages cannot be
 */
export function ensurePythonTools(log: Log): Promise<string> {
  return ensureVirtualEnvironment("python-tools", [join(__dirname, "python-tools.txt")], log);
}

/**
 * A virtual environment under `.cache`, made on first use and when a requirements file changes.
 *
 * @param name its folder there
 * @param requirements requirements files that pin everything, what the packages need included
 * @returns the folder with its executables
 * @throws Error if Python is missing and cannot be installed, or the packages cannot be
 */
export async function ensureVirtualEnvironment(
  name: string,
  requirements: string[],
  log: Log,
): Promise<string> {
  const folder = cacheFolder(name);
  const bin = join(folder, "bin");
  // Written last: without it the environment is incomplete or of another time.
  const stamp = join(folder, "made-from");
  const hash = createHash("sha256");
  for (const file of requirements) hash.update(readFileSync(file));
  const wanted = hash.digest("hex");
  const ready = () =>
    existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(join(bin, "python3"));

  if (ready()) return bin;
  return withLock(`${folder}.lock`, waiting(log), async () => {
    if (ready()) return bin;
    log(`installing Python packages into .cache/${name}`);
    const python = await ensurePython(log);
    rmSync(folder, { recursive: true, force: true });
    await exec(python, ["-m", "venv", folder], { seconds: 120 });
    const files = requirements.flatMap((file) => ["-r", file]);
    await exec(join(bin, "python3"), ["-m", "pip", "install", "--quiet", "--no-deps", ...files], {
      seconds: 600,
    });
    writeFileSync(stamp, wanted);
    return bin;
  });
}

function waiting(log: Log): () => void {
  return () => {
    log("waiting for another run that installs Python packages");
  };
}
