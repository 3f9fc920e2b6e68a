// Starts a stand-in: node start.mjs <folder> [arguments…]
//
// It is bundled, because the engine starts each stand-in anew for each of its operations.
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runBundled } from "../../scripts/bundle.mjs";

const [folder, ...args] = process.argv.slice(2);
const program = {
  root: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  entry: join(folder, "main.ts"),
  sources: ["offline/providers", "scripts"],
  folder: "providers",
  name: basename(folder),
};
await runBundled(program, args);
