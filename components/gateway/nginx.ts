/**
 * The gateway's `nginx.conf`.
 *
 * Every value that reaches the text was checked by `site-schema.ts`; nothing is escaped here because nothing that
 * needs escaping gets this far, which `test/unit/gateway` proves with hostile strings.
 */
import type { App, Site } from "../spec/check";
import { basicAuthText } from "./basic/sign-in";
import { oidcText } from "./oidc/sign-in";
import {
  type SocketCredentials,
  type SocketsArgs,
  socketsLocation,
  socketsServer,
  socketsStream,
} from "./websockets";

/** Where the gateway's files are mounted in its container. */
export const gatewayFolder = "/etc/nginx/site";

/** Where the file {@link upstreamsFile} is mounted, which is replaced while the gateway runs. */
export const upstreamsFolder = "/etc/nginx/upstreams";

/** The name of the file that `upstreamsConfig` writes. */
export const upstreamsFile = "upstreams.conf";

/** Where `nginx.conf` includes the upstreams from: a copy that was checked. */
export const checkedUpstreams = "/tmp/upstreams.conf";

/** The ports inside the gateway's container; nginx is not root there, so they are above 1023. */
export const gatewayPorts = { https: 8443, http: 8080 } as const;

/** The guest list of the index page. The underscore keeps it apart from the apps', which go by the app's name. */
export const indexList = "index_page";

/** The name by which the gateway finds an app on the network that they share. */
export function appHostName(app: Pick<App, "name">): string {
  return `app-${app.name}`;
}

/**
 * Headers by which proxies tell an app who is calling or where from. Whatever a client sends under these names is
 * dropped; `identityHeaders` are then set to what the gateway knows. Names with underscores and names that are no
 * valid header are dropped by nginx itself (`underscores_in_headers off`, `ignore_invalid_headers on`).
 */
const strippedHeaders = [
  "Authorization",
  "Forwarded",
  "Remote-Email",
  "Remote-Groups",
  "Remote-Name",
  "Remote-User",
  "X-Auth-Request-Access-Token",
  "X-Auth-Request-Email",
  "X-Auth-Request-Groups",
  "X-Auth-Request-Preferred-Username",
  "X-Auth-Request-User",
  "X-Forwarded-Access-Token",
  "X-Forwarded-Prefix",
  "X-Forwarded-Server",
  "X-Forwarded-Uri",
  "X-Original-Url",
  "X-Remote-User",
  "X-Rewrite-Url",
  "X-Streamlit-User",
  "X-User",
] as const;

/** What a kind of sign-in adds to the configuration. Text is not indented and ends without a line break. */
export interface SignInText {
  /** The variables that hold who is signed in. */
  identity: Record<"user" | "email" | "name" | "groups", string>;
  /** The variable with the cookies that apps get, where that is not all of them. */
  appCookies?: string;
  /** Directives of the http block. */
  http: string;
  maps: string[];
  /** What a location has that only a guest list's people may use; `navigation` where pages are opened. */
  check: (list: string, navigation?: "navigation") => string;
  /** What the internal location has that asks about a guest list. */
  question: (list: string) => string;
  /** More locations of the site's server. */
  locations: string;
  /** The servers behind the check. */
  servers: string;
  /** How connections end whose session has ended, where sessions do: see `sockets.ts`. */
  sockets?: { args: SocketsArgs; credentials: SocketCredentials };
}

function signInText(site: Site): SignInText {
  return site.auth.oidc ? oidcText(site, site.auth.oidc) : basicAuthText(site, site.auth.basic);
}

/**
 * Write the gateway's `nginx.conf` for nginx ≥ 1.30.2.
 *
 * @param site a checked spec
 * @returns the whole file; it reads `tls.crt`, `tls.key`, `htpasswd` and `pages/` from {@link gatewayFolder}, and the
 * upstreams that `upstreams.ts` writes from {@link checkedUpstreams}
 */
