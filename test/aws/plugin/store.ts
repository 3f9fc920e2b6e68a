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
  /** Of how many that had its name. */
  revision: number;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** See the module. */
export class Store {
  /** By file, as it was read or written last. */
  private known = new Map<string, Stored>();
  /** When the folder changed last, as far as {@link known} goes: reading all files at each step takes most of what a deployment does. */
  private at: bigint | undefined;

  constructor(private readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true });
  }

  all(): Stored[] {
    this.refresh();
    return [...this.known.values()];
  }

  /**
   * A resource.
   *
   * @param arn where the id is not enough: the revisions of a task definition have one in common
   */
  get(type: string, id: string, arn?: unknown): Stored | undefined {
    return this.all().find(
      (one) => one.type === type && one.id === id && (arn === undefined || one.outputs.arn === arn),
    );
  }

  put(resource: Stored): void {
    const file = this.file(resource);
    const text = JSON.stringify(resource, undefined, 1);
    this.change(() => {
      // Readers never see half of it.
      fs.writeFileSync(`${file}.partial`, text);
      fs.renameSync(`${file}.partial`, file);
      this.known.set(path.basename(file), JSON.parse(text) as Stored);
    });
  }

  remove(resource: Stored): void {
    const file = this.file(resource);
    this.change(() => {
      fs.rmSync(file, { force: true });
      this.known.delete(path.basename(file));
    });
  }

  /** How often this was asked for a name: AWS counts on where something was deleted. */
  count(name: string): number {
    const file = path.join(this.folder, `${digestOf(name)}.count`);
    const count = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) + 1 : 1;
    this.change(() => fs.writeFileSync(file, String(count)));
    return count;
  }

  /** Do what changes the folder, after what others did there is known. */
  private change(work: () => void): void {
    this.refresh();
    work();
    this.at = this.changedAt();
  }

  private refresh(): void {
    const at = this.changedAt();
    if (at === this.at) return;
    this.at = at;
    const files = fs.readdirSync(this.folder).filter((file) => file.endsWith(".json"));
    this.known = new Map(
      files.map((file) => [
        file,
        JSON.parse(fs.readFileSync(path.join(this.folder, file), "utf8")) as Stored,
      ]),
    );
  }

  private changedAt(): bigint {
    return fs.statSync(this.folder, { bigint: true }).mtimeNs;
  }

  private file({ type, id, outputs }: Stored): string {
    return path.join(this.folder, `${digestOf(`${type} ${id} ${String(outputs.arn)}`)}.json`);
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
