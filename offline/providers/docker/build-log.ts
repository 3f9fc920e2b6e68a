import path from "node:path";

import { load, type Type } from "protobufjs";

/** One line of what the daemon sends while it builds. */
export interface BuildEvent {
  readonly id?: string;
  readonly aux?: unknown;
  readonly stream?: string;
  readonly error?: string;
}

interface Vertex {
  name?: string;
  started?: unknown;
  completed?: unknown;
  cached?: boolean;
}

interface Status {
  vertexes?: Vertex[];
  logs?: { msg?: Uint8Array }[];
}

/**
 * Puts BuildKit's progress into words. dockerode can too, but its 5.0.1 leaves the output of commands base64-encoded, and
 * that output is what tells why a build failed.
 */
export class BuildLog {
  readonly lines: string[] = [];
  #partial = "";

  private constructor(private readonly status: Type) {}

  static async create(): Promise<BuildLog> {
    const definition = path.join(
      path.dirname(require.resolve("dockerode")),
      "proto",
      "buildkit_status.proto",
    );
    return new BuildLog((await load(definition)).lookupType("moby.buildkit.v1.StatusResponse"));
  }

  /** Takes in an event; returns the lines that it adds. */
  add(event: BuildEvent): string[] {
    const added =
      event.id === "moby.buildkit.trace" ? this.#decode(event.aux) : [(event.stream ?? "").trimEnd()];
    const lines = added.filter((line) => line.trim() !== "");
    this.lines.push(...lines);
    return lines;
  }

  /** The last lines, the ones that matter when a build failed. */
  tail(count: number): string {
    const partial = this.#partial === "" ? [] : [this.#partial];
    return [...this.lines, ...partial].slice(-count).join("\n");
  }

  #decode(aux: unknown): string[] {
    if (typeof aux !== "string" || aux === "") return [];
    const status = this.status.toObject(this.status.decode(Buffer.from(aux, "base64"))) as Status;
    const lines = (status.vertexes ?? [])
      .filter((vertex) => vertex.name !== undefined && isNews(vertex))
      .map((vertex) => (vertex.cached ? `${vertex.name} (cached)` : (vertex.name ?? "")));
    const text =
      this.#partial + (status.logs ?? []).map((log) => Buffer.from(log.msg ?? []).toString()).join("");
    const output = text.split(/[\r\n]+/);
    this.#partial = output.pop() ?? "";
    return [...lines, ...output];
  }
}

function isNews(vertex: Vertex): boolean {
  return vertex.cached === true || (vertex.started !== undefined && vertex.completed === undefined);
}
