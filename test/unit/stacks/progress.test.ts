import { progress } from "../../../stacks/progress";

/** The lines that are printed for pieces of the engine's output that come at these seconds. */
function printed(...pieces: [second: number, output: string][]): string[] {
  const lines: string[] = [];
  let now = 0;
  const show = progress(
    (line) => lines.push(line),
    () => now * 1000,
  );
  for (const [second, output] of pieces) {
    now = second;
    show(output);
  }
  return lines;
}

const building = " +  docker:index:Image site-live creating (3s) [3/7] RUN pip install uv";

describe("the engine's progress", () => {
  it("is shown line by line, however the output is cut", () => {
    const whole =
      "Updating (dev):\n\n +  docker:index:Image site-live created (15s)\nResources:\n    + 33 created\n";
    expect(printed([0, whole]).join("\n")).toBe(whole.trimEnd());
    expect(printed(...Array.from(whole, (character): [number, string] => [0, character]))).toEqual(
      printed([0, whole]),
    );
  });

  it("leaves out the dots", () => {
    expect(printed([0, "@ updating.....\n@ previewing update....\nUpdating (dev):\n"])).toEqual([
      "Updating (dev):",
    ]);
  });

  it("shows a sign of life of one resource every five seconds at the most", () => {
    const every = (seconds: number[]): [number, string][] =>
      seconds.map((second) => [second, `${building}\n`]);
    expect(printed(...every([0, 1, 2, 3, 4]))).toEqual([]);
    expect(printed(...every([0, 1, 5, 6, 9, 10, 11]))).toEqual([building, building]);
  });

  it("counts each resource for itself", () => {
    const other = building.replace("site-live", "site-sales");
    expect(printed([0, `${building}\n`], [3, `${other}\n`], [5, `${building}\n${other}\n`])).toEqual([
      building,
    ]);
  });

  it.each([
    " +  docker:index:Image site-live created (15s) Successfully tagged",
    " +  docker:index:Container site-gateway **creating failed** error: keeps exiting",
    "    error: docker:index:Image site-live creating (3s) was what failed",
    " ++ docker:index:Container site-live created replacement (5s)",
    "@ sign",
  ])("never leaves out a result: %s", (line) => {
    expect(printed([0, `${line}\n`])).toEqual([line]);
  });
});
