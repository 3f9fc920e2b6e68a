import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The repository's root folder. */
export const root = dirname(__dirname);

/** A path under `.cache`, where everything is kept that can be made again. */
export function cacheFolder(...names: string[]): string {
  return join(root, ".cache", ...names);
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
