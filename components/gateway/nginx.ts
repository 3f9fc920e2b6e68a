/**
 * The gateway's `nginx.conf`.
 *
 * Every value of a spec that reaches the text was checked by `spec/schema.ts`; nothing is escaped here because nothing that
 * needs escaping gets this far, which `test/unit/gateway` proves with hostile strings.
 */
import * as net from "node:net";
import { siteOrigin } from "../spec/defaults";
import { clientHeaders } from "../spec/request-headers";
import type { App, Site } from "../spec/site";
import { streamlitPaths } from "../streamlit/streamlit";
import { droppedAnswerHeaders, heardOfApps, ignoredHeaders } from "./app-answers";
import { appCookieHttp, confineCookies } from "./app-cookies";
import { crossSiteCondition, embedMaps, frameHeaders, pageCookies, pageLocation } from "./embed";
import { errorPages, pageSettings } from "./error-pages";
import { fileNames } from "./files";
import { guestListsAt, hasIndexPage, indexGuestList } from "./guest-lists";
import { allHosts, type Host } from "./hosts";
import { headerVariableName, upstreamName, variableName } from "./names";
import { type GatewayPlatform, unixSocket } from "./platform";
import type { SignIn } from "./sign-in";
import { temporaryPaths } from "./scratch";
import { signInOf } from "./sign-in-kinds";
import { block, lines, map, paragraphs, type Part, proxyHeaders } from "./text";
import { upstreams } from "./upstreams";
import { websocketHttp, websocketLocation, websocketLocations } from "./websockets";

/** What the renderer of each part reads. */
interface Context {
  site: Site;
  platform: GatewayPlatform;
  signIn: SignIn;
}

/**
 * Write the gateway's `nginx.conf` for nginx ≥ 1.30.2.
 *
 * @param site a checked spec
 * @param platform where the gateway runs
 * @param signIn the site's sign-in. @default that of the key under `site.auth`
 * @returns the whole file. It reads the files that `gateway.ts` lists from `platform.folders.config`, and those that hold
 * the certificate and the passwords beside them
 */
export function nginxConfig(
  site: Site,
  platform: GatewayPlatform,
  signIn: SignIn = signInOf(site, platform),
): string {
  const context = { site, platform, signIn };
  const { websocketCheck } = signIn;
  const { connections } = platform;
  const text = paragraphs(
    lines(
      "# Written by pulumi-streamlit-site from the site's spec: changes here are lost.",
      `worker_processes ${platform.workers};`,
      "# Each connection through the gateway has two ends; the limit that nginx inherits may be 1024 files, which is 500 people.",
      `worker_rlimit_nofile ${2 * connections};`,
      "# A worker whose configuration was replaced keeps its connections, and is not kept for ever.",
      "worker_shutdown_timeout 1d;",
      `pid ${platform.folders.scratch}/nginx.pid;`,
      "error_log stderr error;",
    ),
    block("events", `worker_connections ${connections};`),
    platform.listen.https !== undefined && plainPort(platform),
    block(
      "http",
      paragraphs(
        httpSettings(platform),
        maps(site),
        appCookieHttp(platform),
        signIn.http,
        websocketCheck && websocketHttp(websocketCheck, platform),
        platform.upstreamsFile === undefined
          ? upstreams(site, platform)
          : `include ${platform.upstreamsFile};`,
        defaultServers(site, platform),
        ...allHosts(site).map((host) => [
          platform.listen.https !== undefined && redirectServer(host, platform),
          hostServer(host, context),
          compressionServer(host, platform),
        ]),
        signIn.servers,
      ),
    ),
  );
  return `${text}\n`;
}

