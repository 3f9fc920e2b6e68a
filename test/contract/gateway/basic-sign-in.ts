/** Contract 1 and 13 for `basic`: no request gets in without credentials; browsers and programs with them do. */
import { setTimeout as delay } from "node:timers/promises";
import { Refused, type Answer } from "../support/client";
import { PasswordCheck } from "../support/password-check";
import type { BasicSignIn } from "../sign-ins/basic";
import type { ContractSite } from "../support/site";
import { ofTheApp, requests } from "./requests";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function basicSignIn(contract: ContractSite<BasicSignIn>): void {
  const checker = new PasswordCheck(contract.target);
  const guess = (user: string, password: string): Promise<Answer> =>
    contract.client.request("/open/_stcore/health", {
      headers: { Authorization: contract.signIn.credentials(user, `guess ${password}`) },
    });
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
    // No faster than an address may try again and again.
    await delay(500);
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

  test("what the gateway remembers of a check has no password, nor what a browser sends for it", async () => {
    for (const user of ["alice", "bob"])
      expect((await contract.client.request("/open/", { user })).status).toBe(200);
    const { scratch } = contract.target.gatewayFolders;
    const { output } = await contract.target.exec(
      "gateway",
      "sh",
      "-c",
      `find ${scratch}/auth ${scratch}/passwords -type f -exec cat {} +`,
    );
    expect(output).toMatch(/^KEY: /m);
    expect(output).toContain("X-Auth-Request-User: alice");
    for (const [what, secret] of await contract.signIn.hidden())
      expect([what, output.includes(secret)]).toEqual([what, false]);
    // The challenge of a wrong password is there: `Basic realm=…`.
    expect(output).not.toMatch(/Basic (?!realm=)/);
  });

  // From here on, the limits of this machine's address are used up: the others have signed in before.
  test("a name that nobody has costs the same check as one that somebody has", async () => {
    const cost = async (name: string): Promise<number> => {
      const before = await checker.spent();
      for (let attempt = 0; attempt < 2; attempt++)
        expect((await guess(name, String(attempt))).status).toBe(401);
      return (await checker.spent()) - before;
    };
    const [known, unknown] = [await cost("bob"), await cost("nobody-has-it")];
    expect(known).toBeGreaterThan(2);
    expect([known, unknown, unknown > known / 2, unknown < known * 2]).toEqual([known, unknown, true, true]);
  });

  test("while passwords are checked, nobody waits who does not sign in at that moment", async () => {
    await checker.signal("STOP");
    try {
      const waiting = guess("alice", "while it stands still");
      for (const user of ["alice", "bob", "carol"])
        expect((await contract.client.request("/open/", { user })).status).toBe(200);
      expect((await contract.client.request("/healthz")).status).toBe(200);
      expectRefusal(await contract.client.request("/open/"));
      await checker.signal("CONT");
      expectRefusal(await waiting);
    } finally {
      await checker.signal("CONT");
    }
  });

  test("guessing passwords: 429 for what is too much, and nothing of it for who is signed in", async () => {
    // Who is signed in is remembered.
    expect((await contract.client.request("/open/", { user: "bob" })).status).toBe(200);
    const guesses = Promise.all(Array.from({ length: 60 }, (_, index) => guess("mallory", String(index))));
    expect((await contract.client.request("/open/", { user: "bob" })).status).toBe(200);
    const answers = await guesses;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    for (const { headers, body } of answers.filter(({ status }) => status === 429)) {
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
      expect(headers["www-authenticate"]).toBeUndefined();
      expect(body.toString()).toContain("Too many attempts");
      expect(body.toString()).not.toMatch(ofTheApp);
    }
    expect((await contract.client.request("/open/", { user: "bob" })).status).toBe(200);
  });

  test("too many attempts open no websocket either, and that of who is signed in opens", async () => {
    const opening = contract.client.socket("/open/_stcore/stream", {
      headers: {
        Authorization: contract.signIn.credentials("mallory", "once more"),
        Origin: contract.client.origin,
      },
      protocols: ["streamlit"],
    });
    const refused = await opening.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect([401, 429]).toContain((refused as Refused).answer.status);
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    await session.drop();
  });
}
