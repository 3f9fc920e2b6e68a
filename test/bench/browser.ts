/** What a visitor with Chromium sees. */
import { createHash, X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import type { Credentials, Way } from "./contender";
import type { Address } from "./line";

/** One opening of the page. */
export interface PageLoad {
  /** From the start of the navigation until the last element of the app's script is drawn, in milliseconds. */
  milliseconds: number;
  /** HTTP requests, those answered by the browser's cache included. */
  requests: number;
  /** Of these, answered without the network. */
  cached: number;
}

/** The networks of the machine changed during a visit, whereupon Chromium drops its connections. */
export class InterruptedError extends Error {}

/** A person with a browser of their own: a fresh profile that remembers from visit to visit. */
export class Visitor {
  private readonly profile = fs.mkdtempSync(path.join(os.tmpdir(), "bench-chromium-"));
  private context: BrowserContext | undefined;

  /** @param address where the contender is, or a slow line to it */
  constructor(
    private readonly executable: string,
    private readonly contender: Way,
    private readonly address: Address = contender.address,
  ) {}

  /** Start the browser, open the page, and close the browser. The first time nothing is cached. */
  async visit(): Promise<PageLoad> {
    try {
      const [, load] = await this.open();
      return load;
    } finally {
      await this.closeBrowser();
    }
  }

  /**
   * Open the page and click its button some times.
   *
   * @returns milliseconds from each click until its effect is drawn
   */
  async click(times: number): Promise<number[]> {
    try {
      const [page] = await this.open();
      await page.waitForLoadState("networkidle");
      const durations: number[] = [];
      for (let count = 1; count <= times; count++) {
        durations.push(await page.evaluate<number>(`clickAndWait(${count})`));
        await delay(50);
      }
      return durations;
    } finally {
      await this.closeBrowser();
    }
  }

  /** Forget the person. */
  async close(): Promise<void> {
    await this.closeBrowser();
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private async closeBrowser(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  private async open(): Promise<[Page, PageLoad]> {
    const { url, caCertificate } = this.contender;
    const { hostname } = new URL(url);
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: this.executable,
      headless: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: [
        `--host-resolver-rules=MAP ${hostname} ${this.address.host}:${this.address.port}, MAP * ~NOTFOUND`,
        ...(caCertificate === undefined
          ? []
          : // Unlike ignoring all errors, this leaves Chromium's cache as it is.
            [`--ignore-certificate-errors-spki-list=${keyDigest(caCertificate)}`]),
      ],
    });
    const page = this.context.pages()[0] ?? (await this.context.newPage());
    await page.addInitScript({ path: path.join(__dirname, "in-page.mjs") });
    await this.signIn(page);
    // A page of the browser's own, as the one of a new tab is: from there every site gets a process of its own. From an empty
    // page only those do that ask for it by Cross-Origin-Opener-Policy, for which people would not wait.
    await page.goto("chrome://version");
    const counts = await countRequests(page);
    await delay(500); // The browser has things to do when it has just started.
    let interrupted = false;
    page.on("requestfailed", (request) => {
      interrupted ||= request.failure()?.errorText === "net::ERR_NETWORK_CHANGED";
    });
    try {
      await page.goto(url, { waitUntil: "commit" });
      await page.waitForFunction("endOfPage()", undefined, { timeout: 30_000, polling: 100 });
    } catch (error) {
      if (interrupted) throw new InterruptedError("the networks changed", { cause: error });
      throw error;
    }
    if (interrupted) throw new InterruptedError("the networks changed");
    const milliseconds = await page.evaluate<number>("endOfPage()");
    return [page, { milliseconds, ...counts }];
  }

  /** Have the session's cookies, or answer the question for a password. */
  private async signIn(page: Page): Promise<void> {
    const { url, credentials, session } = this.contender;
    if (session !== undefined) await setCookies(page, url, session);
    // Whether there is one or not: the answering costs Chromium some 30 ms for a page, which no person pays.
    await answer(page, url, credentials);
  }
}

/** By the protocol, because Playwright sets cookies for a domain, and one that begins with `__Host-` is for a host. */
async function setCookies(page: Page, url: string, cookies: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  for (const cookie of cookies.split("; ")) {
    const [name = "", value = ""] = cookie.split(/=(.*)/s);
    const secure = url.startsWith("https:");
    const { success } = await session.send("Network.setCookie", { name, value, url, path: "/", secure });
    if (!success) throw new Error(`Chromium does not take the cookie ${name}`);
  }
}

/**
 * Answer the question for a password as a person would: once, for the page. (Playwright's own `httpCredentials` looks into
 * every request and switches the cache off.)
 *
 * @param credentials of somebody who has none, the question is not answered
 */
async function answer(page: Page, url: string, credentials?: Credentials): Promise<void> {
  const session = await page.context().newCDPSession(page);
  session.on("Fetch.requestPaused", ({ requestId }) => {
    void session.send("Fetch.continueRequest", { requestId }).catch(ignore);
  });
  session.on("Fetch.authRequired", ({ requestId }) => {
    const authChallengeResponse =
      credentials === undefined
        ? { response: "CancelAuth" as const }
        : { response: "ProvideCredentials" as const, ...credentials };
    void session.send("Fetch.continueWithAuth", { requestId, authChallengeResponse }).catch(ignore);
  });
  await session.send("Fetch.enable", { handleAuthRequests: true, patterns: [{ urlPattern: url }] });
}

// The page is gone: nothing waits for the answer any more.
function ignore(): void {
  return;
}

async function countRequests(page: Page): Promise<{ requests: number; cached: number }> {
  const counts = { requests: 0, cached: 0 };
  const session = await page.context().newCDPSession(page);
  session.on("Network.responseReceived", ({ response }) => {
    counts.requests += 1;
    if (response.fromDiskCache === true) counts.cached += 1;
  });
  session.on("Network.requestServedFromCache", () => (counts.cached += 1));
  await session.send("Network.enable");
  return counts;
}

/** What `--ignore-certificate-errors-spki-list` takes. */
function keyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}
