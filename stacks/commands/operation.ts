/** What the engine does to a stack: shown while it does it, stopped when asked, explained when it fails. */
import { progress } from "../progress";
import { UserError } from "../workspace";
import { log } from "./terminal";

/**
 * A request to stop reaches the engine once: it then ends what it is doing and writes it down. A terminal's Ctrl-C
 * goes to every process of the group, the engine among them; a signal to this process alone has to be passed on.
 */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      asked += 1;
      if (asked > 1) process.exit(130);
      log("stopping; what was done so far is kept. Once more to stop at once.");
      if (signal === "SIGTERM" || !process.stdin.isTTY) controller.abort();
    });
  return controller.signal;
}

/** Has the engine begun to show what it does? */
let operationShown = false;

/** A listener for what the engine writes. */
export function showOperation(): (output: string) => void {
  operationShown = true;
  return progress(log);
}

/** What to say of an error that ends a command. What the engine shows of an operation is on the screen already; the Automation API's error repeats all of it. */
export function explain(error: unknown): string {
  if (error instanceof UserError || !(error instanceof Error))
    return `error: ${error instanceof Error ? error.message : String(error)}`;
  if (operationShown && error.constructor.name.endsWith("CommandError"))
    return "\nIt failed, for the reasons above. What was made is kept: mend the cause and run it again, or remove all with npm run down.";
  return `error: ${error.message}`;
}
