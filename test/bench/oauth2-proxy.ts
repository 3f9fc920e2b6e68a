/** What oauth2-proxy says of itself. */
import type { Exec } from "../contract/target";

/** Where the benchmark's oauth2-proxy, and that of every site, has its metrics: for whoever is in the container. */
export const metricsAddress = "127.0.0.1:44180";

/** Longer than a site's default `checkInterval`, in milliseconds: after that, oauth2-proxy is asked anew. */
export const checkRemembered = 6000;

/**
 * How many requests an oauth2-proxy has had since its start. It does not count those that ask whether it is well.
 *
 * @param inside runs commands where it is
 */
export async function requestsSeen(inside: Exec): Promise<number> {
  const { code, output } = await inside("wget", "-qO-", `http://${metricsAddress}/metrics`);
  if (code !== 0) throw new Error(`oauth2-proxy's metrics: ${output}`);
  const counts = [...output.matchAll(/^oauth2_proxy_requests_total\{[^}]*\} (\S+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
