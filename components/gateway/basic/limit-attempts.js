/**
 * Whose limit an attempt to sign in counts for. Run by nginx's `http` module (njs); `attempts.ts` writes the configuration
 * around it.
 */
/* global ngx */

/** User names are no longer, and a longer one must not take more of the memory that the limit has. */
const longestName = 64;

/**
 * `js_set`: the user name, at an address from which a wrong password has come lately; otherwise empty, which counts for no
 * name. So whoever guesses at a name elsewhere cannot keep out the one whom it belongs to and who types the right password.
 */
function name(r) {
  const variables = r.variables;
  if (!ngx.shared.wrong_attempts.has(variables.client_network)) return "";
  return (variables.remote_user || "").slice(0, longestName);
}

/** `js_header_filter`: keep in mind from where a wrong password has come. */
function keepInMind(r) {
  if (r.status === 401 && r.headersIn.Authorization !== undefined)
    ngx.shared.wrong_attempts.set(r.variables.client_network, "");
}

export default { name, keepInMind };
