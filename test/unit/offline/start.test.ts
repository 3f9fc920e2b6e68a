/** How a stand-in is started: bundled into one file, which is kept until its sources change. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec } from "../../../scripts/exec";

const root = path.resolve(__dirname, "../../..");

describe("a stand-in", () => {
  const checkout = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "start-")));
  const at = (...names: string[]): string => path.join(checkout, ...names);
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true });
    fs.writeFileSync(at(file), text);
  };
  const start = async (...args: string[]): Promise<string> =>
    (await exec(process.execPath, [at("offline/providers/start.mjs"), at("offline/providers/one"), ...args]))
      .stdout;
  const bundles = (): string[] => fs.readdirSync(at(".cache/providers"));

  beforeAll(() => {
    fs.mkdirSync(at("offline/providers"), { recursive: true });
    fs.mkdirSync(at("scripts"));
    for (const name of ["offline/providers/start.mjs", "scripts/bundle.mjs"])
      fs.copyFileSync(path.join(root, name), at(name));
    fs.symlinkSync(path.join(root, "node_modules"), at("node_modules"));
    write("package-lock.json", "{}");
    write("scripts/place.ts", "export const place: string = __dirname;");
    write("offline/providers/one/data.json", '{ "word": "first" }');
    write(
      "offline/providers/one/main.ts",
      `import Docker from "dockerode";
      import { place } from "../../../scripts/place";
      import { word } from "./data.json";
      class Fault extends Error {}
      console.log(JSON.stringify({ place, word, name: Fault.name, docker: typeof new Docker().ping, args: process.argv.slice(2) }));`,
    );
  });
  afterAll(() => {
    fs.rmSync(checkout, { recursive: true });
  });

  test("is bundled once, is given its arguments, and knows its place and its names as if it were not bundled", async () => {
    const printed = {
      ...{ place: at("scripts"), word: "first", name: "Fault", docker: "function" },
      args: ["127.0.0.1:1", "b"],
    };
    expect(JSON.parse(await start("127.0.0.1:1", "b"))).toEqual(printed);
    const [file = ""] = bundles();
    expect(bundles()).toEqual([expect.stringMatching(/^one-[0-9a-f]{16}\.cjs$/)]);
    const { mtimeMs } = fs.statSync(at(".cache/providers", file));
    expect(JSON.parse(await start("127.0.0.1:1", "b"))).toEqual(printed);
    expect(fs.statSync(at(".cache/providers", file)).mtimeMs).toBe(mtimeMs);
  });

  test.each([
    ["a file of it", "offline/providers/one/data.json", '{ "word": "second" }'],
    ["the packages", "package-lock.json", '{ "version": 2 }'],
    ["what it shares with the commands", "scripts/place.ts", 'export const place = "elsewhere";'],
  ])("is bundled anew when %s changed, and the older bundle goes", async (_what, file, text) => {
    await start();
    const before = bundles();
    write(file, text);
    await start();
    expect(bundles()).toHaveLength(1);
    expect(bundles()).not.toEqual(before);
  });

  test("that cannot be bundled says why, and leaves nothing half", async () => {
    write("offline/providers/one/main.ts", "export const = 1;");
    await expect(start()).rejects.toThrow(/main\.ts:1:13: ERROR: Expected identifier/);
    expect(bundles().filter((name) => !name.endsWith(".cjs"))).toEqual([]);
  });
});
