/** Contract 10 on Docker: the shared tests, and what is Docker's: the file of the upstreams, and `up` while it drains. */
import { setTimeout as delay } from "node:timers/promises";
import { archiveFiles } from "../../../offline/providers/docker/archive";
import { partName } from "../../../stacks/docker/containers";
import { replicaOf, ReplicatedSite, rolledReplicas, stickyReplicas } from "../gateway/replicas";
import { containersOf, docker, inspectNetwork } from "./docker";
import { address } from "../support/apps";
import { DockerTarget, ports } from "./target";

jest.setTimeout(180_000);

const project = "contract-replicas";

describe("replicas", () => {
  const target = new DockerTarget(project);
  const site = new ReplicatedSite(target);

  /** The containers that wait until no browser has an old container of the probe open. */
  const drains = async (): Promise<string[]> =>
    (await containersOf(project))
      .filter(({ State, Config }) => State.Running && partName(Config.Labels) === "probe.drain")
      .map(({ Id }) => Id);

  beforeAll(() => site.up());
  afterAll(() => site.down());

  test("are as many as the spec says, each with a name among the outputs", async () => {
    expect(Object.keys(target.outputs.containers).sort()).toEqual(
      ["gateway", "probe", "probe.2", "probe.3", "versions", "versions.2"].sort(),
    );
    expect(await site.probes()).toHaveLength(3);
  });

  test("share a network with the gateway and with what drains them, and with nothing else", async () => {
    const networks = await docker.listNetworks({
      filters: JSON.stringify({ label: [`streamlit.project=${project}`, "streamlit.app=probe"] }),
    });
    expect(networks).toHaveLength(1);
    const network = await inspectNetwork(networks[0]?.Id ?? "");
    const joined = (await containersOf(project)).filter(({ Id }) => Id in network.Containers);
    expect(joined.map(({ Config }) => partName(Config.Labels)).sort()).toEqual(
      ["gateway", "probe", "probe.2", "probe.3", "probe.drain"].sort(),
    );
    expect(Object.keys(network.Containers)).toHaveLength(joined.length);
  });

  stickyReplicas(site);

  describe("of which the gateway is told by a file", () => {
    const file = "/etc/nginx/upstreams/upstreams.conf";
    const inGateway = async (...command: string[]): Promise<string> =>
      (await target.exec("gateway", ...command)).output;
    const gateway = () => docker.getContainer(target.outputs.containers.gateway ?? "");
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
        fetch(`http://${address}:${String(ports.http)}/healthz`, { signal: AbortSignal.timeout(1000) });
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
      const session = await site.open();
      await write(spoil(whole));
      // It looks once a second.
      await delay(2500);
      expect(await inGateway("cat", "/tmp/upstreams.conf")).toBe(whole);
      expect((await session.click()).clicks).toBe(1);
      await session.drop();

      // A gateway that starts in that moment does without.
      await gateway().restart({ t: 5 });
      await healthy();
      expect(await inGateway("cat", "/tmp/upstreams.conf")).toContain(
        "  server app-probe:8501 resolve max_fails=0;\n",
      );
      await site.newcomer();
      await write(whole);
      await taken(whole);
    });

    test("the gateway is started again when nginx ends", async () => {
      const { RestartCount: before } = await gateway().inspect();
      await inGateway("sh", "-c", "kill -9 $(cat /tmp/nginx.pid)");
      while ((await gateway().inspect()).RestartCount === before) await delay(100);
      await healthy();
      await taken(whole);
    });
  });

  describe("of an app that was changed", () => {
    rolledReplicas(site);
  });

  describe("with an hour to drain", () => {
    test("up waits for no browser while the replicas stay", async () => {
      const session = await site.open();
      await target.change(site.version("2", "1h"));
      expect(await session.click()).toMatchObject({ clicks: 1 });
      await session.drop();
    });

    test("up, cancelled while it drains, ends when it has drained, and is finished by the next one", async () => {
      const session = await site.open();
      const before = await site.probes();
      const cancel = new AbortController();
      const cancelled = target.change(site.version("3", "1h"), cancel.signal).then(
        () => "went through",
        () => "cancelled",
      );
      while (before.includes(await site.newcomer())) await delay(100);
      // The engine is at the end, where it removes what was replaced, once the new guard is there, too.
      while ((await drains()).length < 2) await delay(100);
      cancel.abort();
      // The plugin goes on with what it does. (Interrupted once more, the engine would not wait for it.)
      expect(await session.click()).toMatchObject({ clicks: 1, container: await replicaOf(session) });
      expect(before).toContain(await replicaOf(session));
      await session.drop();
      expect(await cancelled).toBe("cancelled");
      await target.change(site.version("3", "1h"));
      expect((await site.probes()).filter((id) => before.includes(id))).toEqual([]);
      expect(await drains()).toHaveLength(1);
    });

    test("up does not wait when no browser has the app open", async () => {
      const before = await site.probes();
      await target.change(site.version("4", "1h"));
      expect((await site.probes()).filter((id) => before.includes(id))).toEqual([]);
    });

    test("down does not wait for a browser that has it open", async () => {
      const session = await site.open();
      await target.site.stack.destroy();
      expect(await containersOf(project)).toEqual([]);
      await session.closed;
    });
  });
});