export function nginxConfig(site: Site): string {
  const signIn = signInText(site);
  const { sockets } = signIn;
  // A websocket on its way through the gateway itself is six of them instead of two.
  const connections = sockets ? 12288 : 4096;
  return `# Written by pulumi-streamlit-site from the site's spec: changes here are lost.
worker_processes 2;
# Twice the connections: the daemon's default may be 1024 files, which is 500 people.
worker_rlimit_nofile ${2 * connections};
# A worker whose configuration was replaced keeps its connections, and is not kept for ever.
worker_shutdown_timeout 1d;
pid /tmp/nginx.pid;
error_log stderr error;

events {
  worker_connections ${connections};
}

http {
${indent(httpSettings())}
${indent(signIn.http)}

${indent([...maps(site), ...signIn.maps].join("\n\n"))}

  include ${checkedUpstreams};

${indent(strangerServers(site))}

${indent(redirectServer(site))}

${indent(siteServer(site, signIn))}

${indent(compressionServer(site))}

${indent(signIn.servers)}${sockets ? `\n\n${indent(socketsServer(sockets.args, site.authority, site.apps.map(socketRoute)))}` : ""}
}
${sockets ? `\n${socketsStream(sockets.args)}\n` : ""}`;
}

function socketRoute(app: App): { path: string; target: string } {
  return { path: `${app.path}/_stcore/stream`, target: `http://${upstreamName(app)}` };
}

function httpSettings(): string {
  return `include /etc/nginx/mime.types;
default_type application/octet-stream;
server_tokens off;

# No query string: it may hold what is nobody else's business.
log_format json escape=json '{"time":"$time_iso8601","client":"$remote_addr","user":"$auth_user","method":"$request_method",'
  '"path":"$request_path","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"protocol":"$server_protocol",'
  '"cache":"$upstream_cache_status","agent":"$http_user_agent"}';
# Written some lines at once, at most a second late: line by line, Docker's log costs more than all the rest of a request.
# Both workers write, so no more at once than a pipe takes whole (4 kB).
access_log /dev/stdout json buffer=4k flush=1s;

# The root file system is read-only; /tmp is in memory.
client_body_temp_path /tmp/client_body;
proxy_temp_path /tmp/proxy;
fastcgi_temp_path /tmp/fastcgi;
uwsgi_temp_path /tmp/uwsgi;
scgi_temp_path /tmp/scgi;
proxy_max_temp_file_size 0;

proxy_cache_path /tmp/assets levels=1 keys_zone=assets:2m max_size=192m inactive=30d use_temp_path=off;
proxy_cache_path /tmp/sign_in levels=1 keys_zone=sign_in:2m max_size=16m inactive=10m use_temp_path=off;

sendfile on;
tcp_nopush on;
# Of the caches' files; a file that was replaced is opened anew at once.
open_file_cache max=4096 inactive=10m;
open_file_cache_valid 30s;
# With HTTP/2 everything shares one connection: what waits in a buffer, the next small answer cannot overtake.
output_buffers 1 16k;
keepalive_timeout 65s;
client_header_timeout 15s;
large_client_header_buffers 4 16k;
underscores_in_headers off;
ignore_invalid_headers on;
absolute_redirect off;

# Room for a host name of any length, and for the guest lists of many apps.
variables_hash_max_size 4096;
map_hash_bucket_size 512;
server_names_hash_bucket_size 512;

# The daemon's DNS: an app that is replaced is found again without touching the gateway. What nginx was told counts for whole
# seconds, the last one included (\`ngx_resolver.c\`): it knows after two at most.
resolver 127.0.0.11 valid=1s ipv6=off;
resolver_timeout 2s;

gzip_comp_level 6;
gzip_min_length 512;
gzip_vary on;
gzip_types text/plain text/css text/csv text/javascript application/javascript application/json application/wasm image/svg+xml font/ttf;

# Mozilla's guideline 6.0, intermediate. The "?" lets an OpenSSL before 3.5, which lacks the curve, start without it.
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
ssl_ecdh_curve ?X25519MLKEM768:X25519:prime256v1:secp384r1;
ssl_session_cache shared:tls:4m;
ssl_session_timeout 1d;
ssl_session_tickets off;`;
}

