/** Pages elsewhere that show a page of the site in a frame. */
import { once } from "node:events";
import * as https from "node:https";
import * as tls from "node:tls";
import { escape } from "html-escaper";
import type { FrameLocator } from "playwright-core";
import { address } from "../contract/support/apps";
import { TestAuthority } from "../oidc/certificates";
import { until, type Visit } from "./visit";

/** A server of such pages, by several names. */
export class Portal {
  private constructor(
    private readonly server: https.Server,
    private readonly port: number,
    /** The certificate authority to trust, PEM. */
    readonly authority: string,
  ) {}

  /**
   * Start one.
   *
   * @param hosts the names that it answers to
   * @param port where it listens
   */
  static async start(hosts: readonly string[], port: number): Promise<Portal> {
    const authority = new TestAuthority();
    const contexts = new Map(
      hosts.map((host) => {
        const { certificate, privateKey } = authority.issue(host);
        return [host, tls.createSecureContext({ cert: certificate, key: privateKey })];
      }),
    );
    const server = https.createServer(
      {
        SNICallback: (host, done) => {
          done(null, contexts.get(host));
        },
      },
      ({ url = "/" }, response) => {
        const shown = new URL(url, "https://portal").searchParams.get("shown") ?? "";
        response.writeHead(200, { "Content-Type": "text/html" });
        response.end(
          `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Portal</title><h1>Portal</h1>
<iframe title="The app" width="1200" height="700" src="${escape(shown)}"></iframe></html>`,
        );
      },
    );
    server.listen(port, address);
    await once(server, "listening");
    return new Portal(server, port, authority.certificate);
  }

  /** The origin of its pages by one of its names. */
  origin(host: string): string {
    return `https://${host}:${this.port}`;
  }

  /** Open a page that shows an address of the site. */
  async show(visit: Visit, host: string, address: string): Promise<FrameLocator> {
    visit.alsoKnows(`${host}:${this.port}`);
    await visit.page.goto(`${this.origin(host)}/?shown=${encodeURIComponent(address)}`);
    return visit.page.frameLocator("iframe");
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** Expect that the browser shows nothing of the site on a page, since the site does not let that page. */
export async function isNotShown(portal: Portal, visit: Visit, host: string, address: string): Promise<void> {
  visit.expectProblem(/^console error: .*frame-ancestors/);
  visit.expectProblem(/^net::ERR_BLOCKED_BY_RESPONSE /);
  // What the gateway answered to who is not signed in there, or is in a frame that is for nobody.
  visit.expectProblem(/^40[13] chrome-error:/);
  const policies: string[] = [];
  visit.page.on("console", (message) => {
    if (message.text().includes("frame-ancestors")) policies.push(message.text());
  });
  await portal.show(visit, host, address);
  await until("the browser says why it shows nothing", () => policies.length > 0);
  const frame = visit.page.frames()[1];
  await until(
    "the frame is an error page of the browser",
    () => frame?.url() === "chrome-error://chromewebdata/",
  );
}
