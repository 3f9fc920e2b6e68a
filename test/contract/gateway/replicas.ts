/** Contract 10: replicas are sticky, a dead one is left, and a changed app is rolled while its sessions go on. */
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../components/spec/args";
import { BasicSignIn } from "../sign-ins/basic";
import { probe } from "../support/apps";
import { type Answer, withCookiesOf } from "../support/client";
import { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";
import type { ContractTarget, Replica } from "../target";

const user = "alice";
/** In seconds. */
const drainTimeout = 15;

/** Two apps with replicas: the probe, and `versions`, whose files have their version in their names. */
const replicatedApps = (
  versionsImage: string,
  version: string,
  timeout = `${String(drainTimeout)}s`,
): SiteArgs["apps"] => ({
  probe: {
    source: probe,
    replicas: 3,
    drainTimeout: timeout,
    environment: { VERSION: version },
    resources: { cpu: 0.5, memory: "256Mi" },
  },
  versions: {
    image: versionsImage,
    replicas: 2,
    drainTimeout: `${String(drainTimeout)}s`,
    // Its metrics always have an active session, so that it changes only when it is meant to.
    environment: { VERSION: version === "1" ? "1" : "2" },
    resources: { cpu: 0.5, memory: "128Mi" },
  },
});

/** A site with {@link replicatedApps}, and the browsers that the tests open it with. */
export class ReplicatedSite extends ContractSite<BasicSignIn> {
  constructor(target: ContractTarget) {
    super(target, new BasicSignIn(), {
      image: "versions",
      of: (versionsImage) => replicatedApps(versionsImage, "1"),
    });
  }

  /**
   * The spec with another version of the apps.
   *
   * @param timeout the probe's `drainTimeout`
   */
  version(version: string, timeout?: string): SiteArgs {
    return this.specWith((image) => replicatedApps(image, version, timeout));
  }

  /** The replicas of the probe that run, by the host names that their processes have. */
  async probes(): Promise<string[]> {
    return (await this.replicas()).map(({ hostName }) => hostName);
  }

  /** Open the probe, in a new browser or as one that was there before. */
  open(resume?: StreamlitSession): Promise<StreamlitSession> {
    return StreamlitSession.open(this.client, "/probe", { user, ...(resume && { resume }) });
  }

  /** The replica at which a new browser ends up. */
  async newcomer(): Promise<string> {
    const session = await this.open();
    const replica = await replicaOf(session);
    await session.drop();
    return replica;
  }

  /** The replicas at which a number of new browsers end up. */
  async newcomers(count: number): Promise<Set<string>> {
    const found = new Set<string>();
    for (let number = 0; number < count; number++) found.add(await this.newcomer());
    return found;
  }

  /** Request something with the cookies of a browser. */
  get(path: string, cookie = ""): Promise<Answer> {
    return this.client.request(path, { user, ...(cookie && { headers: { Cookie: cookie } }) });
  }

  /**
   * Request something with the cookies of a browser whose replica is gone; until the gateway has left that, which takes two
   * seconds at most, a request may be told to try again. What Streamlit's page does as well.
   *
   * @param since when the replica went
   */
  async getOfAnother(path: string, cookie: string, since: number): Promise<Answer> {
    let answer: Answer;
    do answer = await this.get(path, cookie);
    while (answer.status !== 200 && Date.now() - since < 2000);
    return answer;
  }

  /** The name of the part that is a replica of the probe. */
  async partOf(replica: string): Promise<string> {
    const found = (await this.replicas()).find(({ hostName }) => hostName === replica);
    if (!found) throw new Error(`${replica} does not run`);
    return found.part;
  }

  private replicas(): Promise<Replica[]> {
    return this.target.replicasOf("probe");
  }
}

/** The host name of the replica that a session is at. */
export const replicaOf = async (session: StreamlitSession): Promise<string> =>
  (await session.page()).container;

/** Register the tests of replicas that stay the same. */
export function stickyReplicas(site: ReplicatedSite): void {
  test("share the newcomers", async () => {
    expect(await site.probes()).toHaveLength(3);
    expect([...(await site.newcomers(9))].sort()).toEqual((await site.probes()).sort());
  });

  test("keep a browser: its pages, its uploads, its websocket, over a new connection and a new sign-in", async () => {
    const session = await site.open();
    const container = await replicaOf(session);
    await session.click();
    for (let number = 0; number < 6; number++) {
      const page = await site.get("/probe/", session.cookie);
      const refused = await site.client.request("/probe/", { headers: { Cookie: session.cookie } });
      expect([page.status, refused.status]).toEqual([200, 401]);
      expect(withCookiesOf(refused, session.cookie)).toBe(session.cookie);
      expect(withCookiesOf(page, session.cookie)).toContain(/replica_probe=\w+/.exec(session.cookie)?.[0]);
    }
    const { answer, page } = await session.upload("a.txt", Buffer.from("uploaded"));
    expect([answer.status, page?.container, page?.file?.size]).toEqual([204, container, 8]);

    await session.drop();
    const again = await site.open(session);
    expect(again.id).toBe(session.id);
    expect(await again.click()).toMatchObject({ clicks: 2, container, file: { size: 8 } });
    await again.drop();
  });

  test("are told apart by a cookie that lasts as long as the browser and that scripts cannot read", async () => {
    const answer = await site.get("/probe/");
    const cookie = answer.headers["set-cookie"]?.find((one) => one.startsWith("replica_probe="));
    expect(cookie).toMatch(/^replica_probe=[0-9a-f]{32}; /);
    expect(cookie?.toLowerCase().split("; ").slice(1).sort()).toEqual([
      "httponly",
      "path=/probe/",
      "samesite=lax",
      "secure",
    ]);
    expect((await site.client.request("/probe/")).headers["set-cookie"]).toBeUndefined();
  });

  test("that die are left within two seconds, and have their share again when they are back", async () => {
    const session = await site.open();
    const dead = await replicaOf(session);
    const part = await site.partOf(dead);
    await site.target.kill(part);
    const killed = Date.now();
    await session.closed;
    const answer = await site.getOfAnother("/probe/_stcore/health", session.cookie, killed);
    expect([answer.status, answer.body.toString()]).toEqual([200, "ok"]);

    // Until then, a request may be told to try again.
    await delay(Math.max(0, killed + 2000 - Date.now()));
    const again = await site.open(session);
    const other = await replicaOf(again);
    expect((await site.probes()).includes(other)).toBe(true);
    expect(other).not.toBe(dead);
    expect((await again.click()).clicks).toBe(1);
    const { answer: uploaded } = await again.upload("b.txt", Buffer.from("to the other"));
    expect(uploaded.status).toBe(204);
    await again.drop();
    expect((await site.newcomers(6)).has(dead)).toBe(false);

    await site.target.start(part);
    // While nginx learns of its IP address, a newcomer may again be told to try once more.
    const found = (): Promise<Set<string>> => site.newcomers(3).catch(() => new Set());
    while (!(await found()).has(dead)) await delay(100);
  });
}

/** Register the tests of an app that changes; they leave the site at version 2. */
export function rolledReplicas(site: ReplicatedSite): void {
  let session: StreamlitSession;
  let old: string[];
  let gateway: string;
  let rolled: Promise<unknown>;
  let begun: number;
  /** When the websocket was cut. */
  let cut: number;
  const versionCookie = { old: "", new: "" };
  beforeAll(async () => {
    session = await site.open();
    await session.click();
    old = await site.probes();
    gateway = await site.target.identityOf("gateway");
    versionCookie.old = withCookiesOf(await site.get("/versions/"));
    begun = Date.now();
    rolled = site.target.change(site.version("2"));
    // It is not waited for yet: the tests say what goes wrong.
    rolled.catch(() => undefined);
    while (old.includes(await site.newcomer())) await delay(100);
  });

  test("newcomers land on the new ones, all of them", async () => {
    const current = (await site.probes()).filter((id) => !old.includes(id));
    expect([...(await site.newcomers(6))].sort()).toEqual(current.sort());
  });

  test("a browser that has it open goes on with the old one, with its state and its uploads", async () => {
    const container = await replicaOf(session);
    expect(old).toContain(container);
    expect(await session.click()).toMatchObject({ clicks: 2, container });
    const { answer, page } = await session.upload("c.txt", Buffer.from("while it is drained"));
    expect([answer.status, page?.container]).toEqual([204, container]);

    // Another connection of the same browser, too.
    await session.drop();
    session = await site.open(session);
    void session.closed.then(() => (cut = Date.now()));
    expect(await session.click()).toMatchObject({ clicks: 3, container });
  });

  test("each browser gets the files of its own version, and none is given another's from the cache", async () => {
    const page = await site.get("/versions/");
    versionCookie.new = withCookiesOf(page);
    expect(page.body.toString()).toBe("page of 2");
    expect((await site.get("/versions/", versionCookie.old)).body.toString()).toBe("page of 1");
    for (const [version, wrong, right] of [
      [1, versionCookie.new, versionCookie.old],
      [2, versionCookie.old, versionCookie.new],
    ] as const) {
      // Eight characters in the place of a hash.
      const path = `/versions/static/js/index.Version${version}.js`;
      const miss = await site.get(path, wrong);
      expect([version, miss.headers["cache-control"]]).toEqual([version, "no-cache"]);
      // Twice, and then for the other as well: from the cache.
      for (const cookie of [right, right, wrong]) {
        const { body, headers } = await site.get(path, cookie);
        expect(body.toString()).toBe(`asset of ${version}`);
        expect(headers["cache-control"]).toMatch(/immutable/);
      }
    }
  });

  test("it is cut at the limit and not before, and goes on with a new one", async () => {
    await session.closed;
    await rolled;
    expect(cut - (await site.target.drainBegan("probe", begun))).toBeGreaterThanOrEqual(drainTimeout * 1000);
    const gone = Date.now();
    expect((await site.probes()).filter((id) => old.includes(id))).toEqual([]);
    const again = await site.open(session);
    expect(old).not.toContain(await replicaOf(again));
    expect((await again.click()).clicks).toBe(1);
    await again.drop();
    const { body } = await site.getOfAnother("/versions/", versionCookie.old, gone);
    expect(body.toString()).toBe("page of 2");
  });

  test("the gateway was not replaced for it", async () => {
    expect(gateway).not.toBe("");
    expect(await site.target.identityOf("gateway")).toBe(gateway);
  });
}
