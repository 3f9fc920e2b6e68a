/** The configuration of the nginx that passes the connections of apps on, read by other programs than ours. */
import * as fc from "fast-check";
import { forwarderConfig, type Route } from "../../../components/docker/forwarder-config";
import { checkSite } from "../../../components/spec/check";
import type { Destination } from "../../../components/spec/destinations";
import { SiteSpecError } from "../../../components/spec/errors";
import { hostile, nasty } from "../arbitraries";
import { type Directive, everyDirective, PythonTools } from "../python-tools";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

const parsed = (routes: readonly Route[]): Promise<Directive[]> =>
  tools.ask("parse nginx", forwarderConfig(routes, "/tmp"));

function accepted(entry: string): Destination | undefined {
  try {
    const app = { source: "a", egressTo: [entry] };
    const auth = { basic: { generatedUsers: ["anna"] } };
    return checkSite({ host: "a.example.com", apps: { app }, auth }, "docker").apps[0]?.egressTo[0];
  } catch (error) {
    if (error instanceof SiteSpecError) return undefined;
    throw error;
  }
}

/** As `egress.ts` has it, in both kinds of containers. */
const routesTo = ({ host, port }: Destination): Route[] => [
  { port: 20001, to: `${host}:${port}`, name: `${host}:${port}` },
  { port, to: "0123456789ab:20001", name: `${host}:${port}` },
];

/** Names of directives and how many arguments they have. */
function shape(block: Directive[]): string[] {
  return [...everyDirective(block)].map(({ directive, args, around }) =>
    [...around, around.at(-1) === "map" ? "(what is looked up)" : directive, args.length].join(" "),
  );
}

const routes: Route[] = [
  { port: 20001, to: "db.internal:5432", name: "db.internal:5432" },
  { port: 20002, to: "api.example.com:443", name: "api.example.com:443" },
];

describe("a forwarder", () => {
  it("is accepted by nginx", async () => {
    expect(await tools.ask("nginx -t", forwarderConfig(routes, "/tmp"))).toBe("");
  });

  it("listens at these ports and no other, and passes each to its own destination", async () => {
    const all = [...everyDirective(await parsed(routes))];
    const args = (directive: string, within: string): string[][] =>
      all
        .filter((one) => one.directive === directive && one.around.at(-1) === within)
        .map(({ args }) => args);
    expect(args("listen", "server").map(([port]) => port)).toEqual(["20001", "20002"]);
    expect(args("proxy_pass", "server")).toEqual([["$destination"]]);
    for (const { port, to } of routes) expect(args(String(port), "map")).toContainEqual([to]);
    expect(
      all.find(({ directive, args }) => directive === "map" && args[1] === "$destination"),
    ).toMatchObject({
      args: ["$server_port", "$destination"],
      block: [
        { directive: "default", args: [""] },
        { directive: "20001", args: ["db.internal:5432"] },
        { directive: "20002", args: ["api.example.com:443"] },
      ],
    });
  });

  it("looks names up by Docker's DNS server, each time anew, and holds what is idle", async () => {
    const found = Object.fromEntries(
      [...everyDirective(await parsed(routes))].map(({ directive, args }) => [directive, args]),
    );
    expect(found).toMatchObject({
      resolver: ["127.0.0.11", "valid=1s", "ipv6=off"],
      proxy_timeout: ["7d"],
      proxy_connect_timeout: ["10s"],
      proxy_socket_keepalive: ["on"],
      access_log: ["/dev/stdout", "failure", "if=$failed"],
    });
    expect(found.listen).toContain("so_keepalive=on");
    expect(found.log_format?.[1]).toMatch(/^\$name was not reached: /);
  });

  it("keeps its structure whatever the spec says, or the spec is refused", async () => {
    const harmless = shape(await parsed(routesTo({ host: "safe.example.com", port: 5432 })));
    const entries = fc.oneof(
      hostile,
      hostile.map((text) => `${text}:5432`),
      hostile.map((text) => `safe.example.com:${text}`),
      fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65535 })).map((parts) => parts.join(":")),
    );
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(entries, async (entry) => {
        const destination = accepted(entry);
        if (destination === undefined || destination.port === 20001) return;
        kept += 1;
        const block = await parsed(routesTo(destination));
        expect(shape(block)).toEqual(harmless);
        const values = [...everyDirective(block)].filter(
          ({ directive, around }) => directive === "20001" && around.at(-1) === "map",
        );
        expect(values.map(({ args }) => args)).toEqual([[entry], [entry]]);
      }),
      { numRuns: 500, examples: nasty.map((text) => [`safe${text}.example.com:5432`]) },
    );
    expect(kept).toBeGreaterThan(20); // Otherwise this proves nothing but refusals.
  }, 120_000);
});
