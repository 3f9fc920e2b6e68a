/** What a command writes: progress to standard error, results to standard output. */
import type { Log } from "../target";

/** Tells a line of progress. */
export const log: Log = (line) => {
  process.stderr.write(`${line}\n`);
};

/** Writes a part of the result. */
export const print = (text: string): void => {
  process.stdout.write(text);
};

/** For the engine: colours for a terminal only. */
export const color = process.stdout.isTTY ? "always" : "never";
