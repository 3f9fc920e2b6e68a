/** Contract 10: replicas are sticky, a dead one is left, and a changed app is rolled while its sessions go on. */
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../components/spec/args";
import { archiveFiles } from "../../../offline/providers/docker/archive";
import { partName } from "../../../stacks/containers";
import { TestSite } from "../../site";
import { type Answer, SiteClient, withCookiesOf } from "../support/client";
import { containersOf, docker, run } from "./docker";
import { probe } from "../support/apps";
import { buildTestImage, testImage } from "./images";
import { StreamlitSession } from "../support/streamlit";

jest.setTimeout(180_000);

const project = "contract-replicas";
const ports = { https: 18643, http: 18680, address: "127.0.0.1" };
const password = "alice's long: password";
const user = "alice";
/** In seconds. */
const drainTimeout = 15;

const spec = (version: string, timeout = `${drainTimeout}s`): SiteArgs => ({
  host: "replicas.test",
  ports,
  apps: {
    probe: {
      source: probe,
      replicas: 3,
      drainTimeout: timeout,
      environment: { VERSION: version },
      resources: { cpu: 0.5, memory: "256Mi" },
    },
    versions: {
      image: testImage(project, "versions"),
      replicas: 2,
      drainTimeout: `${drainTimeout}s`,
      // It always says that somebody has it open, so that it changes only when it is meant to.
      environment: { VERSION: version === "1" ? "1" : "2" },
      resources: { cpu: 0.5, memory: "128Mi" },
    },
  },
  auth: { basic: { users: { alice: password } } },
});

