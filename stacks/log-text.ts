/** The lines of logs for people to read, and the times that people write. */
import type { LogLine } from "./target";
import { UserError } from "./workspace";

/** What a terminal would act upon, but for colours: what an app logs can be what its visitors wrote. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const control = /\x1b(?!\[[0-9;]*m)|[\0-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]/g;

/**
 * A line of a log behind the name of its part.
 *
 * @param line the line
 * @param width the characters of the longest name
 * @param timestamps show the time, too?
 */
export function lineOfLog({ part, time, text }: LogLine, width: number, timestamps: boolean): string {
  return `${part.padEnd(width)} | ${timestamps ? `${time} ` : ""}${text.replaceAll(control, "")}\n`;
}

/**
 * The time that `--since` means.
 *
 * @param text a span before now, for instance `10m`, or a time in ISO 8601
 * @param now the time in milliseconds. @default the clock's
 * @throws {@link UserError} when it is neither
 */
export function sinceWhen(text: string, now: number = Date.now()): Date {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86400 }[unit ?? ""];
  if (seconds !== undefined) return new Date(now - Number(count) * seconds * 1000);
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()))
    throw new UserError("must be a span such as 30s, 10m, 2h or 3d, or a time such as 2026-11-26T21:00:00Z");
  return time;
}

/**
 * Is this part asked for?
 *
 * @param part the name of a part
 * @param wanted the name of a part, or of an app for all its replicas; undefined for everything
 */
export function isWanted(part: string, wanted: string | undefined): boolean {
  if (wanted === undefined || part === wanted) return true;
  return part.startsWith(`${wanted}.`) && /^\d+$/.test(part.slice(wanted.length + 1));
}
