import { createHash } from "node:crypto";
import { existsSync, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import path from "node:path";

import createIgnore, { type Ignore } from "@balena/dockerignore";

/** An entry of a build context: a file, a folder or a symbolic link, at a path relative to the context. */
export interface ContextEntry {
  readonly path: string;
  readonly source: string;
  readonly info: Stats;
}

/** What a build gets to see, in a fixed order: everything but what the ignore file names. */
export async function listContext(context: string, dockerfile: string): Promise<ContextEntry[]> {
  const ignore = await readIgnoreFile(context, dockerfile);
  const entries: ContextEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    const names = await readdir(path.join(context, folder));
    for (const name of names.sort()) {
      const entry = path.posix.join(folder, name);
      const source = path.join(context, entry);
      const info = await lstat(source);
      const known = info.isFile() || info.isDirectory() || info.isSymbolicLink();
      if (known && !ignore.ignores(entry)) entries.push({ path: entry, source, info });
      // A later rule may take something back in from an ignored folder, so every folder is looked into.
      if (info.isDirectory()) await visit(entry);
    }
  };
  await visit("");
  return entries;
}

async function readIgnoreFile(context: string, dockerfile: string): Promise<Ignore> {
  const candidates = [`${dockerfile}.dockerignore`, path.join(context, ".dockerignore")];
  const file = candidates.find((candidate) => existsSync(candidate));
  const lines = file === undefined ? [] : (await readFile(file, "utf8")).split(/\r?\n/);
  return createIgnore().add(lines.filter((line) => !line.startsWith("#")));
}

/**
 * What a build depends on, as one digest: the Dockerfile, and each file's path, mode and content. It is put together
 * like the official plugin's, so that changing plugins does not look like a change of content.
 */
export async function digestContext(context: string, dockerfile: string): Promise<string> {
  const digest = createHash("sha256");
  const add = (name: string, mode: string, content: Buffer | string): void => {
    digest.update(name).update(mode).update(createHash("sha256").update(content).digest()).update("\0");
  };
  add("Dockerfile", modeString(0), await readFile(dockerfile));
  for (const entry of await listContext(context, dockerfile)) {
    if (entry.info.isDirectory()) continue;
    const content = entry.info.isSymbolicLink()
      ? await linkTarget(entry.source)
      : await readFile(entry.source);
    add(entry.path, modeString(entry.info.mode), content);
  }
  return digest.digest("hex");
}

/** Of a link counts where it leads, not what is there. */
async function linkTarget(link: string): Promise<string> {
  try {
    return path.relative(process.cwd(), await realpath(link));
  } catch {
    return readlink(link);
  }
}

/** The mode as Go prints it. */
function modeString(mode: number): string {
  const isLink = (mode & 0o170000) === 0o120000;
  const bits = [...(mode & 0o777).toString(2).padStart(9, "0")];
  return (isLink ? "L" : "-") + bits.map((bit, i) => (bit === "1" ? "rwx".charAt(i % 3) : "-")).join("");
}
