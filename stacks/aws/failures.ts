/** What of a site does not do its work, with the end of its log. */
import type { Failure, StackName } from "../target";
import { UserError } from "../user-error";
import type { AwsClient } from "./client";
import { idOf, type ObservedService } from "./observed";
import { serviceTrouble, type Trouble } from "./troubles";

/** How many lines of each log. */
const lines = 20;

/** See `StackTarget.failures`. */
export async function failures(
  client: AwsClient,
  name: StackName,
  only?: readonly string[],
): Promise<Failure[]> {
  const { services } = await client.observe(name, only);
  return Promise.all(
    services.flatMap((observed) => {
      const trouble = serviceTrouble(observed);
      return trouble === undefined ? [] : [withLog(client, observed, trouble)];
    }),
  );
}

async function withLog(
  client: AwsClient,
  { service }: ObservedService,
  { log, ...trouble }: Trouble,
): Promise<Failure> {
  return log === undefined ? trouble : { ...trouble, log: await endOfLog(client, service, log) };
}

async function endOfLog(
  client: AwsClient,
  service: ObservedService["service"],
  { task, container }: NonNullable<Trouble["log"]>,
): Promise<string> {
  try {
    const group = (await client.logGroups(service)).get(container);
    if (group === undefined) return "";
    const stream = (await client.streams(group)).find(
      ({ logStreamName = "" }) =>
        idOf(logStreamName) === task && logStreamName.split("/").at(-2) === container,
    )?.logStreamName;
    if (stream === undefined) return "";
    const events = await client.lines(group, stream, { tail: lines });
    return events.map(({ message = "" }) => message.trimEnd()).join("\n");
  } catch (error) {
    // Whoever deploys may not be let to read logs; what failed is to be told all the same.
    if (error instanceof UserError) return `(its log cannot be read: ${error.message})`;
    throw error;
  }
}
