/** Contract 3: no way round the gateway, and containers that can do little. */
import * as net from "node:net";
import * as os from "node:os";
import { partName } from "../../../stacks/docker/containers";
import { containersOf, docker, python } from "../support/docker";
import type { ContractSite } from "../support/site";

/** Register the tests. */
export function isolation(contract: ContractSite): void {
  type Container = Awaited<ReturnType<typeof containersOf>>[number];
  const running = async (): Promise<Record<string, Container>> => {
    const all = (await containersOf(contract.project)).filter(({ State }) => State.Running);
    return Object.fromEntries(all.map((container) => [partName(container.Config.Labels), container]));
  };
  const addressesOf = (container: Container | undefined): string[] =>
    Object.values(container?.NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress);

  /** A place to knock at, and the words by which what is there is known: a network may answer for places it lacks. */
  interface Door {
    host: string;
    port: number;
    say: string;
    hear: string;
  }
  const appDoor = (app: string, host: string): Door => ({
    host,
    port: 8501,
    say: `GET /${app}/_stcore/health HTTP/1.0\r\nHost: analytics.test\r\n\r\n`,
    hear: "\r\n\r\nok",
  });
  const gatewayDoor = (host: string): Door => ({
    host,
    port: 8080,
    say: "GET /healthz HTTP/1.0\r\n\r\n",
    hear: "\r\n\r\nok",
  });
  /** Python that prints one line for each door: whether it opened. */
  const knocks = (doors: Door[]): string[] => [
    "import socket, json, concurrent.futures as f",
    "def knock(door):",
    "    try:",
    "        with socket.create_connection((door['host'], door['port']), timeout=2) as line:",
    "            line.sendall(door['say'].encode())",
    "            heard = b''",
    "            while door['hear'].encode() not in heard:",
    "                piece = line.recv(4096)",
    "                if not piece: return 'other'",
    "                heard += piece",
    "            return 'opened'",
    "    except OSError as error: return error",
    `doors = json.loads(${JSON.stringify(JSON.stringify(doors))})`,
    "with f.ThreadPoolExecutor(64) as pool:",
    "    for door, how in zip(doors, pool.map(knock, doors)): print(door['host'], door['port'], how)",
  ];
  const opened = async (container: string, doors: Door[]): Promise<string[]> => {
    const { code, output } = await python(container, ...knocks(doors));
    expect([code, output.trim().split("\n").length]).toEqual([0, doors.length]);
    return output.split("\n").flatMap((line) => /^(.*) opened$/.exec(line)?.[1] ?? []);
  };

  test("the gateway alone publishes ports, on the address that the spec names", async () => {
    const containers = await running();
    expect(Object.keys(containers).sort()).toEqual(
      [
        ...["echo", "limited", "open"].flatMap((app) => [app, `${app}.drain`]),
        "gateway",
        ...contract.signInContainers,
      ].sort(),
    );
    for (const [part, { HostConfig, NetworkSettings }] of Object.entries(containers)) {
      const published = Object.values(NetworkSettings.Ports).flat().filter(Boolean);
      expect([part, published]).toEqual([
        part,
        part === "gateway"
          ? expect.arrayContaining([
              { HostIp: "127.0.0.1", HostPort: "18443" },
              { HostIp: "127.0.0.1", HostPort: "18080" },
            ])
          : [],
      ]);
      expect(published).toHaveLength(part === "gateway" ? 2 : 0);
      expect(HostConfig.PublishAllPorts).toBe(false);
      expect(HostConfig.NetworkMode).not.toBe("host");
    }
  });

  test("an app shares a network with the gateway, with what drains it, and with nobody else", async () => {
    const containers = await running();
    for (const app of ["open", "limited", "echo"]) {
      const networks = Object.values(containers[app]?.NetworkSettings.Networks ?? {});
      expect(networks).toHaveLength(1);
      const info = (await docker.getNetwork(networks[0]?.NetworkID ?? "").inspect()) as {
        Containers: Record<string, unknown>;
        Internal: boolean;
      };
      expect(Object.keys(info.Containers).sort()).toEqual(
        [app, `${app}.drain`, "gateway"].map((part) => containers[part]?.Id).sort(),
      );
      expect(Object.keys(containers[`${app}.drain`]?.NetworkSettings.Networks ?? {})).toHaveLength(1);
      expect([app, info.Internal]).toEqual([app, app !== "open"]);
    }
  });

  test("every container is hardened", async () => {
    for (const [part, { Config, HostConfig, Mounts }] of Object.entries(await running())) {
      expect([part, Config.User]).toEqual([part, expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
      expect(HostConfig).toMatchObject({
        Privileged: false,
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        PidMode: "",
        UsernsMode: "",
        RestartPolicy: { Name: "unless-stopped" },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(HostConfig.Devices ?? []).toEqual([]);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
      expect(HostConfig.NanoCpus).toBeGreaterThan(0);
      expect(HostConfig.Ulimits).toContainEqual(expect.objectContaining({ Name: "nproc" }));
      expect(HostConfig.Tmpfs).toEqual({ "/tmp": expect.stringContaining("noexec,nosuid,nodev") as string });
      expect(Config.Healthcheck?.Test?.[0]).toBe("CMD");
      // Nothing of the machine is mounted, and nothing that is mounted can be written to but what Redis is there for.
      for (const { Type, RW, Destination } of Mounts)
        expect([part, Type, RW]).toEqual([part, "volume", part === "redis" && Destination === "/data"]);
    }
  });

  test("what a process in an app can do is as little as it looks", async () => {
    const { output } = await contract.python(
      "limited",
      "import os, pathlib, subprocess",
      "status = dict(l.split(':\\t') for l in pathlib.Path('/proc/self/status').read_text().splitlines() if ':\\t' in l)",
      "print(os.getuid(), status['CapEff'], status['CapBnd'], status['NoNewPrivs'])",
      "for place in ['/app/x', '/app/.streamlit/x', '/etc/x', '/usr/bin/x']:",
      "    try: pathlib.Path(place).write_text('x'); print('wrote', place)",
      "    except OSError: pass",
      "program = pathlib.Path('/tmp/program'); program.write_text('#!/bin/sh\\necho ran'); program.chmod(0o755)",
      "try: print(subprocess.run([str(program)], capture_output=True).stdout)",
      "except OSError: pass",
    );
    expect(output.trim()).toBe("10001 0000000000000000 0000000000000000 1");
  });

  test("an app is not reached from the other app, by address or by name", async () => {
    const containers = await running();
    const apps = ["open", "limited", "echo"];
    await Promise.all(
      apps.map(async (app) => {
        const others = apps
          .filter((other) => other !== app)
          .flatMap((other) =>
            [...addressesOf(containers[other]), `app-${other}`, containers[other]?.Name.slice(1) ?? ""].map(
              (host) => appDoor(other, host),
            ),
          );
        expect([app, await opened(contract.container(app), others)]).toEqual([app, []]);
      }),
    );
    // It would be seen: the gateway, which shares a network with each app, does open them.
    for (const app of apps) {
      const doors = [...addressesOf(containers[app]), `app-${app}`].map((host) => appDoor(app, host));
      expect(await opened(contract.container(app), doors)).toHaveLength(2);
    }
  });

  test("an app without egress is not even reached from this machine itself", async () => {
    const containers = await running();
    for (const app of ["limited", "echo"])
      for (const host of addressesOf(containers[app])) {
        const door = appDoor(app, host);
        const heard = await new Promise<string>((resolve) => {
          const socket = net.connect({ host, port: door.port, timeout: 1000 }, () => socket.write(door.say));
          socket.on("data", (data) => {
            resolve(data.toString());
          });
          for (const event of ["timeout", "error", "close"] as const)
            socket.on(event, () => {
              resolve("");
              socket.destroy();
            });
        });
        expect([app, heard]).toEqual([app, expect.not.stringContaining(door.hear)]);
      }
  });

  test("an app is not reached from a container of somebody else's, nor the gateway's inner sockets", async () => {
    const containers = await running();
    const network = await docker.createNetwork({
      Name: "contract-gateway-stranger",
      Labels: { "streamlit.project": contract.project },
    });
    try {
      const stranger = await docker.createContainer({
        Image: containers.echo?.Image ?? "",
        Cmd: ["sleep", "60"],
        Labels: { "streamlit.project": contract.project },
        HostConfig: { NetworkMode: network.id, AutoRemove: true, Init: true },
      });
      await stranger.start();
      try {
        const apps = ["open", "limited", "echo"].flatMap((app) =>
          [...addressesOf(containers[app]), `app-${app}`].map((host) => appDoor(app, host)),
        );
        const gateway = addressesOf(containers.gateway).map(gatewayDoor);
        expect(await opened(stranger.id, [...apps, ...gateway])).toEqual([]);
      } finally {
        await stranger.remove({ force: true });
      }
    } finally {
      await network.remove();
    }
  });

  test("an app meets the gateway's own door on its network, and needs a password there as well", async () => {
    const { output } = await contract.python(
      "echo",
      "import http.client, socket, ssl",
      `address = ${JSON.stringify(await gatewayBeside("echo"))}`,
      "context = ssl._create_unverified_context()",
      "raw = socket.create_connection((address, 8443), timeout=5)",
      "tls = context.wrap_socket(raw, server_hostname='analytics.test')",
      "tls.sendall(b'GET /open/ HTTP/1.1\\r\\nHost: analytics.test:18443\\r\\nX-Forwarded-User: alice\\r\\nConnection: close\\r\\n\\r\\n')",
      "print(tls.recv(12).decode())",
    );
    expect(output.trim()).toBe(`HTTP/1.1 ${String(contract.statusOfPageWithoutSignIn)}`);
  });
  const gatewayBeside = async (app: string): Promise<string> => {
    const { gateway, ...containers } = await running();
    const [name = ""] = Object.keys(containers[app]?.NetworkSettings.Networks ?? {});
    return gateway?.NetworkSettings.Networks[name]?.IPAddress ?? "";
  };

  describe("the way out", () => {
    /** Something on this machine that listens on every address, in place of the internet. */
    let server: net.Server;
    const lines = new Set<net.Socket>();
    let port = 0;
    beforeAll(async () => {
      server = net.createServer((socket) => {
        lines.add(socket.end("here"));
      });
      await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
      port = (server.address() as net.AddressInfo).port;
    });
    afterAll(async () => {
      for (const line of lines) line.destroy();
      await new Promise((resolve) => server.close(resolve));
    });

    const door = (host: string): Door => ({ host, port, say: "\n", hear: "here" });
    const machine = (): string[] =>
      Object.entries(os.networkInterfaces())
        .filter(([name]) => !/^(lo|docker|br-|veth)/.test(name))
        .flatMap(([, addresses = []]) =>
          addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address),
        );

    test("an app with egress has one", async () => {
      const doors = machine().map(door);
      expect(doors.length).toBeGreaterThan(0);
      expect(await opened(contract.container("open"), doors)).toHaveLength(doors.length);
    });

    test("an app without has none, neither to another machine nor to another network of this one", async () => {
      const bridge = (await docker.getNetwork("bridge").inspect()) as {
        IPAM: { Config: { Gateway?: string }[] };
      };
      const outside = ([host, to]: [string, number]): Door => ({ host, port: to, say: "\n", hear: "" });
      const doors = [
        ...machine().map(door),
        door(bridge.IPAM.Config[0]?.Gateway ?? "172.17.0.1"),
        ...(
          [
            ["192.0.2.1", 80],
            ["1.1.1.1", 443],
            ["169.254.169.254", 80],
          ] satisfies [string, number][]
        ).map(outside),
      ];
      for (const app of ["limited", "echo"])
        expect([app, await opened(contract.container(app), doors)]).toEqual([app, []]);
    });

    test("an app without does not even reach this machine by the network that it is on", async () => {
      for (const app of ["limited", "echo"] as const) {
        const [network] = Object.values((await running())[app]?.NetworkSettings.Networks ?? {});
        const { IPAM } = (await docker.getNetwork(network?.NetworkID ?? "").inspect()) as {
          IPAM: { Config: { Gateway?: string; Subnet?: string }[] };
        };
        const [config] = IPAM.Config;
        const first = config?.Gateway ?? config?.Subnet?.replace(/\.0\/.*/, ".1") ?? "";
        expect([app, await opened(contract.container(app), [door(first)])]).toEqual([app, []]);
      }
    });
  });
}
