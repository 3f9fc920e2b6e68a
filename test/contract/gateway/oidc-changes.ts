/** What becomes of sessions, and of the apps, when parts of the sign-in restart or change. Run last: it changes the site. */
import { setTimeout as delay } from "node:timers/promises";
import { cookieHeader } from "../../oidc/sign-in";
import { basicCredentials, basicTerms, givenPasswords } from "../sign-ins/basic";
import type { OidcSignIn } from "../sign-ins/oidc";
import { appNames } from "../support/apps";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function oidcChanges(contract: ContractSite<OidcSignIn>): void {
  const health = async (headers: Record<string, string>): Promise<number> =>
    (await contract.client.request("/open/_stcore/health", { headers })).status;
  const appIds = (): Promise<string[]> => Promise.all(appNames.map((app) => contract.target.identityOf(app)));

  if (contract.signIn.parts.includes("redis"))
    test("Redis that is away for some seconds signs nobody out who asks meanwhile", async () => {
      const alice = contract.client.signedIn("alice");
      await contract.target.stop("redis");
      await delay(6_000); // Until every sign-in check that the gateway remembers is over.
      const asked = [0, 1, 2, 3].map(async (seconds) => {
        await delay(seconds * 1000);
        return contract.client.request("/open/_stcore/health", { headers: alice });
      });
      await delay(5_000);
      await contract.target.start("redis");
      for (const { status, headers } of await Promise.all(asked)) {
        expect([200, 500, 503, 504]).toContain(status);
        expect(String(headers["set-cookie"])).not.toContain("oauth2_proxy");
      }
      for (let attempt = 0; attempt < 50 && (await health(alice)) !== 200; attempt++) await delay(200);
      expect(await health(alice)).toBe(200);
    });

  test("a restart of the sign-in's parts leaves people signed in", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await session.click();
    for (const part of contract.signIn.parts) await contract.target.restart(part);
    await delay(6_000); // Until every sign-in check that the gateway remembers is over.
    expect(await health(contract.client.signedIn("alice"))).toBe(200);
    expect((await session.click()).clicks).toBe(2);
    await session.drop();
    const again = await StreamlitSession.open(contract.client, "/open", { user: "alice", resume: session });
    expect((await again.click()).clicks).toBe(3);
    await again.drop();
  });

  test("while the sign-in is down no request gets in, and none is redirected to what does not answer", async () => {
    await contract.target.stop("oauth2-proxy");
    try {
      await delay(6_000);
      for (const headers of [{}, contract.client.signedIn("alice")])
        for (const path of ["/open/", "/open/_stcore/health", "/"]) {
          const answer = await contract.client.request(path, { headers });
          expect([401, 502, 503, 504]).toContain(answer.status);
          expect(answer.body.toString()).not.toMatch(/streamlit|root"/i);
        }
    } finally {
      await contract.target.start("oauth2-proxy");
    }
    for (
      let attempt = 0;
      attempt < 100 && (await health(contract.client.signedIn("alice"))) !== 200;
      attempt++
    )
      await delay(200);
    expect(await health(contract.client.signedIn("alice"))).toBe(200);
  });

  test("from oidc to basic and back: the apps are not touched, and what opened before opens nothing else", async () => {
    const before = await appIds();
    const oidcCookie = contract.client.signedIn("bob");
    const basic = { Authorization: basicCredentials("bob", givenPasswords.bob) };
    expect(await health(basic)).toBe(401);

    // The guest list by users, as auth.basic knows it; the apps are the same to the letter.
    await contract.target.change(contract.spec(basicTerms()));
    expect(await appIds()).toEqual(before);
    expect(await health(basic)).toBe(200);
    expect(await health(oidcCookie)).toBe(401);

    await contract.target.change(contract.spec());
    expect(await appIds()).toEqual(before);
    expect(await health(basic)).toBe(401);
    const { last, jar } = await contract.signIn.signInAs("bob", "/open/");
    expect(last.status).toBe(200);
    expect(await health({ Cookie: cookieHeader(jar, contract.client.origin) })).toBe(200);
  }, 240_000);
}
