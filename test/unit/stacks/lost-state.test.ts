import { listLeftovers, lostState } from "../../../stacks/lost-state";

describe("a stack without a state", () => {
  const said = lostState("prod", "file:///x/.state", ["site-gateway-1", "site-live-2"]);

  it("is told with its containers, where its state was looked for, and the way to remove it", () => {
    for (const text of [
      "prod",
      "file:///x/.state",
      "site-gateway-1",
      "site-live-2",
      "--stack prod --leftovers",
    ])
      expect(said).toContain(text);
  });

  it("may have its state elsewhere, which is said before the way to remove it; no single container is advised on", () => {
    expect(said.indexOf("elsewhere")).toBeGreaterThan(0);
    expect(said.indexOf("elsewhere")).toBeLessThan(said.indexOf("--leftovers"));
    expect(said).not.toContain("docker rm");
  });

  it("is listed by kinds", () => {
    expect(
      listLeftovers([
        { kind: "container", name: "b" },
        { kind: "container", name: "a" },
        { kind: "network", name: "n" },
      ]),
    ).toEqual(["2 containers: a, b", "1 network: n"]);
  });
});
