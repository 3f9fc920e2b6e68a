/** Signs in at a site by plain HTTP, the way a browser does it, and without one. */
import type { IncomingHttpHeaders } from "node:http";
import { unescape } from "html-escaper";
import { CookieJar } from "tough-cookie";
import { type Answer, type Headers, request, type Server } from "../contract/support/client";
import type { IdentityProvider } from "./identity-provider";

/** A server that a visitor knows: its origin and its certificate authority (PEM), none for plain HTTP. */
export interface KnownServer extends Pick<Server, "ca" | "address"> {
  origin: string;
}

/** One answer on the way. */
export interface Step {
  method: string;
  url: string;
  status: number;
  headers: IncomingHttpHeaders;
}

/** Where a visit ended. */
export interface Page extends Answer {
  url: string;
}

/** How many answers a visit may take; a browser gives up at the same number. */
const limit = 20;

/**
 * A user agent with a cookie jar, which goes where redirects and pages that submit themselves lead.
 *
 * Host names are looked for on this machine, unless a server says where it is. Cookies are kept and sent as a browser does
 * it: by host and path, `Secure`, `SameSite`, and none that breaks the rules of its `__Host-` or `__Secure-` prefix.
 */
export class Visitor {
  /** All answers so far. */
  readonly steps: Step[] = [];
  /** The origin whose page sent the visitor on; none when the URL was typed. */
  private sender: string | undefined;

  constructor(
    private readonly servers: KnownServer[],
    readonly jar: CookieJar = newJar(),
  ) {}

  /**
   * Go to a URL as if it had been typed.
   *
   * @throws Error when the way leads to a server that the visitor does not know, or in a circle
   */
  open(url: string): Promise<Page> {
    this.sender = undefined;
    return this.go(new URL(url));
  }

  /**
   * Follow a link on a page.
   *
   * @param origin where the page is; it may be none that the visitor knows
   * @throws Error as {@link open}
   */
  follow(url: string, origin: string): Promise<Page> {
    this.sender = origin;
    return this.go(new URL(url));
  }

  /**
   * Fill in and send the first form of a page.
   *
   * @throws Error when there is none; and as {@link open}
   */
  submit(page: Page, fields: Record<string, string> = {}): Promise<Page> {
    const form = readForm(page.body.toString("utf8"));
    if (!form) throw new Error(`${page.url} has no form`);
    this.sender = new URL(page.url).origin;
    const body = new URLSearchParams({ ...form.fields, ...fields }).toString();
    return this.go(new URL(form.action, page.url), body);
  }

  private async go(start: URL, form?: string): Promise<Page> {
    let [url, body] = [start, form];
    const chain: URL[] = [];
    for (let count = 0; count < limit; count += 1) {
      chain.push(url);
      const answer = await this.ask(url, body, fetchSite(this.sender, chain));
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || location === undefined) {
        const page = { ...answer, url: url.href };
        return submitsItself(answer) ? this.submit(page) : page;
      }
      url = new URL(location, url);
      // 307 and 308 say that the request is to be made again as it was.
      if (answer.status < 307) body = undefined;
    }
    throw new Error(`more than ${String(limit)} redirects, the last to ${url.href}`);
  }

  private async ask(url: URL, body: string | undefined, site: string): Promise<Answer> {
    const known = this.servers.find(({ origin }) => origin === url.origin);
    if (!known) throw new Error(`sent to ${url.href}, which is no known server`);
    const method = body === undefined ? "GET" : "POST";
    const context = this.siteContext(url, method);
    const cookie = this.jar.getCookieStringSync(url.href, { sameSiteContext: context });
    const headers: Headers = {
      Accept: "text/html",
      "Sec-Fetch-Dest": "document",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Site": site,
      ...(cookie !== "" && { Cookie: cookie }),
      ...(body !== undefined && { "Content-Type": "application/x-www-form-urlencoded" }),
    };
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    // One by one: a server that is an object of a class has them from there.
    const { ca, address } = known;
    const server = { host: url.hostname, port, ca, address };
    const answer = await request(server, url.pathname + url.search, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    this.steps.push({ method, url: url.href, status: answer.status, headers: answer.headers });
    // What a page may set does not depend on the page that the visitor comes from.
    for (const set of answer.headers["set-cookie"] ?? [])
      this.jar.setCookieSync(set, url.href, { sameSiteContext: "strict" });
    return answer;
  }

  private siteContext(url: URL, method: string): "strict" | "lax" | "none" {
    if (this.sender === undefined || new URL(this.sender).hostname === url.hostname) return "strict";
    return method === "GET" ? "lax" : "none";
  }
}

