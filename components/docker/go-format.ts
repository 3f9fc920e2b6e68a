/**
 * Numbers and durations as the official Docker provider, which is written in Go, reads them back from the daemon. Written in
 * another way they are a difference at every `up`, and for CPUs that replaces the container.
 */

const nanosInCore = 1_000_000_000;

/**
 * A number of CPU cores.
 *
 * @param cores greater than 0; what is finer than a billionth is rounded
 * @returns for instance `0.5`, `1.0` or `10.`
 */
export function cpus(cores: number): string {
  // The provider takes some for others, for instance 10.05 for 10.1. The next billionth is one that it keeps.
  let nanos = Math.max(1, Math.round(cores * nanosInCore));
  while (Math.round(Number(printed(nanos)) * nanosInCore) !== nanos) nanos += 1;
  return printed(nanos);
}

/** Nine decimals without the zeros at their end; but a single one where there are nine zeros in all. */
function printed(nanos: number): string {
  const decimals = String(nanos % nanosInCore).padStart(9, "0");
  const text = `${Math.floor(nanos / nanosInCore)}.${decimals}`;
  if (text.replace(/[^0]/g, "").length !== 9) return text.replace(/0+$/, "");
  const tenths = Math.floor(nanos / 1e8 + 0.5);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

/**
 * A duration.
 *
 * @param seconds a whole number, not negative
 * @returns for instance `5s`, `1m0s` or `1h0m0s`
 */
export function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  // Those below the first that is not zero are printed, zero or not.
  const first = parts.findIndex(([number]) => number > 0);
  return parts
    .slice(first === -1 ? -1 : first)
    .map(([number, unit]) => `${number}${unit}`)
    .join("");
}
