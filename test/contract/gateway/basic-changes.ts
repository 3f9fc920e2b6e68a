/** Contract 11 for `basic`: a change of the users, and the sessions that it leaves alone. Run last: it changes the site. */
import { setTimeout as delay } from "node:timers/promises";
import { type BasicSignIn, basicTerms, givenPasswords } from "../sign-ins/basic";
import { appNames } from "../support/apps";
import { PasswordCheck } from "../support/password-check";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function basicChanges(contract: ContractSite<BasicSignIn>): void {
  const newPassword = "alice's other password";
  let alices: StreamlitSession;
  let bobs: StreamlitSession;
  let carols: StreamlitSession;
  let before: string[];

  const appIds = (): Promise<string[]> => Promise.all(appNames.map((app) => contract.target.identityOf(app)));
  const statusWith = async (user: string, password: string): Promise<number> => {
    const headers = { Authorization: contract.signIn.credentials(user, password) };
    return (await contract.client.request("/open/", { headers })).status;
  };

  beforeAll(async () => {
    alices = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    bobs = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    carols = await StreamlitSession.open(contract.client, "/open", { user: "carol" });
    for (const session of [alices, bobs, carols]) await session.click();
    before = await appIds();
    // Alice has another password, bob is gone, carol stays.
    await contract.target.change(contract.spec(basicTerms({ alice: newPassword })));
  }, 300_000);

  test("open websockets are cut, so that no session goes on with a password that is no longer valid", async () => {
    await Promise.all([alices.closed, bobs.closed, carols.closed]);
  });

  test("the old password and the removed user open nothing, at once", async () => {
    expect(await statusWith("alice", givenPasswords.alice)).toBe(401);
    expect(await statusWith("bob", givenPasswords.bob)).toBe(401);
    const again = StreamlitSession.open(contract.client, "/open", { user: "bob", resume: bobs });
    await expect(again).rejects.toThrow("401");
  });

  test("the new password and the others' go on", async () => {
    expect(await statusWith("alice", newPassword)).toBe(200);
    expect(await statusWith("carol", contract.signIn.password("carol"))).toBe(200);
  });

  test("no app was touched, and a session goes on where it was", async () => {
    expect(await appIds()).toEqual(before);
    const session = await StreamlitSession.open(contract.client, "/open", { user: "carol", resume: carols });
    expect(session.id).toBe(carols.id);
    expect((await session.click()).clicks).toBe(2);
    await session.drop();
  });

  test("when what checks passwords dies, the gateway starts anew with it", async () => {
    const identity = await contract.target.identityOf("gateway");
    const checker = new PasswordCheck(contract.target);
    const before = await checker.startedAt();
    expect(before).toBeDefined();
    await checker.kill();
    let after: number | undefined;
    for (let attempt = 0; attempt < 120 && (after === undefined || after === before); attempt++) {
      await delay(250);
      after = await checker.startedAt().catch(() => undefined);
    }
    expect(after).toBeGreaterThan(before ?? 0);
    expect(await contract.target.identityOf("gateway")).toBe(identity);
    // It has forgotten who is signed in, so that both ask for a check. Docker's proxy takes connections before nginx does.
    let status = 0;
    for (let attempt = 0; attempt < 120 && status !== 200; attempt++) {
      if (attempt > 0) await delay(250);
      status = await statusWith("carol", contract.signIn.password("carol")).catch(() => 0);
    }
    expect(status).toBe(200);
    expect(await statusWith("carol", "not carol's password")).toBe(401);
  });
}