function httpSettings(platform: GatewayPlatform): string {
  const { scratch } = platform.folders;
  return paragraphs(
    `include /etc/nginx/mime.types;
default_type application/octet-stream;
server_tokens off;`,
    clientAddress(platform),
    `# No query string: it may hold what is nobody else's business.
log_format json escape=json '{"time":"$time_iso8601","client":"$remote_addr","user":"$auth_user","method":"$request_method",'
  '"path":"$request_path","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"protocol":"$server_protocol",'
  '"cache":"$upstream_cache_status","agent":"$http_user_agent"}';
# Several lines are written at once, at most a second late: line by line, whoever collects the log costs more than all the
# rest of a request. All workers write to one pipe, which takes no more than 4 kB whole.
access_log /dev/stdout json buffer=4k flush=1s;`,
    lines(temporaryPaths(platform), "proxy_max_temp_file_size 0;"),
    `proxy_cache_path ${scratch}/assets levels=1 keys_zone=assets:2m max_size=${platform.assetCacheMiB}m inactive=30d use_temp_path=off;
proxy_cache_path ${scratch}/auth levels=1 keys_zone=auth:2m max_size=16m inactive=10m use_temp_path=off;`,
    `sendfile on;
tcp_nopush on;
# Of the caches' files; a file that was replaced is opened anew at once.
open_file_cache max=4096 inactive=10m;
open_file_cache_valid 30s;
# With HTTP/2 everything shares one connection: what waits in a buffer, the next small answer cannot overtake.
output_buffers 1 16k;
# What an open websocket keeps for as long as it is open.
request_pool_size 2k;
keepalive_timeout 65s;
client_header_timeout 10s;
client_body_timeout 30s;
large_client_header_buffers 4 16k;
underscores_in_headers off;
ignore_invalid_headers on;
absolute_redirect off;`,
    `# Room for a host name of any length, and for the guest lists of many apps.
variables_hash_max_size 4096;
variables_hash_bucket_size 512;
map_hash_bucket_size 512;
server_names_hash_bucket_size 512;`,
    resolver(platform),
    `gzip_comp_level 6;
gzip_min_length 512;
gzip_vary on;
gzip_types text/plain text/css text/csv text/javascript application/javascript application/json application/wasm image/svg+xml font/ttf;`,
    platform.listen.https !== undefined &&
      `# Mozilla's guideline 6.0, intermediate. The "?" lets an OpenSSL before 3.5, which lacks the curve, start without it.
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
ssl_ecdh_curve ?X25519MLKEM768:X25519:prime256v1:secp384r1;
ssl_session_cache shared:tls:4m;
ssl_session_timeout 1d;
ssl_session_tickets off;`,
  );
}

/** Replace `$remote_addr`, by which the log and the limits go, where something in front is the peer of every connection. */
function clientAddress({ clientAddress }: GatewayPlatform): string | undefined {
  return (
    clientAddress &&
    lines(
      "# The client is whom the last trusted proxy names.",
      clientAddress.trustedProxies.map((proxy) => `set_real_ip_from ${proxy};`),
      `real_ip_header ${clientAddress.header};`,
      "real_ip_recursive on;",
    )
  );
}

function resolver({ resolver: { address, validSeconds, ipv6 } }: GatewayPlatform): string {
  const host = net.isIPv6(address) ? `[${address}]` : address;
  return lines(
    "# Names are looked up again and again, so that replicas come and go without touching the gateway. An answer counts for whole",
    "# seconds, the last one included (`ngx_resolver.c`).",
    `resolver ${host} valid=${validSeconds}s${ipv6 ? "" : " ipv6=off"};`,
    "resolver_timeout 2s;",
  );
}

