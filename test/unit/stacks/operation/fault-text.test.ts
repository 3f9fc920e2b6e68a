import { faultText } from "../../../../stacks/operation/fault-text";

describe("the text of a fault", () => {
  const reason = "Unable to start container: Error response from daemon: port is already allocated";

  it("is the same in both ways in which the official plugin says it", () => {
    expect(
      faultText(`  sdk-v2/provider2.go:572: sdk.helper_schema: ${reason}: provider=docker@5.2.0\n`),
    ).toBe(reason);
    expect(faultText(`1 error occurred:\n\t* ${reason}\n\n`)).toBe(reason);
    expect(faultText(`${reason}\n`)).toBe(reason);
  });

  it.each([
    "update failed\n",
    "preview failed",
    "update canceled",
    "",
    "resource site-one [docker:index/image:Image] failed to register",
    "Unhandled exception: Error: resource site-one [docker:index/container:Container] failed to register\n    at <anonymous> (/a/resource.ts:795:40)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n",
  ])("is nothing where only the failure is repeated: %j", (message) => {
    expect(faultText(message)).toBeUndefined();
  });

  it("has no stack trace, and all the rest", () => {
    const message =
      "Unhandled exception: Error: the site's spec has 1 fault:\n  apps.at: looks at the sea\n    at new Site (/a/site.ts:1:2)\n    at /b/site.ts:3:4\n";
    expect(faultText(message)).toBe("the site's spec has 1 fault:\n  apps.at: looks at the sea");
  });
});
