/**
 * Answers requests as an Application Load Balancer with these listeners and rules would.
 *
 * What it follows is documented: host names are compared without regard to case, paths with, headers and query strings without, methods as they are;
 * a condition holds when one of its values does, a rule when all of its conditions do; the lowest priority is asked first and the default last.
 *
 * It does NOT prove that AWS does what it documents, nor anything about what happens behind the load balancer: a request that is forwarded may be
 * refused there. It knows nothing of how AWS normalizes paths (`//`, `%2F`, `..`), answers the callback of the sign-in, or checks a token.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-verify-jwt.html
 */
import { BlockList, isIPv6 } from "node:net";
import { byReference, type Graph } from "../graph";
import { type Action, type Listener, listenersOf, type Rule } from "./model";
import { matchesPattern } from "./patterns";
import { tlsPolicies, type TlsVersion } from "./tls-policies";

/** A request as it arrives at the load balancer. */
export interface Request {
  /** @default https */
  scheme?: "http" | "https";
  host: string;
  path: string;
  /** Without the question mark. @default "" */
  query?: string;
  /** @default GET */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** @default 203.0.113.9 */
  sourceIp?: string;
  /** The version of TLS that the client speaks at most. @default 1.3 */
  tls?: TlsVersion;
  /** Has the browser signed in, so that it has the load balancer's cookie? @default false */
  signedIn?: boolean;
  /** Is the bearer token in the headers one that the load balancer finds valid? Without an answer it says that it would look. */
  tokenValid?: boolean;
}

/** What becomes of a request. A number is the status of an answer that the load balancer gives by itself. */
export type Outcome = "authenticate" | "deny" | "validate" | "redirect" | "forward" | "closed" | `${number}`;

/** The answer to a request. */
export interface Answer {
  outcome: Outcome;
  /** Whose it is: a rule, or a listener's default; empty if no listener took the request. */
  rule: string;
  /** Where it is redirected to. */
  location?: string;
  /** Of a redirect. */
  status?: number;
  /** The names of the target groups that it is forwarded to. */
  targets?: string[];
  /** What the target sees, after the rule's transforms. */
  forwarded?: { host: string; path: string };
}

/** What becomes of a request. */
export function answerRequest(graph: Graph, request: Request): Answer {
  return answerOf(graph, listenersOf(graph), request);
}

/** The same for many requests: the listeners are read once. */
export function answerRequests(graph: Graph, requests: readonly Request[]): Answer[] {
  const listeners = listenersOf(graph);
  return requests.map((request) => answerOf(graph, listeners, request));
}

function answerOf(graph: Graph, listeners: readonly Listener[], request: Request): Answer {
  const secure = request.scheme !== "http";
  const listener = listeners.find(
    ({ port, protocol }) => port === (secure ? 443 : 80) && (protocol === "HTTPS") === secure,
  );
  if (listener === undefined) return { outcome: "closed", rule: "" };
  if (secure && !speaks(listener, request.tls ?? "1.3")) return { outcome: "closed", rule: "" };
  const rule = listener.rules.find((candidate) => applies(candidate, request));
  if (rule === undefined) throw new Error(`listener "${listener.name}" has no default action`);
  return { ...perform(graph, rule, request), rule: rule.name };
}

/**
 * Is there a version that both speak? A client speaks its newest version and those before.
 *
 * @throws Error if AWS has no such policy
 */
function speaks(listener: Listener, newest: TlsVersion): boolean {
  const policy = tlsPolicies[listener.tlsPolicy];
  if (policy === undefined)
    throw new Error(`listener "${listener.name}": there is no TLS policy ${listener.tlsPolicy}`);
  return policy.versions.some((version) => version <= newest);
}

function applies(rule: Rule, request: Request): boolean {
  return rule.conditions.every((condition) => {
    const { hostHeader, httpHeader, httpRequestMethod, pathPattern, queryStrings, sourceIp, ...others } =
      condition;
    const unknown = Object.keys(others);
    if (unknown.length > 0)
      throw new Error(`listener rule "${rule.name}": unknown condition ${unknown.join(", ")}`);
    return [
      hostHeader && fits(hostHeader, withoutPort(request.host), false),
      // Of the path alone, without the query.
      pathPattern && fits(pathPattern, request.path, true),
      httpHeader &&
        header(request, httpHeader.httpHeaderName).some((value) => fits(httpHeader, value, false)),
      httpRequestMethod?.values.includes(request.method ?? "GET"),
      queryStrings && queryStrings.length > 0 ? queryFits(queryStrings, request.query ?? "") : undefined,
      sourceIp?.values.some((range) => contains(range, request.sourceIp ?? "203.0.113.9")),
    ].every((holds) => holds !== false);
  });
}

