/**
 * What the load balancer does with a request: data, without Pulumi. Every rule names the site's host; what no rule is about is answered
 * with 404.
 *
 * Rules of one app lie in a block of priorities that follows from the app's name, so that another app moves none of them: Elastic Load Balancing
 * refuses a priority that another rule still has. No app but the one at `/` lies above another, so that their order counts for nothing.
 */
import { createHash } from "node:crypto";
import type { App, AwsSiteSpec } from "../spec/site";
import { streamlitPaths } from "../streamlit/streamlit";
import { indexPage } from "./index-page";

/** What a rule asks of who sends a request. */
export type Demand =
  /** To be signed in, or be sent to sign in. */
  | "authenticate"
  /** To be signed in; otherwise the answer is 401. */
  | "deny"
  /** A token of the provider in `Authorization`; otherwise the answer is 401. */
  | "bearer";

/** What becomes of a request. */
export type Answer =
  { to: "app" | "signOut" } | { status: number; contentType: "text/plain" | "text/html"; body: string };

/** A rule of the listener for HTTPS. */
export interface ListenerRule {
  /** The end of the name of its resource. */
  name: string;
  /** 1–50000, the lowest first. */
  priority: number;
  /** All of them hold for a request that the rule is about. */
  conditions: {
    host?: string;
    /** Patterns of paths, of which one holds. */
    paths?: string[];
    /** Regular expressions for paths, of which one holds. */
    pathRegex?: string[];
    /** A header, and patterns of its values, of which one holds. */
    header?: { name: string; values: string[] };
  };
  demand?: Demand;
  answer: Answer;
}

/** The headers by which a load balancer tells an app who is signed in. */
export const identityHeaders = ["x-amzn-oidc-identity", "x-amzn-oidc-data", "x-amzn-oidc-accesstoken"];

/** The paths of sign-in: the first two are fixed by Elastic Load Balancing and by this package's other targets. */
export const signInPaths = {
  callback: "/oauth2/idpresponse",
  signOut: "/oauth2/sign_out",
  signedOut: "/oauth2/signed_out",
} as const;

/**
 * A character that needs no percent-encoding (RFC 3986, unreserved) and has one. Rules compare paths as they were sent, and apps decode
 * them: `/_stcore/%6detrics` would be no path that a rule knows.
 */
const needlesslyEncoded = "%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])";

const text = (status: number, body: string): Answer => ({ status, contentType: "text/plain", body });

/**
 * The rules of a site that are no app's.
 *
 * @param site a checked spec
 */
export function siteRules(site: AwsSiteSpec): ListenerRule[] {
  const { host } = site;
  const page = site.apps.some(({ path }) => path === "") ? undefined : indexPage(site);
  return [
    // A load balancer sets these itself when somebody is signed in, and leaves alone what came with a request that it lets pass by a token.
    ...identityHeaders.map((header, index): ListenerRule => ({
      name: `forged-${header.replace("x-amzn-oidc-", "")}`,
      priority: 1 + index,
      conditions: { header: { name: header, values: ["*"] } },
      answer: text(403, "Forbidden"),
    })),
    {
      name: "encoded",
      priority: 10,
      conditions: { pathRegex: [`^.*${needlesslyEncoded}.*$`] },
      answer: text(400, "Bad Request"),
    },
    {
      name: "internal",
      priority: 11,
      conditions: {
        host,
        paths: [`*${streamlitPaths.metrics}*`, `*${streamlitPaths.scriptHealthCheck}*`],
      },
      answer: text(404, "Not Found"),
    },
    {
      name: "health",
      priority: 12,
      conditions: { host, paths: ["/healthz"] },
      answer: text(200, "ok"),
    },
    {
      name: "sign-in",
      priority: 13,
      conditions: { host, paths: [signInPaths.callback] },
      demand: "authenticate",
      answer: text(404, "Not Found"),
    },
    {
      name: "sign-out",
      priority: 14,
      conditions: { host, paths: [signInPaths.signOut] },
      answer: { to: "signOut" },
    },
    {
      name: "signed-out",
      priority: 15,
      conditions: { host, paths: [signInPaths.signedOut] },
      answer: {
        status: 200,
        contentType: "text/html",
        body: '<!doctype html><meta charset="utf-8"><title>Signed out</title><p>You are signed out. <a href="/">Sign in</a></p>',
      },
    },
    ...(page === undefined
      ? []
      : [
          {
            name: "index",
            priority: 50_000,
            conditions: { host, paths: ["/"] },
            demand: "authenticate",
            answer: { status: 200, contentType: "text/html", body: page },
          } satisfies ListenerRule,
        ]),
  ];
}

/** How many priorities an app has, and where those of the one at `/` are. */
const blockSize = 10;
const firstBlock = 1_000;
const blocks = 4_000;
const rootBlock = 45_000;

/**
 * The first priority of each app's block, by the app's name.
 *
 * @param apps of a site
 */
export function appPriorities(apps: readonly Pick<App, "name" | "path">[]): Map<string, number> {
  const taken = new Set<number>();
  const priorities = new Map<string, number>();
  for (const { name, path } of apps) {
    if (path === "") {
      priorities.set(name, rootBlock);
      continue;
    }
    let block = createHash("sha256").update(name).digest().readUInt32BE() % blocks;
    while (taken.has(block)) block = (block + 1) % blocks;
    taken.add(block);
    priorities.set(name, firstBlock + block * blockSize);
  }
  return priorities;
}

/** Do programs come with tokens? */
function takesTokens({ auth: { oidc, cognito } }: Pick<AwsSiteSpec, "auth">): boolean {
  return oidc === undefined ? cognito.programs.length > 0 : oidc.bearer;
}

/**
 * The rules of an app.
 *
 * @param site a checked spec
 * @param app one of its apps
 * @param first the first of the app's priorities
 */
export function appRules(site: Pick<AwsSiteSpec, "auth">, app: App, first: number): ListenerRule[] {
  const { host, path, origin } = app;
  const below = (...paths: string[]): string[] => paths.map((one) => `${path}${one}`);
  const stream = below(streamlitPaths.stream);
  const all = path === "" ? ["/*"] : [path, `${path}/*`];
  const rules: Omit<ListenerRule, "priority">[] = [
    // Streamlit compares origins, too; it takes a connection that names none.
    {
      name: "stream",
      conditions: { host, paths: stream, header: { name: "Origin", values: [origin] } },
      demand: "deny",
      answer: { to: "app" },
    },
    { name: "foreign", conditions: { host, paths: stream }, answer: text(403, "Forbidden") },
    ...(takesTokens(site)
      ? [
          {
            name: "bearer",
            conditions: { host, paths: all, header: { name: "Authorization", values: ["Bearer *"] } },
            demand: "bearer",
            answer: { to: "app" },
          } satisfies Omit<ListenerRule, "priority">,
        ]
      : []),
    // What a page asks for by itself: a redirect to another origin would be an error that nobody understands.
    {
      name: "resources",
      conditions: { host, paths: below("/_stcore/*", "/media/*", "/component/*", "/app/static/*") },
      demand: "deny",
      answer: { to: "app" },
    },
    // A rule has five values at most.
    {
      name: "static",
      conditions: { host, paths: below("/static/*") },
      demand: "deny",
      answer: { to: "app" },
    },
    { name: "pages", conditions: { host, paths: all }, demand: "authenticate", answer: { to: "app" } },
  ];
  return rules.map((rule, index) => ({ ...rule, priority: first + index }));
}
