/**
 * How often somebody may try to sign in: the server between what is remembered of passwords, which never gets here, and what
 * checks passwords. It passes on no more than that can do, and refuses what is too much.
 *
 * - By address: one that tries more often than people do. IPv6 addresses of one network (/64) count as one.
 * - By name: what is tried from addresses from which a wrong password has come lately. Who comes from elsewhere is not held up
 *   by those who guess at their name.
 * - In all, so that the check keeps up. What is a little too much waits for up to two seconds.
 *
 * A refusal reaches the site's server as 403 with a header, because `auth_request` takes any status but 2xx, 401 and 403 for
 * a fault; there it becomes 429.
 */
import type { BasicAuth, Site } from "../../spec/site";
import { proxyToSocket } from "../auth-server";
import { pageSettings } from "../error-pages";
import { fileNames, type NamedFile, scriptFile } from "../files";
import { messagePage } from "../html";
import { headerVariableName } from "../names";
import { pageFile } from "../pages";
import { type GatewayPlatform, trustTheSite, unixSocket } from "../platform";
import { block, lines, map } from "../text";
import { checkedCredentials, checkedCredentialsMap } from "./password-check";

const scriptName = "limit-attempts.js";
const pageName = "429.html";

/** When a name's limit lets another attempt pass, in seconds; that of an address does earlier. */
const retryAfter = 5;

/** The header by which a 403 says that it is for too many attempts, and the variable with it. */
const refusalHeader = "X-Too-Many-Attempts";
const refusal = "$too_many_attempts";

/** The njs script, the page, as files. */
export function attemptsFiles(site: Site): NamedFile[] {
  return [
    scriptFile(__dirname, scriptName),
    pageFile(
      pageName,
      messagePage(site, {
        heading: "Too many attempts",
        text: "Somebody has tried to sign in too often: from your address, with your name, or with many others. Wait a moment, then try again.",
        link: ["", "Try again"],
      }),
    ),
  ];
}

/** Write what the limits need of the `http` block. */
export function attemptsHttp(basic: BasicAuth): string {
  return lines(
    "# Whoever has a network has as many IPv6 addresses of it as they like.",
    map("$remote_addr", "$client_network", "$remote_addr", [
      ['"~^(?<network>[0-9a-f]+(?::[0-9a-f]+){0,3}):"', "$network"],
    ]),
    `limit_req_zone $client_network zone=attempts_by_address:1m rate=2r/s;
limit_req_zone $limited_name zone=attempts_by_name:1m rate=${60 / retryAfter}r/m;
limit_req_zone all zone=attempts:32k rate=6r/s;
limit_conn_zone all zone=password_checks:32k;
js_shared_dict_zone zone=wrong_attempts:1m timeout=600s evict;
limit_req_zone $client_network zone=refusals:1m rate=5r/s;`,
    map("$http_authorization", "$challenge", '""', [['""', `"Basic realm=\\"${basic.realm}\\""`]]),
    "# A name that nobody has costs the same check.",
    checkedCredentialsMap(basic),
  );
}

/** The server with the limits. */
export function attemptsServer(basic: BasicAuth, platform: GatewayPlatform): string {
  return block(
    "server",
    `listen ${unixSocket(platform, "attempts")};
access_log off;
${trustTheSite}
js_import attempts from ${platform.folders.config}/${scriptName};
js_set $limited_name attempts.name;`,
    block(
      "location = /",
      "# Whoever sends no password guesses none.",
      block('if ($http_authorization = "")', "return 401;"),
      "add_header WWW-Authenticate $challenge always;",
      `limit_req zone=attempts_by_address burst=20 nodelay;
limit_req zone=attempts_by_name burst=10 nodelay;
limit_req zone=attempts burst=12;
limit_req_status 429;
# Those that wait for the check. One whose client has gone is checked all the same, and counts until then.
limit_conn password_checks 10;
limit_conn_status 429;
proxy_ignore_client_abort on;
error_page 429 = @too_many;
js_header_filter attempts.keepInMind;`,
      proxyToSocket(platform, "passwords", { Authorization: checkedCredentials }),
      "# For how long the answer is remembered; nginx keeps it back otherwise.",
      "proxy_pass_header X-Accel-Expires;",
    ),
    block("location @too_many", `add_header ${refusalHeader} 1 always;`, "return 403;"),
  );
}

/** Directives of a location that asks by `auth_request`, and is told of a refusal for too many attempts. */
export const learnOfRefusal = `auth_request_set ${refusal} $upstream_http_${headerVariableName(refusalHeader)};`;

/** Directives of the same location where it passes the refusal on, with its 403. */
export const passRefusalOn = `add_header ${refusalHeader} ${refusal} always;`;

/** Locations of the site's server that show a refusal as 429. Those with `auth_request` need `recursive_error_pages on`. */
export function refusalLocations({ folders }: GatewayPlatform): string {
  const page = (name: string, ...parts: string[]): string =>
    block(
      `location = /_gateway/${name}`,
      "internal;",
      ...parts,
      `alias ${folders.config}/${fileNames.pages}/${name};`,
      `recursive_error_pages on;
error_page 429 /_gateway/${pageName};`,
      pageSettings,
    );
  return lines(
    page(
      "403.html",
      "# The sign-in check can say 403, and a header that it is for too many attempts, but not 429.",
      block(`if (${refusal})`, "return 429;"),
    ),
    page(
      pageName,
      "# Refusals take their time, as long as there are not too many that wait: a program that guesses does not come again at once.",
      `limit_req zone=refusals burst=50;
limit_req_status 429;
add_header Retry-After ${retryAfter} always;`,
    ),
  );
}