function maps(site: Site): Part[] {
  return [
    lines(
      "# Nothing but a websocket may be upgraded.",
      map("$http_upgrade", "$websocket_upgrade", '""', [["~*^websocket$", "websocket"]]),
      map("$websocket_upgrade", "$connection_header", '""', [["websocket", "upgrade"]]),
    ),
    lines(
      "# A page of another origin must not open a websocket here with the user's credentials. Programs send no Origin.",
      map('"$server_name $http_origin"', "$foreign_origin", "1", [
        ['"~ $"', "0"],
        [`"~^(?<own_host>[^ ]+) ${siteOrigin("\\k<own_host>", site.ports.https)}$"`, "0"],
      ]),
      map('"$websocket_upgrade $foreign_origin"', "$foreign_websocket", "0", [['"websocket 1"', "1"]]),
    ),
    lines(
      "# Paths that two servers may read differently. Nothing in Streamlit needs them.",
      map("$request_uri", "$ambiguous_path", "0", [
        ['"~*^[^?]*(%2e|%2f|%5c|%00|%25|//|\\\\\\\\|;)"', "1"],
        ['"~^[^?]*/\\.\\.?([/?]|$)"', "1"],
      ]),
    ),
    map("$request_uri", "$request_path", '""', [['"~^(?<path>[^?]*)"', "$path"]]),
    ...formerMaps(site),
    ...embedMaps(site),
    lines(
      map("$http_accept_encoding", "$asset_encoding", '""', [["~*\\bgzip\\b", "gzip"]]),
      "# Streamlit marks its hashed files as immutable; it answers an unknown name with its index page, which must not be kept.",
      map("$upstream_http_cache_control", "$mutable_asset", "1", [["~*\\bimmutable\\b", "0"]]),
      map("$mutable_asset", "$asset_cache_control", "$upstream_http_cache_control", [
        ["0", '"private, max-age=31536000, immutable"'],
      ]),
    ),
  ];
}

/** How many connections an address may have to the plain port, where each one lasts as long as a redirect takes. */
const plainConnections = 100;

/**
 * The port of plain HTTP, where https is at another. Its server is behind a unix socket, because a server of HTTP counts connections
 * only once it has the head of a request: whoever sends half of one, thousands of times, would have all that there are.
 */
function plainPort(platform: GatewayPlatform): string {
  return block(
    "stream",
    `limit_conn_zone $binary_remote_addr zone=plain:1m;
limit_conn_log_level info;`,
    block(
      "server",
      `listen ${platform.listen.http};
limit_conn plain ${plainConnections};
proxy_pass ${unixSocket(platform, "plain")};
proxy_protocol on;
proxy_timeout 10s;`,
    ),
  );
}

/** How a server of plain HTTP listens. Where https is at another port, the client is whom {@link plainPort} names. */
function listenPlain(platform: GatewayPlatform, isDefault = false): string {
  const { http, https } = platform.listen;
  const flag = isDefault ? " default_server" : "";
  return https === undefined
    ? `listen ${http}${flag};`
    : `listen ${unixSocket(platform, "plain")}${flag} proxy_protocol;
set_real_ip_from unix:;
real_ip_header proxy_protocol;
client_header_timeout 5s;
keepalive_timeout 5s;`;
}

/** Without a word on the apps, for load balancers. */
const healthLocation = block(
  "location = /healthz",
  `access_log off;
default_type text/plain;
return 200 "ok\\n";`,
);

/** The servers that get requests for another host name, or for none: 421, and no certificate where TLS can tell. */
function defaultServers(site: Site, platform: GatewayPlatform): string {
  const { https } = platform.listen;
  return paragraphs(
    block("server", listenPlain(platform, true), healthLocation, wrongHost(platform)),
    https !== undefined &&
      block(
        "server",
        `listen ${https} ssl default_server;`,
        "http2 on;",
        // A client that connects to an IP address names no server in its TLS handshake.
        net.isIPv4(site.host) ? certificate(platform) : "ssl_reject_handshake on;",
        wrongHost(platform),
      ),
  );
}

/** Whatever is asked for, even the page that says so. */
function wrongHost(platform: GatewayPlatform): string {
  return lines(
    "error_page 404 421 =421 /421.html;",
    block("location = /421.html", "internal;", `root ${pagesFolder(platform)};`, pageSettings),
    block("location /", "return 421;"),
  );
}

function pagesFolder({ folders }: GatewayPlatform): string {
  return `${folders.config}/${fileNames.pages}`;
}

