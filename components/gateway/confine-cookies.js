/**
 * Confines the cookies that an app sets to the app. Run by nginx's `http` module (njs, whose default engine knows no `for … of`
 * and no destructuring); `app-cookies.ts` writes the configuration around it.
 *
 * A cookie is taken apart as browsers do it (RFC 6265bis, 5.6), who forgive everything: a name may be missing, an attribute
 * may come twice, and then the last one counts.
 */

/** `js_header_filter` of a location that leads to an app. It sees what the app sets, and the gateway's own replica cookie. */
function confine(r) {
  const cookies = r.headersOut["Set-Cookie"];
  if (cookies === undefined || cookies.length === 0) return;
  const path = r.variables.app_path;
  const replicaCookie = r.variables.app_replica_cookie;
  r.headersOut["Set-Cookie"] = cookies
    .filter((cookie) => isOwn(nameOf(cookie), replicaCookie))
    .map((cookie) => within(path, cookie));
}

/** The name of a cookie as it comes back: one without a name comes back as its value alone. */
function nameOf(cookie) {
  const pair = cookie.split(";", 1)[0];
  return pair.replace(/^\s*=/, "").split("=", 1)[0].trim();
}

/** Is it neither a cookie of a sign-in nor the replica cookie of another app? */
function isOwn(name, replicaCookie) {
  return !/^__host-oauth2_proxy/i.test(name) && (!/^replica_/i.test(name) || name === replicaCookie);
}

/** A cookie that is sent to no other host, and to no path that is not the app's. */
function within(appPath, cookie) {
  const parts = cookie.split(";");
  let path;
  const kept = parts.filter((part, index) => {
    if (index === 0) return true;
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === "path") path = equals < 0 ? "" : part.slice(equals + 1).trim();
    return name !== "path" && name !== "domain";
  });
  // Without one that begins with a slash, the folder of what was asked for counts, which is the app's.
  if (path !== undefined && path.charAt(0) === "/")
    kept.push(` Path=${path === appPath || path.startsWith(`${appPath}/`) ? path : `${appPath}/`}`);
  return kept.join(";");
}

export default { confine };
