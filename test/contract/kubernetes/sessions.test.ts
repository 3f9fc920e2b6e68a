/**
 * Updates without loss, with 50 people in an app: 48 speak Streamlit's protocol over a websocket, two are Chromium. The app is scaled
 * up and down, is changed, and the gateway itself is.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Page as BrowserPage } from "playwright-core";
import type { SiteArgs } from "../../../components/spec/args";
import { type Chromium, startChromium } from "../../browser/chromium";
import { BasicSignIn, basicTerms, givenPasswords } from "../sign-ins/basic";
import { host, ports, probe } from "../support/apps";
import { ContractSite } from "../support/site";
import { type Page, StreamlitSession } from "../support/streamlit";
import { KubernetesTarget } from "./target";

jest.setTimeout(600_000);

const user = "alice";
/** How many speak the protocol. */
const speakers = 48;
/** How many are opened at once, so that a sign-in does not wait for all the others. */
const atOnce = 6;
/** In seconds. */
const drainTimeout = 40;
/** How long Streamlit keeps a session whose browser is gone, in milliseconds (`server.disconnectedSessionTTL`). */
const kept = 120_000;

/** What the spec says of the app. */
interface Version {
  replicas: number;
  version: string;
}

const app = ({ replicas, version }: Version): SiteArgs["apps"] => ({
  probe: {
    source: probe,
    replicas,
    drainTimeout: `${String(drainTimeout)}s`,
    environment: { VERSION: version },
    resources: { cpu: 0.5, memory: "512Mi" },
  },
});

/** Somebody who has the app open, and comes back when the connection ends. */
class Visitor {
  private clicks = 0;
  /** When connections ended, and when the next one was open, in milliseconds since 1970. */
  readonly breaks: { ended: number; resumed?: number }[] = [];
  private leaving = false;
  private resuming: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly site: ContractSite,
    private session: StreamlitSession,
    /** The pod that has the session. */
    public pod: string,
  ) {
    this.watch();
  }

  static async come(site: ContractSite): Promise<Visitor> {
    const session = await StreamlitSession.open(site.client, "/probe", { user });
    return new Visitor(site, session, (await session.page()).container);
  }

  /** Press the button. Was the session as it had been left, at its pod? */
  async goesOn(): Promise<boolean> {
    await this.resuming;
    this.clicks += 1;
    const { clicks, container } = await this.session.click();
    return clicks === this.clicks && container === this.pod;
  }

  /** Upload a file to the session's pod. */
  async upload(): Promise<[status: number, page: Page | undefined]> {
    const { answer, page } = await this.session.upload("a.txt", Buffer.from("uploaded"));
    return [answer.status, page];
  }

  /** Meet the session that there is now, another one or not. */
  async settle(): Promise<void> {
    await this.resuming;
    const { clicks, container } = await this.session.page();
    this.clicks = clicks;
    this.pod = container;
    this.breaks.length = 0;
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await this.resuming;
    await this.session.drop();
  }

  private watch(): void {
    void this.session.closed.then(() => {
      if (this.leaving) return;
      const gap: Visitor["breaks"][number] = { ended: Date.now() };
      this.breaks.push(gap);
      this.resuming = this.resume().then(() => (gap.resumed = Date.now()));
    });
  }

  /** As Streamlit's page does: again and again, until it is there. */
  private async resume(): Promise<void> {
    const end = Date.now() + kept;
    for (;;)
      try {
        this.session = await StreamlitSession.open(this.site.client, "/probe", {
          user,
          resume: this.session,
        });
        this.watch();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(500);
      }
  }
}

/** Somebody with Chromium. */
class Watcher {
  private clicks = 0;
  private constructor(private readonly page: BrowserPage) {}

  static async come({ browser }: Chromium, origin: string): Promise<Watcher> {
    const context = await browser.newContext({
      httpCredentials: { username: user, password: givenPasswords.alice },
    });
    const page = await context.newPage();
    await page.goto(`${origin}/probe/`);
    const watcher = new Watcher(page);
    await watcher.shown(() => true);
    return watcher;
  }

  /** Press the button. Was the session as it had been left? */
  async goesOn(): Promise<boolean> {
    this.clicks += 1;
    await this.page.getByRole("button", { name: "Count" }).click({ timeout: kept });
    return (await this.shown(({ clicks }) => clicks === this.clicks || clicks === 1)).clicks === this.clicks;
  }

  /** Meet the session of another pod, once there is one. */
  async settle(pods: string[]): Promise<void> {
    this.clicks = (await this.shown(({ container }) => pods.includes(container))).clicks;
  }

  private async shown(wanted: (page: Page) => boolean): Promise<Page> {
    const end = Date.now() + kept;
    for (;;) {
      const text = await this.page.locator("body").innerText();
      const found = /<probe>(.*)<\/probe>/s.exec(text)?.[1];
      const page = found === undefined ? undefined : (JSON.parse(found) as Page);
      if (page && wanted(page)) return page;
      if (Date.now() > end) throw new Error(`Chromium shows ${text}`);
      await delay(200);
    }
  }
}