describe("replicas", () => {
  let site: TestSite;
  let client: SiteClient;

  /** The ids, in the short form that a container has as its host name, of the probe's containers that run. */
  const probes = async (): Promise<string[]> =>
    (await containersOf(project))
      .filter(({ State, Config }) => State.Running && /^probe(\.\d)?$/.test(partName(Config.Labels)))
      .map(({ Id }) => Id.slice(0, 12));
  /** What waits until nobody has an old container of the probe open. */
  const drains = async (): Promise<string[]> =>
    (await containersOf(project))
      .filter(({ State, Config }) => State.Running && partName(Config.Labels) === "probe.drain")
      .map(({ Id }) => Id);
  const gatewayId = async (): Promise<string | undefined> =>
    (await containersOf(project)).find(
      ({ Config }) => Config.Labels["streamlit.gateway"] && Config.Healthcheck,
    )?.Id;

  const open = (resume?: StreamlitSession): Promise<StreamlitSession> =>
    StreamlitSession.open(client, "/probe", { user, ...(resume && { resume }) });
  const containerOf = async (session: StreamlitSession): Promise<string> => (await session.page()).container;
  /** Where somebody ends up who was never here. */
  const newcomer = async (): Promise<string> => {
    const session = await open();
    const container = await containerOf(session);
    await session.drop();
    return container;
  };
  const newcomers = async (count: number): Promise<Set<string>> => {
    const found = new Set<string>();
    for (let number = 0; number < count; number++) found.add(await newcomer());
    return found;
  };
  const get = (path: string, cookie = ""): Promise<Answer> =>
    client.request(path, { user, ...(cookie && { headers: { Cookie: cookie } }) });

  beforeAll(async () => {
    await buildTestImage(project, "versions");
    site = await TestSite.open(project, spec("1"));
    await site.up();
    const { caCertificate } = await site.outputs();
    client = new SiteClient("replicas.test", ports, caCertificate, (user) => ({
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    }));
  });
  afterAll(async () => {
    await site.down();
    await docker.getImage(testImage(project, "versions")).remove({ force: true });
  });

  test("are as many as the spec says, each with a name among the outputs", async () => {
    const { containers } = await site.outputs();
    expect(Object.keys(containers).sort()).toEqual(
      ["gateway", "probe", "probe.2", "probe.3", "versions", "versions.2"].sort(),
    );
    expect(await probes()).toHaveLength(3);
  });

  test("share a network with the gateway and with what drains them, and with nobody else", async () => {
    const networks = await docker.listNetworks({
      filters: JSON.stringify({ label: [`streamlit.project=${project}`, "streamlit.app=probe"] }),
    });
    expect(networks).toHaveLength(1);
    const network = (await docker.getNetwork(networks[0]?.Id ?? "").inspect()) as {
      Containers: Record<string, unknown>;
    };
    const joined = (await containersOf(project)).filter(({ Id }) => Id in network.Containers);
    expect(joined.map(({ Config }) => partName(Config.Labels)).sort()).toEqual(
      ["gateway", "probe", "probe.2", "probe.3", "probe.drain"].sort(),
    );
    expect(Object.keys(network.Containers)).toHaveLength(joined.length);
  });

  test("share the newcomers", async () => {
    expect([...(await newcomers(9))].sort()).toEqual((await probes()).sort());
  });

  test("keep a browser: its pages, its uploads, its websocket, over a new connection and a new sign-in", async () => {
    const session = await open();
    const container = await containerOf(session);
    await session.click();
    for (let number = 0; number < 6; number++) {
      const page = await get("/probe/", session.cookie);
      const refused = await client.request("/probe/", { headers: { Cookie: session.cookie } });
      expect([page.status, refused.status]).toEqual([200, 401]);
      expect(withCookiesOf(refused, session.cookie)).toBe(session.cookie);
      expect(withCookiesOf(page, session.cookie)).toContain(/replica_probe=\w+/.exec(session.cookie)?.[0]);
    }
    const { answer, page } = await session.upload("a.txt", Buffer.from("uploaded"));
    expect([answer.status, page?.container, page?.file?.size]).toEqual([204, container, 8]);

    await session.drop();
    const again = await open(session);
    expect(again.id).toBe(session.id);
    expect(await again.click()).toMatchObject({ clicks: 2, container, file: { size: 8 } });
    await again.drop();
  });

  test("are told apart by a cookie that lasts as long as the browser and that scripts cannot read", async () => {
    const answer = await get("/probe/");
    const cookie = answer.headers["set-cookie"]?.find((one) => one.startsWith("replica_probe="));
    expect(cookie).toMatch(/^replica_probe=[0-9a-f]{32}; /);
    expect(cookie?.toLowerCase().split("; ").slice(1).sort()).toEqual([
      "httponly",
      "path=/probe/",
      "samesite=lax",
      "secure",
    ]);
    expect((await client.request("/probe/")).headers["set-cookie"]).toBeUndefined();
  });

  test("that die are left within two seconds, and have their share again when they are back", async () => {
    const session = await open();
    const dead = await containerOf(session);
    await docker.getContainer(dead).kill();
    const killed = Date.now();
    await session.closed;
    let answer: Answer;
    // What Streamlit's page does as well.
    do answer = await get("/probe/_stcore/health", session.cookie);
    while (answer.status !== 200 && Date.now() - killed < 2000);
    expect([answer.status, answer.body.toString()]).toEqual([200, "ok"]);

    // Until then, a request may be told to try again.
    await delay(Math.max(0, killed + 2000 - Date.now()));
    const again = await open(session);
    const other = await containerOf(again);
    expect((await probes()).includes(other)).toBe(true);
    expect(other).not.toBe(dead);
    expect((await again.click()).clicks).toBe(1);
    const { answer: uploaded } = await again.upload("b.txt", Buffer.from("to the other"));
    expect(uploaded.status).toBe(204);
    await again.drop();
    expect((await newcomers(6)).has(dead)).toBe(false);

    await docker.getContainer(dead).start();
    // In the moments in which nginx learns of its address, a newcomer may again be told to try once more.
    const found = (): Promise<Set<string>> => newcomers(3).catch(() => new Set());
    while (!(await found()).has(dead)) await delay(100);
  });

  describe("of which the gateway is told by a file", () => {
    const file = "/etc/nginx/upstreams/upstreams.conf";
    const inGateway = async (...command: string[]): Promise<string> =>
      (await run((await gatewayId()) ?? "", ...command)).output;
    /** What the engine does, at the pace of a slow disk. */
    const write = async (text: string): Promise<void> => {
      const carrier = (await containersOf(project)).find(({ Name }) => Name.startsWith("/site-upstreams-"));
      const files = [{ path: "files/upstreams.conf", mode: 0o444, content: Buffer.from(text) }];
      await docker.getContainer(carrier?.Id ?? "").putArchive(archiveFiles(files), { path: "/" });
    };
    const taken = async (text: string): Promise<void> => {
      while ((await inGateway("cat", "/tmp/upstreams.conf")) !== text) await delay(100);
    };
    const healthy = async (): Promise<void> => {
      // Docker's own proxy takes a connection before nginx does.
      const ask = (): Promise<Response> =>
        fetch(`http://127.0.0.1:${String(ports.http)}/healthz`, { signal: AbortSignal.timeout(1000) });
      while ((await ask().catch(() => undefined))?.status !== 200) await delay(100);
    };
    let whole: string;
    beforeAll(async () => {
      whole = await inGateway("cat", file);
    });
    afterAll(() => write(whole));

    test.each([
      ["cut in the middle of a line", (text: string) => text.slice(0, text.indexOf(" resolve"))],
      ["cut at the end of an upstream", (text: string) => text.slice(0, text.indexOf("}\n") + 2)],
      ["empty", () => ""],
      ["not understood", (text: string) => text.replaceAll("sticky cookie", "sticky biscuit")],
    ])("it is not taken while it is %s", async (_, spoil) => {
      const session = await open();
      await write(spoil(whole));
      // It looks once a second.
      await delay(2500);
      expect(await inGateway("cat", "/tmp/upstreams.conf")).toBe(whole);
      expect((await session.click()).clicks).toBe(1);
      await session.drop();

      // A gateway that starts in that moment does without.
      await docker.getContainer((await gatewayId()) ?? "").restart({ t: 5 });
      await healthy();
      expect(await inGateway("cat", "/tmp/upstreams.conf")).toContain(
        "  server app-probe:8501 resolve max_fails=0;\n",
      );
      await newcomer();
      await write(whole);
      await taken(whole);
    });

    test("the gateway is started again when nginx ends", async () => {
      const { RestartCount: before } = await docker.getContainer((await gatewayId()) ?? "").inspect();
      await inGateway("sh", "-c", "kill -9 $(cat /tmp/nginx.pid)");
      while ((await docker.getContainer((await gatewayId()) ?? "").inspect()).RestartCount === before)
        await delay(100);
      await healthy();
      await taken(whole);
    });
  });

  describe("of an app that was changed", () => {
    let session: StreamlitSession;
    let old: string[];
    let gateway: string | undefined;
    let rolled: Promise<unknown>;
    let cutOver: number;
    const versionCookie = { old: "", new: "" };
    beforeAll(async () => {
      session = await open();
      await session.click();
      old = await probes();
      gateway = await gatewayId();
      versionCookie.old = withCookiesOf(await get("/versions/"));
      rolled = site.up(spec("2"));
      // It is not waited for yet: what goes wrong is told by the tests.
      rolled.catch(() => undefined);
      while (old.includes(await newcomer())) await delay(100);
      cutOver = Date.now();
    });

    test("newcomers land on the new ones, all of them", async () => {
      const current = (await probes()).filter((id) => !old.includes(id));
      expect([...(await newcomers(6))].sort()).toEqual(current.sort());
    });

    test("who has it open goes on with the old one, with its state and its uploads", async () => {
      const container = await containerOf(session);
      expect(old).toContain(container);
      expect(await session.click()).toMatchObject({ clicks: 2, container });
      const { answer, page } = await session.upload("c.txt", Buffer.from("while it is drained"));
      expect([answer.status, page?.container]).toEqual([204, container]);

      // Another connection of the same browser, too.
      await session.drop();
      session = await open(session);
      expect(await session.click()).toMatchObject({ clicks: 3, container });
    });

    test("each browser gets the files of its own version, and nobody is given another's from the cache", async () => {
      const page = await get("/versions/");
      versionCookie.new = withCookiesOf(page);
      expect(page.body.toString()).toBe("page of 2");
      expect((await get("/versions/", versionCookie.old)).body.toString()).toBe("page of 1");
      for (const [file, wrong, right] of [
        ["a.1.js", versionCookie.new, versionCookie.old],
        ["b.2.js", versionCookie.old, versionCookie.new],
      ] as const) {
        const path = `/versions/static/js/${file}`;
        const miss = await get(path, wrong);
        expect([file, miss.headers["cache-control"]]).toEqual([file, "no-store"]);
        // Twice, and then for the other as well: from the cache.
        for (const cookie of [right, right, wrong]) {
          const { body, headers } = await get(path, cookie);
          expect([file, body.toString()]).toEqual([file, `asset of ${file.charAt(2)}`]);
          expect(headers["cache-control"]).toMatch(/immutable/);
        }
      }
    });

    test("it is cut at the limit and not before, and goes on with a new one", async () => {
      await session.closed;
      // The engine stops the guard just before the gateway's next look at the file, which is once a second.
      expect(Date.now() - cutOver).toBeGreaterThan((drainTimeout - 3) * 1000);
      await rolled;
      expect((await probes()).filter((id) => old.includes(id))).toEqual([]);
      const again = await open(session);
      expect(old).not.toContain(await containerOf(again));
      expect((await again.click()).clicks).toBe(1);
      await again.drop();
      expect((await get("/versions/", versionCookie.old)).body.toString()).toBe("page of 2");
    });

    test("the gateway was not replaced for it", async () => {
      expect(gateway).toBeDefined();
      expect(await gatewayId()).toBe(gateway);
    });
  });

  describe("with an hour to drain", () => {
    test("up waits for nobody while the replicas stay", async () => {
      const session = await open();
      await site.up(spec("2", "1h"));
      expect(await session.click()).toMatchObject({ clicks: 1 });
      await session.drop();
    });

    test("up, cancelled while it drains, is finished by the next one, and nobody was cut meanwhile", async () => {
      const session = await open();
      const before = await probes();
      const cancel = new AbortController();
      const cancelled = site.up(spec("3", "1h"), cancel.signal).then(
        () => "went through",
        () => "cancelled",
      );
      while (before.includes(await newcomer())) await delay(100);
      // The engine is at the end, where it removes what was replaced, once the new guard is there, too.
      while ((await drains()).length < 2) await delay(100);
      cancel.abort();
      expect(await cancelled).toBe("cancelled");

      expect(await session.click()).toMatchObject({ clicks: 1, container: await containerOf(session) });
      expect(before).toContain(await containerOf(session));
      await session.drop();
      await site.up();
      expect((await probes()).filter((id) => before.includes(id))).toEqual([]);
      expect(await drains()).toHaveLength(1);
    });

    test("up does not wait when nobody has the app open", async () => {
      const before = await probes();
      await site.up(spec("4", "1h"));
      expect((await probes()).filter((id) => before.includes(id))).toEqual([]);
    });

    test("down does not wait for who has it open", async () => {
      const session = await open();
      await site.stack.destroy();
      expect(await containersOf(project)).toEqual([]);
      await session.closed;
    });
  });
});
