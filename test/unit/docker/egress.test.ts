/** The way out of apps with `egressTo` as it is registered with Pulumi; test/contract/docker/egress.test.ts goes it. */
import type { SiteArgs } from "../../../index";
import { idOf } from "../mocks";
import { deploy, type Parts } from "./parts";

const hash = "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
const to = (...egressTo: string[]): SiteArgs => ({
  host: "localhost",
  apps: { sales: { image: "sales:1", replicas: 2, egressTo }, closed: { image: "closed:1" } },
  auth: { basic: { users: { anna: hash } } },
});
const list = ["db.example.com:5432", "api.example.com:443", "db.example.com:80"];

let parts: Parts;
beforeAll(async () => ({ parts } = await deploy(to(...list))), 60_000);

const wayOut = "analytics-sales.egress";
const db = `${wayOut}-db.example.com`;
const api = `${wayOut}-api.example.com`;
const all = [wayOut, db, api];

/** What a forwarder passes on: its port → where to. */
function passesOn(of: Parts, name: string): Record<string, string> {
  const config = of.container(name).command?.at(-1) ?? "";
  const map = /map \$server_port \$destination \{\n[^}]*\}/.exec(config)?.[0] ?? "";
  const entries = [...map.matchAll(/^ +(\d+) (\S+);$/gm)].map(
    ([, port = "", to = ""]) => [port, to] as const,
  );
  const listening = [...config.matchAll(/^ +listen (\d+) /gm)].map(([, port]) => port);
  expect(listening).toEqual(entries.map(([port]) => port));
  return Object.fromEntries(entries);
}
const networks = (name: string): { name: string; aliases?: string[] }[] =>
  parts.container(name).networksAdvanced ?? [];

it("is a container for each host, and one with the way out; none for another app", () => {
  expect(
    parts.running
      .map(([name]) => name)
      .filter((name) => name.includes("egress"))
      .sort(),
  ).toEqual([...all].sort());
});

it("has the hosts' names on the app's network, and the way out on none that the app is on", () => {
  const internal = (name: string): boolean => parts.named("Network", name).internal === true;
  expect(networks(db)).toEqual([
    { name: "analytics-sales-0123456", aliases: ["db.example.com"] },
    { name: "analytics-sales.link-0123456" },
  ]);
  expect(networks(api)).toEqual([
    { name: "analytics-sales-0123456", aliases: ["api.example.com"] },
    { name: "analytics-sales.link-0123456" },
  ]);
  expect(networks(wayOut)).toEqual([
    { name: "analytics-sales.link-0123456" },
    { name: "analytics-sales.egress-0123456" },
  ]);
  expect(internal("analytics-sales")).toBe(true);
  expect(internal("analytics-sales.link")).toBe(true);
  expect(internal("analytics-sales.egress")).toBe(false);
  for (const replica of ["analytics-sales", "analytics-sales.2"])
    expect(networks(replica).map(({ name }) => name)).toEqual(["analytics-sales-0123456"]);
  // Nobody else is on its two networks.
  const members = parts.running
    .filter(([, { networksAdvanced = [] }]) =>
      networksAdvanced.some(({ name }) => /\.(link|egress)-0/.test(name)),
    )
    .map(([name]) => name);
  expect(members.sort()).toEqual([...all].sort());
});

it("leads from each host's port to that host and port", () => {
  const out = passesOn(parts, wayOut);
  expect(Object.values(out).sort()).toEqual([...list].sort());
  for (const [host, name] of [
    ["db.example.com", db],
    ["api.example.com", api],
  ] as const) {
    const ports = list.filter((entry) => entry.startsWith(`${host}:`)).map((entry) => entry.split(":")[1]);
    const first = passesOn(parts, name);
    expect(Object.keys(first).sort()).toEqual(ports.sort());
    for (const [port, via] of Object.entries(first)) {
      const [container, inner = ""] = via.split(":");
      expect(container).toBe(idOf(wayOut).slice(0, 12));
      expect(out[inner]).toBe(`${host}:${port}`);
    }
  }
});

it("is hardened, publishes nothing, and listens below 1024 without being root", () => {
  for (const name of all) {
    const container = parts.container(name);
    expect(container).toMatchObject({
      user: "10002:10002",
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      wait: true,
      sysctls: { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.tcp_keepalive_time": "300" },
    });
    expect(container).not.toHaveProperty("ports");
    expect(container).not.toHaveProperty("volumes");
    expect(parts.declaration(name)).toMatchObject({ deleteBeforeReplace: false });
    expect(parts.label(name, "streamlit.app")).toBe("sales");
    expect(parts.label(name, "streamlit.part")).toBe(name.replace("analytics-", ""));
  }
});

it("is there before the app is", () => {
  expect(parts.declaration("analytics-sales")?.dependsOn).toEqual(expect.arrayContaining([db, api]));
});

it("changes nothing but itself with the list, and nothing at all with its order", async () => {
  const { parts: reordered } = await deploy(to(...[...list].reverse()));
  const { parts: changed } = await deploy(to("db.example.com:5432", "other.example.com:443"));
  const others = parts.running.map(([name]) => name).filter((name) => !all.includes(name));
  expect(others).toContain("analytics-sales");
  expect(others).toContain("analytics-gateway");
  for (const name of others) expect(changed.container(name)).toEqual(parts.container(name));
  for (const name of [...others, ...all]) expect(reordered.container(name)).toEqual(parts.container(name));
  expect(passesOn(changed, wayOut)).not.toEqual(passesOn(parts, wayOut));
});

it("leaves an app without it as it is: on its own network, without a way out", async () => {
  const { parts: without } = await deploy(to());
  expect(
    without
      .of("Network")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["analytics-closed", "analytics-gateway", "analytics-sales"]);
  expect(without.container("analytics-sales")).toEqual(parts.container("analytics-sales"));
});
