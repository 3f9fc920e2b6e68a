/** Lets an awaiter learn of what goes on until the object is ready or the time is up. */
import type { Event } from "../informers";
import type { Gvk, Manifest } from "../object";
import type { Awaiter, Progress } from "./awaiter";
import { cancelled, timedOut } from "./errors";

/** What {@link run} needs to know. */
export interface RunOptions {
  /** Tells of events of a kind; what it returns ends that. */
  readonly subscribe: (gvk: Gvk, handler: (event: Event) => void) => Promise<() => void>;
  /** How long it may take. */
  readonly seconds: number;
  /** Aborted when the engine is told to stop. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Seconds after which it is shown again what is wrong with the pods. */
const complaining = 10;

/** The longest that a timer can be set to, in milliseconds. */
const longest = 2 ** 31 - 1;

/**
 * Waits.
 *
 * @returns the object as it was seen last
 * @throws NotReadyError when the time is up, or the engine is told to stop
 */
export async function run(awaiter: Awaiter, options: RunOptions): Promise<Manifest> {
  const { subscribe, seconds, signal, progress } = options;
  const ends: (() => void)[] = [];
  const early: Event[] = [];
  let handle = (event: Event): void => void early.push(event);
  try {
    for (const gvk of awaiter.kinds)
      ends.push(
        await subscribe(gvk, (event) => {
          handle(event);
        }),
      );
    return await new Promise<Manifest>((resolve, reject) => {
      let isOver = false;
      const check = (): void => {
        if (isOver || !awaiter.isReady()) return;
        isOver = true;
        resolve(awaiter.object);
      };
      const giveUp = (error: typeof timedOut): void => {
        if (isOver) return;
        isOver = true;
        if (awaiter.isWellAtLast?.()) resolve(awaiter.object);
        else reject((awaiter.timeoutError ?? error)(awaiter.object, awaiter.reasons()));
      };
      const after = (delay: number, what: () => void): NodeJS.Timeout => {
        const timer = setTimeout(what, Math.min(delay * 1000, longest));
        ends.push(() => {
          clearTimeout(timer);
        });
        return timer;
      };
      const limit = after(seconds, () => {
        giveUp(timedOut);
      });
      const stop = (): void => {
        giveUp(cancelled);
      };
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
      ends.push(() => {
        signal.removeEventListener("abort", stop);
      });
      const ticker = setInterval(() => {
        for (const complaint of awaiter.complaints?.() ?? []) progress("warning", complaint);
      }, complaining * 1000);
      ends.push(() => {
        clearInterval(ticker);
      });
      awaiter.timers?.((delay, what) => {
        after(delay, () => {
          what();
          check();
        });
      });
      check();
      handle = (event) => {
        if (isOver) return;
        awaiter.observe(event);
        if (awaiter.isPatient) limit.refresh();
        check();
      };
      for (const event of early.splice(0)) handle(event);
    });
  } finally {
    for (const end of ends) end();
  }
}
