import Docker from "dockerode";
import { count, openLive, session } from "./live";
import { onStage, scenario, spec, users } from "./stage";
import { until, type Visit } from "./visit";

/** What visitors notice when parts of the site stop, start and change. The last of these changes a password for good. */
export function changes(): void {
  describe("while the site changes", () => {
    scenario("a page survives a restart of the gateway with its state", async (open) => {
      const visit = await open(users.demo);
      toleratesDrop(visit);
      await openLive(visit, "demo");
      await count(visit, 1);
      await count(visit, 2);
      const before = await session(visit);
      await container("gateway").restart({ t: 5 });
      await reconnected(visit);
      await count(visit, 3);
      expect(await session(visit)).toBe(before);
    });

    scenario("an app that is down says so, and comes back by itself", async (open) => {
      const visit = await open(users.demo);
      visit.expectProblem(/^50[234] /);
      await container("explorer").stop({ t: 5 });
      try {
        expect([502, 504]).toContain((await visit.go("/explorer/compare?country=Japan")).status());
        await visit.sees("The app does not answer");
      } finally {
        await container("explorer").start();
      }
      await visit.sees("Life expectancy of Japan");
    });

    scenario(
      "a page of another site cannot open the websocket with the visitor's credentials",
      async (open) => {
        const visit = await open(users.demo);
        visit.expectProblem(/^console error: WebSocket connection to \S+ failed: .*response code: 403$/);
        visit.alsoKnows("elsewhere.test");
        await openLive(visit, "demo");
        await visit.context.grantPermissions(["local-network-access"]);
        await visit.page.route("https://elsewhere.test/", (route) =>
          route.fulfill({ contentType: "text/html", body: "<h1>Elsewhere</h1>" }),
        );
        await visit.page.goto("https://elsewhere.test/");
        const address = `${onStage().outputs.url.replace("https:", "wss:")}/live/_stcore/stream`;
        const result = await visit.page.evaluate(`new Promise((resolve) => {
        const socket = new WebSocket(${JSON.stringify(address)});
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      })`);
        expect(result).toBe("refused");
      },
    );

    scenario("a new password of one user leaves the others at work", async (open) => {
      const [demo, guest] = [await open(users.demo), await open(users.guest)];
      for (const visit of [demo, guest]) toleratesDrop(visit);
      guest.expectProblem(/^(401|net::ERR_INVALID_AUTH_CREDENTIALS) /);
      guest.expectProblem(/^console error: .* status 401\b/);
      await openLive(demo, "demo");
      await openLive(guest, "guest");
      await count(demo, 1);
      await count(guest, 1);
      const before = await session(demo);

      const password = "the new password of guest";
      await onStage().up(spec({ demo: users.demo.password, guest: password }));
      await reconnected(demo);
      await count(demo, 2);
      expect(await session(demo)).toBe(before);

      const answer = guest.page.waitForResponse((response) => response.url().endsWith("/live/"));
      await guest.go("/live/").catch(() => undefined);
      expect((await answer).status()).toBe(401);
      expect(guest.sockets.filter(({ status }) => status === 101)).toHaveLength(1);

      const again = await open({ user: "guest", password });
      await openLive(again, "guest");
      await count(again, 1);
    });
  });
}

function container(part: string): Docker.Container {
  const name = onStage().outputs.containers[part];
  if (name === undefined) throw new Error(`the site has no container for ${part}`);
  return new Docker().getContainer(name);
}

/** What a page says and tries while its connection is down. */
export function toleratesDrop(visit: Visit): void {
  visit.expectProblem(/^console warning: WebSocket onclose: code=(1006|1012) /);
  visit.expectProblem(/^console error: Cannot send rerun backMessage when disconnected from server\.$/);
  visit.expectProblem(/^console error: WebSocket connection to \S+ failed/);
  visit.expectProblem(/^net::\S+ \S+\/_stcore\/(health|host-config)$/);
}

/** Wait until the page has a connection again. */
export async function reconnected(visit: Visit): Promise<void> {
  await until("a second websocket", () => {
    const [first, ...more] = visit.sockets;
    return first?.closed === true && more.some(({ status, closed }) => status === 101 && !closed);
  });
}
