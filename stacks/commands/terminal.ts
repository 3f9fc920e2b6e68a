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

/** What a shell says of a program that a closed pipe has ended. */
const endedByPipe = 141;

/** What is under way: how it is asked to stop, and whether it is then left half done. */
let underWay: { stop: () => void; changes: boolean } | undefined;
let gone = false;

/** Nobody reads any more what the command writes, as after `| head`: it ends, at once if nothing is under way. */
export function endWithItsReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (underWay === undefined) process.exit();
      gone = true;
      if (underWay.changes) process.exitCode = endedByPipe;
      // What was begun is ended in order, so that the state has it.
      underWay.stop();
    });
}

/** Did the command end because nobody reads what it writes? */
export function readerGone(): boolean {
  return gone;
}

/**
 * Run work that must not end in the middle.
 *
 * @param how `stop` asks it to stop; `changes` tells whether it is then left half done
 */
export async function undisturbed<Result>(
  how: { stop: () => void; changes: boolean },
  work: () => Promise<Result>,
): Promise<Result> {
  underWay = how;
  try {
    return await work();
  } finally {
    underWay = undefined;
  }
}

/**
 * Ask a question that is answered by yes or no.
 *
 * @returns undefined where nobody can be asked
 */
export async function askYesOrNo(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import("node:readline/promises");
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await readline.question(`${question} (y/N) `)).trim());
  } finally {
    readline.close();
  }
}
