// Starts the stand-in for AWS: node start.mjs [arguments…]
//
// It is bundled, because the engine starts it anew for each of its operations, and looking for its hundreds of modules takes longer than a
// short operation. The file is made anew when anything has changed that it is made of.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runBundled } from "../../../scripts/bundle.mjs";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const program = {
  root,
  entry: join(root, "test", "aws", "plugin", "main.ts"),
  sources: ["offline/providers", "scripts", "test/aws"],
  folder: "aws-plugin",
  name: "plugin",
};
await runBundled(program, process.argv.slice(2));
