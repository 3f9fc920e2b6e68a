/** What nginx has written down of bodies. */
import type { ContractSite } from "./site";

/**
 * How many bodies, of requests and of answers, the gateway has in files at the moment. Their names are gone as soon as they are
 * open (`ngx_open_tempfile`), so that only the processes that have them open know of them.
 */
export async function keptBodies({ target }: ContractSite): Promise<number> {
  const { scratch } = target.gatewayFolders;
  const files = `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -cE '${scratch}/(client_body|proxy)/'`;
  return Number((await target.exec("gateway", "sh", "-c", files)).output);
}
