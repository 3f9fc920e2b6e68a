/** Numbers and durations are written as the official provider reads them back. */
import fc from "fast-check";
import { cpus, duration } from "../../../components/docker/go-format";
import { parseDuration, printCpus, printDuration } from "../../../offline/providers/docker/go-format";

test.each([
  [0.1, "0.1"],
  [0.25, "0.25"],
  [1, "1.0"],
  [1.5, "1.5"],
  [10, "10."],
  [1024, "1024."],
  // Read back as 10.1.
  [10.05, "10.050000001"],
  [1 / 3, "0.333333333"],
])("%p cores are written as %s", (cores, text) => {
  expect(cpus(cores)).toBe(text);
});

const cores = fc.oneof(
  fc.integer({ min: 10, max: 102_400 }).map((hundredths) => hundredths / 100),
  fc.double({ min: 1e-9, max: 1024, noNaN: true }),
);

test("CPUs are read back as they were written, and are as many as were meant", () => {
  fc.assert(
    fc.property(cores, (number) => {
      const text = cpus(number);
      expect(text).toMatch(/^\d+\.\d{0,9}$/);
      expect(printCpus(Math.round(Number(text) * 1e9))).toBe(text);
      expect(Math.abs(Number(text) - number)).toBeLessThan(1e-7);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [0, "0s"],
  [5, "5s"],
  [60, "1m0s"],
  [90, "1m30s"],
  [3600, "1h0m0s"],
  [86_405, "24h0m5s"],
])("%d seconds are written as %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("durations are read back as they were written, and are as long as was meant", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seconds) => {
      const nanoseconds = parseDuration(duration(seconds));
      expect(nanoseconds).toBe(seconds * 1e9);
      expect(printDuration(nanoseconds ?? -1)).toBe(duration(seconds));
    }),
  );
});
