/** Contract 5: each app has its own guest list. */
import { Refused, type Answer } from "../support/client";
import type { ContractSite } from "../support/site";
import { multipart, StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function guestLists(contract: ContractSite): void {
  const assetOf = async (app: string, user: string): Promise<string> => {
    const page = (await contract.client.request(`${app}/`, { user })).body.toString();
    return `${app}/${/static\/js\/index\.[\w-]+\.js/.exec(page)?.[0] ?? ""}`;
  };
  const expectRefusal = (answer: Answer): void => {
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.headers["www-authenticate"]).toBeUndefined();
    expect(answer.body.toString()).not.toMatch(/streamlit|probe/i);
  };

  test.each([
    ["the page", "/limited/"],
    ["its URL without the slash", "/limited"],
    ["a deep link", "/limited/page?id=1"],
    ["health", "/limited/_stcore/health"],
    ["the host configuration", "/limited/_stcore/host-config"],
    ["a media file", "/limited/media/abc.png"],
    ["an unknown asset", "/limited/static/x.js"],
  ])("not on the list: 403 for %s", async (_kind, path) => {
    expectRefusal(await contract.client.request(path, { user: "bob" }));
  });

  test("the answer names the user", async () => {
    const { body } = await contract.client.request("/limited/", { user: "bob" });
    expect(body.toString()).toMatch(/Signed in as bob ?</);
  });

  test("not on the list: 403 for an upload into another user's session", async () => {
    const session = await StreamlitSession.open(contract.client, "/limited", { user: "alice" });
    const { path } = await session.uploadUrls("file.txt");
    const file = multipart("file.txt", Buffer.from("from bob"));
    expectRefusal(await contract.client.request(path, { method: "PUT", user: "bob", ...file }));
    await session.drop();
  });

  test("not on the list: 403 for the websocket, a resumed session too", async () => {
    const session = await StreamlitSession.open(contract.client, "/limited", { user: "alice" });
    for (const protocols of [["streamlit"], ["streamlit", "x", session.id]]) {
      const refused: unknown = await contract.client
        .socket("/limited/_stcore/stream", {
          user: "bob",
          protocols,
          headers: { Origin: contract.client.origin },
        })
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refused);
      expectRefusal((refused as Refused).answer);
    }
    await session.drop();
  });

  test("an asset that is in the cache is not served either", async () => {
    const asset = await assetOf("/limited", "alice");
    for (const times of [1, 2]) {
      const answer = await contract.client.request(asset, { user: "alice" });
      expect([times, answer.status]).toEqual([times, 200]);
    }
    expectRefusal(await contract.client.request(asset, { user: "bob" }));
    expect((await contract.client.request(asset)).status).toBe(401);
    // The same file of the app that bob may open, in the cache as well.
    expect((await contract.client.request(await assetOf("/open", "bob"), { user: "bob" })).status).toBe(200);
    expectRefusal(await contract.client.request(asset, { user: "bob" }));
  });

  test("a check that is remembered for one list does not count for another", async () => {
    for (const [path, status] of [
      ["/open/", 200],
      ["/limited/", 403],
      ["/", 200],
      ["/limited/", 403],
      ["/open/", 200],
    ] as const)
      expect([path, (await contract.client.request(path, { user: "bob" })).status]).toEqual([path, status]);
  });

  test("the index page names the user and the apps that they may open", async () => {
    const page = async (user: string): Promise<string> => {
      const answer = await contract.client.request("/", { user });
      expect(answer.status).toBe(200);
      return answer.body.toString();
    };
    const ofAlice = await page("alice");
    expect(ofAlice).toMatch(/Signed in as alice ?</);
    expect(ofAlice).toContain('href="/limited/"');
    const ofBob = await page("bob");
    expect(ofBob).toContain('href="/open/"');
    expect(ofBob).not.toContain("limited");
  });

  test("on the list: the page, the websocket and an upload", async () => {
    const session = await StreamlitSession.open(contract.client, "/limited", { user: "alice" });
    expect((await session.page()).user).toMatchObject({ user: "alice" });
    expect((await session.upload("file.txt", Buffer.from("from alice"))).page?.file?.name).toBe("file.txt");
    await session.drop();
  });
}
