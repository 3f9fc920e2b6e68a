import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall, type Log } from "./apt";

// What a fresh machine needs, each made on first use and left alone when it is there.
export { aptInstall, type Log } from "./apt";
export { ensureDocker } from "./docker-daemon";
export { ensurePython, ensurePythonTools } from "./python";

/**
 * A Chromium for the browser tests: the one that `CHROMIUM` names, one on PATH, or Debian's, installed now.
 *
 * @returns the path of its executable
 * @throws Error if there is none and it cannot be installed
 */
export async function ensureChromium(log: Log): Promise<string> {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== "") {
    if (!isExecutable(named)) throw new Error(`CHROMIUM=${named} is not an executable file`);
    return named;
  }
  const found = onPath(names);
  if (found !== undefined) return found;
  await aptInstall(["chromium"], log);
  const installed = onPath(names);
  if (installed === undefined)
    throw new Error("the package chromium is installed, but no chromium is on PATH");
  return installed;
}

/** The path of the first of the given programs that is on PATH, or undefined. */
export function onPath(names: readonly string[], path = process.env.PATH ?? ""): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Whether there is a file at the path that may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
