/** `auth.basic`: HTTP basic authentication, checked by nginx against the password file. */
import type { App, BasicAuth, Site } from "../../spec/site";
import { proxyToAuthServer } from "../auth-server";
import { type GuestList, guestLists, guestMap } from "../guest-lists";
import { variableName } from "../names";
import { type GatewayPlatform, unixSocket } from "../platform";
import type { SignIn } from "../sign-in";
import { block, lines, map } from "../text";
import { passwordFileName } from "./htpasswd";

/**
 * The sign-in by `auth.basic`.
 *
 * @param site a checked spec
 * @param basic its `auth.basic`
 * @param platform where the gateway runs
 */
export function basicSignIn(site: Site, basic: BasicAuth, platform: GatewayPlatform): SignIn {
  const limited = site.apps.filter(({ allow }) => allow !== undefined);
  const allAreLimited = limited.length === site.apps.length;
  return {
    identity: { user: "$auth_user", email: "$auth_email", name: "$auth_user", groups: "" },
    http: [
      "limit_req_zone $guessing_client zone=sign_in_attempts:2m rate=10r/s;",
      lines(
        "# With auth.basic the user name is all that is known; one that is an e-mail address is that, too.",
        map("$auth_user", "$auth_email", '""', [["~@", "$auth_user"]]),
        map("$http_authorization", "$without_credentials", "0", [['""', "1"]]),
        "# Whoever sends no password guesses none.",
        map("$http_authorization", "$guessing_client", "$http_x_real_ip", [['""', '""']]),
      ),
      limited.flatMap((app) => {
        const users = app.allow?.users ?? [];
        return [
          guestMap("$remote_user", guestVariable(app), users),
          guestMap("$auth_user", listedVariable(app), users),
        ];
      }),
      allAreLimited &&
        map(`"${limited.map(listedVariable).join("")}"`, "$anywhere_listed", "0", [["~1", "1"]]),
    ],
    authRequest: (guestList) => `auth_request /_gateway/auth/${guestList};
auth_request_set $auth_user $upstream_http_x_auth_request_user;`,
    authSubrequest: (guestList) =>
      lines(
        proxyToAuthServer(platform, guestList),
        `proxy_set_header Authorization $http_authorization;
proxy_cache auth;
proxy_cache_key "${guestList} $http_authorization";
proxy_cache_bypass $without_credentials;
proxy_cache_lock on;`,
      ),
    locations: () => [],
    servers: [authServer(site, basic, platform)],
    pages: {
      userName: "auth_user",
      unauthorized: "Your browser will ask for your name and password.",
      signInAddress: "",
      indexEntry: (app, entry) =>
        app.allow === undefined ? entry : shownIf(`${listedVariable(app)} = 1`, entry),
      noApps: (hint) => allAreLimited && shownIf("$anywhere_listed = 0", hint),
    },
    files: [],
  };
}

/** A text with nginx's server-side includes that is shown when the expression holds. */
function shownIf(expression: string, text: string): string {
  return `<!--# if expr="${expression}" -->${text}<!--# endif -->`;
}

/** The variable that says, in the auth server, whether somebody is on an app's guest list. */
function guestVariable(list: Pick<GuestList, "name">): string {
  return `$guest_${variableName(list)}`;
}

/** The variable that says the same in the site's server, which knows the user by another variable. */
function listedVariable(app: Pick<App, "name">): string {
  return `$listed_${variableName(app)}`;
}

/**
 * The auth server: it knows the passwords and, per app, the guest list. 204 and the user's name when both agree, 403 when
 * only the list does not, else 401 with the challenge.
 *
 * Its answers are cached, because bcrypt takes a tenth of a second on purpose, and one page of Streamlit loads some hundred
 * files. An answer counts for as long as the guest list and the passwords cannot change, which is until the gateway is
 * replaced, and at most ten minutes.
 */
function authServer(site: Site, basic: BasicAuth, platform: GatewayPlatform): string {
  return block(
    "server",
    `listen ${unixSocket(platform, "auth")};
access_log off;`,
    guestLists(site).map((list) => [
      block(
        `location = /${list.name}`,
        `limit_req zone=sign_in_attempts burst=50;
limit_req_status 403;
auth_basic "${basic.realm}";
auth_basic_user_file ${platform.folders.config}/${passwordFileName};
root /var/empty;
# The list is read after the password was checked, so that nobody can find out who is on it without one.
try_files /.none @${list.name}_guest;`,
      ),
      block(
        `location @${list.name}_guest`,
        `add_header X-Auth-Request-User $remote_user always;
add_header X-Accel-Expires 600 always;`,
        list.allow !== undefined && block(`if (${guestVariable(list)} = 0)`, "return 403;"),
        "return 204;",
      ),
    ]),
  );
}