function certificate({ folders }: GatewayPlatform): string {
  return `ssl_certificate ${folders.config}/${fileNames.certificate};
ssl_certificate_key ${folders.config}/${fileNames.privateKey};`;
}

function redirectServer(host: Host, platform: GatewayPlatform): string {
  return block(
    "server",
    listenPlain(platform),
    `server_name ${host.host};
add_header X-Content-Type-Options nosniff always;`,
    healthLocation,
    block("location /", redirectToHttps(host)),
  );
}

function redirectToHttps({ origin }: Host): string {
  return `return 308 ${origin}$request_uri;`;
}

function securityHeaders(site: Site): string {
  return `add_header Strict-Transport-Security "max-age=63072000" always;
add_header X-Content-Type-Options nosniff always;
${frameHeaders(site)}
add_header Referrer-Policy same-origin always;
add_header Cross-Origin-Opener-Policy same-origin-allow-popups always;
add_header_inherit merge;`;
}

/**
 * What an app is told of a request: what the gateway knows, and of what a client says the headers of a list. An empty header is
 * as one that is not there: Streamlit would take an empty Origin for a foreign one, and look up its own external address, for
 * up to 20 s, while nobody else is answered (`server_util.is_url_from_allowed_origins`).
 *
 * @param host the host that the request is for
 * @param forwardHeaders names of headers that an app gets beside these
 */
function headersToApps(
  { authority }: Pick<Host, "authority">,
  { site, signIn: { identity } }: Context,
  forwardHeaders: string[] = [],
): string {
  return proxyHeaders({
    ...Object.fromEntries(
      [...clientHeaders, ...forwardHeaders].map((name) => [name, `$http_${headerVariableName(name)}`]),
    ),
    Host: authority,
    Upgrade: "$websocket_upgrade",
    Connection: "$connection_header",
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Host": authority,
    "X-Forwarded-Port": String(site.ports.https),
    "X-Forwarded-Proto": "https",
    "X-Forwarded-User": identity.user,
    "X-Forwarded-Email": identity.email,
    "X-Forwarded-Preferred-Username": identity.name,
    "X-Forwarded-Groups": identity.groups,
    Cookie: "$app_cookies",
  });
}

/** The server of a host. That of the site's also has the index page, and leads from where apps were before. */
function hostServer(at: Host, context: Context): string {
  const { site, platform, signIn } = context;
  const { https } = platform.listen;
  return block(
    "server",
    paragraphs(
      https === undefined
        ? lines(listenPlain(platform), `server_name ${at.host};`)
        : lines(`listen ${https} ssl;`, "http2 on;", `server_name ${at.host};`, certificate(platform)),
      securityHeaders(site),
      `gzip on;
client_max_body_size 1m;`,
      lines(
        "proxy_http_version 1.1;",
        "# Bodies pass as they arrive: stalled ones would fill the memory that they are kept in.",
        "proxy_request_buffering off;",
        "# Nothing but what stands here reaches an app. Set once: a location that set a header of its own would lose all of these.",
        "proxy_pass_request_headers off;",
        headersToApps(at, context),
        heardOfApps(),
        `# An app does not know that browsers come by TLS.
proxy_cookie_flags ~ secure;
# Short, because a replica that is gone is passed over only after it, and its name may be forgotten meanwhile: nginx would
# then give the request up.
proxy_connect_timeout ${platform.connectTimeoutMs}ms;
proxy_read_timeout 300s;`,
      ),
      lines(
        "error_page 401 /_gateway/401.html;",
        errorPages,
        "# A header field that is too long, cookies as a rule; of HTTP/1.1, which what ends TLS in front speaks.",
        "error_page 494 /_gateway/494.html;",
        https !== undefined && [
          "# An address that somebody typed with http and the port of https.",
          `error_page 497 =308 ${at.origin}$request_uri;`,
        ],
      ),
      lines(
        https === undefined &&
          lines(
            "# What ends TLS in front says so of each request; one that came in plain text is sent to come again.",
            block("if ($http_x_forwarded_proto = http)", redirectToHttps(at)),
          ),
        block("if ($ambiguous_path)", "return 400;"),
        "# A script that would see every request of its host's pages from then on, their addresses included.",
        block("if ($http_service_worker)", "return 403;"),
        "# Streamlit's own, and any that an app adds.",
        block("if ($foreign_websocket)", "return 403;"),
        crossSiteCondition(site),
      ),
      healthLocation,
      block("location ^~ /_gateway/", "internal;", `alias ${pagesFolder(platform)}/;`, pageSettings),
      at.apps.map((app) => appLocations(app, context)),
      at.app === undefined && [
        ...site.apps.map((app) => formerLocations(app, context)),
        hasIndexPage(site) && indexLocations(context),
      ],
      guestListsAt(at, site).map(({ name }) =>
        block(`location = /_gateway/auth/${name}`, "internal;", signIn.authSubrequest(name, at)),
      ),
      signIn.websocketCheck && websocketLocations(signIn.websocketCheck, at),
      signIn.locations(at),
    ),
  );
}

