/** What the renderers write for a site on a platform. */
import { gatewayFiles } from "../../../components/gateway/gateway";
import { nginxConfig } from "../../../components/gateway/nginx";
import { upstreams } from "../../../components/gateway/upstreams";
import type { Site } from "../../../components/spec/site";
import { onDocker, type PlatformOf } from "./platforms";

/** Host names for all replicas of a site, no two alike. */
export function replicaNames(site: Site): Map<string, string[]> {
  let count = 0;
  const next = (): string => (0xabcdef000000 + count++).toString(16);
  return new Map(site.apps.map((app) => [app.name, Array.from({ length: app.replicas }, next)]));
}

/** The `nginx.conf` of a site on Docker. */
export function dockerConfig(site: Site): string {
  return nginxConfig(site, onDocker(site));
}

/** The upstreams file of a site on Docker. */
export function dockerUpstreams(site: Site, replicas: ReadonlyMap<string, readonly string[]>): string {
  return `${upstreams(site, onDocker(site), replicas)}\n`;
}

/**
 * The gateway's configuration as nginx sees it: with the upstreams in the place where they are included, if they are.
 *
 * @param replicas as `upstreams` takes them
 */
export function wholeConfig(site: Site, platformOf = onDocker, replicas = replicaNames(site)): string {
  const platform = platformOf(site);
  const config = nginxConfig(site, platform);
  if (platform.upstreamsFile === undefined) return config;
  const include = `include ${platform.upstreamsFile};`;
  expect(config.split(include)).toHaveLength(2);
  return config.replace(include, () => upstreams(site, platform, replicas));
}

/** The gateway's pages by their names, in the order in which they are written. */
export function pages(site: Site, platformOf: PlatformOf = onDocker): Record<string, string> {
  return Object.fromEntries(
    gatewayFiles(site, platformOf(site))
      .filter(({ name }) => name.startsWith("pages/"))
      .map(({ name, text }) => [name.slice("pages/".length), text]),
  );
}

/** The configuration of the nginx that checks passwords; empty where there is none. */
export function passwordCheck(site: Site, platformOf: PlatformOf = onDocker): string {
  const files = gatewayFiles(site, platformOf(site));
  return files.find(({ name }) => name === "passwords.conf")?.text ?? "";
}
