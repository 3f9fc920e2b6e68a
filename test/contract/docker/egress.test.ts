/** The way out of an app with `egressTo`: to the hosts and ports of the list, and nowhere else. */
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../components/spec/args";
import { leftovers } from "../../../stacks/docker/leftovers";
import type { SiteStatus } from "../../../stacks/site-status";
import { identityProject, removeLeftovers } from "../../leftovers";
import { TestAuthority } from "../../oidc/certificates";
import { type Attempt, connect, place } from "../support/connect";
import type { Exec } from "../target";
import { Checkout } from "./checkout";
import { addressesOf, census, docker, inspectNetwork, python, run, runningParts } from "./docker";
import { buildTestImage, testImage } from "./images";
import { ports } from "./target";

jest.setTimeout(240_000);

const project = "contract-egress";
const [database, api, other] = ["db.egress.test", "api.egress.test", "other.egress.test"];
const authority = new TestAuthority();

/** Answers each connection with its name and the port, at 443 by TLS. */
const server = `
import os, socketserver, ssl, threading
name = os.environ["NAME"]
for file in ("CERTIFICATE", "KEY"):
    open(f"/tmp/{file}", "w").write(os.environ[file])
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(f"{name} at {self.server.server_address[1]}".encode())
        self.request.recv(1)
class Tls(socketserver.ThreadingTCPServer):
    def get_request(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain("/tmp/CERTIFICATE", "/tmp/KEY")
        connection, address = self.socket.accept()
        return context.wrap_socket(connection, server_side=True), address
for port in (5432, 5433, 9000):
    threading.Thread(target=socketserver.ThreadingTCPServer(("", port), Answer).serve_forever).start()
Tls(("", 443), Answer).serve_forever()
`;

const spec = (...egressTo: string[]): SiteArgs => ({
  host: "egress.test",
  ports,
  apps: Object.fromEntries(
    Object.entries({ sales: { egressTo }, closed: {} }).map(([name, egress]) => [
      name,
      {
        image: testImage(project, "versions"),
        environment: { VERSION: "1" },
        resources: { memory: "128Mi", cpu: 0.5 },
        drainTimeout: "0s",
        ...egress,
      },
    ]),
  ),
  auth: { basic: { users: { alice: "a password long enough" } } },
});

/** Any connection counts. */
const any = (host: string, port: number): Attempt => ({ host, port, tls: false, send: "\n", expect: "" });
const answers = (host: string, port: number, name: string): Attempt => ({
  ...any(host, port),
  expect: `${name} at ${port}`,
});

