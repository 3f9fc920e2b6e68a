/** Contract 1 for `oidc`: no request gets in without a sign-in at the provider, which leads to the page asked for. */
import { accounts } from "../../oidc/provider/accounts";
import { cookieHeader } from "../../oidc/sign-in";
import { ports } from "../support/apps";
import { Refused, type Answer } from "../support/client";
import type { OidcSignIn } from "../sign-ins/oidc";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";
import { oauth2Proxies } from "./oauth2-proxies";
import { ofTheApp, requests } from "./requests";

const sessionCookie = new RegExp(`^__Host-oauth2_proxy_${ports.https}(_\\d)?=[^;]`);

/** Register the tests. */
export function oidcSignIn(contract: ContractSite<OidcSignIn>): void {
  const expectPlainRefusal = (answer: Answer): void => {
    expect(answer.status).toBe(401);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.body.toString()).not.toMatch(ofTheApp);
  };

  test.each(requests.filter(({ page }) => page))(
    "$kind: sent to the provider, with PKCE and a nonce, and nothing of the app",
    async ({ path }) => {
      for (const headers of [{}, { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site" }]) {
        const answer = await contract.client.request(path, { headers });
        expect(answer.status).toBe(302);
        const location = new URL(answer.headers.location ?? "");
        expect(location.origin).toBe(contract.signIn.provider.issuer);
        expect(Object.fromEntries(location.searchParams)).toMatchObject({
          client_id: "site",
          code_challenge_method: "S256",
          code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
          nonce: expect.stringMatching(/^[\w-]{20,}$/) as string,
          redirect_uri: `${contract.client.origin}/oauth2/callback`,
          response_type: "code",
        });
        expect(answer.body.toString()).not.toMatch(ofTheApp);
        for (const cookie of answer.headers["set-cookie"] ?? [])
          expect(cookie).toMatch(/^__Host-[^=]+_csrf=.*; HttpOnly; Secure; SameSite=Lax/);
      }
    },
  );

  test.each(requests.filter(({ page }) => !page))("$kind: a plain 401", async ({ path, method }) => {
    expectPlainRefusal(await contract.client.request(path, { method }));
  });

  test.each([
    ["a script of a page", { "Sec-Fetch-Mode": "cors" }],
    ["an image of a page", { "Sec-Fetch-Mode": "no-cors" }],
    ["a program that has a token", { Authorization: "Bearer x" }],
    ["a program that has a password", { Authorization: "Basic eDp5" }],
  ])("a page that %s asks for: a plain 401", async (_kind, headers) => {
    expectPlainRefusal(await contract.client.request("/open/", { headers }));
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s to a page: a plain 401", async (method) => {
    expectPlainRefusal(await contract.client.request("/open/", { method, body: "x" }));
  });

  test("the websocket is refused before the upgrade", async () => {
    for (const headers of [{}, { Origin: contract.client.origin }]) {
      const opening = contract.client.socket("/open/_stcore/stream", { headers, protocols: ["streamlit"] });
      const refused = await opening.catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refused);
      expectPlainRefusal((refused as Refused).answer);
    }
  });

  test.each([
    "/open/",
    "/open",
    "/open/page?a=1&b=2",
    "/open/page?next=https://example.com//x&empty=&q=%20%2F%26",
    "/open/page?rd=/echo/&state=x&code=y&error=z",
    "/",
  ])("from %s one comes to that page", async (path) => {
    const { last, steps } = await contract.signIn.signInAs("bob", path);
    expect([last.status, last.url.replace(/\/open($|\?)/, "/open/$1")]).toEqual([
      200,
      `${contract.client.origin}${path.replace(/\/open$/, "/open/")}`,
    ]);
    // There, and back: no page in between that says nothing.
    expect(steps.filter(({ url }) => url.startsWith(contract.client.origin)).length).toBeLessThanOrEqual(4);
  });

  test("two pages may be on their way at once", async () => {
    const first = await contract.client.request("/open/page?id=1");
    const second = await contract.client.request("/open/page?id=2", {
      headers: {
        Cookie: (first.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; "),
      },
    });
    const names = [first, second].flatMap(({ headers }) =>
      (headers["set-cookie"] ?? []).map((cookie) => cookie.split("=")[0]),
    );
    expect(new Set(names).size).toBe(2);
  });

  test("the session's cookie is for this host alone, and no script reads it", async () => {
    const { steps } = await contract.signIn.signInAs("bob");
    const set = steps.flatMap(({ headers }) => headers["set-cookie"] ?? []);
    const session = set.filter((cookie) => sessionCookie.test(cookie));
    expect(session.length).toBeGreaterThan(0);
    for (const cookie of session) {
      expect(cookie).toMatch(/; Path=\/; /);
      // None only where a page of another site may show an app in a frame.
      expect(cookie).toMatch(new RegExp(`; HttpOnly; Secure; SameSite=${contract.signIn.sameSite}$`));
      expect(cookie).not.toMatch(/domain=/i);
    }
  });

  test.each([
    ["whose e-mail is in another domain", "carol"],
    ["whose e-mail is not verified", "unverified"],
  ])("a user %s does not get in", async (_kind, user) => {
    const { last, jar } = await contract.signIn.signInAs(user, "/open/");
    expect([403, 500]).toContain(last.status);
    expect(last.url).toMatch(/\/oauth2\/callback\?/);
    expect(last.body.toString()).toMatch(/You are not signed in|does not work at the moment/);
    expect(last.body.toString()).not.toMatch(/bulma|oauth2 proxy|Error/i);
    const cookie = cookieHeader(jar, contract.client.origin);
    expect(
      (await contract.client.request("/open/_stcore/health", { headers: { Cookie: cookie } })).status,
    ).toBe(401);
  });

  test.each([
    ["without a state", ""],
    ["with a state that the gateway never gave out", "?code=x&state=abc%3A%2F"],
    ["with an error of the provider", "?error=access_denied&error_description=<script>x</script>"],
  ])("an answer of the provider %s is refused, on a page of the gateway's own", async (_kind, query) => {
    const answer = await contract.client.request(`/oauth2/callback${query}`);
    expect([400, 403, 500]).toContain(answer.status);
    expect(answer.body.toString()).toMatch(/Try again/);
    expect(answer.body.toString()).not.toMatch(/<script|access_denied|csrf/i);
    expect((answer.headers["set-cookie"] ?? []).filter((cookie) => sessionCookie.test(cookie))).toEqual([]);
  });

  test("an answer of the provider that is of no use leaves no session in a log", async () => {
    const cookie = contract.client.signedIn("alice").Cookie ?? "";
    for (const query of ["?code=x&state=abcdefghijk%3A%2F", "?state=", ""])
      await contract.client.request(`/oauth2/callback${query}`, {
        headers: { Cookie: `${cookie}; other=of-the-visitor` },
      });
    const written = await contract.target.log("oauth2-proxy");
    expect(written).toContain("abcdefgh");
    expect(written).not.toContain(cookie.split("=")[1]);
    expect(written).not.toContain("of-the-visitor");
  });

  test("the code of one browser is of no use in another", async () => {
    const { steps } = await contract.signIn.signInAs("bob", "/open/");
    const callback = steps.find(({ url }) => url.includes("/oauth2/callback"))?.url ?? "";
    const { pathname, search } = new URL(callback);
    expect((await contract.client.request(pathname + search)).status).toBe(403);
  });

  test("the index page leads to sign-out, and has no trace of what is refused", async () => {
    const answer = await contract.client.request("/", { user: "bob" });
    expect(answer.body.toString()).toContain('href="/oauth2/sign_out"');
    expect(answer.body.toString()).not.toMatch(/limited|forbidden/i);
  });

  test.each<[kind: string, user: string, status: number]>([
    ["a member of the group", "alice", 200],
    ["an e-mail on the list", "jose", 200],
    ["a member of other groups", "many", 403],
    ["a member of no group", "nogroups", 403],
    ["a member of one group whose name has the list's after a comma", "comma", 403],
  ])("the guest list lets in by group or e-mail: %s", async (_kind, user, status) => {
    const { last } = await contract.signIn.signInAs(user, "/limited/");
    expect(last.status).toBe(status);
    if (status === 403) expect(last.body.toString()).toMatch(new RegExp(`Signed in as ${user} ?<`));
  });

  test("a member of 200 groups gets in, and the app is told all of them", async () => {
    await contract.signIn.remember("many");
    const session = await StreamlitSession.open(contract.client, "/open", { user: "many" });
    const { user } = await session.page();
    expect(JSON.parse(String(user.groups))).toEqual(accounts.many?.groups);
    await session.drop();
  });

  test.each([
    ["with a comma in its name, which makes no other of it", "comma", ["x,finance"]],
    ["with a name beyond ASCII", "jose", ["staff", "küche"]],
  ])("the app is told of a group %s", async (_kind, user, groups) => {
    await contract.signIn.remember(user);
    const session = await StreamlitSession.open(contract.client, "/open", { user });
    const page = await session.page();
    await session.drop();
    expect(JSON.parse(String(page.user.groups))).toEqual(groups);
    expect(page.headers["x-forwarded-groups"]?.join()).toMatch(/^[ -~]+$/);
  });

  test("names beyond ASCII: the websocket works, and goes on after it was lost", async () => {
    await contract.signIn.remember("jose");
    const session = await StreamlitSession.open(contract.client, "/open", { user: "jose" });
    expect((await session.page()).user).toMatchObject({ user: "jose", email: "jose@example.com" });
    await session.click();
    await session.drop();
    const again = await StreamlitSession.open(contract.client, "/open", { user: "jose", resume: session });
    expect(again.id).toBe(session.id);
    expect((await again.click()).clicks).toBe(2);
    await again.drop();
  });

  test("oauth2-proxy is asked once for many requests of a session, and again for another app and another user", async () => {
    const fresh = async (user: string): Promise<Record<string, string>> => {
      const { jar } = await contract.signIn.signInAs(user, "/echo/x");
      return { Cookie: cookieHeader(jar, contract.client.origin) };
    };
    /** How often oauth2-proxy is asked for ten requests at once. */
    const asked = async (app: string, headers: Record<string, string>): Promise<number> => {
      const before = await checks();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          contract.client.request(`${app}/static/js/none-${String(index)}.js`, { headers }),
        ),
      );
      for (const { status } of answers) expect(status).toBe(200);
      return (await checks()) - before;
    };
    const attempt = async (): Promise<number[]> => {
      const bob = await fresh("bob");
      const alice = await fresh("alice");
      return [
        await asked("/open", bob),
        await asked("/open", bob),
        await asked("/open", alice),
        // Once for who she is, and once for her groups.
        await asked("/limited", alice),
      ];
    };
    // Websockets that are open are asked about as well, every three seconds: an attempt in which that happened says nothing.
    let counts = await attempt();
    for (let more = 9; more > 0 && counts.join() !== "1,0,1,2"; more--) counts = await attempt();
    expect(counts).toEqual([1, 0, 1, 2]);
  });

  /**
   * How many requests all of oauth2-proxy have answered with 200, for who somebody is, or 202, for groups. Their health is not among
   * them.
   */
  const checks = async (): Promise<number> => {
    const all = await Promise.all((await oauth2Proxies(contract.target)).map(checksOf));
    return all.reduce((sum, count) => sum + count, 0);
  };
  const checksOf = async (part: string): Promise<number> => {
    const url = "http://127.0.0.1:44180/metrics";
    const { output } = await contract.target.exec(part, "wget", "-q", "-O", "-", url);
    if (!output.includes("oauth2_proxy_")) throw new Error(`no metrics in ${output}`);
    const counts = [...output.matchAll(/^oauth2_proxy_requests_total\{code="20[02]"\} (\d+)/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  test("what is remembered of one session says nothing about another", async () => {
    expect((await contract.client.request("/limited/_stcore/health", { user: "alice" })).status).toBe(200);
    expect((await contract.client.request("/limited/_stcore/health", { user: "bob" })).status).toBe(403);
    const [name = "", value = ""] = (contract.client.signedIn("alice").Cookie ?? "").split(/=(.*)/);
    const changed = value.slice(0, 20) + (value[20] === "A" ? "B" : "A") + value.slice(21);
    for (const cookie of [
      `${name}=${changed}`,
      `${name}=`,
      `${name}=${value}x`,
      `x${name}=${value}`,
      `${name}x=${value}`,
    ])
      expectPlainRefusal(
        await contract.client.request("/limited/_stcore/health", { headers: { Cookie: cookie } }),
      );
  });
}
