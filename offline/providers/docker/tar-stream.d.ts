/** The part of tar-stream (which dockerode brings along) that is used here. */
declare module "tar-stream" {
  import type { Readable, Writable } from "node:stream";

  interface Headers {
    name: string;
    mode?: number;
    mtime?: Date;
    size?: number;
    type?: "file" | "directory" | "symlink";
    linkname?: string;
  }

  interface Pack extends Readable {
    entry(headers: Headers, content: Buffer | string): void;
    entry(headers: Headers, done: (error?: Error) => void): Writable;
    finalize(): void;
  }

  export function pack(): Pack;
}