/** `Sec-Fetch-Site` of a navigation, over all its redirects (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header). */
function fetchSite(sender: string | undefined, chain: readonly URL[]): string {
  if (sender === undefined) return "none";
  if (chain.every(({ origin }) => origin === sender)) return "same-origin";
  const { protocol, hostname } = new URL(sender);
  const isSameSite = (url: URL): boolean => url.protocol === protocol && url.hostname === hostname;
  return chain.every(isSameSite) ? "same-site" : "cross-site";
}

/** What {@link signIn} takes. */
export interface SignInArgs {
  site: KnownServer;
  provider: Pick<IdentityProvider, "issuer" | "ca" | "form" | "password">;
  user: string;
  /** @default the right one */
  password?: string;
  /** The page to ask for, with its query. @default "/" */
  path?: string;
  /** Cookies that the visitor has already. @default none */
  jar?: CookieJar;
}

/** How it went. */
export interface SignedIn {
  jar: CookieJar;
  /** All answers on the way, the last one included. */
  steps: Step[];
  /** Where it ended: the page that was asked for, if all went well. */
  last: Page;
  /** To go on with. */
  visitor: Visitor;
}

/**
 * Ask for a page, sign in at the provider if sent there, and follow the way back.
 *
 * It ends wherever that leads: on the provider's page, for instance, when the password is wrong.
 *
 * @throws Error when the site's or the provider's answers lead elsewhere or in a circle, or break the rules of cookies
 */
export async function signIn(args: SignInArgs): Promise<SignedIn> {
  const { site, provider, user, password = provider.password, path = "/", jar } = args;
  const visitor = new Visitor([site, { origin: new URL(provider.issuer).origin, ca: provider.ca }], jar);
  let last = await visitor.open(new URL(path, site.origin).href);
  if (readForm(last.body.toString("utf8"))?.fields[provider.form.password] !== undefined)
    last = await visitor.submit(last, { [provider.form.user]: user, [provider.form.password]: password });
  return { jar: visitor.jar, steps: visitor.steps, last, visitor };
}

/** The value of the header `Cookie` for a request to a URL; empty when there is no cookie for it. */
export function cookieHeader(jar: CookieJar, url: string): string {
  return jar.getCookieStringSync(url);
}

/** A cookie that breaks the rules of its prefix is an error instead of being ignored: no test wants that. */
function newJar(): CookieJar {
  return new CookieJar(undefined, { prefixSecurity: "strict" });
}

interface Form {
  action: string;
  fields: Record<string, string>;
}

/** The first form of a page. */
function readForm(html: string): Form | undefined {
  const [form, attributes = ""] = /<form\b([^>]*)>[\s\S]*?<\/form>/i.exec(html) ?? [];
  if (form === undefined) return undefined;
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(input, "name");
    if (name !== undefined) fields[name] = attribute(input, "value") ?? "";
  }
  return { action: attribute(attributes, "action") ?? "", fields };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return value === undefined ? undefined : unescape(value);
}

/** Whether a page sends its form by a script, as pages do that only pass something on. */
function submitsItself({ body }: Answer): boolean {
  return /<script>[^<]*document\.forms\[0\]\.submit\(\)/.test(body.toString("utf8"));
}
