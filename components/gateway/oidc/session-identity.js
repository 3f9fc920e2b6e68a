/**
 * Tells the auth server who has a session. Run by nginx's `http` module (njs, whose default engine knows no `for … of` and no
 * destructuring); `auth-server.ts` writes the configuration around it.
 *
 * oauth2-proxy's answer to an auth request has the groups in one header, separated by commas, in which a comma within a name
 * looks the same. What it says of the user in JSON (`UserInfo` in `oauthproxy.go`) is the same identity with the groups as a list.
 */

/** The internal location that asks oauth2-proxy. */
const userInfo = "/_user_info";

/** How long a list of groups may be: Streamlit's server refuses a websocket with a longer header. */
const longestGroups = 7000;

/** `js_content`: 204 and the identity in headers, 401 without a session, or the status with which oauth2-proxy failed. */
async function tell(r) {
  const answer = await r.subrequest(userInfo, { method: "GET" });
  const cookies = answer.headersOut["Set-Cookie"];
  if (cookies !== undefined) r.headersOut["Set-Cookie"] = cookies;
  if (answer.status !== 200) {
    r.return(answer.status);
    return;
  }
  const identity = JSON.parse(answer.responseText);
  if (!identity.user) {
    r.return(401);
    return;
  }
  r.headersOut["X-Auth-Request-User"] = line(identity.user);
  r.headersOut["X-Auth-Request-Email"] = line(identity.email || "");
  r.headersOut["X-Auth-Request-Preferred-Username"] = line(identity.preferredUsername || "");
  const groups = asciiJson(identity.groups || []);
  // With none, and with more than an app can be told, nothing is said.
  if (groups !== "[]" && groups.length <= longestGroups) r.headersOut["X-Auth-Request-Groups"] = groups;
  r.return(204);
}

/** A text that is one line of a header, as Go writes it. */
function line(text) {
  return text.replace(/[\r\n]/g, " ").trim();
}

/** JSON in printable ASCII, whatever the names are. */
function asciiJson(value) {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (character) => {
    const code = character.codePointAt(0);
    // An engine takes a character beyond 16 bits for one, or for the two halves that JSON has for it.
    return code <= 0xffff
      ? escaped(code)
      : escaped(0xd800 + ((code - 0x10000) >> 10)) + escaped(0xdc00 + ((code - 0x10000) & 0x3ff));
  });
}

function escaped(code) {
  return `\\u${`000${code.toString(16)}`.slice(-4)}`;
}

export default { tell };
