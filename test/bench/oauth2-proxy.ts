/** What oauth2-proxy says of itself. */
import { run } from "../contract/docker/docker";

/** Where the benchmark's oauth2-proxy, and that of every site, has its metrics: for whoever is in the container. */
export const metricsAddress = "127.0.0.1:44180";

/** How many requests an oauth2-proxy has had since its start. It does not count those that ask whether it is well. */
export async function requestsSeen(container: string): Promise<number> {
  const { code, output } = await run(container, "wget", "-qO-", `http://${metricsAddress}/metrics`);
  if (code !== 0) throw new Error(`oauth2-proxy's metrics: ${output}`);
  return requestsIn(output);
}

/** How many requests oauth2-proxy's metrics count. */
export function requestsIn(metrics: string): number {
  const counts = [...metrics.matchAll(/^oauth2_proxy_requests_total\{[^}]*\} (\S+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
