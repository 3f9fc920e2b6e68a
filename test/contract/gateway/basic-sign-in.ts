/** Contract 1 and 13 for `basic`: no request gets in without credentials; browsers and programs with them do. */
import { Refused, type Answer } from "../support/client";
import type { BasicSignIn } from "../sign-ins/basic";
import type { ContractSite } from "../support/site";
import { ofTheApp, requests } from "./requests";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function basicSignIn(contract: ContractSite<BasicSignIn>): void {
  const expectRefusal = (answer: Answer, kind = ""): void => {
    expect([kind, answer.status]).toEqual([kind, 401]);
    expect(answer.headers["www-authenticate"]).toBe('Basic realm="Contract tests"');
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.body.toString()).not.toMatch(ofTheApp);
  };

  test.each(requests)("$kind: 401 with the challenge, and nothing of the app", async ({ path, method }) => {
    expectRefusal(await contract.client.request(path, { method }));
  });

  test("the websocket is refused before the upgrade", async () => {
    for (const headers of [{}, { Origin: contract.client.origin }]) {
      const opening = contract.client.socket("/open/_stcore/stream", { headers, protocols: ["streamlit"] });
      const refused = await opening.catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refused);
      expectRefusal((refused as Refused).answer);
    }
  });

  test.each<[kind: string, authorization: (signIn: BasicSignIn) => string]>([
    ["a wrong password", ({ credentials }) => credentials("alice", "not alice's password")],
    ["an empty password", ({ credentials }) => credentials("alice", "")],
    ["the password of another", ({ credentials }) => credentials("alice", contract.signIn.password("bob"))],
    ["an unknown user", ({ credentials }) => credentials("mallory", contract.signIn.password("alice"))],
    ["a name in another case", ({ credentials }) => credentials("Alice", contract.signIn.password("alice"))],
    [
      "a name and a line break",
      ({ credentials }) => credentials("alice\n", contract.signIn.password("alice")),
    ],
    ["a name and a NUL", ({ credentials }) => credentials("alice\0", contract.signIn.password("alice"))],
    ["no colon", () => `Basic ${Buffer.from("alice").toString("base64")}`],
    ["no base64", () => "Basic %%%%"],
    ["another scheme", ({ credentials }) => credentials("alice").replace("Basic", "Bearer")],
  ])("%s: 401", async (_kind, authorization) => {
    const headers = { Authorization: authorization(contract.signIn) };
    expectRefusal(await contract.client.request("/open/", { headers }));
    expectRefusal(await contract.client.request("/limited/", { headers }));
  });

  test("two Authorization headers: refused", async () => {
    const headers = {
      Authorization: [contract.signIn.credentials("alice", "wrong"), contract.signIn.credentials("alice")],
    };
    const answer = await contract.client.request("/open/", { headers });
    expect([400, 401]).toContain(answer.status);
    expect(answer.body.toString()).not.toMatch(ofTheApp);
  });

  test("a wrong password stays wrong beside a right one that is remembered", async () => {
    expect((await contract.client.request("/open/", { user: "bob" })).status).toBe(200);
    const headers = { Authorization: contract.signIn.credentials("bob", "bob's long passwords") };
    expectRefusal(await contract.client.request("/open/", { headers }));
    expectRefusal(await contract.client.request("/open/"));
  });

  test("an answer to a wrong password does not tell whether the user is on the guest list", async () => {
    const guess = (user: string): Promise<Answer> =>
      contract.client.request("/limited/", {
        headers: { Authorization: contract.signIn.credentials(user, "not the password") },
      });
    for (const user of ["alice", "bob", "mallory"]) expect((await guess(user)).status).toBe(401);
  });

  test("guessing passwords is slowed down", async () => {
    const guesses = Array.from({ length: 80 }, (_, guess) =>
      contract.client.request("/open/_stcore/health", {
        headers: { Authorization: contract.signIn.credentials("mallory", `guess ${String(guess)}`) },
      }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 403]));
    // Users who are signed in do not notice.
    expect((await contract.client.request("/open/", { user: "bob" })).status).toBe(200);
  });

  test.each(["alice", "bob", "carol"])("%s gets the page", async (user) => {
    const answer = await contract.client.request("/open/", { user });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain("<title>Streamlit</title>");
  });

  test("an app's URL without the slash leads to it, query and all", async () => {
    const answer = await contract.client.request("/open?a=1&b=%2f", { user: "bob" });
    expect([answer.status, answer.headers.location]).toEqual([308, "/open/?a=1&b=%2f"]);
  });

  test("the websocket opens on a host that is not localhost, and the page comes over it", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    expect((await session.page()).clicks).toBe(0);
    expect((await session.click()).clicks).toBe(1);
    await session.drop();
  });

  test("a program drives the app with an Authorization header alone", async () => {
    const answer = await contract.client.request("/open/_stcore/agent/interact", {
      method: "POST",
      user: "bob",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain("Contract probe");
  });
}
