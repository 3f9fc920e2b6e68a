/**
 * The gateway contract as a table of requests, and what a load balancer has to do with each: the same for a site whose gateway is the load balancer,
 * and for one whose nginx stands behind it.
 */
import type { Graph } from "../graph";
import { type Answer, answerRequests, type Outcome, type Request } from "./interpreter";

/** A site, as far as the table depends on it. */
export interface SiteFacts {
  host: string;
  /** Each app's name and route; `/` is one that has the whole host. */
  apps: readonly { name: string; route: string }[];
  /** What refuses whom: the load balancer's rules, or nginx behind it. */
  gateway: "alb" | "nginx";
  /** May programs come with a token? */
  bearer: boolean;
}

/** A request, and what may become of it. */
export interface Row {
  name: string;
  request: Request;
  /** Any of these. */
  outcomes: readonly Outcome[];
  /** The app whose target groups it has to reach, if it is forwarded. */
  app?: string;
  location?: string;
}

/** The table for a site. */
export function contractTable(site: SiteFacts): Row[] {
  const rows = site.gateway === "alb" ? [...appRows(site), ...unknownRows(site)] : gatewayRows(site);
  return [...rows, ...transportRows(site)];
}

const json = { accept: "application/json" };
const bearerHeaders = { authorization: "Bearer eyJ.a.b" };

function under(route: string, path: string): string {
  return `${route.replace(/\/$/, "")}${path}`;
}

function appRows({ host, apps, bearer }: SiteFacts): Row[] {
  return apps.flatMap(({ name, route }) => {
    const row = (
      what: string,
      path: string,
      outcomes: readonly Outcome[],
      more: Partial<Request> = {},
    ): Row => ({
      name: `${name}: ${what}`,
      request: { host, path: under(route, path), ...more },
      outcomes,
      app: name,
    });
    const upgrade = { headers: { upgrade: "websocket", connection: "upgrade", origin: `https://${host}` } };
    return [
      row("page", "/", ["authenticate"]),
      ...(route === "/" ? [] : [row("page without its slash", "", ["authenticate", "redirect"])]),
      row("deep link", "/Monthly_report", ["authenticate"], { query: "year=2026" }),
      row("page, host in capitals", "/", ["authenticate"], { host: host.toUpperCase() }),
      row("websocket", "/_stcore/stream", ["deny"], upgrade),
      // The browser asks these by fetch after the websocket broke, which cannot follow a redirect to another origin.
      row("health", "/_stcore/health", ["deny", "404"]),
      row("host-config", "/_stcore/host-config", ["deny"]),
      row("upload", "/_stcore/upload_file/a/b", ["deny"], { method: "PUT" }),
      // A load balancer cannot tell an asset from a page in the few conditions that it may have: either keeps the app to itself.
      row("asset", "/static/js/index.abc123.js", ["deny", "authenticate"]),
      row("media", "/media/0123.png", ["deny", "authenticate"]),
      row("metrics", "/_stcore/metrics", ["404", "403", "deny"]),
      row("metrics, signed in", "/_stcore/metrics", ["404", "403"], { signedIn: true }),
      row("page, signed in", "/", ["forward"], { signedIn: true }),
      row("deep link, signed in", "/Monthly_report", ["forward"], { signedIn: true }),
      row("websocket, signed in", "/_stcore/stream", ["forward"], { ...upgrade, signedIn: true }),
      row("upload, signed in", "/_stcore/upload_file/a/b", ["forward"], { method: "PUT", signedIn: true }),
      row("program with a token", "/_stcore/agent/run", bearer ? ["validate"] : ["deny"], {
        method: "POST",
        headers: { ...json, ...bearerHeaders },
      }),
      row("program with a valid token", "/_stcore/agent/run", bearer ? ["forward"] : ["deny"], {
        method: "POST",
        headers: { ...json, ...bearerHeaders },
        tokenValid: true,
      }),
      row("program with a wrong token", "/_stcore/agent/run", ["deny"], {
        method: "POST",
        headers: { ...json, ...bearerHeaders },
        tokenValid: false,
      }),
      row("program without a token", "/_stcore/agent/run", ["deny"], { method: "POST", headers: json }),
      row("program with a password", "/_stcore/agent/run", ["deny"], {
        method: "POST",
        headers: { ...json, authorization: "Basic ZGVtbzpkZW1v" },
      }),
      row("metrics with a valid token", "/_stcore/metrics", ["404", "403", "deny"], {
        headers: bearerHeaders,
        tokenValid: true,
      }),
      // Whatever is done with it there, it is not let in unseen.
      row("page with a token", "/", ["authenticate", "validate", "deny"], { headers: bearerHeaders }),
    ];
  });
}

