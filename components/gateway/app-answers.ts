/**
 * What an app must not say: to browsers about the origin that it shares with other apps and with the gateway, and to nginx.
 */
import { lines } from "./text";

/** Headers of an app's answers that are dropped. */
const droppedHeaders = [
  // The gateway's own word counts. A Content-Security-Policy of an app's stays: browsers hold both, so that it can only be stricter.
  "Cross-Origin-Opener-Policy",
  "Referrer-Policy",
  "Server",
  "Strict-Transport-Security",
  "X-Content-Type-Options",
  "X-Frame-Options",
  // What counts for the whole origin, or for the host.
  "Accept-CH",
  "Alt-Svc",
  "Clear-Site-Data",
  "Critical-CH",
  "Expect-CT",
  "NEL",
  "Origin-Agent-Cluster",
  "Public-Key-Pins",
  "Public-Key-Pins-Report-Only",
  "Report-To",
  "Reporting-Endpoints",
  "Secure-Session-Registration",
  "Sec-Session-Registration",
  "Service-Worker-Allowed",
  "Set-Cookie2",
  "Set-Login",
  "Use-As-Dictionary",
  // A browser would ask for a password, and forget the one that it has for the gateway; no app gets an Authorization header.
  "Authentication-Info",
  "WWW-Authenticate",
] as const;

/**
 * Directives for a server whose locations lead to apps. nginx itself drops `X-Accel-…`.
 *
 * `X-Accel-Buffering` counts: it says no more than how the answer itself is passed on, and streams of events need it.
 */
export function heardOfApps(): string {
  return lines(
    "# What an app must not say to browsers about an origin that is not its alone, nor to nginx.",
    droppedAnswerHeaders(),
    `proxy_ignore_headers ${ignoredHeaders};`,
  );
}

/** Directives that drop these headers of an app's answers, for a location that drops more, and would lose the server's. */
export function droppedAnswerHeaders(...more: string[]): string {
  return lines([...droppedHeaders, ...more].map((name) => `proxy_hide_header ${name};`));
}

/** Orders to nginx that do not count when they come from an app. */
export const ignoredHeaders = "X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset";
