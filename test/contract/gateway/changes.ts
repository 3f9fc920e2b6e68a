/** Contract 11 for `basic`: what a change of the users does, and whom it leaves alone. Run last: it changes the site. */
import { docker } from "../support/docker";
import { basicSpec, givenPasswords, type BasicContract } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function changes(contract: BasicContract): void {
  const newPassword = "alice's other password";
  let alices: StreamlitSession;
  let bobs: StreamlitSession;
  let carols: StreamlitSession;
  let before: string[];

  const appIds = (): Promise<string[]> =>
    Promise.all(
      ["open", "limited", "echo"].map(
        async (app) => (await docker.getContainer(contract.container(app)).inspect()).Id,
      ),
    );
  const statusWith = async (user: string, password: string): Promise<number> => {
    const headers = { Authorization: contract.credentials(user, password) };
    return (await contract.client.request("/open/", { headers })).status;
  };

  beforeAll(async () => {
    alices = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    bobs = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    carols = await StreamlitSession.open(contract.client, "/open", { user: "carol" });
    for (const session of [alices, bobs, carols]) await session.click();
    before = await appIds();
    // Alice has another password, bob is gone, carol stays.
    await contract.change({
      ...basicSpec,
      auth: { basic: { ...basicSpec.auth.basic, users: { alice: newPassword } } },
    });
  }, 120_000);

  test("open websockets are cut, so that nobody goes on with what no longer counts", async () => {
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
    expect(await statusWith("carol", contract.password("carol"))).toBe(200);
  });

  test("no app was touched, and a session goes on where it was", async () => {
    expect(await appIds()).toEqual(before);
    const session = await StreamlitSession.open(contract.client, "/open", { user: "carol", resume: carols });
    expect(session.id).toBe(carols.id);
    expect((await session.click()).clicks).toBe(2);
    await session.drop();
  });
}