function unknownRows({ host, apps }: SiteFacts): Row[] {
  const nothing: readonly Outcome[] = ["404", "421"];
  const whole = apps.some(({ route }) => route === "/");
  const elsewhere: Row[] = whole
    ? []
    : [
        { name: "unknown path", request: { host, path: "/nowhere" }, outcomes: nothing },
        {
          name: "unknown path, signed in",
          request: { host, path: "/nowhere", signedIn: true },
          outcomes: nothing,
        },
        ...apps.flatMap(({ name, route }): Row[] => [
          {
            name: `${name}: a path that only begins like its route`,
            request: { host, path: `${route}man`, signedIn: true },
            outcomes: nothing,
          },
          {
            name: `${name}: its route in capitals`,
            request: { host, path: `${route.toUpperCase()}/`, signedIn: true },
            outcomes: nothing,
          },
        ]),
      ];
  const foreign = apps.flatMap(({ name, route }): Row[] =>
    ["evil.example.net", `${host}.evil.example.net`, `x${host}`, "203.0.113.7"].flatMap((other) => [
      {
        name: `${name}: page at ${other}`,
        request: { host: other, path: under(route, "/") },
        outcomes: nothing,
      },
      {
        name: `${name}: websocket at ${other}, signed in`,
        request: { host: other, path: under(route, "/_stcore/stream"), signedIn: true },
        outcomes: nothing,
      },
    ]),
  );
  return [...elsewhere, ...foreign];
}

/** What has only to arrive at nginx, which the contract is held against with real parts elsewhere. */
function gatewayRows({ host, apps }: SiteFacts): Row[] {
  const paths = apps.flatMap(({ route }) =>
    ["/", "/Monthly_report", "/_stcore/stream", "/_stcore/host-config", "/_stcore/upload_file/a/b"].map(
      (path) => under(route, path),
    ),
  );
  return [
    ...[...paths, "/oauth2/callback", "/oauth2/sign_out"].map((path): Row => ({
      name: `nginx: ${path}`,
      request: { host, path },
      outcomes: ["forward"],
      app: "nginx",
    })),
    ...["evil.example.net", "203.0.113.7"].map((other): Row => ({
      name: `page at ${other}`,
      request: { host: other, path: "/" },
      // nginx refuses it, too.
      outcomes: ["404", "421", "forward"],
      app: "nginx",
    })),
  ];
}

function transportRows({ host, apps }: SiteFacts): Row[] {
  return apps.flatMap(({ name, route }): Row[] => [
    ...["/", "/_stcore/stream", "/_stcore/agent/run"].map((path): Row => ({
      name: `${name}: ${path} in plain HTTP`,
      request: { scheme: "http", host, path: under(route, path), query: "a=b", headers: bearerHeaders },
      outcomes: ["redirect"],
      location: `https://${host}:443${under(route, path)}?a=b`,
    })),
    ...(["1.0", "1.1"] as const).map((tls): Row => ({
      name: `${name}: page over TLS ${tls}`,
      request: { host, path: under(route, "/"), tls },
      outcomes: ["closed"],
    })),
    {
      name: `${name}: plain HTTP with a header that a CDN would send`,
      request: { scheme: "http", host, path: under(route, "/"), headers: { "x-custom-header": "known" } },
      outcomes: ["redirect"],
    },
  ]);
}

/** What rules do that the table forbids, row by row; empty if nothing. */
export function contractViolations(graph: Graph, rows: readonly Row[]): string[] {
  const answers = answerRequests(
    graph,
    rows.map(({ request }) => request),
  );
  const answered = rows.map((row, index) => ({ row, answer: answers[index]! }));
  return [...answered.flatMap(({ row, answer }) => rowViolations(row, answer)), ...mixedUp(answered)];
}

function rowViolations(row: Row, answer: Answer): string[] {
  const by = answer.rule === "" ? "no listener" : `"${answer.rule}"`;
  if (!row.outcomes.includes(answer.outcome))
    return [`${row.name}: ${answer.outcome} by ${by} instead of ${row.outcomes.join(" or ")}`];
  if (answer.outcome !== "redirect" || row.request.scheme !== "http") return [];
  const faults = [];
  if (answer.status !== 301)
    faults.push(`${row.name}: ${by} redirects with ${String(answer.status)} instead of 301`);
  if (row.location !== undefined && answer.location !== row.location)
    faults.push(`${row.name}: ${by} redirects to ${String(answer.location)} instead of ${row.location}`);
  return faults;
}

/** Each app has targets of its own. */
function mixedUp(answered: readonly { row: Row; answer: Answer }[]): string[] {
  const owners = new Map<string, string>();
  const faults = new Set<string>();
  for (const { row, answer } of answered) {
    if (row.app === undefined) continue;
    for (const target of answer.targets ?? []) {
      const owner: string = owners.get(target) ?? row.app;
      owners.set(target, owner);
      if (owner !== row.app)
        faults.add(`requests for ${owner} and for ${row.app} go to the same targets, ${target}`);
    }
  }
  return [...faults];
}
