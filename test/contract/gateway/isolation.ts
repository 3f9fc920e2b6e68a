/** Contract 3: no way round the gateway, and no way out for an app without egress. */
import { isIP } from "node:net";
import { appNames, ports } from "../support/apps";
import { type Attempt, connect, place } from "../support/connect";
import type { ContractSite } from "../support/site";
import type { Endpoint, OutsideServer } from "../target";

/** An app answers its health check. */
const toApp = (app: string, endpoint: Endpoint): Attempt => ({
  ...endpoint,
  send: `GET /${app}/_stcore/health HTTP/1.0\r\nHost: analytics.test\r\n\r\n`,
  expect: "\r\n\r\nok",
});

/** Register the tests. */
export function isolation(contract: ContractSite): void {
  const { target } = contract;
  const toApps = async (apps: readonly string[]): Promise<Attempt[]> => {
    const attempts = await Promise.all(
      apps.map(async (app) => (await target.endpointsOf(app)).map((endpoint) => toApp(app, endpoint))),
    );
    return attempts.flat();
  };

  test("an app is not reached from the other apps, by IP address or by name", async () => {
    await Promise.all(
      appNames.map(async (app) => {
        const others = await toApps(appNames.filter((other) => other !== app));
        expect([app, (await connect(contract.inside(app), others)).answered]).toEqual([app, []]);
      }),
    );
    // The attempts succeed where they may: each app reaches itself.
    for (const app of appNames) {
      const findsNames = app === "open" || !target.namesNeedEgress;
      const attempts = (await toApps([app])).filter(({ host }) => findsNames || isIP(host) !== 0);
      expect(attempts.length).toBeGreaterThan(findsNames ? 1 : 0);
      expect((await connect(contract.inside(app), attempts)).answered).toEqual(attempts.map(place));
    }
  });

  test("an app is not reached from outside the site", async () => {
    const attempts = await toApps(appNames);
    await target.fromOutside(async (exec) => {
      expect((await connect(exec, attempts)).answered).toEqual([]);
    });
  });

  test("an app that reaches the gateway needs a sign-in there as well", async () => {
    const endpoints = await target.endpointsOf("gateway");
    const redirects = endpoints.some(({ tls }) => tls);
    const status = (tls: boolean): number =>
      tls || !redirects ? contract.signIn.statusOfPageWithoutSignIn : 308;
    const attempts = endpoints.map((endpoint) => ({
      ...endpoint,
      send: `GET /open/ HTTP/1.1\r\nHost: analytics.test:${ports.https}\r\nX-Forwarded-User: alice\r\nConnection: close\r\n\r\n`,
      expect: `HTTP/1.1 ${String(status(endpoint.tls))} `,
    }));
    expect((await connect(contract.inside("echo"), attempts)).other).toEqual([]);
  });

  describe("the way out", () => {
    let server: OutsideServer;
    beforeAll(async () => {
      server = await target.outsideServer();
    });
    afterAll(() => server.close());
    const toServer = (): Attempt[] =>
      server.endpoints.map((endpoint) => ({ ...endpoint, send: "\n", expect: server.answer }));

    test("an app with egress has one", async () => {
      const attempts = toServer();
      expect(attempts.length).toBeGreaterThan(0);
      expect((await connect(contract.inside("open"), attempts)).answered).toEqual(attempts.map(place));
    });

    test("an app without has none, to any other machine", async () => {
      const elsewhere = (
        [
          ["192.0.2.1", 80],
          ["1.1.1.1", 443],
          // Where clouds hand out credentials.
          ["169.254.169.254", 80],
        ] satisfies [string, number][]
      ).map(([host, port]): Attempt => ({ host, port, tls: false, send: "\n", expect: "" }));
      for (const app of ["limited", "echo"]) {
        const { answered } = await connect(contract.inside(app), [...toServer(), ...elsewhere]);
        expect([app, answered]).toEqual([app, []]);
      }
    });
  });
}
