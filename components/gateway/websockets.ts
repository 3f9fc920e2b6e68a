/**
 * A bounded end for open websockets: nginx checks who is signed in at a websocket's handshake only, so that one that is
 * open would outlive a sign-out.
 *
 * A websocket goes from the site's server to the app as any request does. Beside it runs a subrequest (`mirror`) for as
 * long as it is open, whose njs script, `watch-websockets.js`, looks every few seconds whether the session is still
 * there, and otherwise ends the whole request. A periodic script sends an auth request for every open session.
 *
 * - Answers 2xx keep a connection open; so do 5xx and no answer at all, because an outage of the auth server must not
 *   cut everybody off. Anything else, 401 and 403 above all, closes it.
 * - A connection ends `interval` + 1 s after its session at the latest, plus the time that a round of auth requests takes
 *   and for as long as the auth server's answers are cached. From then on no byte passes in either direction, and both
 *   sides are closed.
 * - Connections with the same guest list and the same credentials share one auth request.
 * - An idle websocket takes about 23 kB of nginx more than one that is not watched, up to 1 MB more for each day that it
 *   stays open (`interval: 30`).
 */
import type { App } from "../spec/site";
import { errorPages } from "./error-pages";
import { type NamedFile, scriptFile } from "./files";
import type { Host } from "./hosts";
import type { GatewayPlatform } from "./platform";
import { block, lines, type Part } from "./text";

/** How open websockets are checked. */
export interface WebsocketCheck {
  /** Seconds between two auth requests for a session. */
  interval: number;
  /** The variables that hold what the auth server is asked with, at a host. */
  credentials: (host: Host) => WebsocketCredentials;
  /** The URL of a unix socket that tells of an app's guest list. */
  authUrl: (app: App, host: Host) => string;
}

/** The variables that hold what a client came with: the session's cookie, and the token. */
export interface WebsocketCredentials {
  cookie: string;
  /** @default none */
  authorization?: string;
}

/** What is needed of a platform here. */
type Folders = Pick<GatewayPlatform, "folders">;

const scriptName = "watch-websockets.js";

/** The njs script, which {@link websocketHttp} imports from the folder of the gateway's files. */
export function websocketScript(): NamedFile {
  return scriptFile(__dirname, scriptName);
}

/** Run when the request of a websocket is done, and when there is no app to open it. */
const ending = "@websocket_end";
const failed = "@websocket_failed";

/** The internal location whose subrequest runs beside a websocket for as long as that is open. */
const watchPath = (guestList: string): string => `/_gateway/websocket/${guestList}`;

/**
 * Write what the location of a websocket needs besides its own `auth_request` and the way to the app. The subrequest is
 * made when the sign-in check is done.
 *
 * @param guestList the name of the guest list that the auth server is asked about
 * @returns directives for the location
 */
export function websocketLocation(guestList: string): string {
  return `mirror ${watchPath(guestList)};
mirror_request_body off;
# nginx keeps a connection for as long as a subrequest runs: this one ends with its request, however that ended.
post_action ${ending};
keepalive_timeout 0;
error_page 502 503 504 ${failed};
error_page 401 /_gateway/401.html;
${errorPages}`;
}

/**
 * Write the locations that end websockets.
 *
 * @param check how websockets are checked
 * @param host the host whose apps {@link websocketLocation} was written for
 * @returns locations of the host's server
 */
export function websocketLocations({ interval, credentials, authUrl }: WebsocketCheck, host: Host): Part[] {
  const { cookie, authorization = "" } = credentials(host);
  return [
    // Once for all hosts.
    host.app === undefined &&
      lines(
        "# The questions about open websockets.",
        block("location @websockets", `js_periodic websockets.check interval=${interval}s;`),
      ),
    lines(
      "# nginx takes 499 for an error, which ends whatever belongs to the request. njs reports the timer that this stops as one.",
      block(`location ${ending}`, "error_log stderr crit;", "return 499;"),
      block(`location ${failed}`, `post_action ${ending};`, "return 502;"),
    ),
    ...host.apps.map((app) =>
      block(
        `location = ${watchPath(app.name)}`,
        "internal;",
        `set $websocket_session "${authUrl(app, host)}\\n${cookie}\\n${authorization}";`,
        "js_content websockets.watch;",
      ),
    ),
  ];
}

/**
 * Write what the script needs of the `http` block.
 *
 * @param check how websockets are checked
 * @param platform where the gateway runs
 * @returns directives for `http`
 */
export function websocketHttp({ interval }: Pick<WebsocketCheck, "interval">, platform: Folders): string {
  return `js_import websockets from ${platform.folders.config}/${scriptName};
# The sessions that have a websocket open. Entries are renewed each round; if there are too many, the oldest connections end.
js_shared_dict_zone zone=websockets:16m type=number timeout=${3 * interval + 10}s evict;
js_var $websocket_interval ${interval};
js_fetch_timeout 5s;`;
}