/** A name for use in an nginx variable: app names have hyphens but no underscores, so no two collide. */
export function variableName(app: Pick<App, "name">): string {
  return app.name.replaceAll("-", "_");
}

function maps(site: Site): string[] {
  return [
    `# Nothing but a websocket may be upgraded.
map $http_upgrade $websocket_upgrade {
  default "";
  ~*^websocket$ websocket;
}
map $websocket_upgrade $connection_header {
  default "";
  websocket upgrade;
}`,
    `# A page of another site must not open this site's websocket with the user's credentials. Programs send no Origin.
map $http_origin $foreign_origin {
  default 1;
  "" 0;
  "${site.origin}" 0;
}
map "$websocket_upgrade $foreign_origin" $foreign_websocket {
  default 0;
  "websocket 1" 1;
}`,
    `# Paths that two servers may read differently. Nothing in Streamlit needs them.
map $request_uri $ambiguous_path {
  default 0;
  "~*^[^?]*(%2e|%2f|%5c|%00|%25|//|\\\\\\\\|;)" 1;
  "~^[^?]*/\\.\\.?([/?]|$)" 1;
}`,
    `map $request_uri $request_path {
  default "";
  "~^(?<path>[^?]*)" $path;
}`,
    `map $http_accept_encoding $asset_encoding {
  default "";
  ~*\\bgzip\\b gzip;
}
# Streamlit marks its hashed files so; an unknown name is answered with its index page, which must not be kept.
map $upstream_http_cache_control $asset_cache_control {
  default no-store;
  ~immutable "private, max-age=31536000, immutable";
}`,
  ];
}

/**
 * A map to 1 for who is on a list and to 0 for everybody else.
 *
 * @param source the variable with the name
 * @param result the variable that is made
 * @param flags `i` to look away from case
 */
export function guestMap(source: string, result: string, names: string[], flags = ""): string {
  // A regular expression, because the plain strings of a map are matched without regard to case.
  const entries = names
    .map((name) => `\n  "~${flags === "i" ? "*" : ""}^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$" 1;`)
    .join("");
  return `map ${source} ${result} {
  default 0;${entries}
}`;
}

/** What nginx calls the replicas of an app. */
export function upstreamName(app: App): string {
  return `app_${variableName(app)}`;
}

/** Requests for another host name, or none, get nothing: 421, and no certificate where TLS can tell. */
function strangerServers(site: Site): string {
  const byAddress = /^[0-9.]+$/.test(site.host);
  return `server {
  listen ${gatewayPorts.http} default_server;
  location = /healthz {
    access_log off;
    default_type text/plain;
    return 200 "ok\\n";
  }
  location / {
    return 421;
  }
}

server {
  listen ${gatewayPorts.https} ssl default_server;
  http2 on;
${
  byAddress
    ? indent(certificate(), 1) // Clients name no server when they connect to an address.
    : "  ssl_reject_handshake on;"
}
  return 421;
}`;
}

function certificate(): string {
  return `ssl_certificate ${gatewayFolder}/tls.crt;
ssl_certificate_key ${gatewayFolder}/tls.key;`;
}

function redirectServer(site: Site): string {
  return `server {
  listen ${gatewayPorts.http};
  server_name ${site.host};
  add_header X-Content-Type-Options nosniff always;
  location = /healthz {
    access_log off;
    default_type text/plain;
    return 200 "ok\\n";
  }
  location / {
    return 308 ${site.origin}$request_uri;
  }
}`;
}

