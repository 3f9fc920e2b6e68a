import path from "node:path";

import { load, type Type } from "protobufjs";

/** One message of what the daemon sends while it builds. */
export interface BuildEvent {
  readonly id?: string;
  readonly aux?: unknown;
  readonly stream?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
}

interface Status {
  vertexes?: { digest?: string; name?: string; error?: string }[];
  statuses?: { ID?: string }[];
  logs?: { msg?: Uint8Array }[];
  warnings?: { short?: Uint8Array }[];
}

/**
 * Puts BuildKit's progress into words, as the official plugin does: one message of several lines for each that the daemon
 * sends. The engine prints the first line of each and drops the others.
 */
export class BuildMessages {
  private constructor(private readonly status: Type) {}

  static async create(): Promise<BuildMessages> {
    const definition = path.join(
      path.dirname(require.resolve("dockerode")),
      "proto",
      "buildkit_status.proto",
    );
    return new BuildMessages((await load(definition)).lookupType("moby.buildkit.v1.StatusResponse"));
  }

  /** The message of an event; empty when it says nothing. */
  of(event: BuildEvent): string {
    const head = event.progress
      ? `${event.status ?? ""} ${event.progress}`
      : (event.stream ?? event.status ?? "");
    const id = this.imageId(event);
    const tail =
      event.id === "moby.buildkit.trace"
        ? this.#lines(event.aux)
            .map((line) => `${line}\n`)
            .join("")
        : id === undefined
          ? ""
          : `Built image with ID ${id}`;
    return (head + tail).trim();
  }

  /** The id of the image, from the event that tells it. */
  imageId({ id, aux }: BuildEvent): string | undefined {
    return id === "moby.buildkit.trace" ? undefined : (aux as { ID?: string } | undefined)?.ID;
  }

  #lines(aux: unknown): string[] {
    if (typeof aux !== "string" || aux === "") return [];
    const status = this.status.toObject(this.status.decode(Buffer.from(aux, "base64"))) as Status;
    const text = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString();
    return [
      ...(status.vertexes ?? []).flatMap(({ digest = "", name = "", error }) => [
        `digest: ${digest}`,
        name,
        ...(error ? [`error: ${error}`] : []),
      ]),
      ...(status.statuses ?? []).map(({ ID }) => ID ?? ""),
      ...(status.logs ?? []).map(({ msg }) => text(msg)),
      ...(status.warnings ?? []).map(({ short }) => text(short)),
    ];
  }
}
