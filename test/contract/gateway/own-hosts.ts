/** Apps with hosts of their own: the contract holds there, and the other hosts of the site are foreign to them. */
import { ownHostsOfApps } from "../support/apps";
import { type Answer, Refused, type SiteClient, statusOf } from "../support/client";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function ownHosts(contract: ContractSite): void {
  let own: SiteClient;
  let other: SiteClient;
  beforeAll(async () => {
    own = await contract.clientAt(ownHostsOfApps.own, "alice", "bob");
    other = await contract.clientAt(ownHostsOfApps.other, "alice", "bob");
  });

  const handshake = (client: SiteClient, origin: string): Promise<number> =>
    client
      .socket("/_stcore/stream", { user: "alice", headers: { Origin: origin }, protocols: ["streamlit"] })
      .then(
        (socket) => {
          socket.terminate();
          return 101;
        },
        (error: unknown) => (error instanceof Refused ? error.answer.status : 0),
      );

  test("the outputs and the index page lead there, those on the guest list", async () => {
    const { apps } = contract.target.outputs;
    expect([apps.own, apps.other]).toEqual([`${own.origin}/`, `${other.origin}/`]);
    const page = async (user: string): Promise<string> =>
      (await contract.client.request("/", { user })).body.toString();
    expect(await page("alice")).toContain(`href="${own.origin}/"`);
    expect(await page("bob")).not.toContain(own.host);
    expect(await page("bob")).toContain(`href="${other.origin}/"`);
  });

  test("Streamlit works there, and knows who is signed in", async () => {
    const session = await StreamlitSession.open(own, "", { user: "alice" });
    const { user, headers } = await session.page();
    expect(user).toMatchObject({ user: "alice" });
    expect(headers.host).toEqual([own.authority]);
    expect((await session.click()).clicks).toBe(1);
    expect((await session.upload("file.txt", Buffer.from("x"))).page?.file?.name).toBe("file.txt");
    await session.drop();
  });

  test("its guest list counts, the websocket's and an asset's too", async () => {
    for (const path of ["/", "/_stcore/health", "/static/x.js", "/_stcore/stream"])
      expect([path, (await own.request(path, { user: "bob" })).status]).toEqual([path, 403]);
    expect((await other.request("/", { user: "bob" })).status).toBe(200);
  });

  test("nobody gets in without signing in", async () => {
    expect((await own.request("/")).status).toBe(contract.signIn.statusOfPageWithoutSignIn);
    for (const path of ["/_stcore/health", "/static/x.js", "/_stcore/stream"])
      expect([path, (await own.request(path)).status]).toEqual([path, 401]);
    for (const path of ["/_stcore/metrics", "/_gateway/auth/own", "/_gateway/sign_out"])
      expect([path, (await own.request(path)).status]).toEqual([path, 404]);
  });

  test("identity cannot be forged, and no cookie of the sign-in reaches the app", async () => {
    const answer = await other.request("/x", {
      user: "bob",
      headers: { "X-Forwarded-User": "alice", "X-Forwarded-Host": "evil.test", Cookie: "mine=1" },
    });
    const { headers } = JSON.parse(answer.body.toString()) as { headers: [string, string][] };
    const sent = (name: string): string[] =>
      headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
    expect(sent("x-forwarded-user")).toEqual(["bob"]);
    expect(sent("x-forwarded-host")).toEqual([other.authority]);
    expect(sent("host")).toEqual([other.authority]);
    expect(sent("cookie").join()).toMatch(/mine=1/);
    expect(JSON.stringify(headers)).not.toContain("oauth2_proxy");
  });

  test("the websocket is for pages of the app's own host, and the site's for pages of the site's", async () => {
    expect(await handshake(own, own.origin)).toBe(101);
    for (const origin of [contract.client.origin, other.origin, `https://${own.host}`, "null"])
      expect([origin, await handshake(own, origin)]).toEqual([origin, 403]);
    for (const origin of [own.origin, other.origin]) {
      const opening = contract.client.socket("/open/_stcore/stream", {
        user: "alice",
        headers: { Origin: origin },
        protocols: ["streamlit"],
      });
      await expect(opening).rejects.toMatchObject({ answer: { status: 403 } });
    }
  });

  // To browsers they are one site, so that SameSite=Lax does not keep the cookies from these.
  test.each<[string, Record<string, string>, string?]>([
    ["fetches it", { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }],
    ["loads it as a script", { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script" }],
    ["frames it", { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" }],
    ["sends it a form", { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }, "POST"],
  ])("a page of another host of the site that %s is refused", async (_what, headers, method = "GET") => {
    const from = (client: SiteClient, path: string): Promise<Answer> =>
      client.request(path, { user: "alice", method, headers: { ...headers, "Sec-Fetch-Site": "same-site" } });
    expect((await from(own, "/page")).status).toBe(403);
    expect((await from(contract.client, "/open/page")).status).toBe(403);
  });

  test("a link from another host of the site opens the page, which nothing but itself may frame", async () => {
    const headers = {
      "Sec-Fetch-Site": "same-site",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    };
    const answer = await own.request("/page", { user: "alice", headers });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-frame-options"]).toBe("SAMEORIGIN");
    expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'self'");
    expect(answer.headers["cross-origin-opener-policy"]).toBe("same-origin-allow-popups");
  });

  test("no host takes a service worker", async () => {
    for (const client of [own, other, contract.client])
      expect(
        (await client.request("/x.js", { user: "alice", headers: { "Service-Worker": "script" } })).status,
      ).toBe(403);
  });

  test("where the app would be at the site's host leads there, those on its guest list", async () => {
    for (const [path, place] of [
      ["/own", "/"],
      ["/own/", "/"],
      ["/own/page?a=1&b=%20x", "/page?a=1&b=%20x"],
      ["/own//evil.test/", undefined],
    ]) {
      const { status, headers } = await contract.client.request(path ?? "", { user: "alice" });
      expect([path, status, headers.location]).toEqual(
        place === undefined ? [path, 400, undefined] : [path, 308, `${own.origin}${place}`],
      );
    }
    expect((await contract.client.request("/own/", { user: "bob" })).status).toBe(403);
  });

  test("plain HTTP leads to the same page there", async () => {
    const { status, headers } = await own.plain("/page?a=1");
    expect([status, headers.location]).toEqual([308, `${own.origin}/page?a=1`]);
  });

  test("the certificate is for these hosts, and for no other below", async () => {
    for (const client of [own, other]) expect((await client.request("/healthz")).status).toBe(200);
    const stranger = await contract.clientAt(`third.${contract.client.host}`);
    await expect(stranger.request("/healthz")).rejects.toThrow(/unrecognized name|ECONNRESET/i);
    const answer = await own.raw(
      `GET / HTTP/1.1\r\nHost: ${stranger.authority}\r\n${own.headerLine("alice")}\r\nConnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(421);
  });

  test("another app's path is none there", async () => {
    const answer = await other.request("/open/", { user: "alice" });
    expect(answer.body.toString()).toContain('"line": "GET /open/ HTTP/1.1"');
  });

  test("Streamlit's own list of hosts agrees", async () => {
    const { output } = await contract.python(
      "own",
      "import urllib.request as u, urllib.error as e",
      `for host in ['${own.host}', '${contract.client.host}', '${other.host}']:`,
      "    r = u.Request('http://127.0.0.1:8501/_stcore/agent/interact', b'{}', {'Host': host})",
      "    try: print(host, u.urlopen(r).status)",
      "    except e.HTTPError as error: print(host, error.code)",
    );
    expect(output).toContain(`${own.host} 200`);
    for (const { host } of [contract.client, other]) expect(output).toContain(`${host} 403`);
  });
}
