/** `auth.basic`: HTTP basic authentication, checked by an nginx of its own against the password file. */
import type { App, BasicAuth, Site } from "../../spec/site";
import { proxyToAuthServer, proxyToSocket } from "../auth-server";
import { cacheKeyHttp, cacheKeyScript, rememberedBy } from "../cache-key";
import { type GuestList, guestLists, guestMap } from "../guest-lists";
import { variableName } from "../names";
import { type GatewayPlatform, trustTheSite, unixSocket } from "../platform";
import type { SignIn } from "../sign-in";
import { block, lines, map } from "../text";
import {
  attemptsFiles,
  attemptsHttp,
  attemptsServer,
  learnOfRefusal,
  passRefusalOn,
  refusalLocations,
} from "./attempts";
import { passwordCheckFile, passwordCheckFileName } from "./password-check";

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
      cacheKeyHttp(platform, "$http_authorization"),
      lines(
        "# Right passwords for as long as the gateway runs, which is replaced when they change; wrong ones for a while.",
        `proxy_cache_path ${platform.folders.scratch}/passwords levels=1 keys_zone=passwords:1m max_size=8m inactive=30d use_temp_path=off;`,
      ),
      attemptsHttp(basic),
      lines(
        "# With auth.basic the user name is all that is known; one that is an e-mail address is that, too.",
        map("$auth_user", "$auth_email", '""', [["~@", "$auth_user"]]),
      ),
      limited.flatMap((app) => {
        const users = app.allow?.users ?? [];
        return [
          guestMap("$checked_user", guestVariable(app), users),
          guestMap("$auth_user", listedVariable(app), users),
        ];
      }),
      allAreLimited &&
        guestMap("$auth_user", "$anywhere_listed", [
          ...new Set(limited.flatMap(({ allow }) => allow?.users ?? [])),
        ]),
    ],
    authRequest: (guestList) => `auth_request /_gateway/auth/${guestList};
auth_request_set $auth_user $upstream_http_x_auth_request_user;
${learnOfRefusal}
recursive_error_pages on;`,
    authSubrequest: (guestList) =>
      lines(
        proxyToAuthServer(platform, guestList),
        "proxy_set_header Authorization $http_authorization;",
        rememberedBy("auth", guestList),
      ),
    locations: () => [refusalLocations(platform)],
    servers: [authServer(site, platform), attemptsServer(basic, platform)],
    background: passwordCheckFileName,
    pages: {
      userName: "auth_user",
      unauthorized: "Your browser will ask for your name and password.",
      signInAddress: "",
      indexEntry: (app, entry) =>
        app.allow === undefined ? entry : shownIf(`${listedVariable(app)} = 1`, entry),
      noApps: (hint) => allAreLimited && shownIf("$anywhere_listed = 0", hint),
    },
    files: [cacheKeyScript(), passwordCheckFile(basic, platform), ...attemptsFiles(site)],
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

// Guest lists are the other paths of this server. They go by the names of apps, which have no underscore.
const passwordPath = "/_password";

/**
 * The auth server: it has passwords checked, and knows, per app, the guest list. 204 and the user's name when both agree, 403 when
 * only the list does not, else 401 with the challenge.
 *
 * Whoever is remembered gets no further than here. Its own answers are remembered in turn, because one page of Streamlit loads some
 * hundred files.
 */
function authServer(site: Site, platform: GatewayPlatform): string {
  return block(
    "server",
    `listen ${unixSocket(platform, "auth")};
access_log off;
${trustTheSite}
root /var/empty;`,
    guestLists(site).map((list) => [
      block(
        `location = /${list.name}`,
        `auth_request ${passwordPath};
auth_request_set $checked_user $upstream_http_x_auth_request_user;
${learnOfRefusal}
${passRefusalOn}
# The list is read after the password was checked, so that nobody can find out who is on it without one.
try_files /.none @${list.name}_guest;`,
      ),
      block(
        `location @${list.name}_guest`,
        `add_header X-Auth-Request-User $checked_user always;
add_header X-Accel-Expires 600 always;`,
        list.allow !== undefined && block(`if (${guestVariable(list)} = 0)`, "return 403;"),
        "return 204;",
      ),
    ]),
    block(
      `location = ${passwordPath}`,
      "internal;",
      proxyToSocket(platform, "attempts", {
        "X-Real-IP": "$remote_addr",
        Authorization: "$http_authorization",
      }),
      rememberedBy("passwords"),
    ),
  );
}
