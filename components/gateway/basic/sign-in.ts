/** `auth.basic`: the password file, and the part of the gateway that checks it. */
import bcrypt from "bcryptjs";
import type { BasicAuth, Site } from "../../spec/check";
import { isBcryptHash } from "../../spec/schema";
import {
  gatewayFolder,
  guestLists,
  guestMap,
  indent,
  proxyToSignInServer,
  type SignInText,
  variableName,
} from "../nginx";

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
 * What `auth.basic` adds to the gateway's configuration.
 *
 * @param site a checked spec
 * @param basic its `auth.basic`
 */
export function basicAuthText(site: Site, basic: BasicAuth): SignInText {
  const limited = site.apps.flatMap((app) =>
    app.allow ? [{ name: variableName(app), users: app.allow.users }] : [],
  );
  return {
    identity: {
      user: "$auth_user",
      email: "$auth_email",
      name: "$auth_user",
      groups: '""',
    },
    http: `limit_req_zone $sign_in_client zone=sign_in_attempts:2m rate=10r/s;`,
    maps: [
      `# With auth.basic the user name is all that is known; one that is an e-mail address is that, too.
map $auth_user $auth_email {
  default "";
  ~@ $auth_user;
}
map $http_authorization $without_credentials {
  default 0;
  "" 1;
}
map $http_authorization $sign_in_client {
  default $http_x_real_ip;
  "" "";
}`,
      ...limited.flatMap(({ name, users }) => [
        guestMap("$remote_user", `$guest_${name}`, users),
        guestMap("$auth_user", `$listed_${name}`, users),
      ]),
      ...(limited.length === site.apps.length
        ? [
            `map "${limited.map(({ name }) => `$listed_${name}`).join("")}" $anywhere_listed {
  default 0;
  ~1 1;
}`,
          ]
        : []),
    ],
    check: (list) => `auth_request /_gateway/auth/${list};
auth_request_set $auth_user $upstream_http_x_auth_request_user;`,
    question: (list) => `${proxyToSignInServer(list)}
proxy_set_header Authorization $http_authorization;
proxy_cache sign_in;
proxy_cache_key "${list} $http_authorization";
proxy_cache_bypass $without_credentials;
proxy_cache_lock on;`,
    locations: "",
    servers: basicAuthServer(site, basic),
  };
}

/**
 * The server behind the sign-in check: it knows the passwords and, per app, the guest list. 204 and the user's name when
 * both agree, 403 when only the list does not, else 401 with the challenge.
 *
 * It is a server of its own, reached by a socket in the container, so that its answers can be cached: bcrypt takes a
 * tenth of a second on purpose, and one page of Streamlit asks for some hundred files. An answer counts for as long as the
 * guest list and the passwords cannot change, which is until the gateway is replaced, and at most ten minutes.
 */
function basicAuthServer(site: Site, basic: BasicAuth): string {
  const locations = guestLists(site)
    .map(
      ({ name, allow }) => `location = /${name} {
  limit_req zone=sign_in_attempts burst=50;
  limit_req_status 403;
  auth_basic "${basic.realm}";
  auth_basic_user_file ${gatewayFolder}/htpasswd;
  root /var/empty;
  # The list is read after the password was checked, so that a stranger cannot ask who is on it.
  try_files /.none @${name}_guest;
}
location @${name}_guest {
  add_header X-Auth-Request-User $remote_user always;
  add_header X-Accel-Expires 600 always;${
    allow === undefined
      ? ""
      : `
  if ($guest_${variableName({ name })} = 0) {
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
${indent(locations)}
}`;
}
