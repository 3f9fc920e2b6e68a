/** What exists: one file for each resource, because every operation of the engine has a plugin process of its own. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** A resource that exists. Its secrets are in plain text: AWS has them so. */
export interface Stored {
  type: string;
  /** As Pulumi calls it. */
  name: string;
  id: string;
  /** What its ids follow from. */
  seed: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** See the module. */
export class Store {
  constructor(private readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true });
  }

  all(): Stored[] {
    return fs
      .readdirSync(this.folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(fs.readFileSync(path.join(this.folder, file), "utf8")) as Stored);
  }

  get(type: string, id: string): Stored | undefined {
    const file = this.file(type, id);
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Stored) : undefined;
  }

  put(resource: Stored): void {
    const file = this.file(resource.type, resource.id);
    // Readers never see half of it.
    fs.writeFileSync(`${file}.partial`, JSON.stringify(resource, undefined, 1));
    fs.renameSync(`${file}.partial`, file);
  }

  remove(type: string, id: string): void {
    fs.rmSync(this.file(type, id), { force: true });
  }

  private file(type: string, id: string): string {
    const digest = createHash("sha256").update(`${type} ${id}`).digest("hex").slice(0, 24);
    return path.join(this.folder, `${digest}.json`);
  }
}
