/**
 * A bounded end for open websockets: nginx checks who somebody is at a websocket's handshake only, so that one that is
 * open would outlive a sign-out.
 *
 * The gateway therefore passes each websocket through itself: the site's server → the `stream` server of
 * {@link socketsStream} → the server of {@link socketsServer} → the app. In the middle an njs script, `watch-sockets.js`, has
 * the sign-in check asked about every open session every few seconds, and closes the connections of those that are
 * refused. Nobody else notices.
 *
 * - Answers 2xx keep a connection open; so do 5xx and no answer at all, because an outage of the sign-in check must not
 *   cut everybody off. Anything else, 401 and 403 above all, closes it.
 * - A connection ends `seconds` + 1 s after its session at the latest, plus the time that the round of questions takes
 *   and for as long as the sign-in check remembers an answer. From then on no byte passes in either direction; both
 *   sides are closed when the app answers the goodbye that it is sent, which a busy one does late.
 * - Connections with the same guest list and the same credentials are asked about once.
 * - An idle websocket takes about 100 kB of nginx instead of 25 kB, up to 1 MB more for each day that it stays open
 *   (`seconds: 30`), and six of `worker_connections` instead of two.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the parts of the detour have in common. */
export interface SocketsArgs {
  /** Where the script ({@link socketsScript}) is on the machine that runs nginx. */
  script: string;
  /** The folder of the detour's own unix sockets, which only the gateway can reach. Default `/tmp`. */
  folder?: string;
  /**
   * The address of the sign-in check, without the name of a guest list, which is appended:
   * `http://unix:/tmp/sign-in.sock:/`. It gets `Cookie` and `Authorization` as {@link SocketCredentials} has them, and
   * answers 2xx, 401 or 403.
   */
  signIn: string;
  /** Seconds between two questions about a session. Default 30. */
  seconds?: number;
}

/** A path whose requests take the detour. */
export interface SocketsRoute {
  /** The exact path. */
  path: string;
  /** Where the requests go in the end, for instance `http://app_sales`. */
  target: string;
}

/** The headers by which the outer location tells the script whose connection it is; an app must not get them. */
const scriptHeaders = {
  guestList: "X-Guest-List",
  cookie: "X-Session-Cookie",
  authorization: "X-Session-Authorization",
} as const;

/** The variables that hold what somebody came with: their session's cookie, and their token. */
export interface SocketCredentials {
  cookie: string;
  /** Default: none. */
  authorization?: string;
}

/**
 * Read the script: an njs module, to be stored at {@link SocketsArgs.script}.
 *
 * @returns its text
 */
export function socketsScript(): string {
  return readFileSync(join(__dirname, "watch-websockets.js"), "utf8");
}

/**
 * Write what the outer location, that of the site's server, needs besides its own `auth_request`: the way into the
 * detour, and whose connection it is.
 *
 * As always in nginx, the headers that a server sets are lost in a location that sets one of its own: the location must
 * set those that the app gets again.
 *
 * @param args see {@link SocketsArgs}
 * @param guestList the name of the guest list that `signIn` is asked about
 * @param credentials what `signIn` is asked with
 * @returns directives for the location
 */
export function socketsLocation(
  args: SocketsArgs,
  guestList: string,
  { cookie, authorization = '""' }: SocketCredentials,
): string {
  return `proxy_set_header ${scriptHeaders.guestList} ${guestList};
proxy_set_header ${scriptHeaders.cookie} ${cookie};
proxy_set_header ${scriptHeaders.authorization} ${authorization};
proxy_http_version 1.1;
proxy_buffering off;
proxy_read_timeout 1d;
proxy_send_timeout 1d;
proxy_pass http://unix:${sockets(args).into};`;
}

/**
 * Write the `stream` block with the server that ends connections.
 *
 * @param args see {@link SocketsArgs}
 * @returns the block, for the top level of `nginx.conf`
 */
export function socketsStream(args: SocketsArgs): string {
  const { seconds = 30 } = args;
  return `stream {
  # For njs an ordinary end of a connection is an error: it says so of each.
  error_log stderr crit;
  js_import sockets from ${args.script};
  # Who has a websocket open. Entries are renewed each round; if there are too many, the oldest connections end.
  js_shared_dict_zone zone=sockets:16m type=number timeout=${3 * seconds + 10}s evict;
  js_var $sockets_seconds ${seconds};
  js_var $sockets_sign_in ${args.signIn};
  js_fetch_timeout 5s;
  server {
    listen unix:${sockets(args).into};
    js_periodic sockets.ask interval=${seconds}s;
    js_filter sockets.watch;
    proxy_pass unix:${sockets(args).out};
    proxy_buffer_size 4k;
    proxy_timeout 1d;
  }
}`;
}

/**
 * Write the server at the end of the detour, which passes the requests on to the apps. What the script needed to know
 * is removed; all other headers are as the outer location set them.
 *
 * @param args see {@link SocketsArgs}
 * @param authority the `Host` that the apps are told
 * @param routes the paths that take the detour
 * @returns the block, for `http`
 */
export function socketsServer(args: SocketsArgs, authority: string, routes: SocketsRoute[]): string {
  const locations = routes.map(
    ({ path, target }) => `  location = ${path} {
    proxy_pass ${target};
  }`,
  );
  return `server {
  listen unix:${sockets(args).out};
  access_log off;
  proxy_http_version 1.1;
  proxy_set_header Host ${authority};
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $http_connection;
${Object.values(scriptHeaders)
  .map((name) => `  proxy_set_header ${name} "";`)
  .join("\n")}
  proxy_connect_timeout 500ms;
  proxy_buffering off;
  proxy_read_timeout 1d;
  proxy_send_timeout 1d;
${locations.join("\n")}
}`;
}

/** The unix sockets of the detour. */
function sockets({ folder = "/tmp" }: SocketsArgs): { into: string; out: string } {
  return { into: `${folder}/sockets.sock`, out: `${folder}/sockets-out.sock` };
}
