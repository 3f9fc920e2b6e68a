/** A third kind of sign-in, as small as one can be: whoever brings a visitor's card with a known name. */
import { publicFile } from "../../../../components/gateway/files";
import { guestLists } from "../../../../components/gateway/guest-lists";
import { type GatewayPlatform, unixSocket } from "../../../../components/gateway/platform";
import type { SignIn } from "../../../../components/gateway/sign-in";
import { proxyToAuthServer } from "../../../../components/gateway/auth-server";
import { block, lines, map } from "../../../../components/gateway/text";
import type { Site } from "../../../../components/spec/site";

/** The settings of this kind. */
export interface CardSettings {
  names: string[];
}

/** The sign-in by card. */
export function cardSignIn(site: Site, { names }: CardSettings, platform: GatewayPlatform): SignIn {
  return {
    identity: { user: "$auth_user", email: "", name: "$auth_user", groups: "" },
    http: [
      map(
        "$http_x_card",
        "$card_name",
        '""',
        names.map((name) => [`"~^${name}$"`, name]),
      ),
    ],
    authRequest: (guestList) =>
      lines(
        `auth_request /_gateway/auth/${guestList};`,
        "auth_request_set $auth_user $upstream_http_x_auth_request_user;",
      ),
    authSubrequest: (guestList) =>
      lines(proxyToAuthServer(platform, guestList), "proxy_set_header X-Card $http_x_card;"),
    locations: () => [block("location = /card", 'return 200 "Show your card";')],
    servers: [
      block(
        "server",
        `listen ${unixSocket(platform, "auth")};`,
        'if ($card_name = "") {\n  return 401;\n}',
        "add_header X-Auth-Request-User $card_name always;",
        guestLists(site).map(({ name }) => block(`location = /${name}`, "return 204;")),
      ),
    ],
    pages: {
      userName: "auth_user",
      signOutPath: "/card",
      unauthorized: "Bring your card.",
      indexEntry: (_, entry) => entry,
      noApps: () => undefined,
    },
    files: [publicFile("cards.txt", lines(names))],
  };
}
