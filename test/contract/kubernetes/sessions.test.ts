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
import type { Page } from "../support/streamlit";
import { goOn, kept, openAll, Visitor } from "../support/visitors";
import { KubernetesTarget } from "./target";

jest.setTimeout(600_000);

const user = "alice";
/** How many speak the protocol. */
const speakers = 48;
/** In seconds. */
const drainTimeout = 40;

/** What the spec says of the app. */
interface Version {
  replicas: number;
  version: string;
}

const app = ({ replicas, version }: Version): SiteArgs["apps"] => ({
  probe: {
    source: probe,
    route: "/probe",
    replicas,
    drainTimeout: `${String(drainTimeout)}s`,
    environment: { VERSION: version },
    resources: { cpu: 0.5, memory: "512Mi" },
  },
});

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
    const before = this.clicks;
    await this.press();
    this.clicks = (await this.shown(({ clicks }) => clicks !== before)).clicks;
    return this.clicks === before + 1;
  }

  /**
   * Meet the session of one of these pods. A page that is connected again shows what it had, also to another session, until somebody
   * does something.
   */
  async settle(pods: string[]): Promise<void> {
    const isThere = ({ container }: Page): boolean => pods.includes(container);
    if (!isThere(await this.shown(() => true))) await this.press();
    this.clicks = (await this.shown(isThere)).clicks;
  }

  private async press(): Promise<void> {
    await this.page.getByRole("button", { name: "Count" }).click({ timeout: kept });
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
  const allGoOn = async (): Promise<void> => {
    expect(watchers).toHaveLength(2);
    expect(await goOn([...visitors, ...watchers])).toBe(visitors.length + 2);
  };
  /** Until the gateway has learnt which pods are about to go, and well after. */
  const allGoOnForAWhile = async (): Promise<void> => {
    for (let time = 0; time < 3; time++) {
      await allGoOn();
      await delay(5000);
    }
  };
  /** All meet the sessions that they have now, at these pods. */
  const allSettle = async (current: string[]): Promise<void> => {
    await Promise.all([
      ...visitors.map((visitor) => visitor.settle()),
      ...watchers.map((watcher) => watcher.settle(current)),
    ]);
  };

  beforeAll(async () => {
    await site.up();
    visitors = await openAll(site, speakers);
    expect(visitors).toHaveLength(speakers);
    chromium = await startChromium({
      hosts: [host],
      ports: Object.values(ports),
      authorities: [target.outputs.caCertificate],
    });
    for (let number = 0; number < 2; number++)
      watchers.push(await Watcher.come(chromium, site.client.origin));
    await allGoOn();
  });
  afterAll(async () => {
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    await chromium?.close();
    await site.down();
  });

  test("from 2 replicas to 4: nobody's session ends, and newcomers have all four", async () => {
    await target.change(spec({ replicas: 4, version: "1" }));
    expect(visitors.flatMap(({ breaks }) => breaks)).toEqual([]);
    await allGoOn();
    const newcomers = await openAll(site, 12);
    visitors.push(...newcomers);
    expect([...new Set(newcomers.map(({ pod }) => pod))].sort()).toEqual(await pods());
  });

  test("from 4 replicas to 2: nobody's session ends before the limit, and until then uploads work", async () => {
    const before = await pods();
    const begun = Date.now();
    const changed = target.change(spec({ replicas: 2, version: "1" }));
    const twoAreGoing = async (): Promise<string[]> => {
      for (;;) {
        const ending = await target.endingReplicasOf("probe");
        if (ending.length === 2) return ending;
        await delay(500);
      }
    };
    const going = await Promise.race([twoAreGoing(), changed.then(() => [] as string[])]);
    expect(going).toHaveLength(2);
    const drained = visitors.filter(({ pod }) => going.includes(pod));
    expect(drained.length).toBeGreaterThan(0);
    await allGoOnForAWhile();
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
    await allSettle(remaining);
    expect([...new Set(visitors.map(({ pod }) => pod))].sort()).toEqual(remaining);
    await allGoOn();
  });

  test("the app changes: newcomers meet the new version, and no session of the old one ends before the limit", async () => {
    const old = await pods();
    const begun = Date.now();
    const changed = target.change(spec({ replicas: 2, version: "2" }));
    const newcomers: Visitor[] = [];
    const meetTheNewVersion = async (): Promise<void> => {
      while (newcomers.length < 4) {
        const newcomer = await Visitor.come(site);
        if (old.includes(newcomer.pod)) {
          await newcomer.leave();
          await delay(500);
        } else newcomers.push(newcomer);
      }
    };
    await Promise.race([meetTheNewVersion(), changed]);
    expect(newcomers).toHaveLength(4);
    await allGoOnForAWhile();
    expect(visitors.flatMap(({ breaks }) => breaks)).toEqual([]);

    await changed;
    const limit = (await target.drainBegan("probe", begun)) + drainTimeout * 1000;
    for (const { breaks } of visitors) expect(breaks.map(({ ended }) => ended >= limit)).toEqual([true]);
    for (const { breaks } of newcomers) expect(breaks).toEqual([]);
    const current = await pods();
    await allSettle(current);
    visitors.push(...newcomers);
    await allGoOn();
  });

  test("the gateway changes: every session is resumed, with its state", async () => {
    const before = await target.identityOf("gateway");
    await target.change(
      spec({ replicas: 2, version: "2" }, basicTerms({ ...givenPasswords, dave: "dave's long password" })),
    );
    expect(await target.identityOf("gateway")).not.toBe(before);
    await allGoOn();
    const gaps = visitors.flatMap(({ breaks }) => breaks);
    expect(gaps.length).toBeGreaterThan(0);
    for (const { ended, resumed = Infinity } of gaps) expect(resumed - ended).toBeLessThan(kept);
  });
});
