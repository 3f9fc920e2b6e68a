/**
 * Prints the package's schema for other languages, as Pulumi's own analyzer makes it of the sources. A program of its own: the analyzer has the
 * compiler read the declarations of all SDKs, more than a GB, which goes with the process.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";

const root = path.resolve(__dirname, "../..");
const [name = "", ...components] = process.argv.slice(2);
const packageJson = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as object;
const found = new Analyzer(root, name, packageJson, new Set(components)).analyze();
const schema = generateSchema(name, "0.1.0", "", found.components, found.typeDefinitions, found.dependencies);
process.stdout.write(JSON.stringify(schema));
