/** Which headers of a request reach an app: those of a list, what the gateway knows itself, and what the spec names. */

/**
 * The headers that reach every app as the client sent them: those that browsers send by themselves (Fetch, RFC 9110, RFC 6455,
 * Fetch Metadata, client hints, Server-Sent Events), and those of Streamlit's own clients
 * (`streamlit/web/server/starlette/` and `streamlit/static/` of 1.67: its page, its uploads, its agent API).
 *
 * Headers of a connection (RFC 9110, 7.6.1) and of a body are not among them: nginx writes its own.
 */
export const clientHeaders = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Access-Control-Request-Headers",
  "Access-Control-Request-Method",
  "Cache-Control",
  "Content-Encoding",
  "Content-Type",
  "DNT",
  "If-Match",
  "If-Modified-Since",
  "If-None-Match",
  "If-Range",
  "If-Unmodified-Since",
  "Last-Event-ID",
  "MCP-Protocol-Version",
  "Origin",
  "Pragma",
  "Range",
  "Referer",
  "Save-Data",
  "Sec-CH-UA",
  "Sec-CH-UA-Mobile",
  "Sec-CH-UA-Platform",
  "Sec-Fetch-Dest",
  "Sec-Fetch-Mode",
  "Sec-Fetch-Site",
  "Sec-Fetch-User",
  "Sec-GPC",
  "Sec-WebSocket-Extensions",
  "Sec-WebSocket-Key",
  "Sec-WebSocket-Protocol",
  "Sec-WebSocket-Version",
  "Upgrade-Insecure-Requests",
  "User-Agent",
  "X-Xsrftoken",
] as const;

/** Why a header cannot be passed on to an app, by patterns of its name; the first one counts. */
const refusals: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [new RegExp(`^(${clientHeaders.join("|")})$`, "i"), "reaches every app anyway"],
  [/^cookie2?$/i, "reaches every app anyway, without the cookies of sign-ins"],
  [/^(proxy-)?authorization$/i, "is what somebody signs in with, which no app may have"],
  [
    /^(connection|content-length|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i,
    "belongs to a connection, and the gateway writes its own",
  ],
  [
    /^(.*-)?(real|client|connecting|remote|peer|source)-(ip|addr|address)$|^(x-)?forwarded(-.*)?$|^via$|^x-(cluster|original|rewrite|envoy|arr)-.*$/i,
    "says where a request comes from or was for, which the gateway tells apps itself",
  ],
  [
    /^(sec-.*|access-control-.*|service-worker.*)$/i,
    "belongs to browsers, and what apps need of it reaches them anyway",
  ],
  [/^x-(accel|sendfile|lighttpd|http-method|method)(-.*)?$/i, "is an order to a server"],
  [
    /^(remote|cf-access|x-goog|x-amzn-oidc|x-ms-(client-principal|token)|tailscale|x-authentik|x-pomerium|x-vouch|x-auth(-.*)?|x-streamlit)(-|$)/i,
    "is a header by which proxies tell an app who is calling, and here anybody could send it",
  ],
  [
    /(^|-)(authenticated|email|group|groups|identity|mail|principal|remote|role|roles|subject|uid|upn|user|userid|userinfo|username|webauth)(-|$)/i,
    "has the name of a header by which proxies tell an app who is calling, and here anybody could send it",
  ],
];

/**
 * Why a header must not be passed on to an app.
 *
 * @param name a header's name, in any case
 * @returns the reason; undefined if it may
 */
export function forwardComplaint(name: string): string | undefined {
  return refusals.find(([pattern]) => pattern.test(name))?.[1];
}
