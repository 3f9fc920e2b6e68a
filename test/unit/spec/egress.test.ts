/** What an app may be given a way to. */
import * as fc from "fast-check";
import type { AppArgs, SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import type { App } from "../../../components/spec/site";
import { hostile } from "../arbitraries";

function spec(app: Partial<AppArgs>): SiteArgs {
  return {
    host: "site.example.com",
    apps: { sales: { source: "a", ...app }, other: { source: "b" } },
    auth: { basic: { generatedUsers: ["anna"] } },
  };
}

const checked = (app: Partial<AppArgs>): App | undefined => checkSite(spec(app), "docker").apps[0];

function faults(app: Partial<AppArgs>): string[] {
  try {
    checked(app);
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("egressTo", () => {
  it("is hosts and ports, and not everything", () => {
    const egressTo = ["db.internal:5432", "api.example.com:443", "xn--mnchen-3ya.de:65535", "1a.a-b.c3:1"];
    expect(checked({ egressTo })).toMatchObject({
      egress: false,
      egressTo: [
        { host: "db.internal", port: 5432 },
        { host: "api.example.com", port: 443 },
        { host: "xn--mnchen-3ya.de", port: 65535 },
        { host: "1a.a-b.c3", port: 1 },
      ],
    });
    expect(checked({ egress: false, egressTo })?.egressTo).toHaveLength(4);
  });

  it("may be empty, which is the default", () => {
    expect(checked({ egressTo: [] })).toEqual(checked({}));
    expect(checked({})).toMatchObject({ egress: false, egressTo: [] });
    expect(checked({ egress: true })).toMatchObject({ egress: true, egressTo: [] });
  });

  it("may have several ports of one host", () => {
    expect(faults({ egressTo: ["db.internal:5432", "db.internal:443"] })).toEqual([]);
  });

  it("goes without egress: true, and the fault says what to drop", () => {
    expect(faults({ egress: true, egressTo: ["db.internal:5432"] })).toEqual([
      "apps.sales.egressTo: goes without `egress: true`, which lets the app reach everything: drop `egress` to keep it to these, or drop `egressTo`",
    ]);
    expect(faults({ egress: true, egressTo: [] })).toHaveLength(1);
  });

  const ip =
    "must not be an IP address, to which a network without a way out has no route: give the host a name in DNS";
  const port = "the port must be 1–65535";
  const general = "must be a host name and a port, for instance db.example.com:5432";
  const full = "needs the host's full name: no search domain is tried, for instance db.example.com:5432";
  it.each<[string, string]>([
    ["db.internal", "needs the port after the host, for instance db.example.com:5432"],
    ["db.internal:", "needs the port after the host, for instance db.example.com:5432"],
    ["db.internal:0", port],
    ["db.internal:65536", port],
    ["db.internal:99999999999999999999", port],
    ["db.internal:05432", port],
    ["db.internal:-1", port],
    ["db.internal:5432-5440", port],
    ["db.internal:postgres", port],
    ["db.internal: 5432", port],
    ["db.internal:5432\n", port],
    ["db.internal:5432;", port],
    ["10.0.0.5:5432", ip],
    ["10.0.0.5", ip],
    ["::1", ip],
    ["[2001:db8::1]:5432", ip],
    ["2001:db8::1:5432", ip],
    ["10.0.0.0/8:5432", general],
    ["10.0.5:5432", general],
    ["0x7f.0x1:5432", general],
    [
      "*:443",
      "must name one host: a wildcard stands for hosts that nobody knows, for instance db.example.com:5432",
    ],
    [
      "*.example.com:443",
      "must name one host: a wildcard stands for hosts that nobody knows, for instance db.example.com:5432",
    ],
    ["https://api.example.com", "must have no scheme: a host and a port, for instance db.example.com:5432"],
    [
      "postgresql://db.internal:5432/sales",
      "must have no scheme: a host and a port, for instance db.example.com:5432",
    ],
    ["api.example.com/v1:443", general],
    ["anna@db.internal:5432", general],
    ["DB.internal:5432", "must be in lower case and ASCII: db.internal"],
    ["bücher.example:443", "must be in lower case and ASCII: xn--bcher-kva.example"],
    ["db.internal.:5432", general],
    [".internal:5432", general],
    ["db..internal:5432", general],
    ["-db.internal:5432", general],
    ["my_db.internal:5432", general],
    ["a:b:c", general],
    ["", general],
    [":5432", general],
    [`${"x".repeat(64)}.internal:5432`, general],
    [`${"x.".repeat(126)}yy:5432`, general],
    ["db:5432", full],
    ["egress:20001", full],
    ["0123456789ab:8501", full],
    ["localhost:5432", "must be another host: localhost is the app's own container"],
    ["db.localhost:5432", "must be another host: localhost is the app's own container"],
    ["redis:6379", "must be another host: redis is a part of the site itself"],
    ["oauth2-proxy:4180", "must be another host: oauth2-proxy is a part of the site itself"],
    ["gateway:8443", "must be another host: gateway is a part of the site itself"],
    ["app-sales:8501", "must be another host: app-sales is a part of the site itself"],
    ["app-other:8501", "must be another host: app-other is a part of the site itself"],
  ])("must not have %j", (entry, message) => {
    expect(faults({ egressTo: ["db.example.com:1", entry] })).toEqual([`apps.sales.egressTo[1]: ${message}`]);
  });

  it("has each once", () => {
    expect(faults({ egressTo: ["a.example:1", "b.example:1", "a.example:1"] })).toEqual([
      "apps.sales.egressTo[2]: a.example:1 is there already, as egressTo[0]",
    ]);
  });

  it("has at most 16, all of whose faults are told at once", () => {
    const hosts = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `h${index}.example:1`);
    expect(faults({ egressTo: hosts(16) })).toEqual([]);
    expect(faults({ egressTo: ["x", ...hosts(15), "localhost:1"] })).toEqual([
      "apps.sales.egressTo: must have at most 16 entries",
      expect.stringMatching(/^apps\.sales\.egressTo\[0\]: /),
      expect.stringMatching(/^apps\.sales\.egressTo\[16\]: /),
    ]);
  });

  it.each<[unknown]>([["db.internal:5432"], [true], [{ to: [] }], [null]])("is no %j", (egressTo) => {
    expect(faults({ egressTo } as never)).toEqual(["apps.sales.egressTo: must be an array"]);
  });

  it("has strings", () => {
    expect(faults({ egressTo: [5432, { host: "db" }] } as never)).toHaveLength(2);
  });

  it("is taken as it is written, or refused, whatever is written", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((text) => `${text}:5432`),
        ),
        (entry) => {
          if (faults({ egressTo: [entry] }).length > 0) return;
          const [destination] = checked({ egressTo: [entry] })?.egressTo ?? [];
          expect(`${destination?.host}:${destination?.port}`).toBe(entry);
          expect(destination?.host).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
        },
      ),
    );
  });
});
