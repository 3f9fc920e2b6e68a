/** Quantities as a spec writes them, as numbers. */

/**
 * The seconds of a duration.
 *
 * @param duration a whole number with the unit `s`, `m` or `h`, for instance `30m`
 * @returns seconds; `NaN` for another unit
 */
export function inSeconds(duration: string): number {
  const unit = { s: 1, m: 60, h: 3600 }[duration.slice(-1)] ?? Number.NaN;
  return Number.parseInt(duration) * unit;
}

/**
 * The MiB of an amount of memory.
 *
 * @param memory a whole number with the unit `Mi` or `Gi`, for instance `512Mi`
 * @returns MiB
 */
export function inMebibytes(memory: string): number {
  return Number.parseInt(memory) * (memory.endsWith("Gi") ? 1024 : 1);
}
