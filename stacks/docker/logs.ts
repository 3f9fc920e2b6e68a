/** The logs of a site's containers. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import Docker from "dockerode";
import type { LogLine, LogRequest, StackName } from "../target";
import { isWanted } from "../log-text";
import { partContainers, partName } from "./containers";

/** A container, and how far its log was read. */
interface Source {
  id: string;
  part: string;
  /** The time of the last line that was read; `""` before the first. */
  last: string;
}

/** See `StackTarget.logs`. */
export async function logs(
  name: StackName,
  request: LogRequest,
  write: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const docker = new Docker();
  // Before the list is read, so that no container is started in between.
  const events = request.follow ? await startEvents(docker, name, signal) : undefined;
  const sources = (await partContainers(name))
    .map(({ Id, Labels }): Source => ({ id: Id, part: partName(Labels), last: "" }))
    .filter(({ part }) => isWanted(part, request.part));

  const from = request.tail === 0 ? new Date() : request.since;
  const history = await Promise.all(sources.map((source) => readHistory(docker, source, request)));
  for (const line of history.flat().sort((a, b) => (a.time < b.time ? -1 : 1))) write(line);
  if (events && !signal.aborted)
    await followAll(new Follower(docker, write, signal, from), sources, request.part, events, signal);
  return [...new Set(sources.map(({ part }) => part))];
}

async function readHistory(docker: Docker, source: Source, { since, tail }: LogRequest): Promise<LogLine[]> {
  if (tail === 0) return [];
  const lines: LogLine[] = [];
  const log = await docker
    .getContainer(source.id)
    .logs({
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(since && { since: since.getTime() / 1000 }),
      ...(tail !== undefined && { tail }),
    })
    .catch(ifGone(Buffer.alloc(0)));
  await readLines(docker, source, Readable.from(log.length === 0 ? [] : [log]), (line) => lines.push(line));
  return lines;
}

/** Starts of a stack's containers. */
async function startEvents(
  docker: Docker,
  { project, stack }: StackName,
  signal: AbortSignal,
): Promise<Readable> {
  const label = [`streamlit.project=${project}`, `streamlit.stack=${stack}`];
  const filters = JSON.stringify({ type: ["container"], event: ["start"], label });
  return (await docker.getEvents({ filters, abortSignal: signal })) as Readable;
}

/** Follow the logs of the containers that are there and of those that come. */
async function followAll(
  follower: Follower,
  sources: Source[],
  wanted: string | undefined,
  events: Readable,
  signal: AbortSignal,
): Promise<void> {
  for (const source of sources) follower.follow(source);
  const known = new Map(sources.map((source) => [source.id, source]));
  const starts = createInterface({ input: events });
  // It passes on what becomes of the events, which is told below.
  starts.on("error", () => undefined);
  starts.on("line", (line) => {
    const { Actor } = JSON.parse(line) as { Actor: { ID: string; Attributes: Record<string, string> } };
    const part = partName(Actor.Attributes);
    if (!isWanted(part, wanted)) return;
    const source = known.get(Actor.ID) ?? { id: Actor.ID, part, last: "" };
    known.set(Actor.ID, source);
    follower.follow(source);
  });
  const ended = new Promise<void>((resolve, reject) => {
    events.on("error", (error) => (signal.aborted ? resolve() : reject(error)));
    events.once("end", () => {
      // The daemon was stopped, or started anew.
      if (signal.aborted) resolve();
      else reject(new Error("the Docker daemon has closed the connection"));
    });
  });
  if (!signal.aborted) await Promise.race([ended, once(signal, "abort")]);
}

/** Reads what containers write from now on. */
class Follower {
  private readonly followed = new Set<string>();

  /** @param from the time from which on lines count of a container that none was read of */
  constructor(
    private readonly docker: Docker,
    private readonly write: (line: LogLine) => void,
    private readonly signal: AbortSignal,
    private readonly from: Date | undefined,
  ) {}

  /** Follow a container until it stops; once at a time. */
  follow(source: Source): void {
    if (this.followed.has(source.id) || this.signal.aborted) return;
    this.followed.add(source.id);
    void this.read(source)
      // A log that breaks off is taken up again with the container's next start.
      .catch(() => undefined)
      .then(async () => {
        this.followed.delete(source.id);
        // It may have been started over before the end of its log was seen.
        if (await this.isRunning(source)) this.follow(source);
      });
  }

  private async read(source: Source): Promise<void> {
    const since = source.last === "" ? this.from && this.from.getTime() / 1000 : unixTime(source.last);
    const stream = await this.docker.getContainer(source.id).logs({
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: true,
      abortSignal: this.signal,
      ...(since !== undefined && { since: since as number }),
    });
    await readLines(this.docker, source, stream as Readable, this.write);
  }

  private async isRunning({ id }: Source): Promise<boolean> {
    if (this.signal.aborted) return false;
    const container = await this.docker
      .getContainer(id)
      .inspect()
      .catch(() => undefined);
    return container?.State.Running === true && !container.State.Restarting;
  }
}

/** Take the lines out of a log that has both streams in it, each behind its time; those that were read before are left out. */
async function readLines(
  docker: Docker,
  source: Source,
  log: Readable,
  write: (line: LogLine) => void,
): Promise<void> {
  const before = source.last;
  const streams = [new PassThrough(), new PassThrough()] as const;
  const read = streams.map((stream) => {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    lines.on("line", (line) => {
      const [, time = "", text = ""] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
      if (time <= before) return;
      if (time > source.last) source.last = time;
      write({ part: source.part, time, text });
    });
    return once(lines, "close");
  });
  docker.modem.demuxStream(log, ...streams);
  // When it is told to end, and when the daemon hangs up; what was read counts.
  log.on("error", () => undefined);
  log.once("close", () => {
    for (const stream of streams) stream.end();
  });
  await Promise.all(read);
}

/** Docker's own form of a time: seconds with their fraction, exact to the nanosecond. */
function unixTime(iso: string): string {
  const fraction = /\.(\d+)Z$/.exec(iso)?.[1] ?? "0";
  return `${Math.floor(Date.parse(iso) / 1000)}.${fraction.padEnd(9, "0")}`;
}

/** For a container that was removed a moment ago. */
function ifGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if ((error as { statusCode?: number }).statusCode === 404) return instead;
    throw error;
  };
}
