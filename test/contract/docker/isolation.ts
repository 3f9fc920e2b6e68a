/** Contract 3 in Docker's terms: published ports, networks and their members, and this machine. */
import * as net from "node:net";
import { address, appNames, ports } from "../support/apps";
import { connect, place } from "../support/connect";
import type { ContractSite } from "../support/site";
import type { Endpoint, OutsideServer } from "../target";
import { addressesOf, inspectNetwork, runningParts } from "./docker";

/** Register the tests. */
export function dockerIsolation(contract: ContractSite): void {
  const { target, signIn } = contract;
  const running = () => runningParts(target.project);

  test("the gateway alone publishes ports, on the IP address that the spec names", async () => {
    const containers = await running();
    expect(Object.keys(containers).sort()).toEqual(
      [
        ...[...appNames, ...(contract.hasOwnHosts ? ["own", "other"] : [])].flatMap((app) => [
          app,
          `${app}.drain`,
        ]),
        "gateway",
        ...signIn.parts,
      ].sort(),
    );
    for (const [part, { HostConfig, NetworkSettings }] of Object.entries(containers)) {
      const published = Object.values(NetworkSettings.Ports).flat().filter(Boolean);
      expect([part, published]).toEqual([
        part,
        part === "gateway"
          ? expect.arrayContaining([
              { HostIp: address, HostPort: String(ports.https) },
              { HostIp: address, HostPort: String(ports.http) },
            ])
          : [],
      ]);
      expect(published).toHaveLength(part === "gateway" ? 2 : 0);
      expect(HostConfig.PublishAllPorts).toBe(false);
      expect(HostConfig.NetworkMode).not.toBe("host");
    }
  });

  test("an app shares a network with the gateway, with what drains it, and with nothing else", async () => {
    const containers = await running();
    for (const app of ["open", "limited", "echo"]) {
      const networks = Object.values(containers[app]?.NetworkSettings.Networks ?? {});
      expect(networks).toHaveLength(1);
      const network = await inspectNetwork(networks[0]?.NetworkID ?? "");
      expect(Object.keys(network.Containers).sort()).toEqual(
        [app, `${app}.drain`, "gateway"].map((part) => containers[part]?.Id).sort(),
      );
      expect(Object.keys(containers[`${app}.drain`]?.NetworkSettings.Networks ?? {})).toHaveLength(1);
      expect([app, network.Internal]).toEqual([app, app !== "open"]);
    }
  });

  test("an app without egress finds the names of its network, and has no DNS server for others", async () => {
    const containers = await running();
    expect(
      ["open", "limited", "echo"].map((app) => (containers[app]?.HostConfig.Dns ?? []) as string[]),
    ).toEqual([[], ["192.0.2.1"], ["192.0.2.1"]]);
    const found = await contract.python(
      "limited",
      "import socket",
      "for name in 'app-limited', 'example.com':",
      "    try: print(name, socket.gethostbyname(name) != '')",
      "    except OSError: print(name, False)",
    );
    expect(found).toEqual({ code: 0, output: "app-limited True\nexample.com False\n" });
  });

  test("an app without egress is not even reached from this machine itself", async () => {
    const containers = await running();
    for (const app of ["limited", "echo"]) {
      const addresses = addressesOf(containers[app]);
      expect(addresses).toHaveLength(1);
      for (const host of addresses) {
        const received = await new Promise<string>((resolve) => {
          const socket = net.connect({ host, port: 8501, timeout: 1000 }, () =>
            socket.write(`GET /${app}/_stcore/health HTTP/1.0\r\nHost: analytics.test\r\n\r\n`),
          );
          socket.on("data", (data) => {
            resolve(data.toString());
          });
          for (const event of ["timeout", "error", "close"] as const)
            socket.on(event, () => {
              resolve("");
              socket.destroy();
            });
        });
        expect([app, received]).toEqual([app, expect.not.stringContaining("\r\n\r\nok")]);
      }
    }
  });

  const health = (endpoint: Endpoint) => ({
    ...endpoint,
    send: "GET /healthz HTTP/1.0\r\nHost: analytics.test\r\n\r\n",
    expect: "\r\n\r\nok",
  });

  test("the gateway is reached from an app on the network of the two alone, and not from outside the site", async () => {
    const containers = await running();
    const attempts = (await target.endpointsOf("gateway")).map(health);
    for (const app of appNames) {
      const [network = ""] = Object.keys(containers[app]?.NetworkSettings.Networks ?? {});
      const host = containers.gateway?.NetworkSettings.Networks[network]?.IPAddress ?? "";
      expect(host).not.toBe("");
      const { answered } = await connect(contract.inside(app), attempts);
      const addresses = answered.filter((reached) => /^[\d.]+ /.test(reached));
      expect([app, addresses]).toEqual([app, [8080, 8443].map((port) => place({ host, port, tls: false }))]);
    }
    await target.fromOutside(async (exec) => {
      expect((await connect(exec, attempts)).answered).toEqual([]);
    });
  });

  describe("the way out of an app without egress", () => {
    let server: OutsideServer;
    beforeAll(async () => {
      server = await target.outsideServer();
    });
    afterAll(() => server.close());
    const reached = async (app: string, host: string): Promise<string[]> => {
      const [endpoint] = server.endpoints;
      if (!endpoint) throw new Error("this machine has no IP address");
      const attempt = { ...endpoint, host, send: "\n", expect: server.answer };
      return (await connect(contract.inside(app), [attempt])).answered;
    };

    test("does not lead to another network of this machine", async () => {
      const [config] = (await inspectNetwork("bridge")).IPAM.Config;
      for (const app of ["limited", "echo"])
        expect([app, await reached(app, config?.Gateway ?? "172.17.0.1")]).toEqual([app, []]);
    });

    test("does not even lead to this machine by the network that the app is on", async () => {
      for (const app of ["limited", "echo"] as const) {
        const [network] = Object.values((await running())[app]?.NetworkSettings.Networks ?? {});
        const [config] = (await inspectNetwork(network?.NetworkID ?? "")).IPAM.Config;
        const first = config?.Gateway ?? config?.Subnet?.replace(/\.0\/.*/, ".1") ?? "";
        expect(first).not.toBe("");
        expect([app, await reached(app, first)]).toEqual([app, []]);
      }
    });
  });
}