const securityHeaders = `add_header Strict-Transport-Security "max-age=63072000" always;
add_header X-Content-Type-Options nosniff always;
add_header X-Frame-Options SAMEORIGIN always;
add_header Content-Security-Policy "frame-ancestors 'self'; object-src 'none'; base-uri 'self'" always;
add_header Referrer-Policy same-origin always;
add_header Cross-Origin-Opener-Policy same-origin-allow-popups always;
add_header_inherit merge;`;

/** What an app is told of a request: what the gateway knows, and none of what a client says about itself. */
function headersToApps(site: Site, { identity, appCookies }: SignInText): string {
  return `proxy_set_header Host ${site.authority};
proxy_set_header Upgrade $websocket_upgrade;
proxy_set_header Connection $connection_header;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host ${site.authority};
proxy_set_header X-Forwarded-Port ${site.ports.https};
proxy_set_header X-Forwarded-Proto https;
proxy_set_header X-Forwarded-User ${identity.user};
proxy_set_header X-Forwarded-Email ${identity.email};
proxy_set_header X-Forwarded-Preferred-Username ${identity.name};
proxy_set_header X-Forwarded-Groups ${identity.groups};
${[
  ...(appCookies === undefined ? [] : [`proxy_set_header Cookie ${appCookies};`]),
  ...strippedHeaders.map((name) => `proxy_set_header ${name} "";`),
].join("\n")}`;
}

/** Of every location; one that has an `error_page` of its own has to repeat them. */
export const errorPages = `error_page 403 /_gateway/403.html;
error_page 500 =503 /_gateway/unavailable.html;
error_page 502 503 504 /_gateway/unavailable.html;`;

function siteServer(site: Site, signIn: SignInText): string {
  const locations = [
    ...site.apps.map((app) => appLocations(site, app, signIn)),
    ...(hasIndex(site) ? [indexLocations(signIn)] : []),
    ...guestLists(site).map(
      ({ name }) => `location = /_gateway/auth/${name} {
  internal;
${indent(signIn.question(name))}
}`,
    ),
    ...(signIn.locations === "" ? [] : [signIn.locations]),
  ].join("\n\n");
  return `server {
  listen ${gatewayPorts.https} ssl;
  http2 on;
  server_name ${site.host};
${indent(certificate(), 1)}

${indent(securityHeaders, 1)}

  gzip on;
  client_max_body_size 1m;

  proxy_http_version 1.1;
  # Set once, here: a location that set a header of its own would lose all of these.
${indent(headersToApps(site, signIn))}
  proxy_hide_header X-Content-Type-Options;
  proxy_hide_header X-Frame-Options;
  proxy_hide_header Server;
  # An app does not know that browsers come by TLS.
  proxy_cookie_flags ~ secure;
  # Short, so that a container that is gone, whose address is known for up to two seconds more, is passed over: were the
  # address forgotten meanwhile, nginx would give up. One that is there is this machine's own and answers at once.
  proxy_connect_timeout 100ms;
  proxy_read_timeout 300s;

  error_page 401 /_gateway/401.html;
${indent(errorPages)}

  if ($ambiguous_path) {
    return 400;
  }
  # Streamlit's own, and any that an app adds.
  if ($foreign_websocket) {
    return 403;
  }

  location = /healthz {
    access_log off;
    default_type text/plain;
    return 200 "ok\\n";
  }

  location ^~ /_gateway/ {
    internal;
    ssi on;
    alias ${gatewayFolder}/pages/;
    add_header Cache-Control no-store always;
  }

${indent(locations, 1)}
}`;
}

