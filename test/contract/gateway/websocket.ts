/** Contract 2: from which origins the websocket opens, and for how long it stays open. */
import { once } from "node:events";
import { ports } from "../support/apps";
import { Refused, type Headers } from "../support/client";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function websocket(contract: ContractSite): void {
  const open = async (headers: Headers, app = "/open", stream = "/_stcore/stream"): Promise<number> => {
    try {
      const socket = await contract.client.socket(`${app}${stream}`, {
        user: "alice",
        headers,
        protocols: ["streamlit"],
      });
      socket.terminate();
      await once(socket, "close");
      return 101;
    } catch (error) {
      if (error instanceof Refused) return error.answer.status;
      throw error;
    }
  };

  test.each([
    ["another site", "https://evil.test"],
    ["the site's name on another port", "https://analytics.test"],
    ["the site without TLS", `http://analytics.test:${ports.https}`],
    ["a name that starts like the site's", `https://analytics.test:${ports.https}.evil.test`],
    ["a name that ends like the site's", `https://evilanalytics.test:${ports.https}`],
    ["a sandboxed page", "null"],
    ["nonsense", "*"],
  ])("from %s it is refused with 403", async (_kind, origin) => {
    expect(await open({ Origin: origin })).toBe(403);
    expect(await open({ Origin: origin }, "/echo")).toBe(403);
  });

  test("of an app's own, on another path than Streamlit's, is refused from another site, too", async () => {
    expect(await open({ Origin: "https://evil.test" }, "/echo", "/any/socket")).toBe(403);
  });

  test("from the site itself, and from a program, it opens", async () => {
    expect(await open({ Origin: contract.client.origin })).toBe(101);
    expect(await open({})).toBe(101);
  });

  test("two Origin headers do not slip through", async () => {
    const origins = [contract.client.origin, "https://evil.test"];
    expect(await open({ Origin: origins })).not.toBe(101);
    expect(await open({ Origin: origins.toReversed() })).not.toBe(101);
  });

  test("the app does not see a websocket that the gateway refuses", async () => {
    expect(await open({ Origin: "https://evil.test" })).toBe(403);
    expect(await contract.target.log("open")).not.toContain("Rejecting WebSocket");
  });

  test("nothing but a websocket is upgraded", async () => {
    const answer = await contract.client.request("/echo/any", {
      user: "alice",
      headers: {
        Connection: "Upgrade, HTTP2-Settings",
        Upgrade: "h2c",
        "HTTP2-Settings": "AAMAAABkAAQAAP__",
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).not.toMatch(/"upgrade"/i);
  });

  test("no message of a visitor's stops the app, whatever the app's own settings allow", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    session.askToStop();
    expect((await session.click()).clicks).toBe(1);
    await session.drop();
    const other = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await other.drop();
  });

  test("its time limits in the running gateway are a day", async () => {
    const { config } = contract.target.gatewayFolders;
    const text = await contract.target.readFile("gateway", `${config}/nginx.conf`);
    const locations = text
      .split("location = /")
      .filter((location) => /^\w+\/_stcore\/stream \{[^}]*auth_request /.test(location));
    expect(locations).toHaveLength(3);
    for (const location of locations) {
      expect(location).toMatch(/^[^}]*proxy_read_timeout 1d;[^}]*\}/);
      expect(location).toMatch(/^[^}]*proxy_send_timeout 1d;[^}]*\}/);
    }
    // The app has no part in a sign-in check.
    const asked = /proxy_pass http:\/\/oauth2_proxy\/\S+;\s+proxy_read_timeout 10s;/g;
    for (const [, limit] of text.replace(asked, "").matchAll(/^ +proxy_(?:read|send)_timeout (\S+);/gm))
      expect(["1d", "300s"]).toContain(limit);
  });
}
