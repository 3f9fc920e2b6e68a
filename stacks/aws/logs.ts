/** The logs of a site's apps, which AWS keeps in CloudWatch. */
import { setTimeout as delay } from "node:timers/promises";
import { isWanted } from "../log-text";
import { replicaName } from "../part-names";
import type { LogLine, LogRequest, StackName } from "../target";
import { UserError } from "../user-error";
import type { AwsClient } from "./client";
import { balancerPart } from "./expected-parts";
import { idOf, type ObservedService, presentTasks } from "./observed";

/** Milliseconds between two looks for new lines. */
const pause = 2000;

/** A line may come to CloudWatch some time after it was written; so many milliseconds are looked back. */
const lateness = 10_000;

/** A log group of an app, and what its tasks are called that run. */
interface Source {
  app: string;
  group: string;
  /** The names of parts by the ids of tasks. Those that have ended, and the lines of `files`, are the app's. */
  parts: ReadonlyMap<string, string>;
}

/** See `StackTarget.logs`. */
export async function logs(
  client: AwsClient,
  name: StackName,
  request: LogRequest,
  write: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<string[]> {
  if (request.part === balancerPart)
    throw new UserError(
      "the load balancer logs to a bucket of S3, which this command does not read: `aws s3 ls` finds it by the tag streamlit.site",
    );
  const { services } = await client.observe(name);
  const app = request.part?.replace(/\.\d+$/, "");
  const sources = await Promise.all(
    services
      .filter((service) => app === undefined || service.app === app || service.app === request.part)
      .map((service) => sourceOf(client, service)),
  );
  const found = sources.filter((source) => source !== undefined);
  const begin = new Date();
  const history =
    request.tail === 0 ? [] : (await Promise.all(found.map((one) => past(client, one, request)))).flat();
  for (const line of history.sort(byTime)) write(line);
  if (request.follow) await follow(client, found, request, { begin, written: history, write, signal });
  return [...new Set([...found.flatMap(({ app: of, parts }) => [of, ...parts.values()])])].filter((part) =>
    isWanted(part, request.part),
  );
}

async function sourceOf(client: AwsClient, observed: ObservedService): Promise<Source | undefined> {
  const { app, service } = observed;
  // Both containers of a task log to one group, whatever version of the task definition it is of.
  const [group] = (await client.logGroups(service)).values();
  const tasks = presentTasks(observed);
  const parts = new Map(tasks.map((task, index) => [idOf(task.taskArn), replicaName(app, index)]));
  return group === undefined ? undefined : { app, group, parts };
}

/** A stream is called `<prefix>/<container>/<task>`. */
function partOf({ app, parts }: Source, stream: string): string {
  return parts.get(idOf(stream)) ?? app;
}

async function past(
  client: AwsClient,
  source: Source,
  { part, since, tail }: LogRequest,
): Promise<LogLine[]> {
  const streams = (await client.streams(source.group)).filter(
    ({ logStreamName = "", lastEventTimestamp, lastIngestionTime }) =>
      isWanted(partOf(source, logStreamName), part) &&
      (since === undefined ||
        Math.max(lastEventTimestamp ?? Infinity, lastIngestionTime ?? 0) >= since.getTime()),
  );
  const byPart = new Map<string, LogLine[]>();
  for (const { logStreamName = "" } of streams) {
    const of = partOf(source, logStreamName);
    const events = await client.lines(source.group, logStreamName, { since, tail });
    byPart.set(of, [...(byPart.get(of) ?? []), ...events.map((event) => lineOf(of, event))]);
  }
  return [...byPart.values()].flatMap((lines) => {
    const ordered = lines.sort(byTime);
    return tail === undefined ? ordered : ordered.slice(-tail);
  });
}

/** Write what is logged from now on, until the signal. */
async function follow(
  client: AwsClient,
  sources: readonly Source[],
  { part }: LogRequest,
  run: { begin: Date; written: readonly LogLine[]; write: (line: LogLine) => void; signal: AbortSignal },
): Promise<void> {
  const { begin, written, write, signal } = run;
  const known = new Set<string>();
  // What the history had is not told again; CloudWatch gives its lines no ids.
  const told = new Set(written.map(({ part: of, time, text }) => `${of} ${time} ${text}`));
  while (!signal.aborted) {
    const from = new Date(Math.max(begin.getTime(), Date.now() - 60_000) - lateness);
    const lines: LogLine[] = [];
    for (const source of sources)
      for (const event of await client.linesSince(source.group, from)) {
        const { eventId = "", logStreamName = "" } = event;
        const line = lineOf(partOf(source, logStreamName), event);
        if (known.has(eventId) || !isWanted(line.part, part)) continue;
        known.add(eventId);
        if (!told.has(`${line.part} ${line.time} ${line.text}`)) lines.push(line);
      }
    for (const line of lines.sort(byTime)) write(line);
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

function lineOf(
  part: string,
  { timestamp = 0, message = "" }: { timestamp?: number | undefined; message?: string | undefined },
): LogLine {
  // CloudWatch knows milliseconds, the commands sort by nanoseconds.
  const time = new Date(timestamp).toISOString().replace("Z", "000000Z");
  return { part, time, text: message.trimEnd() };
}

function byTime(a: LogLine, b: LogLine): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}
