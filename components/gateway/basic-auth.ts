/** `auth.basic`: the password file, and the part of the gateway that checks it. */
import bcrypt from "bcryptjs";
import type { Site } from "../site-check";
import { isBcryptHash } from "../site-schema";
import { gatewayFolder, indexList } from "./nginx";

/**
 * How much work one guess costs: 2^11 rounds, about a tenth of a second. nginx computes it in its worker, hence no more;
 * a check that succeeded is remembered, so that people do not feel it.
 */
const bcryptCost = 11;

/**
 * The bcrypt hash of a password, or the value itself when it is a hash already.
 *
 * The salt is given, so that the same password has the same hash at every `up` and nothing is replaced for it.
 *
 * @param passwordOrHash as in `auth.basic.users`
 * @param salt 16 random bytes of this user
 * @returns a hash with the prefix `$2y$`, which every crypt(3) that knows bcrypt takes
 */
export function bcryptHash(passwordOrHash: string, salt: Uint8Array): string {
  const hash = isBcryptHash(passwordOrHash)
    ? passwordOrHash
    : bcrypt.hashSync(passwordOrHash, `$2b$${bcryptCost}$${bcrypt.encodeBase64(salt, 16)}`);
  return hash.replace(/^\$2[aby]\$/, "$2y$");
}

/**
 * The password file, as `auth_basic_user_file` reads it.
 *
 * @param hashes user name → bcrypt hash
 */
export function htpasswd(hashes: Record<string, string>): string {
  return Object.entries(hashes)
    .map(([user, hash]) => `${user}:${hash}\n`)
    .join("");
}

/**
 * The server behind the sign-in check: it knows the passwords and, per app, the guest list. 204 and the user's name when
 * both agree, 403 when only the list does not, else 401 with the challenge.
 *
 * It is a server of its own, reached by a socket in the container, so that its answers can be cached: bcrypt takes a
 * tenth of a second on purpose, and one page of Streamlit asks for some hundred files.
 *
 * @param site a checked spec
 */
export function basicAuthServer(site: Site): string {
  const lists = [
    ...site.apps.map(({ name, users }) => ({ name, users })),
    { name: indexList, users: undefined },
  ];
  const locations = lists
    .map(
      ({ name, users }) => `  location = /${name} {
    limit_req zone=sign_in_attempts burst=50;
    limit_req_status 403;
    auth_basic "${site.auth.basic.realm}";
    auth_basic_user_file ${gatewayFolder}/htpasswd;
    root /var/empty;
    # The list is read after the password was checked, so that a stranger cannot ask who is on it.
    try_files /.none @${name}_guest;
  }
  location @${name}_guest {
    add_header X-Auth-Request-User $remote_user always;
    add_header X-Accel-Expires 600 always;${
      users === undefined
        ? ""
        : `
    if ($guest_${name.replaceAll("-", "_")} = 0) {
      return 403;
    }`
    }
    return 204;
  }`,
    )
    .join("\n");
  return `server {
  listen unix:/tmp/sign-in.sock;
  access_log off;
${locations}
}`;
}
