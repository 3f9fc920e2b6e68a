/** The gateway's configuration as nginx sees it: with the upstreams in the place where they are included. */
import { checkedUpstreams, nginxConfig } from "../../../components/gateway/nginx";
import { upstreamsConfig } from "../../../components/gateway/upstreams";
import type { Site } from "../../../components/spec/check";

/** Host names for all replicas of a site, no two alike. */
export function replicaNames(site: Site): Map<string, string[]> {
  let count = 0;
  const next = (): string => (0xabcdef000000 + count++).toString(16);
  return new Map(site.apps.map((app) => [app.name, Array.from({ length: app.replicas }, next)]));
}

/**
 * See the module.
 *
 * @param replicas as `upstreamsConfig` takes them
 */
export function wholeConfig(site: Site, replicas = replicaNames(site)): string {
  const include = `include ${checkedUpstreams};`;
  const config = nginxConfig(site);
  expect(config.split(include)).toHaveLength(2);
  return config.replace(include, () => upstreamsConfig(site, replicas));
}
