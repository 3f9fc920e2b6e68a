/**
 * Ends a websocket whose session has ended. Run by nginx's `http` module (njs, whose default engine knows no
 * `for … of` and no destructuring); `websockets.ts` writes the configuration around it.
 *
 * The sessions that have a websocket open are listed in shared memory: the URL that tells of the guest list, and the credentials, one a line.
 * `check` sends an auth request for each of them and removes those that were refused; `watch` ends a websocket whose
 * session is no longer on the list. The work is split so because whatever a connection's own script allocates is freed
 * only when the connection ends: an auth request costs 8 kB, a look at the list 0.3 kB.
 */
/* global ngx, setTimeout */

/** The key under which the list has the time of the last round of auth requests. Those of sessions have line breaks. */
const lastRound = "last round";

/** How many auth requests are under way at the same time. */
const concurrency = 32;

/**
 * `js_content` of the subrequest that runs beside a websocket: waits for the end of its session, and ends the websocket then.
 * 444 ends the request that a subrequest belongs to, and both of its connections, at once.
 */
function watch(r) {
  const list = ngx.shared.websockets;
  // Once: each time would be another object.
  const variables = r.variables;
  const interval = Number(variables.websocket_interval);
  // The URL and the credentials, one a line. What is not ASCII belongs to no session, and cannot be sent from here.
  const session = variables.websocket_session.replace(/[^\x20-\x7e\n]/g, "?");
  list.set(session, 1);
  const look = () => {
    // The end of a websocket takes this with it; should it not, this ends by itself. Replacing also renews the entry, which
    // otherwise expires.
    const goesOn = !variables.request_completion && list.replace(session, 1);
    if (goesOn) setTimeout(look, untilNextRound(list.get(lastRound), interval));
    else r.return(444);
  };
  setTimeout(look, untilNextRound(list.get(lastRound), interval));
}

/** Milliseconds until half a second after the next round; a whole interval if none is known to be due. */
function untilNextRound(last, interval) {
  const wait = last === undefined ? 0 : last + interval * 1000 + 500 - Date.now();
  return wait > 0 ? wait : interval * 1000;
}

/**
 * `js_periodic`: a round of auth requests, one for every session on the list. nginx kills a round that is not over when the next one is
 * due. Each round begins at another place of the list, so that a session is asked about although the auth server keeps others waiting.
 */
async function check() {
  const list = ngx.shared.websockets;
  const sessions = list.keys(1e6).filter((key) => key !== lastRound);
  const first = Math.floor(Math.random() * sessions.length);
  let next = 0;
  const checkInTurn = async () => {
    while (next < sessions.length) {
      const session = sessions[(first + next++) % sessions.length];
      if (await refused(session)) list.delete(session);
    }
  };
  const turns = [];
  while (turns.length < Math.min(concurrency, sessions.length)) turns.push(checkInTurn());
  await Promise.all(turns);
  list.set(lastRound, Date.now());
}

/** Does the auth server refuse a session? One that is down or fails refuses nobody: an outage ends no session. */
async function refused(session) {
  const parts = session.split("\n");
  // The URL of a unix socket has no name to put there.
  const headers = { Host: "sign-in" };
  if (parts[1] !== "") headers.Cookie = parts[1];
  if (parts[2] !== "") headers.Authorization = parts[2];
  try {
    const answer = await ngx.fetch(parts[0], { headers });
    return answer.status >= 300 && answer.status < 500;
  } catch (error) {
    ngx.log(ngx.WARN, `the auth server did not answer: ${error.message}`);
    return false;
  }
}

export default { watch, check };
