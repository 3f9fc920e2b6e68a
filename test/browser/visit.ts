/** One person at one browser: a page of a context of its own, and everything that went wrong in it. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from "playwright-core";
import { parse } from "protobufjs";

/** Where the pages of failed tests are kept. */
export const failures = path.resolve(__dirname, "../../.cache/browser");

/** A websocket that was asked for, and the status it was answered with, once it was. */
export interface Socket {
  url: string;
  status?: number;
  closed: boolean;
}

/** As much of what a page of Streamlit's sends as tells a click of a button (`streamlit/proto/BackMsg.proto` 1.67). */
const backMessage = parse(`
  syntax = "proto3";
  message BackMsg { ClientState rerun_script = 11; }
  message ClientState { WidgetStates widget_states = 2; }
  message WidgetStates { repeated WidgetState widgets = 1; }
  message WidgetState { string id = 1; bool trigger_value = 2; }
`).root.lookupType("BackMsg");

interface BackMessage {
  rerunScript?: { widgetStates?: { widgets: { triggerValue: boolean }[] } };
}

/** @param payload as the DevTools protocol has it */
function hasClick(payload: string): boolean {
  const message = backMessage.decode(Buffer.from(payload, "base64")) as unknown as BackMessage;
  return message.rerunScript?.widgetStates?.widgets.some(({ triggerValue }) => triggerValue) ?? false;
}

/** Who visits, and how. */
export interface Visitor extends BrowserContextOptions {
  /** Signs in as this user; without one nobody does. */
  user?: string;
  password?: string;
}

/** A page, watched from its first request on. */
export class Visit {
  readonly sockets: Socket[] = [];
  private readonly hosts = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly harmless: RegExp[] = [
    // A deep link to a page of an app: Streamlit tries below the page's own path first and then finds the right one.
    /^404 \S+\/(compare|your-data)\/_stcore\/(health|host-config)$/,
    // What was still loading when the next page was opened, or the browser closed.
    /^net::ERR_ABORTED /,
    // Vega says so of a chart whose rows are still on their way.
    /^console warning: WARN Infinite extent for field /,
  ];

