/**
 * Ends a websocket whose session has ended. Run by nginx's `stream` module (njs, whose default engine knows no
 * `for … of` and no destructuring); `websockets.ts` writes the configuration around it.
 *
 * The sessions that have a websocket open are listed in shared memory: the guest list and the credentials, one a line.
 * `check` sends an auth request for each of them and removes those that were refused; `watch` closes a connection whose
 * session is no longer on the list. The work is split so because whatever a connection's own script allocates is freed
 * only when the connection ends: an auth request costs 8 kB, a look at the list 0.3 kB.
 */
/* global Buffer, ngx, setTimeout */

/** The key under which the list has the time of the last round of auth requests. Those of sessions have line breaks. */
const lastRound = "last round";

/** How many auth requests are under way at the same time. */
const concurrency = 32;

/** `js_filter`: passes everything on unchanged, and reads of it only the head of the request that comes first. */
function watch(s) {
  const list = ngx.shared.websockets;
  const interval = Number(s.variables.websocket_interval);
  let head;
  s.on("upstream", (data, flags) => {
    s.send(data, flags);
    head = head === undefined ? data : Buffer.concat([head, data]);
    if (head.indexOf("\r\n\r\n") < 0) {
      head = Buffer.from(head);
      return;
    }
    // From here on the bytes pass without being looked at.
    s.off("upstream");
    const session = sessionOf(head);
    head = undefined;
    list.set(session, 1);
    const look = () => {
      // Also renews the entry, which otherwise expires.
      if (list.replace(session, 1)) setTimeout(look, untilNextRound(list.get(lastRound), interval));
      else end(s);
    };
    setTimeout(look, untilNextRound(list.get(lastRound), interval));
  });
}

/** A websocket's close frame as a client sends it (RFC 6455, 5.5.1): 1001, going away. */
const closeFrame = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]);

/**
 * Closes a connection. Only an error in the handling of bytes closes it on both sides (one in a timer's function leaves
 * the side of the app open), so from now on no byte passes, and the next one closes it: the app's answer to the close frame.
 */
function end(s) {
  const close = () => {
    throw new Error("the session has ended");
  };
  s.on("upstream", close);
  s.on("downstream", close);
  s.send(closeFrame, { from_upstream: false });
}

/**
 * The guest list and the credentials that the gateway wrote into the head of the request, one a line. Nothing else of the head
 * becomes a string: taking it apart would cost 25 kB for as long as the connection is open.
 */
function sessionOf(head) {
  return ["X-Guest-List", "X-Session-Cookie", "X-Session-Authorization"]
    .map((name) => {
      // The gateway's own: nginx drops what a client sends by such a name, and no header has a line break.
      const line = head.indexOf(`\r\n${name}: `);
      if (line < 0) return "";
      const start = line + name.length + 4;
      // What is not ASCII belongs to no session, and cannot be sent from here.
      return head.toString("utf8", start, head.indexOf("\r\n", start)).replace(/[^\x20-\x7e]/g, "?");
    })
    .join("\n");
}

/** Milliseconds until half a second after the next round; a whole interval if none is known to be due. */
function untilNextRound(last, interval) {
  const wait = last === undefined ? 0 : last + interval * 1000 + 500 - Date.now();
  return wait > 0 ? wait : interval * 1000;
}

/** `js_periodic`: a round of auth requests, one for every session on the list. */
async function check(s) {
  const list = ngx.shared.websockets;
  const sessions = list.keys(1e6).filter((key) => key !== lastRound);
  let next = 0;
  const checkInTurn = async () => {
    while (next < sessions.length) {
      const session = sessions[next++];
      if (await refused(s.variables.websocket_auth_server, session)) list.delete(session);
    }
  };
  const turns = [];
  while (turns.length < Math.min(concurrency, sessions.length)) turns.push(checkInTurn());
  await Promise.all(turns);
  list.set(lastRound, Date.now());
}

/** Does the auth server refuse a session? One that is down or fails refuses nobody: an outage ends no session. */
async function refused(authServer, session) {
  const parts = session.split("\n");
  // The URL of a unix socket has no name to put there.
  const headers = { Host: "sign-in" };
  if (parts[1] !== "") headers.Cookie = parts[1];
  if (parts[2] !== "") headers.Authorization = parts[2];
  try {
    const answer = await ngx.fetch(`${authServer}${parts[0]}`, { headers });
    return answer.status >= 300 && answer.status < 500;
  } catch (error) {
    ngx.log(ngx.WARN, `the auth server did not answer: ${error.message}`);
    return false;
  }
}

export default { watch, check };