/** The end of the path of a file that has a hash in its name, as Streamlit's build writes it: `index.DKN5MVff.js`. */
const hashedName = "\\.(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{8,}\\.[a-z0-9]+$";

function appLocations(app: App, context: Context): string {
  const { platform, signIn } = context;
  const { path, name, forwardHeaders } = app;
  const { websocketCheck } = signIn;
  const toApp = lines(
    `proxy_pass http://${upstreamName(app)};`,
    forwardHeaders.length > 0 && headersToApps(app, context, forwardHeaders),
  );
  return paragraphs(
    path !== "" &&
      lines(
        "# Streamlit's page has relative addresses: it must be opened with the slash at the end.",
        block(
          `location = ${path}`,
          pageLocation(app),
          signIn.authRequest(name, true),
          "root /var/empty;",
          `try_files /.none @${name}_slash;`,
        ),
        block(`location @${name}_slash`, `return 308 ${path}/$is_args$args;`),
      ),
    block(
      `location ${path}/`,
      pageLocation(app),
      signIn.authRequest(name, true),
      pageCookies(app),
      confineCookies(app),
      toApp,
    ),
    lines(
      "# The websocket. Streamlit's own ping keeps it open; it may be silent for a day.",
      block(
        `location = ${path}${streamlitPaths.stream}`,
        signIn.authRequest(name),
        websocketCheck && websocketLocation(name),
        toApp,
        "# No cookies: the script that sorts them would stay in memory for as long as the websocket is open.",
        droppedAnswerHeaders("Set-Cookie"),
        `proxy_buffering off;
# There are two of these for as long as a websocket is open. Smaller ones cost more of the processor for large messages, by 1 MB some
# 3 ms more than 4k would; of this size what is in them fits into one packet.
proxy_buffer_size 1536;
proxy_read_timeout 1d;
proxy_send_timeout 1d;`,
      ),
    ),
    lines(
      "# The megabyte more is for the multipart envelope.",
      block(
        `location ^~ ${path}${streamlitPaths.uploads}`,
        signIn.authRequest(name),
        `client_max_body_size ${app.maxUploadSize + 1}m;`,
        confineCookies(app),
        toApp,
      ),
    ),
    lines(
      "# Nothing internal is public.",
      block(`location ^~ ${path}${streamlitPaths.metrics}`, "return 404;"),
      block(`location ^~ ${path}${streamlitPaths.scriptHealthCheck}`, "return 404;"),
    ),
    lines(
      "# Streamlit's own files have a hash in their name and are marked as immutable: compressed once, then served from memory, the",
      "# same for everybody. What an app's own image has there besides is passed on as it is.",
      block(
        `location ^~ ${path}${streamlitPaths.static}`,
        signIn.authRequest(name),
        block(
          `location ~ "${hashedName}"`,
          `proxy_pass http://${unixSocket(platform, "compression")};
# What is kept for everybody is asked for by nobody in particular. The cookie is that of the replica.
${proxyHeaders({ Host: app.authority, Connection: "", "Accept-Encoding": "$asset_encoding", Cookie: "$app_cookies" })}
proxy_cache assets;
proxy_cache_key "${name} $asset_encoding $uri";
proxy_cache_methods GET HEAD;
proxy_cache_lock on;
proxy_cache_bypass $is_args;
proxy_no_cache $is_args $mutable_asset;
# The one cookie that Streamlit's server would send is that of the replica.
proxy_ignore_headers Vary Set-Cookie ${ignoredHeaders};
proxy_hide_header Set-Cookie;
proxy_hide_header Cache-Control;
add_header Cache-Control $asset_cache_control;`,
        ),
        // Not in the location around both: the files above would go through the script as well.
        block("location ~ .", confineCookies(app), toApp),
      ),
    ),
  );
}

