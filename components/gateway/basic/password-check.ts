/**
 * The nginx that checks passwords, beside the gateway's own: bcrypt takes a tenth of a second on purpose, in which an nginx worker
 * does nothing else. So whatever is asked of it, nobody waits who does not sign in at that moment.
 */
import type { BasicAuth } from "../../spec/site";
import { type NamedFile, publicFile } from "../files";
import { type GatewayPlatform, unixSocket } from "../platform";
import { temporaryPaths } from "../scratch";
import { block, lines, map, paragraphs } from "../text";
import { nobodysCredentials, passwordFileName } from "./htpasswd";

/** The name of its configuration file. */
export const passwordCheckFileName = "passwords.conf";

/** For how many seconds a right password is remembered, at most: 30 days. It stays right until the gateway is replaced. */
const rememberedSeconds = 30 * 24 * 3600;

/**
 * And a wrong one. It stays wrong for as long; but there are more of them. A page that is open with a password that was changed asks
 * with the old one again and again: it would use up the limits of its user, and of its address, and people would be told of too many
 * attempts instead of being asked for the new one.
 */
const wrongSeconds = 600;

/**
 * Its configuration file: 204 and the user's name in `X-Auth-Request-User` for a right password, else 401 with the challenge. It is asked
 * with {@link checkedCredentials}.
 *
 * @param basic `auth.basic` of a checked spec
 * @param platform where the gateway runs
 */
export function passwordCheckFile(basic: BasicAuth, platform: GatewayPlatform): NamedFile {
  const { config, scratch } = platform.folders;
  const text = paragraphs(
    lines(
      "# Written by pulumi-streamlit-site from the site's spec: changes here are lost.",
      "# Checks passwords for the nginx beside it, which must not wait for that.",
      "worker_processes 1;",
      "worker_rlimit_nofile 256;",
      "# What the other one does comes first.",
      "worker_priority 10;",
      `pid ${scratch}/passwords.pid;`,
      "error_log stderr error;",
    ),
    block("events", "worker_connections 64;"),
    block(
      "http",
      paragraphs(
        lines("access_log off;", "server_tokens off;", temporaryPaths(platform)),
        block(
          "server",
          `listen ${unixSocket(platform, "passwords")};
root /var/empty;`,
          block(
            "location /",
            `add_header X-Accel-Expires ${wrongSeconds} always;
auth_basic "${basic.realm}";
auth_basic_user_file ${config}/${passwordFileName};
# What follows is reached when the password was checked.
try_files /.none @signed_in;`,
          ),
          block(
            "location @signed_in",
            `add_header X-Auth-Request-User $remote_user always;
add_header X-Accel-Expires ${rememberedSeconds} always;
return 204;`,
          ),
        ),
      ),
    ),
  );
  return publicFile(passwordCheckFileName, `${text}\n`);
}

/**
 * A map to the credentials that are checked in place of those that came: of a name that nobody has, nobody's. Otherwise the answer
 * would come at once, and how long it takes would tell which names there are.
 */
export function checkedCredentialsMap({ users, generatedUsers }: BasicAuth): string {
  const names = [...Object.keys(users), ...generatedUsers];
  return map(
    "$remote_user",
    checkedCredentials,
    `"${nobodysCredentials}"`,
    // Not `$`, which also fits before a line break at the end: that would be a name that nobody has.
    names.map((name) => [`"~^${name.replaceAll(/[.+]/g, "\\$&")}\\z"`, "$http_authorization"]),
  );
}

/** The variable with what the password check is asked with. */
export const checkedCredentials = "$checked_credentials";