function appLocations(site: Site, app: App, signIn: SignInText): string {
  const { path, name } = app;
  const target = `http://${upstreamName(app)}`;
  const redirect =
    path === ""
      ? ""
      : `# Streamlit's page has relative addresses: it must be opened with the slash at the end.
location = ${path} {
${indent(signIn.check(name, "navigation"))}
  root /var/empty;
  try_files /.none @${name}_slash;
}
location @${name}_slash {
  return 308 ${path}/$is_args$args;
}

`;
  return `${redirect}location ${path}/ {
${indent(signIn.check(name, "navigation"))}
  proxy_pass ${target};
}

# The websocket. Streamlit's own ping keeps it open; it may be silent for a day.
location = ${path}/_stcore/stream {
${indent(signIn.check(name))}
${indent(
  signIn.sockets
    ? `${headersToApps(site, signIn)}\n${socketsLocation(signIn.sockets.args, name, signIn.sockets.credentials)}`
    : `proxy_pass ${target};
proxy_buffering off;
proxy_read_timeout 1d;
proxy_send_timeout 1d;`,
)}
}

# Uploads pass as they arrive. The megabyte more is for the multipart envelope.
location ^~ ${path}/_stcore/upload_file/ {
${indent(signIn.check(name))}
  client_max_body_size ${app.maxUploadSize + 1}m;
  proxy_request_buffering off;
  proxy_pass ${target};
}

# Nothing internal is public.
location ^~ ${path}/_stcore/metrics {
  return 404;
}
location ^~ ${path}/_stcore/script-health-check {
  return 404;
}

# Streamlit's own files have a hash in their name: compressed once, then served from memory.
location ^~ ${path}/static/ {
${indent(signIn.check(name))}
  proxy_pass http://unix:/tmp/compression.sock;
  proxy_cache assets;
  proxy_cache_key "${name} $asset_encoding $uri";
  proxy_cache_methods GET HEAD;
  proxy_cache_lock on;
  proxy_ignore_headers Vary Set-Cookie;
  proxy_hide_header Set-Cookie;
  proxy_hide_header Cache-Control;
  add_header Cache-Control $asset_cache_control;
}`;
}

/** Does the site have an index page? Not when an app is at `/`. */
export function hasIndex(site: Site): boolean {
  return site.apps.every((app) => app.path !== "");
}

/** The guest lists by name: one per app, and that of the index page. */
export function guestLists(site: Site): Pick<App, "name" | "allow">[] {
  return [...site.apps, ...(hasIndex(site) ? [{ name: indexList, allow: undefined }] : [])];
}

function indexLocations(signIn: SignInText): string {
  return `location = / {
${indent(signIn.check(indexList, "navigation"))}
  ssi on;
  root ${gatewayFolder}/pages;
  add_header Cache-Control no-store always;
  try_files /index.html =404;
}

location / {
${indent(signIn.check(indexList, "navigation"))}
  root /var/empty;
  try_files /.none =404;
}`;
}

/**
 * Ask the server behind the sign-in check about a guest list; what the sign-in goes by is added by the kind of sign-in. It is
 * asked with that alone, so that a key of the cache that holds the same shares an answer with nobody else.
 */
export function proxyToSignInServer(path: string): string {
  return `# The size of an upload counts here as well, although its body is not passed on.
client_max_body_size 0;
proxy_pass http://unix:/tmp/sign-in.sock:/${path};
proxy_pass_request_headers off;
proxy_pass_request_body off;
proxy_set_header Host sign-in;
proxy_set_header Connection "";
proxy_set_header Content-Length "";
proxy_set_header X-Real-IP $remote_addr;`;
}

/** Compresses what the cache in front of it then keeps. */
function compressionServer(site: Site): string {
  const locations = site.apps
    .map(
      (app) => `location ${app.path}/static/ {
  proxy_pass http://${upstreamName(app)};
}`,
    )
    .join("\n");
  return `server {
  listen unix:/tmp/compression.sock;
  access_log off;
  gzip on;
  gzip_proxied any;
  gzip_comp_level 9;
  proxy_http_version 1.1;
  proxy_set_header Host ${site.authority};
  proxy_set_header Connection "";
  proxy_connect_timeout 100ms;
${indent(locations, 1)}
}`;
}

/** Indent every line that is not empty by `levels` of two spaces. */
export function indent(text: string, levels = 1): string {
  return text.replaceAll(/^(?=.)/gm, "  ".repeat(levels));
}
