import fc from "fast-check";

import { parseDuration, printCpus, printDuration } from "../../../offline/providers/docker/go-format";

test.each([
  ["0s", 0],
  ["0", 0],
  ["1.5s", 1.5e9],
  ["1h2m", 3.72e12],
  ["2", undefined],
  ["2 s", undefined],
  ["s", undefined],
  ["", undefined],
])("the duration %p is %p", (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

// What Go 1.26 prints for `time.Duration(n).String()`.
test.each([
  [0, "0s"],
  [1, "1ns"],
  [1_500, "1.5µs"],
  [500e6, "500ms"],
  [1.5e9, "1.5s"],
  [60e9, "1m0s"],
  [90e9, "1m30s"],
  [3600e9, "1h0m0s"],
  [86_400e9 + 1e6, "24h0m0.001s"],
])("%d ns are printed as %s", (nanoseconds, text) => {
  expect(printDuration(nanoseconds)).toBe(text);
});

test("a printed duration is the same duration", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e15 }), (nanoseconds) => {
      expect(parseDuration(printDuration(nanoseconds))).toBe(nanoseconds);
    }),
  );
});

// What the official plugin's `nanoInt64ToDecimalString` (v4.5.0 of its upstream, internal/provider/helpers.go) makes of them.
test.each([
  [0, "0"],
  [1e9, "1.0"],
  [2e9, "2.0"],
  [10e9, "10."],
  [100e9, "100."],
  [5e8, "0.5"],
  [25e7, "0.25"],
  [1.5e9, "1.5"],
  [1.25e9, "1.25"],
  [10.5e9, "10.5"],
  [10.05e9, "10.1"],
  [5e7, "0.1"],
  [1e7, "0.0"],
  [1, "0.0"],
  [11, "0.000000011"],
])("%d billionths of a CPU are printed as %s", (nanoCpus, text) => {
  expect(printCpus(nanoCpus)).toBe(text);
});
