/**
 * The name under which the answer of a sign-in check is remembered: nginx writes it into the cache's file, where the credentials
 * themselves must not be. Run by nginx's `http` module (njs); `cache-key.ts` writes the configuration around it.
 */
/* global ngx, Buffer, crypto */
import hashes from "crypto";

/**
 * `js_set`: HMAC-SHA256 of the credentials; empty without any. Should it fail, nginx takes the empty string, too, under which
 * nothing is remembered.
 */
function of(r) {
  // As they came: text would have one and the same character for every byte that is not UTF-8.
  const credentials = r.rawVariables.credentials;
  if (credentials === undefined || credentials.length === 0) return "";
  return hashes.createHmac("sha256", secret()).update(credentials).digest("base64url");
}

/** A key that was drawn at random when the first request came. It is in the memory that the workers share, and in no file. */
function secret() {
  const shared = ngx.shared.cache_key;
  const drawn = shared.get("secret");
  if (drawn !== undefined) return drawn;
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(32)).buffer).toString("hex");
  // Another worker may have been faster.
  return shared.add("secret", random) ? random : shared.get("secret");
}

export default { of };
