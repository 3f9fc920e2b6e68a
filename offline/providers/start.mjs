// Starts a stand-in: node start.mjs <folder> [arguments…]
//
// It is bundled, because the engine starts each stand-in anew for each of its operations.
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "../../scripts/bundle.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [folder, ...args] = process.argv.slice(2);

const file = await bundled({
  root,
  entry: join(folder, "main.ts"),
  sources: ["offline/providers", "scripts"],
  folder: "providers",
  name: basename(folder),
}).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
process.argv = [process.argv[0], file, ...args];
globalThis.bundleRoot = root;
createRequire(file)(file);
