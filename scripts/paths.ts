import { dirname, join } from "node:path";

/** The repository's root folder. */
export const root = dirname(__dirname);

/** A path under `.cache`, where everything is kept that can be made again. */
export function cacheFolder(...names: string[]): string {
  return join(root, ".cache", ...names);
}
