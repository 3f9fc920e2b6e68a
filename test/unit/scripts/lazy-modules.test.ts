import { execFileSync } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "../../..");

/** Runs a script in a process of its own, whose modules are not jest's; what it printed. */
function run(script: string): string {
  const preload = path.join(root, "node_modules/tsx/dist/cjs/index.cjs");
  return execFileSync(process.execPath, ["--require", preload, "-e", script], {
    cwd: root,
    encoding: "utf8",
  });
}

const loaded =
  "Object.keys(require.cache).filter((file) => /node_modules.(typescript|@npmcli)/.test(file)).length";

describe("the modules that are put off", () => {
  it("are not loaded with Pulumi's SDK", () => {
    const load = 'require("@pulumi/pulumi"); require("@pulumi/pulumi/automation");';
    expect(Number(run(`${load} console.log(${loaded})`))).toBeGreaterThan(0);
    expect(Number(run(`require("./scripts/lazy-modules"); ${load} console.log(${loaded})`))).toBe(0);
  });

  it("are themselves once they are used", () => {
    const serialize =
      'require("./scripts/lazy-modules"); const { runtime } = require("@pulumi/pulumi"); const y = 3; ' +
      `runtime.serializeFunction(() => y + 1).then(({ text }) => console.log(text, ${loaded} > 0))`;
    expect(run(serialize)).toMatch(/y: 3[^]*\(\)\s*=>\s*y\s*\+\s*1[^]*true/);
  });
});
