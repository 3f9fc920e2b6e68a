import { createReadStream } from "node:fs";
import { readlink } from "node:fs/promises";
import type { Readable } from "node:stream";

import { type Pack, pack as createPack } from "tar-stream";

import type { ContextEntry } from "./build-context";

/** A file to put into an archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** An archive of files that belong to root. */
export function archiveFiles(files: readonly ArchiveFile[]): Readable {
  const pack = createPack();
  for (const { path, mode, content } of files) pack.entry({ name: path, mode, mtime: new Date() }, content);
  pack.finalize();
  return pack;
}

/** An archive of a build context, with further files put before it. Everything belongs to root, as Docker's own has it. */
export function archiveContext(entries: readonly ContextEntry[], files: readonly ArchiveFile[]): Readable {
  const pack = createPack();
  const fill = async (): Promise<void> => {
    for (const { path, mode, content } of files)
      pack.entry({ name: path, mode, mtime: new Date(0) }, content);
    for (const entry of entries) await addEntry(pack, entry);
    pack.finalize();
  };
  fill().catch((error: unknown) => pack.destroy(error as Error));
  return pack;
}

async function addEntry(pack: Pack, { path, source, info }: ContextEntry): Promise<void> {
  const headers = { name: path, mode: info.mode & 0o7777, mtime: info.mtime };
  if (info.isDirectory()) pack.entry({ ...headers, type: "directory" }, "");
  else if (info.isSymbolicLink())
    pack.entry({ ...headers, type: "symlink", linkname: await readlink(source) }, "");
  else {
    await new Promise<void>((resolve, reject) => {
      const sink = pack.entry({ ...headers, size: info.size }, (error) => {
        if (error) reject(error);
        else resolve();
      });
      createReadStream(source).on("error", reject).pipe(sink);
    });
  }
}
