/** Contract 13: programs come in with a token of the provider. */
import { randomUUID } from "node:crypto";
import type { TokenOverrides } from "../../oidc/provider/provider";
import type { OidcSignIn } from "../sign-ins/oidc";
import { ports } from "../support/apps";
import type { ContractSite } from "../support/site";
import { oauth2Proxies } from "./oauth2-proxies";

/** Register the tests. */
export function bearer(contract: ContractSite<OidcSignIn>): void {
  const ask = async (
    token: string,
    path = "/open/_stcore/agent/interact",
    more: Record<string, string> = {},
  ) =>
    contract.client.request(path, {
      method: path.includes("agent") ? "POST" : "GET",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...more },
      ...(path.includes("agent") && { body: "{}" }),
    });

  test("a token opens the app's endpoints, and st.user is its bearer", async () => {
    const answer = await ask(await contract.signIn.provider.token("bob"));
    expect(answer.status).toBe(200);
    expect(answer.body.toString().replaceAll("\\", "")).toContain('"email": "bob@example.com"');
  });

  test("the token goes no further than the gateway", async () => {
    const token = await contract.signIn.provider.token("bob");
    const answer = await ask(token, "/echo/x");
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).not.toContain(token);
    expect(answer.body.toString()).toContain('["X-Forwarded-User", "bob"]');
  });

  test("the guest list holds for tokens", async () => {
    expect((await ask(await contract.signIn.provider.token("bob"), "/limited/_stcore/health")).status).toBe(
      403,
    );
    expect((await ask(await contract.signIn.provider.token("alice"), "/limited/_stcore/health")).status).toBe(
      200,
    );
  });

  test.each<[kind: string, overrides: TokenOverrides]>([
    ["that has expired", { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }],
    ["for another client", { claims: { aud: "another" } }],
    ["of another issuer", { claims: { iss: "https://evil.test" } }],
    ["signed with another key", { foreignKey: true }],
    ["with an e-mail in another domain", { claims: { email: "bob@other.test" } }],
    ["with an e-mail that is not verified", { claims: { email_verified: false } }],
  ])("a token %s: 401, never a redirect, also with a cookie that is good", async (_kind, overrides) => {
    const token = await contract.signIn.provider.token("bob", overrides);
    for (const path of ["/open/_stcore/agent/interact", "/open/", "/open/_stcore/health", "/"])
      for (const more of [{}, contract.client.signedIn("bob")]) {
        const answer = await ask(token, path, more);
        expect([path, answer.status, answer.headers.location]).toEqual([path, 401, undefined]);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
      }
  });

  test.each([
    ["begins in three minutes: the provider's clock is ahead", 3, 200],
    ["begins in ten minutes", 10, 401],
  ])("a token that %s", async (_kind, minutes, status) => {
    const nbf = Math.floor(Date.now() / 1000) + 60 * minutes;
    const token = await contract.signIn.provider.token("bob", { claims: { nbf, iat: nbf, exp: nbf + 300 } });
    expect((await ask(token)).status).toBe(status);
  });

  test("a provider that changes its keys: the new one counts at once, and the old one no more", async () => {
    const { provider } = contract.signIn;
    const old = await provider.token("bob");
    expect((await ask(old)).status).toBe(200);
    const key = await provider.rotate();
    try {
      expect((await ask(await provider.token("bob", { key }))).status).toBe(200);
      // Others, because the gateway remembers the check of the first for some seconds. Not of the agents' interface, of which Streamlit
      // lets only so many be open.
      const path = "/open/_stcore/health";
      const withOldKey = async (): Promise<number> =>
        (await ask(await provider.token("bob", { claims: { jti: randomUUID() } }), path)).status;
      // Each oauth2-proxy fetches the keys when it meets a new one: where there are several, all of them have to.
      const several = (await oauth2Proxies(contract.target)).length > 1;
      for (let refusals = 0, more = several ? 100 : 0; more > 0 && refusals < 10; more--) {
        refusals = (await withOldKey()) === 401 ? refusals + 1 : 0;
        // Twice, because the gateway takes them in turn: one of two would only ever meet the old key.
        for (let time = 0; time < 2; time++)
          await ask(await provider.token("bob", { key, claims: { jti: randomUUID() } }), path);
      }
      expect(await withOldKey()).toBe(401);
    } finally {
      await provider.rotateBack();
    }
    expect((await contract.signIn.signInAs("bob", "/open/")).last.status).toBe(200);
  });

  test.each([
    ["nothing", ""],
    ["no token", "x"],
    ["a token without a signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ."],
    ["three dots", "..."],
  ])("%s in place of a token: 401", async (_kind, token) => {
    expect((await ask(token)).status).toBe(401);
    expect((await ask(token, "/open/")).status).toBe(401);
  });

  test("a token in another place than where it belongs opens nothing", async () => {
    const token = await contract.signIn.provider.token("bob");
    const basic = Buffer.from(`${token}:x-oauth-basic`).toString("base64");
    for (const headers of [
      { Authorization: `Basic ${basic}` },
      { "X-Forwarded-Access-Token": token },
      { Cookie: `__Host-oauth2_proxy_${ports.https}=${token}` },
    ])
      expect((await contract.client.request("/open/_stcore/health", { headers })).status).toBe(401);
  });

  test("a token without an e-mail is not let in by a subject that looks like one", async () => {
    const claims = { sub: "bob@example.com", email: undefined };
    const token = await contract.signIn.provider.token("bob", { claims });
    for (const path of ["/open/_stcore/agent/interact", "/open/", "/limited/_stcore/health"])
      expect((await ask(token, path)).status).toBe(401);
    const guest = { sub: "jose@example.com", email: undefined };
    const other = await contract.signIn.provider.token("bob", { claims: guest });
    expect((await ask(other, "/limited/_stcore/health")).status).toBe(401);
  });

  test("values of claims with line breaks do not become headers", async () => {
    const claims = {
      preferred_username: "bob\r\nX-Forwarded-Email: ceo@example.com",
      groups: ["staff\r\nX-Forwarded-User: alice", "x"],
    };
    const answer = await ask(await contract.signIn.provider.token("bob", { claims }), "/echo/x");
    expect(answer.status).toBe(200);
    const { headers } = JSON.parse(answer.body.toString()) as { headers: [string, string][] };
    const values = (name: string): string[] =>
      headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);
    expect(values("x-forwarded-user")).toEqual(["bob"]);
    expect(values("x-forwarded-email")).toEqual(["bob@example.com"]);
    expect(values("x-forwarded-groups").map((groups): unknown => JSON.parse(groups))).toEqual([
      claims.groups,
    ]);
  });
}
