/** What of a site does not do its work, with the end of its log. */
import { text } from "node:stream/consumers";
import type { Failure, StackName } from "../target";
import { ApiError, type ClusterClient } from "./client";
import { observe } from "./observed";
import { type Trouble, troubles } from "./troubles";

/** How many lines of each log. */
const lines = 20;

/** See `StackTarget.failures`. */
export async function failures(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
  only?: readonly string[],
): Promise<Failure[]> {
  const found = troubles(await observe(cluster, namespace, name));
  return Promise.all(
    found
      .filter(
        ({ resource, blocks }) =>
          only === undefined || [resource, ...blocks].some((one) => only.includes(one)),
      )
      .map(async ({ log, ...trouble }) => ({
        ...trouble,
        ...(log && { log: await endOfLog(cluster, namespace, log) }),
      })),
  );
}

async function endOfLog(
  cluster: ClusterClient,
  namespace: string,
  { pod, container, previous }: NonNullable<Trouble["log"]>,
): Promise<string> {
  const read = async (last: boolean): Promise<string> => {
    const query = { container, previous: last, tailLines: lines };
    try {
      return (
        await text(await cluster.stream(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, query))
      ).trimEnd();
    } catch (error) {
      // It has gone, has not begun, or this user may not read it.
      if (error instanceof ApiError) return "";
      throw error;
    }
  };
  const wanted = await read(previous);
  return wanted === "" && previous ? read(false) : wanted;
}
