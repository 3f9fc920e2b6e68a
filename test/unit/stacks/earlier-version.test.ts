import * as fs from "node:fs";
import * as path from "node:path";
import { earlierVersionAdvice, madeByEarlierVersion } from "../../../stacks/earlier-version";
import type { State } from "../../../stacks/state";

/** A state with resources of the ends of these URNs: the types of their parents and their own, and their names. */
function stateOf(ends: string[]): State {
  const resources = ends.map((end) => ({
    urn: `urn:pulumi:dev::streamlit-site::${end}`,
    type: end.split("::")[0]?.split("$").at(-1) ?? "",
  }));
  return { deployment: { resources } };
}

// As test/unit/docker/__snapshots__ had them before the components had the types of a component package.
const earlier = JSON.parse(
  fs.readFileSync(path.join(__dirname, "fixtures/earlier-urns.json"), "utf8"),
) as string[];

describe("a stack", () => {
  const stack = "pulumi:pulumi:Stack::streamlit-site-dev";

  it("of an earlier version is known by the types of its components", () => {
    expect(madeByEarlierVersion(stateOf([stack, ...earlier]))).toBe(true);
  });

  it("of an earlier version is known by any of them, where an up or a down ended in the middle", () => {
    const components = earlier.filter((urn) => /(^|\$)streamlit:docker:\w+::/.test(urn));
    expect(components.length).toBeGreaterThan(5);
    for (const urn of components) expect(madeByEarlierVersion(stateOf([stack, urn]))).toBe(true);
  });

  it("of this version is none of those", () => {
    const snapshot = fs.readFileSync(
      path.join(__dirname, "../docker/__snapshots__/site.test.ts.snap"),
      "utf8",
    );
    const urns = [...snapshot.matchAll(/^ {2}"(.*)",$/gm)].map(([, urn = ""]) => urn);
    expect(urns.length).toBeGreaterThan(30);
    expect(madeByEarlierVersion(stateOf([stack, ...urns]))).toBe(false);
  });

  it("that is empty, or was never up, is none of those", () => {
    expect(madeByEarlierVersion({ deployment: { resources: [] } })).toBe(false);
    expect(madeByEarlierVersion({ deployment: {} })).toBe(false);
  });

  it("of an earlier version gets one line that says what to do", () => {
    const advice = earlierVersionAdvice("prod");
    expect(advice).not.toContain("\n");
    expect(advice).toContain("npm run down -- --stack prod");
    expect(advice).toContain("npm run up -- --stack prod");
    for (const word of ["passwords", "certificate authority", "sessions"]) expect(advice).toContain(word);
  });
});