/** Where the paths of an app lead that it was at before, but `/`, which the index page has. */
function formerLocations(app: App, { signIn }: Context): string[] {
  return formerPrefixes(app).map(({ prefix, variable }) => {
    const location = `@${variable}`;
    const led = [
      pageLocation(app),
      signIn.authRequest(app.name, true),
      "root /var/empty;",
      `try_files /.none ${location};`,
    ];
    return lines(
      block(`location = ${prefix}`, ...led),
      block(`location ${prefix}/`, ...led),
      // With the origin: a path alone could begin with two slashes.
      block(`location ${location}`, `return 308 ${app.origin}${app.path}$${variable};`),
    );
  });
}

/** The former paths of an app but `/`, each with the variable that has what is asked for below it. */
function formerPrefixes(app: App): { prefix: string; variable: string }[] {
  return app.formerPaths
    .filter((prefix) => prefix !== "")
    .map((prefix, index) => ({ prefix, variable: `former_${variableName(app)}_${index}` }));
}

function formerMaps(site: Site): string[] {
  return site.apps.flatMap(formerPrefixes).map(({ prefix, variable }) =>
    map("$request_uri", `$${variable}`, "/", [
      [`"~^${prefix}/(?<former_page>.*)$"`, '"/$former_page"'],
      [`"~^${prefix}(?<former_query>\\?.*)$"`, '"/$former_query"'],
    ]),
  );
}

function indexLocations({ site, platform, signIn }: Context): string {
  const moved = site.apps.find(({ formerPaths }) => formerPaths.includes(""));
  return paragraphs(
    block(
      "location = /",
      signIn.authRequest(indexGuestList, true),
      `root ${pagesFolder(platform)};`,
      pageSettings,
      "try_files /index.html =404;",
    ),
    block(
      "location /",
      signIn.authRequest(indexGuestList, true),
      "root /var/empty;",
      "# Named, so that it is reached when the sign-in check is done.",
      moved ? "try_files /.none @former;" : "try_files /.none @not_found;",
    ),
    moved
      ? lines(
          "# The app that was at / before.",
          block("location @former", `return 308 ${moved.origin}${moved.path}$request_uri;`),
        )
      : block("location @not_found", "error_page 404 /_gateway/404.html;", "return 404;"),
  );
}

/** Compresses what the cache in front of it then keeps. */
function compressionServer({ host, authority, apps }: Host, platform: GatewayPlatform): string {
  return block(
    "server",
    `listen ${unixSocket(platform, "compression")};
server_name ${host};
access_log off;
gzip on;
gzip_proxied any;
gzip_comp_level 9;
proxy_http_version 1.1;
proxy_request_buffering off;
proxy_set_header Host ${authority};
proxy_set_header Connection "";
proxy_connect_timeout ${platform.connectTimeoutMs}ms;`,
    heardOfApps(),
    apps.map((app) =>
      block(`location ${app.path}${streamlitPaths.static}`, `proxy_pass http://${upstreamName(app)};`),
    ),
  );
}