  private clicks = 0;

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    host: string,
  ) {
    this.hosts.add(host);
  }

  /** Open an empty page; `url` is the site's and the base of addresses without a host. */
  static async open(browser: Browser, url: string, visitor: Visitor): Promise<Visit> {
    const { user, password, ...options } = visitor;
    const context = await browser.newContext({
      baseURL: url,
      viewport: { width: 1280, height: 800 },
      ...(user !== undefined &&
        password !== undefined && { httpCredentials: { username: user, password, origin: url } }),
      ...options,
    });
    return Visit.in(context, url);
  }

  /** Open an empty page in a context that is there; `url` is the site's. */
  static async in(context: BrowserContext, url: string): Promise<Visit> {
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const visit = new Visit(context, page, new URL(url).host);
    await visit.watch();
    return visit;
  }

  /** Open an address of the site. */
  async go(address: string): Promise<Response> {
    const response = await this.page.goto(address);
    if (response === null) throw new Error(`nothing answered to ${address}`);
    return response;
  }

  /** Wait for a text; a string has to be part of it. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** The text of the page as a person reads it. */
  text(): Promise<string> {
    return this.page.locator("body").innerText();
  }

  /** Something that this test provokes. */
  expectProblem(pattern: RegExp): void {
    this.harmless.push(pattern);
  }

  /** Another host (and port) that this test goes to. */
  alsoKnows(host: string): void {
    this.hosts.add(host);
  }

  /** Errors and warnings in the console, answers of 400 and above, requests that failed or went to another host. */
  problems(): string[] {
    return [...this.seen].filter((problem) => !this.harmless.some((pattern) => pattern.test(problem)));
  }

  /** Where the page is, what it shows, its websockets, and all that went wrong so far. */
  async describe(): Promise<string> {
    const sockets = this.sockets.map(
      ({ url, status, closed }) => `${url} ${String(status)}${closed ? ", closed" : ""}`,
    );
    const app = this.page.getByTestId("stApp");
    const states = await Promise.all(
      ["connection", "script"].map(
        async (of) => `${of}: ${String(await app.getAttribute(`data-test-${of}-state`, { timeout: 1000 }))}`,
      ),
    ).catch(() => []);
    const clicks = `clicks that the page has sent: ${String(this.clicks)}`;
    return [this.page.url(), ...states, ...sockets, clicks, ...this.seen, await this.text()].join("\n");
  }

  /** How many clicks of buttons the page has sent to its app. */
  get clicksSent(): number {
    return this.clicks;
  }

  /** Keep what the page looks like now, and all that went wrong so far. */
  async keep(name: string): Promise<void> {
    const file = path.join(failures, name);
    fs.mkdirSync(failures, { recursive: true });
    fs.writeFileSync(`${file}.txt`, [this.page.url(), ...this.seen, ""].join("\n"));
    await this.page.screenshot({ path: `${file}.png` });
  }

  private async watch(): Promise<void> {
    const { page, seen } = this;
    page.on("console", (message) => {
      const [kind, text] = [message.type(), message.text()];
      // The words for a request that failed; some, as for an icon, are reported nowhere else.
      const failed = /^Failed to load resource: (?:.* status of )?(\d+|net::\w+)/.exec(text)?.[1];
      if (failed !== undefined) seen.add(`${failed} ${message.location().url}`);
      else if (kind === "error" || kind === "warning") seen.add(`console ${kind}: ${text}`);
    });
    page.on("pageerror", (error) => seen.add(`uncaught: ${error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 400) seen.add(`${response.status()} ${response.url()}`);
    });
    page.on("requestfailed", (request) => {
      seen.add(`${request.failure()?.errorText ?? "failed"} ${request.url()}`);
    });
    page.on("request", (request) => {
      this.checkHost(request.url());
    });
    await this.watchSockets();
  }

  /** Playwright tells of a websocket, but not how its handshake was answered: the DevTools protocol does. */
  private async watchSockets(): Promise<void> {
    const devtools = await this.context.newCDPSession(this.page);
    const sockets = new Map<string, Socket>();
    devtools.on("Network.webSocketCreated", ({ requestId, url }) => {
      const socket: Socket = { url, closed: false };
      this.checkHost(url);
      this.sockets.push(socket);
      sockets.set(requestId, socket);
    });
    devtools.on("Network.webSocketHandshakeResponseReceived", ({ requestId, response }) => {
      const socket = sockets.get(requestId);
      if (socket) socket.status = response.status;
    });
    devtools.on("Network.webSocketClosed", ({ requestId }) => {
      const socket = sockets.get(requestId);
      if (socket) socket.closed = true;
    });
    devtools.on("Network.webSocketFrameSent", ({ response }) => {
      if (response.opcode === 2 && hasClick(response.payloadData)) this.clicks += 1;
    });
    await devtools.send("Network.enable");
  }

  private checkHost(address: string): void {
    const { protocol, host } = new URL(address);
    const local = ["data:", "blob:", "about:"].includes(protocol);
    if (!local && !this.hosts.has(host)) this.seen.add(`to another host: ${address}`);
  }
}

/** Wait until something is true that the page itself does not show. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 180_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not within three minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Wait until a page of Streamlit's is at rest: it has a connection, and the answer to all that was done so far has come and
 * is drawn. What is clicked or typed before that goes to a page that is about to be replaced.
 */
export async function isAtRest({ page }: Visit): Promise<void> {
  const connected = '[data-test-connection-state="CONNECTED"]';
  await page.locator(`[data-testid="stApp"]${connected}[data-test-script-state="notRunning"]`).waitFor();
}

/** Wait until the chart of a number is drawn, with marks of data. */
export async function isDrawn({ page }: Visit, number = 0): Promise<void> {
  await page
    .getByTestId("stVegaLiteChart")
    .nth(number)
    .locator("svg :is(.mark-line, .mark-area, .mark-symbol, .mark-rect) path")
    .first()
    .waitFor({ state: "attached" });
}
