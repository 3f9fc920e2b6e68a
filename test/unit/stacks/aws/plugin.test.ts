/** How the official plugin is found, and what is said when it cannot be had. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Engine } from "../../../../offline";
import { ensurePlugin } from "../../../../stacks/aws/plugin";

let folder: string;
let engine: Engine;
const path0 = process.env.PATH;
const asked = (): string => path.join(folder, "asked");

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "aws-plugin-"));
  const cli = path.join(folder, "pulumi");
  fs.writeFileSync(cli, `#!/bin/sh\necho "$@" > ${asked()}\necho "error: no such host" >&2\nexit 1\n`, {
    mode: 0o755,
  });
  engine = { pulumiHome: folder, cli, cliRoot: folder, env: {}, summary: "" };
});
afterEach(() => {
  process.env.PATH = path0;
  fs.rmSync(folder, { recursive: true });
});

const ensure = (): Promise<void> => ensurePlugin(engine, "7.0.0", () => undefined);

test("one on PATH is taken, and so is one that is installed", async () => {
  const executable = path.join(folder, "pulumi-resource-aws");
  fs.writeFileSync(executable, "", { mode: 0o755 });
  process.env.PATH = `${folder}${path.delimiter}${path0 ?? ""}`;
  await ensure();
  fs.rmSync(executable);
  fs.mkdirSync(path.join(folder, "plugins", "resource-aws-v7.0.0"), { recursive: true });
  await ensure();
  expect(fs.existsSync(asked())).toBe(false);
});

test("where it cannot be downloaded, that is one clear sentence", async () => {
  await expect(ensure()).rejects.toThrow(
    /^Pulumi's plugin aws 7\.0\.0 cannot be had: this machine reaches no release downloads.*no stand-in for it.*Nothing was begun/,
  );
  expect(fs.readFileSync(asked(), "utf8")).toBe("plugin install resource aws 7.0.0\n");
});
