/**
 * A bounded end for open websockets: nginx checks who is signed in at a websocket's handshake only, so that one that is
 * open would outlive a sign-out.
 *
 * The gateway therefore passes each websocket through itself: the site's server → the `stream` server of
 * {@link websocketStream} → the server of {@link websocketServer} → the app. In the middle an njs script,
 * `watch-websockets.js`, sends an auth request for every open session every few seconds, and closes the connections of
 * those that are refused. Nobody else notices.
 *
 * - Answers 2xx keep a connection open; so do 5xx and no answer at all, because an outage of the auth server must not
 *   cut everybody off. Anything else, 401 and 403 above all, closes it.
 * - A connection ends `interval` + 1 s after its session at the latest, plus the time that a round of auth requests takes
 *   and for as long as the auth server's answers are cached. From then on no byte passes in either direction; both
 *   sides are closed when the app answers the close frame that it is sent, which a busy one does late.
 * - Connections with the same guest list and the same credentials share one auth request.
 * - An idle websocket takes about 75 kB of nginx more, up to 1 MB more for each day that it stays open
 *   (`interval: 30`), and six of `worker_connections` instead of two.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "../spec/site";
import { streamlitPaths } from "../streamlit/streamlit";
import { authServerUrl } from "./auth-server";
import { type NamedFile, publicFile } from "./files";
import { upstreamName } from "./names";
import { type GatewayPlatform, unixSocket } from "./platform";
import { block, proxyHeaders } from "./text";

/** How open websockets are checked. */
export interface WebsocketCheck {
  /** Seconds between two auth requests for a session. */
  interval: number;
  /** The variables that hold what the auth server is asked with. */
  credentials: WebsocketCredentials;
}

/** The variables that hold what a client came with: the session's cookie, and the token. */
export interface WebsocketCredentials {
  cookie: string;
  /** @default none */
  authorization?: string;
}

/** What is needed of a platform here. */
type Folders = Pick<GatewayPlatform, "folders">;

/** The headers by which the site's server tells the script whose connection it is; an app must not get them. */
const scriptHeaders = {
  guestList: "X-Guest-List",
  cookie: "X-Session-Cookie",
  authorization: "X-Session-Authorization",
} as const;

const scriptName = "watch-websockets.js";

/** The njs script, which {@link websocketStream} imports from the folder of the gateway's files. */
export function websocketScript(): NamedFile {
  return publicFile(scriptName, readFileSync(join(__dirname, scriptName), "utf8"));
}

/**
 * Write what the location of a websocket needs besides its own `auth_request`: the way to the `stream` server, and whose
 * connection it is.
 *
 * As always in nginx, the headers that a server sets are lost in a location that sets one of its own: the location must
 * set those that the app gets again.
 *
 * @param check how websockets are checked
 * @param guestList the name of the guest list that the auth server is asked about
 * @param platform where the gateway runs
 * @returns directives for the location
 */
export function websocketLocation(
  { credentials: { cookie, authorization = "" } }: WebsocketCheck,
  guestList: string,
  platform: Folders,
): string {
  return `${proxyHeaders({
    [scriptHeaders.guestList]: guestList,
    [scriptHeaders.cookie]: cookie,
    [scriptHeaders.authorization]: authorization,
  })}
proxy_http_version 1.1;
proxy_buffering off;
proxy_read_timeout 1d;
proxy_send_timeout 1d;
proxy_pass http://${unixSocket(platform, "websocket-in")};`;
}

/**
 * Write the `stream` block with the server that ends connections.
 *
 * @param check how websockets are checked
 * @param platform where the gateway runs
 * @returns the block, for the top level of `nginx.conf`
 */
export function websocketStream({ interval }: WebsocketCheck, platform: Folders): string {
  return block(
    "stream",
    `# njs reports the ordinary end of each connection as an error.
error_log stderr crit;
js_import websockets from ${platform.folders.config}/${scriptName};
# The sessions that have a websocket open. Entries are renewed each round; if there are too many, the oldest connections end.
js_shared_dict_zone zone=websockets:16m type=number timeout=${3 * interval + 10}s evict;
js_var $websocket_interval ${interval};
js_var $websocket_auth_server ${authServerUrl(platform)};
js_fetch_timeout 5s;`,
    block(
      "server",
      `listen ${unixSocket(platform, "websocket-in")};
js_periodic websockets.check interval=${interval}s;
js_filter websockets.watch;
proxy_pass ${unixSocket(platform, "websocket-out")};
proxy_buffer_size 4k;
proxy_timeout 1d;`,
    ),
  );
}

/**
 * Write the server behind the `stream` server, which passes the requests on to the apps. The script's headers are
 * removed; all others are as the location of the site's server set them.
 *
 * @param site a checked spec
 * @param platform where the gateway runs
 * @returns the block, for `http`
 */
export function websocketServer(
  site: { apps: Pick<App, "name" | "path">[]; authority: string },
  platform: Pick<GatewayPlatform, "folders" | "connectTimeoutMs">,
): string {
  return block(
    "server",
    `listen ${unixSocket(platform, "websocket-out")};
access_log off;
proxy_http_version 1.1;`,
    proxyHeaders({
      Host: site.authority,
      Upgrade: "$http_upgrade",
      Connection: "$http_connection",
      ...Object.fromEntries(Object.values(scriptHeaders).map((name) => [name, ""])),
    }),
    `proxy_connect_timeout ${Math.max(500, platform.connectTimeoutMs)}ms;
proxy_buffering off;
proxy_read_timeout 1d;
proxy_send_timeout 1d;`,
    site.apps.map((app) =>
      block(`location = ${app.path}${streamlitPaths.stream}`, `proxy_pass http://${upstreamName(app)};`),
    ),
  );
}
