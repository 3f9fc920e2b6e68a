/** The logs of a site's pods. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { replicaName } from "../part-names";
import { isWanted } from "../log-text";
import type { LogLine, LogRequest, StackName } from "../target";
import { ApiError, type ClusterClient, type Query } from "./client";
import { nameOf, ofStack, type Pod } from "./objects";
import { partNames, partOfLabels } from "./parts";

/** A container of a pod, and how far its log was read. */
interface Source {
  pod: string;
  container: string;
  part: string;
  /** The time of the last line that was read; `""` before the first. */
  last: string;
}

/** See `StackTarget.logs`. */
export async function logs(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
  request: LogRequest,
  write: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const reader = new Reader(cluster, namespace, write, signal);
  const list = await cluster.get<{ items: Pod[]; metadata: { resourceVersion: string } }>(
    `/api/v1/namespaces/${namespace}/pods`,
    { labelSelector: ofStack(name) },
  );
  const named = [...partNames(list.items)].filter(([part]) => isWanted(part, request.part));
  const sources = named.flatMap(([part, pod]) => sourcesOf(pod, part));
  const history = await Promise.all(
    sources.map((source) => reader.history(source, request, restarted(source, named))),
  );
  for (const line of history.flat().sort((a, b) => (a.time < b.time ? -1 : 1))) write(line);
  const from = request.tail === 0 ? new Date() : request.since;
  if (request.follow && !signal.aborted)
    await new Follower(reader, sources, named, request.part, from).follow(
      cluster,
      `/api/v1/namespaces/${namespace}/pods`,
      { labelSelector: ofStack(name) },
      list.metadata.resourceVersion,
      signal,
    );
  return [...new Set(named.map(([part]) => part))];
}

function sourcesOf(pod: Pod, part: string): Source[] {
  return (pod.spec?.containers ?? []).map(({ name }) => ({
    pod: nameOf(pod),
    container: name,
    part,
    last: "",
  }));
}

/** Was a container started over, so that there is a log of before? */
function restarted({ pod, container }: Source, named: readonly (readonly [string, Pod])[]): boolean {
  const found = named.find(([, other]) => nameOf(other) === pod)?.[1];
  const status = found?.status?.containerStatuses?.find(({ name }) => name === container);
  return (status?.restartCount ?? 0) > 0;
}

