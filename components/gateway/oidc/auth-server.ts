/**
 * The auth server of `auth.oidc`: it asks oauth2-proxy who has the session, and decides about the guest list. 2xx with the
 * identity in headers, and with the app's entry for the index page; 403 with the identity when only the guest list says
 * no; else 401.
 */
import { groupQuery } from "../../spec/group-query";
import type { Oidc, Site } from "../../spec/site";
import { fileNames, type NamedFile, scriptFile } from "../files";
import { type GuestList, guestLists, guestMap, hasIndexPage, indexGuestList } from "../guest-lists";
import { variableName } from "../names";
import { type GatewayPlatform, unixSocket } from "../platform";
import { block, lines, map, type Part } from "../text";
import { authTimeout, oauth2ProxyUpstream, proxyToOauth2Proxy } from "./oauth2-proxy";
import { indexEntryName } from "./pages";

const scriptName = "session-identity.js";

/** The njs script, which {@link authServerHttp} imports from the folder of the gateway's files. */
export function authServerScript(): NamedFile {
  return scriptFile(__dirname, scriptName);
}

/** Write what the auth server needs of the `http` block. */
export function authServerHttp({ folders }: Pick<GatewayPlatform, "folders">): string {
  return `js_import identity from ${folders.config}/${scriptName};`;
}

// Guest lists are the other paths of this server. They go by the names of apps, which have no underscore.
const sessionPath = "/_session";
/** The auth server's path that refuses everybody, so that a refusal is cached. Without its slash. */
export const invalidatePath = "_invalidate";

/** Write the auth server. */
export function authServer(site: Site, oidc: Oidc, platform: GatewayPlatform): string {
  const { checkInterval } = oidc.sessions;
  const expires = (seconds: number): string | false =>
    checkInterval > 0 && `add_header X-Accel-Expires ${seconds} always;`;
  const lists = guestLists(site);
  const identity = lines(identityResponseHeaders(oidc), expires(checkInterval), refuseNobody(oidc));
  return block(
    "server",
    `listen ${unixSocket(platform, "auth")};
access_log off;`,
    expires(1),
    oidc.bearer && "add_header WWW-Authenticate Bearer always;",
    `large_client_header_buffers 4 64k;
root ${platform.folders.config}/${fileNames.pages};
# A body would stand on the index page, which includes these answers.
error_page 401 = @unauthorized;`,
    block("location @unauthorized", refuse(401)),
    lists.map((list) => {
      const hasEntry = hasIndexPage(site) && list.name !== indexGuestList;
      const welcome = hasEntry ? `try_files /${indexEntryName(list)} =404;` : "return 204;";
      return guestListLocations(list, identity, welcome);
    }),
    block(`location = ${sessionPath}`, "internal;", "js_content identity.tell;"),
    block(
      "location = /_user_info",
      "internal;",
      "# For somebody in hundreds of groups.",
      "subrequest_output_buffer_size 256k;",
      askOauth2Proxy(site, "/oauth2/userinfo"),
    ),
    checkInterval > 0 && block(`location = /${invalidatePath}`, expires(checkInterval), refuse(401)),
    lists.map(
      ({ name, allow }) =>
        allow !== undefined &&
        allow.groups.length > 0 &&
        block(`location = /groups/${name}`, "internal;", askForMembership(site, allow.groups)),
    ),
  );
}

/** Refuse with a body of one space: without one, nginx answers with an error page of its own. */
function refuse(status: 401 | 403): string {
  return `return ${status} " ";`;
}

/**
 * The locations of a guest list.
 *
 * @param identity what every answer has that knows who is signed in
 * @param welcome the answer to somebody on the list
 */
function guestListLocations({ name, allow }: GuestList, identity: string, welcome: string): string {
  // auth_request is done before the variables of an `if` are known, hence a second location for what depends on them.
  const named = (suffix: string, ...directives: Part[]): string =>
    block(`location @${name}_${suffix}`, ...directives);
  const known = (next: string): string =>
    block(`location = /${name}`, askWhoItIs, `try_files /.none @${name}_${next};`);
  const byName =
    allow === undefined
      ? welcome
      : lists(allow)
        ? lines(block(`if (${guestVariable({ name })} = 0)`, refuse(403)), welcome)
        : refuse(403);
  if (allow === undefined || allow.groups.length === 0)
    return lines(known("guest"), named("guest", identity, byName));
  return lines(
    known("known"),
    named(
      "known",
      `error_page 401 = @unauthorized;
error_page 403 = @${name}_guest;
auth_request /groups/${name};
try_files /.none @${name}_member;`,
    ),
    named("member", identity, welcome),
    named("guest", identity, byName),
  );
}

