/** What a program pays for importing the package. */
import { exec } from "../../scripts/exec";
import * as path from "node:path";

describe("a program that imports the package and builds a site on Docker", () => {
  it("loads the SDKs that it uses and no cloud's", async () => {
    const { stdout } = await exec(process.execPath, [
      "--import",
      "tsx",
      path.join(__dirname, "import-program.ts"),
    ]);
    const { registered, loaded } = JSON.parse(stdout) as { registered: number; loaded: string[] };
    expect(registered).toBeGreaterThan(10);
    expect(loaded).toEqual(["@pulumi/docker", "@pulumi/pulumi", "@pulumi/random", "@pulumi/tls"]);
  }, 60_000);
});
