/**
 * Signs people in at hosts of apps' own with their session at the site's host. Run by nginx's `http` module (njs, whose default
 * engine knows no `for … of` and no destructuring); `sealed-sessions.ts` writes the configuration around it.
 *
 * An app's host has no session's cookie but a sealed one: the session's cookie, encrypted and bound to the app (AES-GCM with
 * additional data), so that its value opens nothing at another host. It gets there so:
 *
 * 1. `begin`, at the app's host: gives the browser a nonce in a cookie, and sends it to the site's host with the sealed start.
 * 2. `issue`, at the site's host, once signed in there: sends it back with a sealed code that holds the session's cookie.
 * 3. `redeem`, at the app's host: the code has to be for this app, not older than a minute, and begun by the browser that has
 *    the nonce. Whoever gets somebody else's code can do nothing with it, and nobody can be signed in with a code of another's.
 *
 * Every answer on this way is a redirect: no page, whose scripts could read its address, is ever at one with a code.
 */
/* global Buffer, crypto, ngx */
import fs from "fs";

/** Milliseconds from the start until somebody has signed in, and from there to the app. */
const startLasts = 15 * 60 * 1000;
const codeLasts = 60 * 1000;

/** Places that are longer make addresses that some provider does not take. */
const longestPlace = 2000;

/** `js_content` of the app's host, for a page that needs a sign-in. */
async function begin(r) {
  const variables = r.variables;
  const given = valueOf(variables.sealed_nonce);
  // Several pages may be on their way at once.
  const nonce = /^[\w-]{43}$/.test(given) ? given : random(32).toString("base64url");
  const uri = variables.request_uri;
  const start = {
    app: variables.sealed_app,
    origin: variables.sealed_origin,
    place: uri[0] === "/" && uri.length <= longestPlace ? uri : "/",
    nonce: await digest(nonce),
    until: Date.now() + startLasts,
  };
  const state = await seal(variables, "start", JSON.stringify(start));
  r.headersOut["Set-Cookie"] = [
    `${variables.sealed_name}_nonce=${nonce}; Path=/; Max-Age=${startLasts / 1000}; Secure; HttpOnly; SameSite=Lax`,
  ];
  lead(r, `${variables.sealed_site}/oauth2/app?state=${state}`);
}

/** `js_content` of the site's host, for somebody who is signed in there. */
async function issue(r) {
  const variables = r.variables;
  const start = await unsealTimed(variables, "start", r.args.state);
  const session = valueOf(variables.session_cookie);
  if (start === undefined || session === "") return lead(r, `${variables.sealed_site}/oauth2/not_signed_in`);
  start.session = session;
  start.until = Date.now() + codeLasts;
  const code = await seal(variables, "code", JSON.stringify(start));
  lead(r, `${start.origin}/oauth2/signed_in?code=${code}`);
}

/** `js_content` of the app's host, for somebody who comes with a code. */
async function redeem(r) {
  const variables = r.variables;
  const code = await unsealTimed(variables, "code", r.args.code);
  const forThisApp = code !== undefined && code.app === variables.sealed_app;
  const nonce = valueOf(variables.sealed_nonce);
  if (forThisApp && nonce !== "" && code.nonce === (await digest(nonce))) {
    r.headersOut["Set-Cookie"] = [
      await sealedCookie(variables, code.app, code.session),
      `${variables.sealed_name}_nonce=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax`,
    ];
    lead(r, `${variables.sealed_origin}${code.place}`);
  } else {
    // Another page may have been quicker.
    const place = forThisApp && variables.sealed_session !== "" ? code.place : "/oauth2/not_signed_in";
    lead(r, `${variables.sealed_origin}${place}`);
  }
}

/** `js_content` of the app's host: opens the cookie, for the location that ends the session at oauth2-proxy. */
async function signOut(r) {
  const variables = r.variables;
  const session = await unsealSession(variables, variables.sealed_app, variables.sealed_session);
  variables.unsealed_session = session === undefined ? "" : `${variables.session_name}=${session}`;
  r.internalRedirect("/_gateway/sign_out");
}

