import * as fs from "node:fs";
import type * as Client from "@kubernetes/client-node";
import { fromOneFile } from "../../../scripts/one-file";
import { cacheFolder } from "../../../scripts/paths";

test("what is wanted of a package comes from one file, which is put together once and has nothing else", () => {
  // Nobody else asks for just this.
  const load = (): Pick<typeof Client, "bufferFromFileOrString"> =>
    fromOneFile<typeof Client, "bufferFromFileOrString">("@kubernetes/client-node", [
      "bufferFromFileOrString",
    ]);
  expect(Object.keys(load())).toEqual(["bufferFromFileOrString"]);
  const [file = ""] = fs
    .readdirSync(cacheFolder("packages"))
    .filter((name) => /^@kubernetes\+client-node-[\d.]+-bufferFromFileOrString\.cjs$/.test(name))
    .map((name) => cacheFolder("packages", name));
  const { mtimeMs } = fs.statSync(file);
  expect(String(load().bufferFromFileOrString(undefined, Buffer.from("text").toString("base64")))).toBe(
    "text",
  );
  expect(fs.statSync(file).mtimeMs).toBe(mtimeMs);
});
