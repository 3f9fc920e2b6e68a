/** The site that the browser tests share, the browser, and the frame of a test. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Page } from "playwright-core";
import type { SiteArgs } from "../../components/spec/args";
import { address } from "../contract/support/apps";
import { type SiteOutputs, TestSite } from "../site";
import { type Chromium, startChromium } from "./chromium";
import { Portal } from "./portal";
import { failures, Visit, type Visitor } from "./visit";

/** The folder of the sample apps. */
export const apps = path.resolve(__dirname, "../../apps");
const host = "analytics.test";
const ports = { https: 28443, http: 28080 };

/** Pages elsewhere: one that may show the live app in a frame, and one that may not. */
export const portals = { listed: `portal.${host}`, other: `other.${host}` } as const;
const portalPort = 28444;

/** Who may sign in. The explorer is for demo only. */
export const users = {
  demo: { user: "demo", password: "the password of demo" },
  guest: { user: "guest", password: "the password of guest" },
} as const satisfies Record<string, Visitor>;

/** The spec of the site: the sample site on a host name that is not localhost, with other passwords if need be. */
export function spec(
  passwords = { demo: users.demo.password as string, guest: users.guest.password as string },
): SiteArgs {
  return {
    host,
    title: "Sample site",
    ports: { ...ports, address },
    apps: {
      explorer: {
        source: path.join(apps, "explorer"),
        title: "Data explorer",
        description:
          "Fifty-five years of health and wealth, country by country, and a page for data of your own.",
        icon: "🌍",
        streamlit: { "server.maxUploadSize": "2" },
        allow: { users: ["demo"] },
      },
      live: {
        source: path.join(apps, "live"),
        title: "Who is signed in, live",
        description: "What the gateway tells an app about you, and a chart that moves over the websocket.",
        icon: "📈",
        embed: { from: [`https://${portals.listed}:${portalPort}`] },
      },
    },
    auth: { basic: { realm: "Browser tests", users: passwords } },
  };
}

/** Opens a page of a browser context of its own; without a visitor nobody signs in. */
export type Open = (visitor?: Visitor) => Promise<Visit>;

/** A site that is up, and a browser that trusts it. */
export class Stage {
  private readonly site: TestSite;
  private readonly chromium: Chromium;
  readonly outputs: SiteOutputs;

  readonly portal: Portal;

  private constructor(site: TestSite, chromium: Chromium, outputs: SiteOutputs, portal: Portal) {
    this.site = site;
    this.chromium = chromium;
    this.outputs = outputs;
    this.portal = portal;
  }

  static async start(): Promise<Stage> {
    const site = await TestSite.open("browser", spec());
    const portal = await Portal.start(Object.values(portals), portalPort);
    try {
      await site.up();
      const outputs = await site.outputs();
      const chromium = await startChromium({
        hosts: [host, ...Object.values(portals)],
        ports: [...Object.values(ports), portalPort],
        authorities: [outputs.caCertificate, portal.authority],
      });
      return new Stage(site, chromium, outputs, portal);
    } catch (error) {
      await portal.close();
      await site.down();
      throw error;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.chromium.close();
      await this.portal.close();
    } finally {
      await this.site.down();
    }
  }

  /** A browser like this one that was never told about the site's certificate authority. */
  startDistrustfulChromium(): Promise<Chromium> {
    return startChromium({ hosts: [host], ports: Object.values(ports) });
  }

  /** Bring the site to another spec. */
  async up(changed: SiteArgs): Promise<void> {
    await this.site.up(changed);
  }

  open(visitor: Visitor = {}): Promise<Visit> {
    return Visit.open(this.chromium.browser, this.outputs.url, visitor);
  }
}

let stage: Stage | undefined;

/** The stage while the tests run. */
export function onStage(): Stage {
  if (!stage) throw new Error("the site is not up");
  return stage;
}

/** Bring the site and the browser up before the tests of this file, and remove them afterwards. */
export function useStage(): void {
  beforeAll(async () => {
    fs.rmSync(failures, { recursive: true, force: true });
    stage = await Stage.start();
  }, 600_000);
  afterAll(async () => {
    await stage?.stop();
    stage = undefined;
  }, 300_000);
}

/**
 * A test with visitors, whose pages are closed afterwards. It fails, too, when anything went wrong in a page that the
 * test did not expect (see {@link Visit.problems}). The pages of a failed test are kept in `.cache/browser`.
 *
 * @param openOn opens a page on another stage than the one of the sample site
 */
export function scenario(
  name: string,
  run: (open: Open) => Promise<void>,
  openOn: Open = (visitor) => onStage().open(visitor),
): void {
  test(
    name,
    async () => {
      const visits: Visit[] = [];
      try {
        await run(async (visitor) => {
          const visit = await openOn(visitor);
          visits.push(visit);
          return visit;
        });
        expect(visits.flatMap((visit) => visit.problems())).toEqual([]);
      } catch (error) {
        const title = name.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 60);
        for (const [index, visit] of visits.entries())
          // What the test says counts, not that a picture of a page that crashed cannot be had.
          await visit.keep(`${title}-${index + 1}`).catch(() => undefined);
        // What is in that folder is not seen where a log is all that is left of a run.
        const shown = await Promise.all(visits.map((visit) => visit.describe().catch(String)));
        const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
        // Jest prints the stack, which has the message as it was when the error was made.
        throw new Error(`${said}\n\n${shown.join("\n\n")}`, { cause: error });
      } finally {
        for (const { context } of visits) await context.close();
      }
    },
    600_000,
  );
}

/** The only element of a role with exactly this name. */
export function named(
  page: Page,
  role: Parameters<Page["getByRole"]>[0],
  name: string,
): ReturnType<Page["getByRole"]> {
  return page.getByRole(role, { name, exact: true });
}
