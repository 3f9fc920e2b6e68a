/** The configuration of an nginx that passes TCP connections on. */
import { block, lines, map, paragraphs } from "../gateway/text";

/** Where connections to one port go. */
export interface Route {
  /** The port that nginx listens on. */
  port: number;
  /** `<host>:<port>`, as Docker's DNS server finds the host. */
  to: string;
  /** What the log calls it. */
  name: string;
}

/**
 * Write the `nginx.conf`. Every value comes from a checked spec or from Docker; nothing is escaped here, because nothing that
 * needs it gets this far, which `test/unit/docker/forwarder-config.test.ts` proves with hostile strings.
 *
 * @param routes each with another port
 * @param folder where nginx may write
 */
export function forwarderConfig(routes: readonly Route[], folder: string): string {
  const byPort = (variable: string, of: (route: Route) => string): string =>
    map(
      "$server_port",
      variable,
      '""',
      routes.map((route) => [String(route.port), of(route)]),
    );
  const stream = block(
    "stream",
    paragraphs(
      `# Asked anew for each connection, and not when nginx starts: an address may change, and a name may be missing for a while.
resolver 127.0.0.11 valid=1s ipv6=off;
resolver_timeout 5s;`,
      byPort("$destination", ({ to }) => to),
      byPort("$name", ({ name }) => name),
      map("$status", "$failed", "1", [["200", "0"]]),
      map("$status", "$reason", '"error $status"', [
        ["500", '"its name is not found"'],
        ["502", '"nothing answers there"'],
      ]),
      `log_format failure "$name was not reached: $reason (tried $upstream_addr)";
access_log /dev/stdout failure if=$failed;`,
      `# Pools of connections to a database are idle for hours, and over a weekend. Whose other end is gone is found out by keepalive.
proxy_timeout 7d;
proxy_connect_timeout 10s;
proxy_socket_keepalive on;`,
      block(
        "server",
        routes.map(({ port }) => `listen ${port} so_keepalive=on;`),
        "proxy_pass $destination;",
      ),
    ),
  );
  return `${paragraphs(
    lines(
      "daemon off;",
      "worker_processes 1;",
      `pid ${folder}/nginx.pid;`,
      // The reason of each failed connection, with the address.
      "error_log stderr error;",
    ),
    block("events", "worker_connections 2048;"),
    stream,
  )}\n`;
}
