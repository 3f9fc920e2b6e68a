/**
 * What a kind of sign-in brings to the gateway. The gateway asks nothing else of it; which kinds there are is in
 * `sign-in-kinds.ts`.
 *
 * Each request of a guest list's location makes an auth subrequest (nginx's `auth_request`) to an internal location of
 * the site's server, which passes it on to the auth server: a server of the kind's own behind a unix socket, whose answers
 * nginx can cache. It answers 2xx with the user in `X-Auth-Request-User`, 401, or 403.
 */
import type { App, Site } from "../spec/site";
import type { NamedFile } from "./files";
import type { Host } from "./hosts";
import type { GatewayPlatform } from "./platform";
import type { Part } from "./text";
import type { WebsocketCheck } from "./websockets";

/** A kind of sign-in, with the settings of one site. Texts are not indented and end without a line break. */
export interface SignIn {
  /** What nginx knows of the signed-in user, as values of directives: variables, or `""` for what is not known. */
  identity: Record<"user" | "email" | "name" | "groups", string>;
  /** Paragraphs of the http block: upstreams, zones, maps. */
  http: Part[];
  /**
   * Directives of a location that only the people on a guest list may use.
   *
   * @param guestList its name
   * @param navigation is it a location of pages, whose visitors can be sent elsewhere to sign in? @default false
   */
  authRequest: (guestList: string, navigation?: boolean) => string;
  /**
   * Directives of the internal location that asks the auth server about a guest list.
   *
   * @param guestList its name
   * @param host the host that the request is for
   */
  authSubrequest: (guestList: string, host: Host) => string;
  /** More locations of the server of a host. */
  locations: (host: Host) => Part[];
  /** Servers beside the site's, the auth server among them. */
  servers: Part[];
  /**
   * The name of the configuration file, among `files`, of a second nginx that runs beside the gateway's own, for work that must hold
   * up nobody. They start and end together, and share `folders`. @default there is none
   */
  background?: string;
  /** How open websockets are ended whose session has ended. @default they are not */
  websocketCheck?: WebsocketCheck;
  pages: SignInPages;
  /** Files that the directives refer to, as far as their text is known; those that follow later, a target adds. */
  files: NamedFile[];
}

/** What a kind of sign-in says on the gateway's pages. Texts are HTML with nginx's server-side includes. */
export interface SignInPages {
  /** The nginx variable with the name by which people know themselves, without `$`. */
  userName: string;
  /** The path that signs out. @default there is no sign-out */
  signOutPath?: string;
  /** What somebody reads who is not signed in. */
  unauthorized: string;
  /** The address that asks people to sign in; `""` is the page itself, loaded again. @default there is none */
  signInAddress?: string;
  /**
   * An app's entry on the index page, for the people on its guest list only.
   *
   * @param entry the entry itself
   */
  indexEntry: (app: App, entry: string) => string;
  /**
   * The hint on the index page for somebody who may open no app.
   *
   * @param hint the hint itself
   */
  noApps: (hint: string) => Part;
}

/**
 * Make a sign-in for a site.
 *
 * @param site a checked spec
 * @param settings what the spec has under `auth` for this kind
 * @param platform where the gateway runs
 */
export type SignInKind<Settings> = (site: Site, settings: Settings, platform: GatewayPlatform) => SignIn;