/** Reads logs. */
class Reader {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly namespace: string,
    readonly write: (line: LogLine) => void,
    private readonly signal: AbortSignal,
  ) {}

  /** What a container has written until now, in its run of before as well. */
  async history(source: Source, { since, tail }: LogRequest, both: boolean): Promise<LogLine[]> {
    if (tail === 0) return [];
    const lines: LogLine[] = [];
    const query = {
      ...(since && { sinceTime: wholeSeconds(since) }),
      ...(tail !== undefined && { tailLines: tail }),
    };
    for (const previous of both ? [true, false] : [false])
      await this.read(source, { ...query, previous }, (line) => {
        if (since === undefined || Date.parse(line.time) >= since.getTime()) lines.push(line);
      });
    return tail === undefined ? lines : lines.slice(-tail);
  }

  /**
   * What a container writes from now on, until its end.
   *
   * @param from the time from which on lines count when none was read
   */
  async follow(source: Source, from: Date | undefined): Promise<void> {
    const since = source.last === "" ? from : new Date(source.last);
    await this.read(source, { follow: true, ...(since && { sinceTime: wholeSeconds(since) }) }, (line) => {
      if (from === undefined || Date.parse(line.time) >= from.getTime()) this.write(line);
    });
  }

  /** Those that were read before are left out: the server counts from whole seconds. */
  private async read(source: Source, query: Query, write: (line: LogLine) => void): Promise<void> {
    const { pod, container } = source;
    const before = source.last;
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/log`;
    let stream: Readable;
    try {
      stream = await this.cluster.stream(path, { ...query, container, timestamps: true }, this.signal);
    } catch (error) {
      // It has gone or has not begun.
      if (this.signal.aborted || (error instanceof ApiError && [400, 404].includes(error.statusCode))) return;
      throw error;
    }
    await eachLine(stream, (line) => {
      const [, time = "", text = ""] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
      if (Number.isNaN(Date.parse(time)) || time <= before) return;
      if (time > source.last) source.last = time;
      write({ part: source.part, time, text });
    });
  }
}

/** The lines of a stream until it ends; when it breaks off, what was read counts. */
function eachLine(stream: Readable, use: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    // It passes on what becomes of the stream, which is told below.
    lines.on("error", () => undefined);
    lines.on("line", use);
    lines.once("close", resolve);
    stream.once("error", () => {
      lines.close();
    });
  });
}

/** The server takes no fraction. */
function wholeSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Follows the containers that run, and those that come. */
class Follower {
  /** By pod and container. */
  private readonly known = new Map<string, Source>();
  private readonly followed = new Set<string>();
  /** The names of parts by the names of their pods: one that was given is kept while its pod is there. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly reader: Reader,
    sources: readonly Source[],
    named: readonly (readonly [string, Pod])[],
    private readonly wanted: string | undefined,
    private readonly from: Date | undefined,
  ) {
    for (const source of sources) this.known.set(keyOf(source), source);
    for (const [part, pod] of named) this.names.set(nameOf(pod), part);
    for (const [part, pod] of named) this.seen(pod, part);
  }

  /** Until the signal. */
  async follow(
    cluster: ClusterClient,
    path: string,
    query: Query,
    version: string,
    signal: AbortSignal,
  ): Promise<void> {
    let resourceVersion: string | undefined = version;
    while (!signal.aborted) {
      // A watch ends by itself after some minutes, and without a version it begins with all that is there.
      const watch: Query = { ...query, watch: true, allowWatchBookmarks: true, resourceVersion };
      const stream = await cluster.stream(path, watch, signal).catch((error: unknown) => {
        if (signal.aborted) return undefined;
        if (error instanceof ApiError && error.statusCode === 410) return undefined;
        throw error;
      });
      if (!stream) {
        resourceVersion = undefined;
        continue;
      }
      await eachLine(stream, (line) => {
        const { type, object } = JSON.parse(line) as { type: string; object: Pod };
        if (type === "ERROR") {
          resourceVersion = undefined;
          return;
        }
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
        if (type === "BOOKMARK") return;
        if (type === "DELETED") this.names.delete(nameOf(object));
        else this.seen(object, this.partOf(object));
      });
      if (!signal.aborted) await delay(200);
    }
  }

  /** The name of a pod's part: its own, or the first that no other pod has. */
  private partOf(pod: Pod): string | undefined {
    const known = this.names.get(nameOf(pod));
    const part = partOfLabels(pod.metadata?.labels);
    if (known !== undefined || part === undefined) return known;
    const taken = new Set(this.names.values());
    let index = 0;
    while (taken.has(replicaName(part, index))) index++;
    this.names.set(nameOf(pod), replicaName(part, index));
    return replicaName(part, index);
  }

  /** Follow those of a pod's containers that run. */
  private seen(pod: Pod, part: string | undefined): void {
    if (part === undefined || !isWanted(part, this.wanted)) return;
    for (const { name, state } of pod.status?.containerStatuses ?? []) {
      if (!state?.running) continue;
      const source = { pod: nameOf(pod), container: name, part, last: "" };
      void this.run(this.known.get(keyOf(source)) ?? source);
    }
  }

  /** Follow a container until it stops; once at a time. */
  private async run(source: Source): Promise<void> {
    const key = keyOf(source);
    this.known.set(key, source);
    if (this.followed.has(key)) return;
    this.followed.add(key);
    // A log that breaks off is taken up again with the next news of its pod.
    await this.reader.follow(source, this.from).catch(() => undefined);
    this.followed.delete(key);
  }
}

function keyOf({ pod, container }: Source): string {
  return `${pod}/${container}`;
}
