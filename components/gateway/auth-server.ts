/** How the site's server asks the auth server. */
import { type GatewayPlatform, type UnixSocket, unixSocket } from "./platform";
import { lines, proxyHeaders } from "./text";

/** The URL of the auth server, for a path without its slash. */
export function authServerUrl(platform: Pick<GatewayPlatform, "folders">, path = ""): string {
  return `http://${unixSocket(platform, "auth")}:/${path}`;
}

/**
 * Directives that pass an auth subrequest on to the auth server, with the client's IP address and nothing else of the
 * request. What the sign-in goes by is added by its kind, so that an answer can be cached under exactly that.
 *
 * @param path the auth server's path, without its slash
 */
export function proxyToAuthServer(platform: Pick<GatewayPlatform, "folders">, path: string): string {
  return proxyToAuth(authServerUrl(platform, path));
}

/**
 * The same for a URL of whatever stands before the auth server.
 *
 * @param url an `http` URL of a unix socket
 */
export function proxyToAuth(url: string): string {
  return lines(
    "# nginx holds the size of an upload against the limit here as well, although its body is not passed on.",
    "client_max_body_size 0;",
    `proxy_pass ${url};`,
    "# It is no app: it says for how long its answers count, and how to sign in.",
    "proxy_ignore_headers X-Accel-Redirect;",
    "proxy_pass_header WWW-Authenticate;",
    askingWith({ "X-Real-IP": "$remote_addr" }),
  );
}

/**
 * Directives that pass an auth subrequest on to another of the gateway's servers, with nothing of the request.
 *
 * @param headers what it is asked with, as for `proxyHeaders`
 */
export function proxyToSocket(
  platform: Pick<GatewayPlatform, "folders">,
  socket: UnixSocket,
  headers: Readonly<Record<string, string>>,
): string {
  return lines(`proxy_pass http://${unixSocket(platform, socket)}:/;`, askingWith(headers));
}

function askingWith(headers: Readonly<Record<string, string>>): string {
  return lines(
    "proxy_pass_request_headers off;",
    "proxy_pass_request_body off;",
    proxyHeaders({ Host: "sign-in", Connection: "", "Content-Length": "", ...headers }),
  );
}
