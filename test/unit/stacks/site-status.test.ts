/** What is said of a site, from what the target and the network tell. */
import { blockedCall, type Observed, siteStatus, type SiteStatus } from "../../../stacks/site-status";
import { ago, statusText } from "../../../stacks/status-text";
import type { PartStatus } from "../../../stacks/target";

const now = Date.parse("2026-11-26T12:00:00Z");
const day = 24 * 3600 * 1000;
const well = (part: string, changes: Partial<PartStatus> = {}): PartStatus => ({
  part,
  state: "running",
  health: "healthy",
  since: "2026-11-26T08:48:00.000Z",
  restarts: 0,
  killedForMemory: false,
  image: "shop:latest 0123456789ab",
  old: false,
  ...changes,
});
const https = { protocol: "https", address: "127.0.0.1", port: 8443 } as const;
const certificate = (days: number): { until: string; issuer: string } => ({
  until: new Date(now + days * day).toISOString(),
  issuer: "CN=an authority",
});
const site: Observed = {
  stack: "dev",
  spec: { host: "localhost", apps: { sales: {} } },
  found: { parts: [well("gateway"), well("sales", { app: "sales" })], endpoints: [https] },
  answers: [{ endpoint: https, certificate: certificate(300) }],
  calls: new Map(),
  expected: ["gateway", "sales"],
};
const withPart = (part: PartStatus): Observed => ({
  ...site,
  found: { ...site.found, parts: [well("gateway"), part] },
});
const of = (observed: Observed): SiteStatus => siteStatus(observed, now);

test("a site of which all is well", () => {
  expect(of(site)).toEqual({
    stack: "dev",
    up: true,
    well: true,
    parts: site.found.parts,
    apps: [{ app: "sales", egress: "no" }],
    endpoints: [https],
    certificate: certificate(300),
    draining: [],
    hints: [],
  });
});

test("a site that is not up has no parts that are missing", () => {
  const status = of({ ...site, found: { parts: [], endpoints: [] }, answers: [] });
  expect(status).toMatchObject({ up: false, well: false, parts: [], hints: [] });
  expect(statusText(status, now)).toBe("stack dev is not up: npm run up brings it up\n");
});

test.each<[string, PartStatus, string]>([
  ["missing", well("other"), "sales is missing: npm run up -- --refresh makes it"],
  [
    "not healthy",
    well("sales", { health: "unhealthy", reason: "assertion failed" }),
    "sales is unhealthy (assertion failed); its log: npm run logs -- sales",
  ],
  [
    "not healthy yet",
    well("sales", { health: "starting" }),
    "sales is starting; its log: npm run logs -- sales",
  ],
  [
    "started over and over for its memory",
    well("sales", { app: "sales", state: "restarting", killedForMemory: true, reason: "exit code 137" }),
    "sales is restarting (exit code 137); it had used up its memory: raise apps.sales.resources.memory; its log: npm run logs -- sales",
  ],
  ["paused", well("sales", { state: "paused" }), "sales is paused; its log: npm run logs -- sales"],
])("a part that is %s", (_, part, hint) => {
  const status = of(withPart(part));
  expect(status.hints).toEqual([hint]);
  expect(status.well).toBe(false);
});

test("a part that was replaced need not be well, and drains", () => {
  const old = well("sales", { app: "sales", health: "unhealthy", old: true });
  const status = of({ ...site, found: { ...site.found, parts: [...site.found.parts, old] } });
  expect(status).toMatchObject({ well: true, draining: ["sales"], hints: [] });
});

test("a part that was killed once and is well again is told of, and no failure", () => {
  const status = of(withPart(well("sales", { killedForMemory: true, restarts: 1 })));
  expect(status).toMatchObject({
    well: true,
    hints: ["sales was ended the last time because it had used up its memory"],
  });
});

test("a published port that does not answer", () => {
  const status = of({ ...site, answers: [{ endpoint: https, error: "ECONNREFUSED" }] });
  expect(status.well).toBe(false);
  expect(status.hints).toEqual([
    expect.stringContaining(
      "nothing answers at https://127.0.0.1:8443 (ECONNREFUSED), though the gateway runs",
    ),
  ]);
});

