/**
 * The gateway's `upstreams.conf`: which containers serve each app. It is a file of its own because it changes with every
 * container that is replaced, and nginx reads it anew without closing a connection.
 */
import type { App, Site } from "../spec/check";
import { streamlitPort } from "../streamlit/streamlit";
import { appHostName, upstreamName, variableName } from "./nginx";

/**
 * Write `upstreams.conf` for nginx ≥ 1.29.6 (`sticky`, `drain`).
 *
 * @param site a checked spec
 * @param replicas by the app's name, the host names of the containers that take new sessions, as {@link replicaHostName}
 * gives them. An app that is not named gives new sessions to every container that goes by its name on the network
 */
export function upstreamsConfig(site: Site, replicas: ReadonlyMap<string, readonly string[]>): string {
  return site.apps.map((app) => `${upstream(app, replicas.get(app.name))}\n`).join("\n");
}

/** The name by which one container is found: the short form of its id, which Docker's DNS knows on every network of one's own. */
export function replicaHostName(containerId: string): string {
  return containerId.slice(0, 12);
}

function upstream(app: App, replicas: readonly string[] | undefined): string {
  const everybody = appHostName(app);
  const servers =
    replicas === undefined
      ? server(everybody)
      : `${replicas.map((replica) => server(replica)).join("\n")}
  # Whoever else goes by the app's name is being replaced: it keeps the browsers that it has.
${server(everybody, "drain")}
  # In the moment in which none of the new ones is known or alive, anybody will do.
${server(everybody, "backup")}`;
  return `upstream ${upstreamName(app)} {
  # Room for 32 replicas, each with its successor.
  zone ${upstreamName(app)} 256k;
${servers}
  sticky cookie replica_${variableName(app)} path=${app.path}/ secure httponly samesite=lax;
  keepalive 16;
}`;
}

function server(host: string, role = ""): string {
  return `  server ${host}:${streamlitPort} resolve max_fails=0${role && ` ${role}`};`;
}
