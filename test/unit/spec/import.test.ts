/** A spec can be checked, and Streamlit's files written, without Pulumi: what depends on them pays for nothing else. */
import * as fs from "node:fs";
import * as path from "node:path";
import { exec } from "../../../scripts/exec";

const components = path.resolve(__dirname, "../../../components");

it.each(["spec", "streamlit"])(
  "no module of components/%s loads Pulumi",
  async (folder) => {
    const modules = fs
      .readdirSync(path.join(components, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(components, folder, file));
    expect(modules.length).toBeGreaterThan(3);
    const program = `
    for (const module of ${JSON.stringify(modules)}) require(module);
    const packages = Object.keys(require.cache).map((file) => /node_modules\\/(@?[^/]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([...new Set(packages)]));`;
    const { stdout } = await exec(process.execPath, ["--import", "tsx", "--eval", program]);
    const expected = {
      spec: ["fastest-levenshtein", "smol-toml", "tldts", "zod"],
      streamlit: ["fastest-levenshtein", "smol-toml"],
    }[folder];
    // What runs the sources here is no part of them.
    const loaded = (JSON.parse(stdout) as (string | null)[]).filter(
      (name) => name !== null && !["tsx", "esbuild"].includes(name),
    );
    expect(loaded.sort()).toEqual(expected);
  },
  60_000,
);