/** Does a guest list have users or e-mail addresses? */
function lists({ users, emails }: NonNullable<GuestList["allow"]>): boolean {
  return users.length + emails.length > 0;
}

function guestVariable(list: Pick<GuestList, "name">): string {
  return `$guest_${variableName(list)}`;
}

const askWhoItIs = `auth_request ${sessionPath};
auth_request_set $identity_user $sent_http_x_auth_request_user;
auth_request_set $identity_email $sent_http_x_auth_request_email;
auth_request_set $identity_name $sent_http_x_auth_request_preferred_username;
auth_request_set $identity_groups $sent_http_x_auth_request_groups;
auth_request_set $identity_cookie $sent_http_set_cookie;`;

function identityResponseHeaders(oidc: Oidc): string {
  return `add_header X-Auth-Request-User $identity_user always;
add_header X-Auth-Request-Email ${emailVariable(oidc)} always;
add_header X-Auth-Request-Preferred-Username $identity_name always;
add_header X-Auth-Request-Groups $identity_groups always;
# nginx does not cache an answer that sets a cookie.
add_header Set-Cookie $identity_cookie always;`;
}

/** Whoever has no name is nobody, and with a token nor is whoever has no e-mail address where people sign in by it. */
function refuseNobody(oidc: Oidc): string {
  const { emailDomains, emails } = oidc.allow;
  const signsInByEmail = (emailDomains ?? emails) !== undefined;
  return lines(
    block('if ($identity_user = "")', refuse(401)),
    oidc.bearer && signsInByEmail && block("if ($token_without_email)", refuse(401)),
  );
}

/** A 202 from oauth2-proxy says that the session is that of a member of one of the groups. */
function askForMembership(site: Site, groups: string[]): string {
  // The commas between groups are part of the pieces, which are cut anywhere.
  const pieces = groupQuery(groups).match(new RegExp(`.{1,${longestPiece}}`, "g")) ?? [];
  const query = pieces.map((_, piece) => groupVariable(piece)).join("");
  return lines(
    pieces.map((piece, index) => `set ${groupVariable(index)} "${piece}";`),
    askOauth2Proxy(site, `/oauth2/auth?allowed_groups=${query}`),
  );
}

/** Ask oauth2-proxy with the credentials that the auth server was asked with. */
function askOauth2Proxy(site: Site, uri: string): string {
  return lines(
    `proxy_pass http://${oauth2ProxyUpstream}${uri};
proxy_read_timeout ${authTimeout}s;
proxy_pass_request_body off;
proxy_set_header Content-Length "";
proxy_set_header Authorization $http_authorization;`,
    proxyToOauth2Proxy(site, "$http_x_real_ip", "$http_cookie"),
  );
}

/** nginx takes no parameter of 4096 bytes or more (`NGX_CONF_BUFFER`), so that a list of groups is set piece by piece. */
const longestPiece = 4000;

/** A piece of a list of groups. The variables are those of all lists: a request sets what it needs. */
function groupVariable(piece: number): string {
  return `$groups_${piece}`;
}

/** The variable with the e-mail address of the identity. */
function emailVariable({ bearer }: Oidc): string {
  return bearer ? "$identity_own_email" : "$identity_email";
}

/**
 * Maps that take away an e-mail address that is none. oauth2-proxy has the subject for the e-mail address of a token without
 * one (`CreateSessionFromToken` in `providers/oidc.go`), and at some providers people choose a subject that looks like
 * somebody else's e-mail address.
 */
export function tokenEmailMaps(): string {
  return lines(
    map('"$identity_user $identity_email"', "$email_is_user", "0", [['"~^(.+) \\1$"', "1"]]),
    map('"$email_is_user$http_authorization"', "$token_without_email", "0", [['"~^1."', "1"]]),
    map("$token_without_email", "$identity_own_email", "$identity_email", [["1", '""']]),
  );
}

/**
 * Maps that compare users and e-mail addresses with the guest lists. Groups are compared by oauth2-proxy, which has them as a
 * list: in the header a comma within a name would be a separator.
 */
export function guestMaps(site: Site, oidc: Oidc): string[] {
  return site.apps.flatMap((app) => {
    if (app.allow === undefined || !lists(app.allow)) return [];
    // What differs comes first: an app may be called user-sales.
    const [user, email] = [`$user_guest_${variableName(app)}`, `$email_guest_${variableName(app)}`];
    return [
      lines(
        guestMap("$identity_user", user, app.allow.users),
        guestMap(emailVariable(oidc), email, app.allow.emails, true),
        map(`"${user}${email}"`, guestVariable(app), "0", [["~1", "1"]]),
      ),
    ];
  });
}
