import { aptInstall, type Log } from "./apt";
import { isExecutable, onPath } from "./paths";

// What a fresh machine needs, each made on first use and left alone when it is there.
export { aptInstall, type Log } from "./apt";
export { ensureDocker } from "./docker-daemon";
export { isExecutable, onPath } from "./paths";
export { ensurePython, ensurePythonTools, ensureVirtualEnvironment } from "./python";

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