test.each([
  [0, false, "the certificate has ended: npm run up makes a new one"],
  [-1, false, "the certificate has ended: npm run up makes a new one"],
  [12.5, true, "the certificate ends in 12 days: npm run up makes a new one"],
  [30, true, "the certificate ends in 30 days: npm run up makes a new one"],
  [30.1, true, undefined],
])("a certificate with %s days left", (days, isWell, hint) => {
  const status = of({ ...site, answers: [{ endpoint: https, certificate: certificate(days) }] });
  expect(status.hints).toEqual(hint === undefined ? [] : [hint]);
  expect(status.well).toBe(isWell);
});

test("a certificate of one's own is renewed by hand; the stack is named", () => {
  const spec = { ...(site.spec as object), tls: { provided: {} } };
  const status = of({
    ...site,
    stack: "prod",
    spec,
    answers: [{ endpoint: https, certificate: certificate(3) }],
  });
  expect(status.hints).toEqual([
    "the certificate ends in 3 days: put a new one into tls.provided, then npm run up -- --stack prod",
  ]);
});

test("a call that found no way out names the field, and is no failure of the site", () => {
  const status = of({ ...site, calls: new Map([["sales", "Name or service not known"]]) });
  expect(status).toMatchObject({
    well: true,
    hints: [
      'sales has no egress, and a call of it failed: "Name or service not known". If it is meant to call out: apps.sales.egressTo for the hosts that it needs, or apps.sales.egress for everything',
    ],
  });
});

test("a call beyond what an app may reach tells what that is", () => {
  const spec = { apps: { sales: { egressTo: ["db.example.com:5432", "api.example.com:443"] } } };
  const status = of({ ...site, spec, calls: new Map([["sales", "Name or service not known"]]) });
  expect(status.hints).toEqual([
    expect.stringMatching(
      /^sales has egress to db\.example\.com:5432, api\.example\.com:443 alone, and a call of it failed: /,
    ),
  ]);
});

test.each([
  [{ egress: true }, "yes"],
  [{ egress: false }, "no"],
  [{}, "no"],
  [{ egressTo: [] }, "no"],
  [{ egressTo: ["db.internal:5432", "api.example.com:443"] }, "db.internal:5432, api.example.com:443"],
])("the way out of an app with %j", (sales, shown) => {
  expect(of({ ...site, spec: { apps: { sales } } }).apps).toEqual([{ app: "sales", egress: shown }]);
});

test.each([undefined, null, [], "text", { apps: null }, { apps: { sales: null } }])(
  "a stack's file with %j is no reason to fail",
  (spec) => {
    expect(of({ ...site, spec }).parts).toHaveLength(2);
  },
);

test.each([
  ["socket.gaierror: [Errno -3] Temporary failure in name resolution", true],
  ["OSError: [Errno 101] Network is unreachable", true],
  ["psycopg2.OperationalError: could not translate host name", true],
  ["ConnectionRefusedError: [Errno 111] Connection refused", false],
  ["all is well", false],
])("of the log line %j it is %j that a call found no way out", (line, blocked) => {
  expect(blockedCall(line)).toBe(blocked ? line : undefined);
});

test("of a long line the end is shown", () => {
  expect(blockedCall(`${"x".repeat(500)} Network is unreachable`)).toMatch(/^…x+ Network is unreachable$/);
});

test("the table", () => {
  const parts = [
    well("gateway"),
    well("sales", { app: "sales", restarts: 3, killedForMemory: true }),
    well("sales", { app: "sales", old: true, since: "2026-11-24T11:00:00.000Z" }),
  ];
  const status = of({ ...site, found: { ...site.found, parts }, answers: [...site.answers] });
  expect(`\n${statusText(status, now)}`).toBe(`
PART     STATE                           SINCE       RESTARTS  EGRESS  IMAGE
gateway  healthy                         3 h 12 min  0                 shop:latest 0123456789ab
sales    healthy, was killed for memory  3 h 12 min  3         no      shop:latest 0123456789ab
sales    healthy, old                    2 d 1 h     0         no      shop:latest 0123456789ab

https://127.0.0.1:8443: answers
certificate: until 2027-09-22, signed by CN=an authority
draining: sales (the old one stays until nobody has it open, or drainTimeout is over)
! sales was ended the last time because it had used up its memory
`);
});

test.each([
  [0, "0 s"],
  [59_000, "59 s"],
  [60_000, "1 min"],
  [61_000, "1 min 1 s"],
  [3600_000, "1 h"],
  [3600_000 + 59_000, "1 h"],
  [day + 3 * 3600_000, "1 d 3 h"],
  [-5000, "0 s"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(ago(milliseconds)).toBe(text);
});
