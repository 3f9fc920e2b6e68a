import { BuildLog } from "../../../../stacks/operation/build-log";

function lines(...messages: string[]): readonly string[] {
  const log = new BuildLog();
  for (const message of messages) log.add(message);
  return log.lines;
}

describe("the log of a build", () => {
  it("has every line of a message, not the first alone", () => {
    expect(lines("Traceback:\n  line 1\r\n\nSyntaxError: no\n")).toEqual([
      "Traceback:",
      "  line 1",
      "SyntaxError: no",
    ]);
  });

  it("keeps the last twenty", () => {
    const all = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    expect(lines(...all)).toEqual(all.slice(-20));
    expect(lines(all.join("\n"))).toEqual(all.slice(-20));
  });

  it("leaves out what the official plugin says of a step besides, and what is said twice", () => {
    expect(
      lines("digest: sha256:0123abc\n[2/3] RUN x\n", "digest: sha256:0123abc\n[2/3] RUN x\n", "out\n"),
    ).toEqual(["[2/3] RUN x", "out"]);
  });

  it("cuts a line that is too long to be read", () => {
    expect(lines("x".repeat(5000))[0]).toHaveLength(301);
  });
});