/** What the auth server says of a guest list, and nothing else of its answer. */
const answered = [
  "X-Auth-Request-User",
  "X-Auth-Request-Email",
  "X-Auth-Request-Preferred-Username",
  "X-Auth-Request-Groups",
  "X-Accel-Expires",
  "WWW-Authenticate",
];

/** `js_content` that stands between the app's host and the auth server: asks it with what the sealed cookie holds. */
async function ask(r) {
  const variables = r.variables;
  const app = variables.sealed_app;
  const sealed = r.headersIn.Cookie;
  const session = await unsealSession(variables, app, sealed);
  if (sealed && session === undefined) return r.return(401, " ");
  const headers = { Host: "sign-in", "X-Real-IP": r.headersIn["X-Real-IP"] || "" };
  if (session !== undefined) headers.Cookie = `${variables.session_name}=${session}`;
  if (r.headersIn.Authorization) headers.Authorization = r.headersIn.Authorization;
  const answer = await ngx.fetch(`${variables.sealed_auth_server}${app}`, { headers });
  answered.forEach((name) => {
    const value = answer.headers.get(name);
    if (value !== null && value !== undefined) r.headersOut[name] = value;
  });
  // oauth2-proxy sets the cookie anew when it has refreshed the session.
  const refreshed = answer.headers
    .getAll("Set-Cookie")
    .map((cookie) => cookie.split(";")[0])
    .find((cookie) => cookie.startsWith(`${variables.session_name}=`) && valueOf(cookie) !== "");
  if (refreshed !== undefined)
    r.headersOut["Set-Cookie"] = [await sealedCookie(variables, app, valueOf(refreshed))];
  r.return(answer.status, answer.status === 204 ? "" : " ");
}

/** Redirect, once. */
function lead(r, url) {
  r.headersOut["Cache-Control"] = "no-store";
  r.return(302, url);
}

/** The value of a cookie as it is in a request: `name=value`. */
function valueOf(cookie) {
  return cookie ? cookie.slice(cookie.indexOf("=") + 1) : "";
}

async function sealedCookie(variables, app, session) {
  const sealed = await seal(variables, `session of ${app}`, session);
  return `${variables.sealed_name}=${sealed}${variables.sealed_attributes}`;
}

function unsealSession(variables, app, cookie) {
  return unseal(variables, `session of ${app}`, valueOf(cookie));
}

/** What was sealed as JSON for a time; undefined when that is over. */
async function unsealTimed(variables, purpose, sealed) {
  const text = await unseal(variables, purpose, sealed);
  const value = text === undefined ? undefined : JSON.parse(text);
  return value !== undefined && Date.now() < value.until ? value : undefined;
}

/** Encrypt a text; what is sealed for one purpose is of no use for another. */
async function seal(variables, purpose, text) {
  const iv = random(12);
  const sealed = await crypto.subtle.encrypt(terms(iv, purpose), await key(variables), Buffer.from(text));
  return Buffer.concat([iv, Buffer.from(sealed)]).toString("base64url");
}

/** The text; undefined for what nobody here sealed for this purpose. */
async function unseal(variables, purpose, sealed) {
  // Decoding would pass over other characters.
  if (!sealed || !/^[\w-]+$/.test(sealed)) return undefined;
  const secret = await key(variables);
  const bytes = Buffer.from(sealed, "base64url");
  return crypto.subtle.decrypt(terms(bytes.subarray(0, 12), purpose), secret, bytes.subarray(12)).then(
    (text) => Buffer.from(text).toString(),
    () => undefined,
  );
}

function terms(iv, purpose) {
  return { name: "AES-GCM", iv, additionalData: Buffer.from(purpose) };
}

function key(variables) {
  const bytes = Buffer.from(fs.readFileSync(variables.sealed_key_file).toString(), "base64");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function random(size) {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
}

async function digest(text) {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("base64url");
}

export default { ask, begin, issue, redeem, signOut };
