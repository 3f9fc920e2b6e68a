/** What the engine does to a stack: shown while it does it, stopped when asked, explained when it fails. */
import { setTimeout as delay } from "node:timers/promises";
import { fromEngine } from "../engine-error";
import { Operation } from "../operation/operation";
import type { Log } from "../target";
import type { Opened } from "./prepare";
import { log, undisturbed } from "./terminal";

/**
 * A request to stop reaches the engine once: it then ends what it is doing and writes it down. A terminal's Ctrl-C
 * goes to every process of the group, the engine among them; a signal to this process alone has to be passed on.
 */
function stopOnSignals(controller: AbortController): void {
  let asked = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      asked += 1;
      if (asked > 1) process.exit(130);
      log("stopping; what was done so far is kept. Once more to stop at once.");
      if (signal === "SIGTERM" || !process.stdin.isTTY) controller.abort();
    });
}

/** What the engine is to be given for an operation. */
export interface Listening {
  onEvent: Operation["listen"];
  /** Ends the operation. */
  signal: AbortSignal;
}

/**
 * Run an operation of the engine and show it.
 *
 * @param run starts it
 * @param how `tell` is told what happens, a line at a time; `announce` whom it interrupts, before it does; `changes` is false
 * for what only looks
 * @returns what `run` does, and the operation as it was told of
 * @throws {@link ShownError} when the engine failed after it had begun: the reasons were shown
 */
export async function operate<Result>(
  { target, name, state }: Opened,
  run: (listening: Listening) => Promise<Result>,
  { tell = log, announce, changes = true }: { tell?: Log; announce?: Log; changes?: boolean } = {},
): Promise<{ result: Result; operation: Operation }> {
  const controller = new AbortController();
  stopOnSignals(controller);
  const operation = new Operation({
    log: tell,
    ...(announce && { announce }),
    target,
    name,
    state,
    giveUp: () => {
      controller.abort();
      // A plugin goes on with what it does: only asked twice does the engine leave it. What it was about to create it has
      // written down, as when it is killed.
      setTimeout(() => {
        controller.signal.dispatchEvent(new Event("abort"));
      }, 1000);
    },
  });
  try {
    const stop = (): void => {
      controller.abort();
    };
    const result = await undisturbed({ stop, changes }, () =>
      run({ signal: controller.signal, onEvent: operation.listen }),
    );
    await operation.end();
    return { result, operation };
  } catch (error) {
    await operation.end();
    await removeLost(operation, { target, name });
    // Without a fault that was told, what the engine wrote is all there is.
    if (tell === log && !operation.toldFault) throw fromEngine(name.stack, error);
    throw new ShownError(operation, { cause: error });
  }
}

/** Remove what a plugin was creating when it ended. What it had asked for may be on its way. */
async function removeLost(
  { lost }: Operation,
  { target, name }: Pick<Opened, "target" | "name">,
): Promise<void> {
  if (lost.length === 0) return;
  log("removing what was left half made");
  await delay(2000);
  await target.removeHalfMade(name, lost, log);
}

/** An operation failed, and the reasons are on the screen. */
export class ShownError extends Error {
  constructor(
    readonly operation: Operation,
    options: ErrorOptions,
  ) {
    super("it failed, for the reasons above", options);
  }
}

/** What to say of an error that ends a command. */
export function explain(error: unknown): string {
  if (error instanceof ShownError)
    return "\nIt failed, for the reasons above. What was made is kept: mend the cause and run it again, or remove all with npm run down.";
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}
