/** The parts of a site that run oauth2-proxy. */
import type { ContractTarget } from "../target";

/** Their names: one on Docker, several where a target has more replicas of it. */
export async function oauth2Proxies(target: ContractTarget): Promise<string[]> {
  return (await target.parts()).filter((part) => /^oauth2-proxy(\.\d+)?$/.test(part));
}
