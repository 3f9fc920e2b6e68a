/**
 * What the generated code says of resource types; see `schema-source.ts`. It is kept in `.cache` by the package's version, because every test file
 * and every process of the plugin asks anew, and parsing it takes longer than most of what they do.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheFolder } from "../../scripts/paths";
import {
  packageVersion,
  type Properties,
  readObject,
  readResource,
  type ResourceSchema,
} from "./schema-source";

export {
  functionSchema,
  type FunctionSchema,
  packageVersion,
  type Properties,
  type Property,
  type PropertyType,
  type ResourceSchema,
} from "./schema-source";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 24);

const memory = new Map<string, unknown>();
const folders = new Map<string, string>();

/** Where what is read of a package is kept: another version of it, or of what reads it, has another place. */
function folderOf(pkg: string): string {
  let folder = folders.get(pkg);
  if (folder === undefined) {
    const reader = fs.readFileSync(path.join(__dirname, "schema-source.ts"), "utf8");
    folder = cacheFolder("aws-schema", digest(`${pkg} ${packageVersion(pkg)} ${reader}`));
    folders.set(pkg, folder);
  }
  return folder;
}

/** What was read before, or is read now. */
function kept<T>(pkg: string, name: string, read: () => T): T {
  const key = `${pkg} ${name}`;
  if (memory.has(key)) return memory.get(key) as T;
  const file = path.join(folderOf(pkg), `${digest(name)}.json`);
  if (!fs.existsSync(file)) {
    const value = read();
    memory.set(key, value);
    // What is not there may be once the package is installed.
    if (value === undefined) return value;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const partial = `${file}.${String(process.pid)}`;
    // Two that read it at once write the same, and a third never sees half of it.
    fs.writeFileSync(partial, JSON.stringify(value));
    fs.renameSync(partial, file);
    return value;
  }
  const value = JSON.parse(fs.readFileSync(file, "utf8")) as T;
  memory.set(key, value);
  return value;
}

/**
 * A resource type.
 *
 * @returns undefined if no generated code has it
 */
export function resourceSchema(token: string): ResourceSchema | undefined {
  const [pkg = ""] = token.split(":");
  if (!folders.has(pkg) && !isInstalled(pkg)) return undefined;
  return kept(pkg, `resource ${token}`, () => readResource(token));
}

/**
 * The properties of an object in the arguments of a resource.
 *
 * @param pkg the Pulumi package, for instance `aws`
 * @param name the interface, with its namespace
 * @throws Error if the generated code has none of that name
 */
export function objectProperties(pkg: string, name: string): Properties {
  return kept(pkg, `object ${name}`, () => readObject(pkg, name));
}

function isInstalled(pkg: string): boolean {
  try {
    packageVersion(pkg);
    return true;
  } catch {
    return false;
  }
}
