/** What becomes of sessions, and of the apps, when parts of the sign-in restart or change. Run last: it changes the site. */
import { setTimeout as delay } from "node:timers/promises";
import { cookieHeader } from "../../oidc/sign-in";
import { docker } from "../support/docker";
import { basicSpec, type OidcContract } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function oidcChanges(contract: OidcContract): void {
  const health = async (headers: Record<string, string>): Promise<number> =>
    (await contract.client.request("/open/_stcore/health", { headers })).status;
  const appIds = (): Promise<string[]> =>
    Promise.all(
      ["open", "limited", "echo"].map(
        async (app) => (await docker.getContainer(contract.container(app)).inspect()).Id,
      ),
    );
  const restart = async (part: string): Promise<void> => {
    const container = docker.getContainer(contract.container(part));
    await container.restart({ t: 10 });
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await container.inspect()).State.Health?.Status === "healthy") return;
      await delay(200);
    }
    throw new Error(`${part} is not healthy again`);
  };

  test("a restart of the sign-in's containers leaves people signed in", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await session.click();
    for (const part of contract.signInContainers) await restart(part);
    await delay(6_000); // Until nothing is remembered any more.
    expect(await health(contract.client.signedIn("alice"))).toBe(200);
    expect((await session.click()).clicks).toBe(2);
    await session.drop();
    const again = await StreamlitSession.open(contract.client, "/open", { user: "alice", resume: session });
    expect((await again.click()).clicks).toBe(3);
    await again.drop();
  });

  test("while the sign-in is down nobody gets in, and it is no redirect into nothing", async () => {
    const container = docker.getContainer(contract.container("oauth2-proxy"));
    await container.stop({ t: 5 });
    try {
      await delay(6_000);
      for (const headers of [{}, contract.client.signedIn("alice")])
        for (const path of ["/open/", "/open/_stcore/health", "/"]) {
          const answer = await contract.client.request(path, { headers });
          expect([401, 502, 503, 504]).toContain(answer.status);
          expect(answer.body.toString()).not.toMatch(/streamlit|root"/i);
        }
    } finally {
      await container.start();
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
    const basic = { Authorization: `Basic ${Buffer.from("bob:bob's long password äöü").toString("base64")}` };
    expect(await health(basic)).toBe(401);

    // The guest list by users, as auth.basic knows it; the apps are the same to the letter.
    await contract.change({ ...basicSpec, apps: { ...contract.spec.apps, limited: basicSpec.apps.limited } });
    expect(await appIds()).toEqual(before);
    expect(await health(basic)).toBe(200);
    expect(await health(oidcCookie)).toBe(401);

    await contract.change(contract.spec);
    expect(await appIds()).toEqual(before);
    expect(await health(basic)).toBe(401);
    const { last, jar } = await contract.signIn("bob", "/open/");
    expect(last.status).toBe(200);
    expect(await health({ Cookie: cookieHeader(jar, contract.client.origin) })).toBe(200);
  }, 240_000);
}