describe("50 people in an app", () => {
  const target = new KubernetesTarget("contract-kubernetes-sessions");
  const signIn = new BasicSignIn();
  const site = new ContractSite(target, signIn, {
    image: "echo",
    of: () => app({ replicas: 2, version: "1" }),
  });
  let chromium: Chromium | undefined;
  let visitors: Visitor[] = [];
  const watchers: Watcher[] = [];

  const spec = (version: Version, terms = signIn.terms): SiteArgs => site.specWith(() => app(version), terms);
  const pods = async (): Promise<string[]> =>
    (await target.replicasOf("probe")).map(({ hostName }) => hostName).sort();
  const come = async (count: number): Promise<Visitor[]> => {
    const newcomers: Visitor[] = [];
    while (newcomers.length < count)
      newcomers.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(atOnce, count - newcomers.length) }, () => Visitor.come(site)),
        )),
      );
    return newcomers;
  };
  /** How many of them are in the session that they had. */
  const goOn = async (all: { goesOn: () => Promise<boolean> }[]): Promise<number> => {
    const results = await Promise.all(all.map((one) => one.goesOn()));
    return results.filter(Boolean).length;
  };

  beforeAll(async () => {
    await site.up();
    visitors = await come(speakers);
    chromium = await startChromium({
      hosts: [host],
      ports: Object.values(ports),
      authorities: [target.outputs.caCertificate],
    });
    for (let number = 0; number < 2; number++)
      watchers.push(await Watcher.come(chromium, site.client.origin));
    expect(await goOn([...visitors, ...watchers])).toBe(speakers + 2);
  });
  afterAll(async () => {
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    await chromium?.close();
    await site.down();
  });

  test("from 2 replicas to 4: nobody's session ends, and newcomers have all four", async () => {
    await target.change(spec({ replicas: 4, version: "1" }));
    expect(visitors.flatMap(({ breaks }) => breaks)).toEqual([]);
    expect(await goOn([...visitors, ...watchers])).toBe(speakers + 2);
    const newcomers = await come(12);
    visitors.push(...newcomers);
    expect([...new Set(newcomers.map(({ pod }) => pod))].sort()).toEqual(await pods());
  });

  test("from 4 replicas to 2: nobody's session ends before the limit, and until then uploads work", async () => {
    const before = await pods();
    const begun = Date.now();
    const changed = target.change(spec({ replicas: 2, version: "1" }));
    changed.catch(() => undefined);
    let going: string[] = [];
    while (going.length < 2) {
      await delay(500);
      going = await target.endingReplicasOf("probe");
    }
    const drained = visitors.filter(({ pod }) => going.includes(pod));
    expect(drained.length).toBeGreaterThan(0);
    // Until the gateway has learnt of it, and well after.
    for (let time = 0; time < 3; time++) {
      expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
      await delay(5000);
    }
    for (const visitor of drained.slice(0, 3))
      expect(await visitor.upload()).toMatchObject([204, { container: visitor.pod, file: { size: 8 } }]);
    expect(visitors.flatMap(({ breaks }) => breaks)).toEqual([]);

    await changed;
    const limit = (await target.drainBegan("probe", begun)) + drainTimeout * 1000;
    const remaining = before.filter((pod) => !going.includes(pod));
    for (const { pod, breaks } of visitors) {
      if (!going.includes(pod)) expect(breaks).toEqual([]);
      else expect(breaks.map(({ ended }) => ended >= limit)).toEqual([true]);
    }
    await Promise.all([
      ...visitors.map((visitor) => visitor.settle()),
      ...watchers.map((watcher) => watcher.settle(remaining)),
    ]);
    expect([...new Set(visitors.map(({ pod }) => pod))].sort()).toEqual(remaining);
    expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
  });

  test("the app changes: newcomers meet the new version, and no session of the old one ends before the limit", async () => {
    const old = await pods();
    const begun = Date.now();
    const changed = target.change(spec({ replicas: 2, version: "2" }));
    changed.catch(() => undefined);
    const newcomers: Visitor[] = [];
    while (newcomers.length < 4) {
      const newcomer = await Visitor.come(site);
      if (old.includes(newcomer.pod)) {
        await newcomer.leave();
        await delay(500);
      } else newcomers.push(newcomer);
    }
    for (let time = 0; time < 3; time++) {
      expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
      await delay(5000);
    }
    expect(visitors.flatMap(({ breaks }) => breaks)).toEqual([]);

    await changed;
    const limit = (await target.drainBegan("probe", begun)) + drainTimeout * 1000;
    for (const { breaks } of visitors) expect(breaks.map(({ ended }) => ended >= limit)).toEqual([true]);
    for (const { breaks } of newcomers) expect(breaks).toEqual([]);
    const current = await pods();
    await Promise.all([
      ...visitors.map((visitor) => visitor.settle()),
      ...watchers.map((watcher) => watcher.settle(current)),
    ]);
    visitors.push(...newcomers);
    expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
  });

  test("the gateway changes: every session is resumed, with its state", async () => {
    const before = await target.identityOf("gateway");
    await target.change(
      spec({ replicas: 2, version: "2" }, basicTerms({ ...givenPasswords, dave: "dave's long password" })),
    );
    expect(await target.identityOf("gateway")).not.toBe(before);
    expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
    const gaps = visitors.flatMap(({ breaks }) => breaks);
    expect(gaps.length).toBeGreaterThan(0);
    for (const { ended, resumed = Infinity } of gaps) expect(resumed - ended).toBeLessThan(kept);
  });
});
