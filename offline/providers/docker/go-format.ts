/** How the official plugin, which is written in Go, prints what it reads from the daemon. */

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };

/** A duration in Go's notation (`1m30s`) in nanoseconds, or undefined if it is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  return Math.trunc(
    parts.reduce((sum, [, value, unit]) => sum + Number(value) * (UNITS[unit ?? ""] ?? 0), 0),
  );
}

/**
 * A duration as Go's `Duration.String` prints it: `1m0s`, `1.5s`, `500ms`.
 *
 * @param nanoseconds a whole number, not negative
 */
export function printDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e9) {
    const unit = nanoseconds < 1e3 ? "ns" : nanoseconds < 1e6 ? "µs" : "ms";
    return `${nanoseconds / (UNITS[unit] ?? 1)}${unit}`;
  }
  const rest = BigInt(nanoseconds);
  const minute = 60_000_000_000n;
  const [hours, minutes, seconds] = [rest / (60n * minute), (rest / minute) % 60n, rest % minute];
  const fraction = String(seconds % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return [
    hours > 0n ? `${hours}h` : "",
    rest >= minute ? `${minutes}m` : "",
    `${seconds / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}s`,
  ].join("");
}

/**
 * A number of CPUs as the official plugin's `nanoInt64ToDecimalString` prints it: `0.5`, but `1.0` and `10.`, and `10.1` for
 * 10.05, as it takes any text with nine zeros for one that is exact with one decimal.
 *
 * @param nanoCpus a whole number of billionths of a CPU
 */
export function printCpus(nanoCpus: number): string {
  if (nanoCpus === 0) return "0";
  const nanos = BigInt(nanoCpus);
  const text = `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, "0")}`;
  if (text.split("0").length - 1 !== 9) return text.replace(/0+$/, "");
  const tenths = (nanos + 50_000_000n) / 100_000_000n;
  return `${tenths / 10n}.${tenths % 10n}`;
}
