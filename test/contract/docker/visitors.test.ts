/** Where visitors come from, as the log has it and as apps are told. */
import type { SiteArgs } from "../../../components/spec/args";
import { TestSite } from "../../site";
import { address, host, ports, probe } from "../support/apps";
import { SiteClient } from "../support/client";
import { StreamlitSession } from "../support/streamlit";
import { basicCredentials } from "../sign-ins/basic";
import { inspectNetwork, log, runningParts } from "./docker";
import { OtherMachine } from "./other-machine";

jest.setTimeout(120_000);

const project = "contract-visitors";
const password = "a password long enough";
const forged = "203.0.113.66";

describe("the address of a visitor", () => {
  let machine: OtherMachine;
  let site: TestSite;
  let client: SiteClient;
  const spec = (published: string): SiteArgs => ({
    host,
    ports: { ...ports, address: published },
    apps: { probe: { source: probe, route: "/probe" } },
    auth: { basic: { users: { alice: password } } },
  });
  /** What the app is told, and what the log has of the same visit. */
  const seen = async (agent: string): Promise<{ app: string | null; log: string[] }> => {
    const headers = { "User-Agent": agent, "X-Forwarded-For": forged, "X-Real-IP": forged };
    const session = await StreamlitSession.open(client, "/probe", { user: "alice", headers });
    const page = await session.page();
    await session.drop();
    await client.request("/probe/", { user: "alice", headers });
    const { gateway } = await runningParts(project);
    for (;;) {
      const clients = (await log(gateway?.Id ?? ""))
        .split("\n")
        .filter((line) => line.includes(`"${agent}"`))
        .map((line) => (JSON.parse(line.slice(line.indexOf("{"))) as { client: string }).client);
      if (clients.length >= 2) return { app: page.address, log: [...new Set(clients)] };
    }
  };

  beforeAll(async () => {
    machine = await OtherMachine.plugIn();
    site = await TestSite.open(project, spec(machine.here));
    await site.up();
    const { caCertificate } = await site.outputs();
    client = new SiteClient(host, ports, caCertificate, (user) => ({
      Authorization: basicCredentials(user, password),
    }));
  }, 240_000);
  afterAll(async () => {
    await site.down();
    machine.unplug();
  });

  test("on another machine is that machine's", async () => {
    await machine.connectFromThere(ports.https);
    try {
      expect(await seen("from the other machine")).toEqual({ app: machine.there, log: [machine.there] });
    } finally {
      machine.stopConnecting();
    }
  });

  test("at a loopback address of this machine is that of Docker's bridge: the way there goes through Docker's own proxy", async () => {
    await site.up(spec(address));
    const { gateway } = await runningParts(project);
    const networks = Object.keys(gateway?.NetworkSettings.Networks ?? {});
    const bridges = (await Promise.all(networks.map((name) => inspectNetwork(name)))).flatMap(({ IPAM }) =>
      IPAM.Config.map(({ Gateway }) => Gateway),
    );
    const { app, log } = await seen("from this machine");
    expect(log).toEqual([app]);
    expect(bridges).toContain(app);
  });
});