function fits(
  { values = [], regexValues = [] }: { values?: string[]; regexValues?: string[] },
  value: string,
  caseSensitive: boolean,
): boolean {
  return (
    values.some((pattern) => matchesPattern(pattern, value, caseSensitive)) ||
    regexValues.some((pattern) => new RegExp(pattern, caseSensitive ? "u" : "iu").test(value))
  );
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}

function header({ headers = {} }: Request, name: string): string[] {
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

function queryFits(wanted: readonly { key?: string; value: string }[], query: string): boolean {
  const given = query.split("&").map((pair): [string, string] => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  return wanted.some(({ key, value }) =>
    given.some(
      ([name, text]) =>
        (key === undefined || matchesPattern(key, name, false)) && matchesPattern(value, text, false),
    ),
  );
}

function contains(range: string, address: string): boolean {
  const [network = "", length = ""] = range.split("/");
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(length), family);
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** The first action that has the last word. */
function perform(graph: Graph, rule: Rule, request: Request): Omit<Answer, "rule"> {
  for (const action of rule.actions) {
    const answer = performOne(graph, rule, action, request);
    if (answer !== undefined) return answer;
  }
  throw new Error(`${rule.name}: no action is the last`);
}

/** @returns undefined if the next action has its turn */
function performOne(
  graph: Graph,
  rule: Rule,
  action: Action,
  request: Request,
): Omit<Answer, "rule"> | undefined {
  switch (action.type) {
    case "authenticate-cognito":
      return signIn(rule, action.authenticateCognito, request);
    case "authenticate-oidc":
      return signIn(rule, action.authenticateOidc, request);
    case "jwt-validation": {
      if (!header(request, "authorization").some((value) => /^bearer ./i.test(value)))
        return { outcome: "deny" };
      if (request.tokenValid === undefined) return { outcome: "validate" };
      return request.tokenValid ? undefined : { outcome: "deny" };
    }
    case "fixed-response":
      return { outcome: `${Number(action.fixedResponse?.statusCode ?? NaN)}` };
    case "redirect":
      return redirect(rule, action, request);
    case "forward": {
      const arns = action.forward?.targetGroups.map(({ arn }) => arn) ?? [action.targetGroupArn];
      return {
        outcome: "forward",
        targets: arns.map((arn) => byReference(graph, arn)?.name ?? String(arn)),
        forwarded: transformed(rule, request),
      };
    }
    default:
      throw new Error(`${rule.name}: unknown action ${action.type}`);
  }
}

function signIn(
  rule: Rule,
  config: { onUnauthenticatedRequest?: string } | undefined,
  { signedIn = false }: Request,
): Omit<Answer, "rule"> | undefined {
  if (config === undefined) throw new Error(`${rule.name}: the sign-in is not described`);
  if (signedIn) return undefined;
  switch (config.onUnauthenticatedRequest ?? "authenticate") {
    case "authenticate":
      return { outcome: "authenticate" };
    case "deny":
      return { outcome: "deny" };
    case "allow":
      return undefined;
    default:
      throw new Error(
        `${rule.name}: unknown onUnauthenticatedRequest ${String(config.onUnauthenticatedRequest)}`,
      );
  }
}

function redirect(rule: Rule, { redirect: to }: Action, request: Request): Omit<Answer, "rule"> {
  if (to === undefined) throw new Error(`${rule.name}: the redirect is not described`);
  const scheme = request.scheme ?? "https";
  const known: Record<string, string> = {
    protocol: scheme,
    host: withoutPort(request.host),
    port: scheme === "https" ? "443" : "80",
    path: request.path.replace(/^\//, ""),
    query: request.query ?? "",
  };
  const filled = (text: string) => text.replace(/#\{(\w+)\}/g, (_, name: string) => known[name] ?? "");
  const query = filled(to.query ?? "#{query}");
  const [protocol, host, port, path] = [
    filled(to.protocol ?? "#{protocol}").toLowerCase(),
    filled(to.host ?? "#{host}"),
    filled(to.port ?? "#{port}"),
    filled(to.path ?? "/#{path}"),
  ];
  return {
    outcome: "redirect",
    status: Number(to.statusCode.replace("HTTP_", "")),
    location: `${protocol}://${host}:${port}${path}${query === "" ? "" : `?${query}`}`,
  };
}

function transformed(rule: Rule, { host, path, query = "" }: Request): { host: string; path: string } {
  const seen = { host, path: query === "" ? path : `${path}?${query}` };
  for (const { type, hostHeaderRewriteConfig, urlRewriteConfig } of rule.transforms) {
    const rewrite = (hostHeaderRewriteConfig ?? urlRewriteConfig)?.rewrite;
    if (rewrite === undefined) continue;
    const part = type === "host-header-rewrite" ? "host" : "path";
    seen[part] = seen[part].replace(new RegExp(rewrite.regex, "u"), rewrite.replace);
  }
  return seen;
}
