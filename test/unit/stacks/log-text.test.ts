import * as fc from "fast-check";
import { lineOfLog, sinceWhen } from "../../../stacks/log-text";

const now = Date.parse("2026-11-26T12:00:00Z");
const line = { part: "sales", time: "2026-11-26T11:59:59.123456789Z", text: "hello" };

test("a line stands behind the name of its part, with its time when asked", () => {
  expect(lineOfLog(line, 7, false)).toBe("sales   | hello\n");
  expect(lineOfLog(line, 5, true)).toBe("sales | 2026-11-26T11:59:59.123456789Z hello\n");
});

test("a line keeps its colours and tabs, and nothing else that a terminal would act upon", () => {
  const shown = lineOfLog(
    { ...line, text: "\x1b[31mred\x1b[0m\t\x1b]0;title\x07\x1b[2Jgone\r\x9b1A" },
    5,
    false,
  );
  expect(shown).toBe("sales | \x1b[31mred\x1b[0m\t]0;title[2Jgone1A\n");
});

test("whatever an app logs is one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = lineOfLog({ ...line, text }, 5, false);
      expect(shown.indexOf("\n")).toBe(shown.length - 1);
      // eslint-disable-next-line no-control-regex -- it is what is looked for
      expect(shown.slice(0, -1).replace(/\x1b\[[0-9;]*m/g, "")).not.toMatch(/[\0-\x08\x0a-\x1f\x7f-\x9f]/);
    }),
  );
});

test.each([
  ["30s", "2026-11-26T11:59:30.000Z"],
  ["10m", "2026-11-26T11:50:00.000Z"],
  ["2h", "2026-11-26T10:00:00.000Z"],
  ["3d", "2026-11-23T12:00:00.000Z"],
  ["2026-11-26", "2026-11-26T00:00:00.000Z"],
  ["2026-11-26T10:30:00Z", "2026-11-26T10:30:00.000Z"],
])("since %s", (text, time) => {
  expect(sinceWhen(text, now).toISOString()).toBe(time);
});

test.each(["", "10", "m", "10 m", "-5m", "yesterday", "2026-13-40", "1"])("since %j is refused", (text) => {
  expect(() => sinceWhen(text, now)).toThrow("must be a span such as 30s");
});