describe("the way out of an app with a list of hosts and ports", () => {
  const checkout = new Checkout(project);
  const servers = new Map<string, { id: string; address: string }>();

  const container = async (part: string): Promise<string> => (await runningParts(project))[part]?.Id ?? "";
  const inside =
    (part: string): Exec =>
    async (...command) =>
      run(await container(part), ...command);
  const outsideNetwork = async (): Promise<string> => {
    const label = [`streamlit.project=${project}`, "streamlit.part=sales.egress"];
    const found = await docker.listNetworks({ filters: JSON.stringify({ label }) });
    return found.find(({ Internal }) => !Internal)?.Name ?? "";
  };
  /** Start a server outside, where the site's way out leads, under a host name. */
  const startServer = async (name: string, host: string): Promise<void> => {
    const network = await outsideNetwork();
    const { certificate, privateKey } = authority.issue(host);
    const made = await docker.createContainer({
      Image: testImage(project, "versions"),
      Entrypoint: ["python3", "-c", server],
      User: "0:0",
      Env: [`NAME=${name}`, `CERTIFICATE=${certificate}`, `KEY=${privateKey}`],
      Labels: { "streamlit.project": identityProject(project) },
      HostConfig: { NetworkMode: network, Init: true },
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [host] } } },
    });
    await made.start();
    const [address = ""] = addressesOf(await made.inspect());
    servers.set(name, { id: made.id, address });
  };
  const stopServer = async (name: string): Promise<void> => {
    await docker.getContainer(servers.get(name)?.id ?? "").remove({ force: true });
    servers.delete(name);
  };
  /** Ask until the answer is the wanted one; the test's own time limit ends it. */
  const until = async (attempt: Attempt, part = "sales"): Promise<void> => {
    for (;;) {
      if ((await connect(inside(part), [attempt])).answered.length === 1) return;
      await delay(200);
    }
  };
  const unreachable = async (part: string, attempts: Attempt[]): Promise<void> => {
    expect(attempts.filter(({ host }) => host === "")).toEqual([]);
    expect([part, await connect(inside(part), attempts)]).toEqual([
      part,
      { answered: [], other: [], unreachable: attempts.map(place) },
    ]);
  };
  const logOf = (part: string): Promise<string> => checkout.standardOutput("logs", part);
  const status = async (): Promise<SiteStatus> =>
    JSON.parse(await checkout.standardOutput("status", "--json")) as SiteStatus;

  beforeAll(async () => {
    await removeLeftovers([`streamlit.project=${identityProject(project)}`]);
    await buildTestImage(project, "versions");
    checkout.configure(spec(`${database}:5432`, `${api}:443`));
    await checkout.run("up");
    await startServer("db", database);
    await startServer("api", api);
    await startServer("other", other);
  });
  afterAll(async () => {
    for (const name of servers.keys()) await stopServer(name);
    await checkout.remove();
    await docker.getImage(testImage(project, "versions")).remove({ force: true });
  });

  test("leads to each of them by its name, TLS from end to end", async () => {
    await until(answers(database, 5432, "db"));
    const { output } = await python(
      await container("sales"),
      "import socket, ssl",
      `context = ssl.create_default_context(cadata=${JSON.stringify(authority.certificate)})`,
      `connection = socket.create_connection((${JSON.stringify(api)}, 443), timeout=20)`,
      `print(context.wrap_socket(connection, server_hostname=${JSON.stringify(api)}).recv(100).decode())`,
    );
    expect(output).toBe("api at 443\n");
  });

  test("does not lead to another port of theirs, to another host, or to what is in between", async () => {
    const parts = await runningParts(project);
    const inOneNetwork = (one: string, other: string): boolean =>
      one.split(".").slice(0, 3).join() === other.split(".").slice(0, 3).join();
    const [own = ""] = addressesOf(parts.sales);
    const hops = (part: string): string[] =>
      addressesOf(parts[part]).filter((address) => !inOneNetwork(address, own));
    expect([hops("sales.egress").length, hops(`sales.egress-${database}`).length]).toEqual([2, 1]);
    // Something listens there, for who is on that network.
    const [link = ""] = hops("sales.egress").filter((address) =>
      hops(`sales.egress-${database}`).some((other) => inOneNetwork(address, other)),
    );
    const passedOn = ["curl", "-s", "-m", "3", "--http0.9", `http://${link}:20002/`];
    expect((await inside(`sales.egress-${database}`)(...passedOn)).output).toContain("db at 5432");
    const [config] = (await inspectNetwork(await outsideNetwork())).IPAM.Config;
    const listening = net.createServer((socket) => socket.destroy()).listen(0, "0.0.0.0");
    await once(listening, "listening");
    try {
      const { port } = listening.address() as net.AddressInfo;
      await unreachable("sales", [
        any(database, 5433),
        any(database, 443),
        any(api, 5432),
        any(other, 9000),
        any("sales.egress", 20001),
        ...[...servers.values()].flatMap(({ address }) => [any(address, 5432), any(address, 9000)]),
        ...hops("sales.egress").flatMap((address) => [any(address, 20001), any(address, 20002)]),
        ...hops(`sales.egress-${database}`).map((address) => any(address, 5432)),
        any(config?.Gateway ?? "", port),
      ]);
    } finally {
      listening.close();
    }
  });

  test("is not the way of another app", async () => {
    const parts = await runningParts(project);
    await unreachable("closed", [
      any(database, 5432),
      ...[...servers.values()].map(({ address }) => any(address, 5432)),
      ...addressesOf(parts[`sales.egress-${database}`]).map((address) => any(address, 5432)),
      ...addressesOf(parts["sales.egress"]).map((address) => any(address, 20001)),
    ]);
  });

  test("does not lead back: what has the way out does not reach the app", async () => {
    const [address = ""] = addressesOf((await runningParts(project)).sales);
    // What answers is looked at: a network may answer in place of hosts that it does not reach.
    const ask = async (part: string, host: string): Promise<string> =>
      (await inside(part)("curl", "-s", "-m", "3", `http://${host}:8501/sales/_stcore/health`)).output;
    for (const host of [address, "app-sales"]) {
      expect(await ask(`sales.egress-${database}`, host)).toBe("ok");
      expect(await ask("sales.egress", host)).not.toBe("ok");
    }
  });

  test("is shown by `status`", async () => {
    const shown = await status();
    expect(shown.well).toBe(true);
    expect(shown.apps).toEqual([
      { app: "sales", egress: `${database}:5432, ${api}:443` },
      { app: "closed", egress: "no" },
    ]);
    expect(shown.parts.map(({ part, health }) => [part, health])).toEqual(
      ["gateway", "sales", "sales.egress", `sales.egress-${api}`, `sales.egress-${database}`, "closed"].map(
        (part) => [part, "healthy"],
      ),
    );
  });

  test("leads to where the name leads, when that changes; meanwhile `logs` names host and port", async () => {
    const before = servers.get("db")?.address;
    await stopServer("db");
    await connect(inside("sales"), [any(database, 5432)]);
    const missing = `${database}:5432 was not reached: its name is not found`;
    while (!(await logOf("sales.egress")).includes(missing)) {
      await connect(inside("sales"), [any(database, 5432)]);
      await delay(200);
    }
    // Its address is taken, so that the next one has another.
    await startServer("in its place", "nobody.egress.test");
    await startServer("new db", database);
    expect(servers.get("new db")?.address).not.toBe(before);
    await until(answers(database, 5432, "new db"));
  });

  test("is there again after a part of it was started anew", async () => {
    for (const part of ["sales.egress", `sales.egress-${database}`]) {
      await docker.getContainer(await container(part)).restart({ t: 1 });
      await until(answers(database, 5432, "new db"));
    }
  });

  test("is another one after an `up`, which leaves the app and the gateway as they are", async () => {
    const ids = async (): Promise<unknown[]> => {
      const parts = await runningParts(project);
      return ["gateway", "sales", "closed"].map((part) => [
        part,
        parts[part]?.Id,
        parts[part]?.State.StartedAt,
      ]);
    };
    const before = await ids();
    checkout.configure(spec(`${database}:5432`, `${other}:9000`));
    expect(await checkout.run("preview")).toContain(
      "app sales: its connections to what `egressTo` lists are cut once",
    );
    // One that is open is cut, and there is always somebody who takes a new one.
    const calls = python(
      await container("sales"),
      "import json, os, socket, time",
      "answered, refused = 0, []",
      "while not os.path.exists('/tmp/stop'):",
      "    time.sleep(0.01)",
      "    try:",
      `        connection = socket.create_connection((${JSON.stringify(database)}, 5432), timeout=20)`,
      "    except OSError as error:",
      "        refused.append(repr(error))",
      "        continue",
      "    try:",
      "        with connection: answered += connection.recv(100) == b'new db at 5432'",
      "    except OSError: pass",
      "print(json.dumps([answered, refused]))",
    );
    await checkout.run("up");
    await run(await container("sales"), "touch", "/tmp/stop");
    const [answered, refused] = JSON.parse((await calls).output) as [number, string[]];
    expect(refused).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(await ids()).toEqual(before);
    await until(answers(other, 9000, "other"));
    await until(answers(database, 5432, "new db"));
    await unreachable("sales", [any(api, 443), any(other, 5432)]);
    expect(await checkout.run("preview")).toMatch(/^Resources:\n +\d+ unchanged$/m);
  });

  test("goes with the site, and is found without a state", async () => {
    for (const name of servers.keys()) await stopServer(name);
    const found = (await leftovers({ project, stack: "test" }, true)).map(
      ({ kind, name }) => `${kind} ${name}`,
    );
    for (const name of ["sales.egress", `sales.egress-${database}`, `sales.egress-${other}`])
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^container .*-${name}-[0-9a-f]{7}$`)));
    for (const name of ["sales", "sales.link", "sales.egress"])
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^network .*-${name}-[0-9a-f]{7}$`)));
    await checkout.run("down");
    expect(await census(project)).toMatchObject({ containers: 0, networks: 0, volumes: 0 });
  });
});
