/** Where nginx puts what does not stay. */
import type { GatewayPlatform } from "./platform";

/** Directives of the `http` block of any nginx of the gateway. */
export function temporaryPaths({ folders: { scratch } }: Pick<GatewayPlatform, "folders">): string {
  return `# The root file system is read-only.
client_body_temp_path ${scratch}/client_body;
proxy_temp_path ${scratch}/proxy;
fastcgi_temp_path ${scratch}/fastcgi;
uwsgi_temp_path ${scratch}/uwsgi;
scgi_temp_path ${scratch}/scgi;`;
}
