/** The upstreams: which replicas serve each app. */
import type { App, Site } from "../spec/site";
import { streamlitPort } from "../streamlit/streamlit";
import { sameSiteOf } from "./embed";
import { replicaCookieName, upstreamName } from "./names";
import type { GatewayPlatform } from "./platform";
import { block, paragraphs, type Part } from "./text";

/**
 * Write the upstreams for nginx ≥ 1.29.6 (`sticky`, `drain`).
 *
 * They can be a file of their own (`platform.upstreamsFile`), because they change with every replica that is replaced, and
 * nginx reads them anew without closing a connection.
 *
 * @param site a checked spec
 * @param platform where the gateway runs
 * @param replicas by the app's name, the host names of the replicas that take new sessions. An app that is not named gives
 * new sessions to every replica that its name in `platform.hosts.readyApps`, or else in `platform.hosts.apps`, leads to.
 * @default none is named
 */
export function upstreams(
  site: Site,
  platform: Pick<GatewayPlatform, "hosts">,
  replicas: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  return paragraphs(site.apps.map((app) => upstream(app, platform, replicas.get(app.name))));
}

function upstream(
  app: App,
  { hosts }: Pick<GatewayPlatform, "hosts">,
  replicas: readonly string[] | undefined,
): string {
  const name = upstreamName(app);
  const all = hosts.apps[app.name];
  const ready = hosts.readyApps?.[app.name];
  if (all === undefined) throw new Error(`the platform names no host of the app ${app.name}`);
  const named = replicas ?? (ready === undefined ? undefined : [ready]);
  const servers: Part =
    named === undefined
      ? server(all)
      : [
          named.map((replica) => server(replica)),
          "# Every other replica of the app is being replaced: it keeps the browsers that it has.",
          server(all, "drain"),
          "# While none of the new ones is known or alive, any replica will do.",
          server(all, "backup"),
        ];
  return block(
    `upstream ${name}`,
    "# Room for 32 replicas, each with its successor.",
    `zone ${name} 256k;`,
    servers,
    `sticky cookie ${replicaCookieName(app)} path=${app.path}/ secure httponly samesite=${sameSiteOf(app)};`,
    "# Streamlit answers a request on a connection that was kept 40 ms late; newer nginx keeps them unless told otherwise.",
    "keepalive 0;",
  );
}

function server(host: string, role?: "drain" | "backup"): string {
  return `server ${host}:${streamlitPort} resolve max_fails=0${role === undefined ? "" : ` ${role}`};`;
}
