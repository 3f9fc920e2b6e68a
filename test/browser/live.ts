import { named, scenario, users } from "./stage";
import { isAtRest, isDrawn, until, type Visit } from "./visit";

/** The app that shows who is signed in, keeps state and streams. */
export function live(): void {
  describe("the live app", () => {
    for (const visitor of Object.values(users))
      scenario(`knows that it is ${visitor.user} who is signed in`, async (open) => {
        const visit = await open(visitor);
        await openLive(visit, visitor.user);
        expect(await visit.text()).toMatch(new RegExp(`User\\s+${visitor.user}\\s`));
        expect(await visit.text()).toMatch(/Address\s+https:\/\/analytics\.test:28443\/live\s/);
        await isAtRest(visit);
        await visit.page.getByText("Headers that came with it").click();
        await visit.sees(/\bx-forwarded-user\b/);
        expect(await visit.text()).not.toMatch(/\bauthorization\b/);
      });

    scenario("streams without being asked", async (open) => {
      const visit = await open(users.demo);
      await openLive(visit, "demo");
      const before = await samples(visit);
      await until("three more samples", async () => (await samples(visit)) >= before + 3);
      await isDrawn(visit);
      await isAtRest(visit);
      await visit.page.getByText("Live updates").click();
      await visit.sees(/Samples: \d+ · stopped/);
    });

    scenario("keeps count and notes", async (open) => {
      const visit = await open(users.demo);
      await openLive(visit, "demo");
      await count(visit, 1);
      await count(visit, 2);
      await addNote(visit, "Ünïcode & <b>markup</b>", 1);
      await addNote(visit, "second", 2);
      await visit.sees("Count: 2");
    });

    scenario("keeps the state of two visitors apart, also of one user in two browsers", async (open) => {
      const visits = [await open(users.demo), await open(users.demo), await open(users.guest)] as const;
      await Promise.all([
        openLive(visits[0], "demo"),
        openLive(visits[1], "demo"),
        openLive(visits[2], "guest"),
      ]);
      await count(visits[0], 1);
      await count(visits[0], 2);
      await count(visits[2], 1);
      await count(visits[1], 1);
      expect(new Set(await Promise.all(visits.map(session))).size).toBe(3);
    });
  });
}

/** Open the app and wait until it shows all of its page. */
export async function openLive(visit: Visit, user: string): Promise<void> {
  await visit.go("/live/");
  await named(visit.page, "heading", `Signed in as ${user}`).waitFor();
  await visit.sees(/Samples: \d+/);
}

/**
 * Click "Count" and wait for the result.
 *
 * A page that is drawn anew between the pressing and the letting go of the button, which a machine with much to do makes likely, sees no
 * click. It is clicked again as long as the page has not sent one; one that was sent has to arrive.
 */
export async function count(visit: Visit, result: number): Promise<void> {
  const before = visit.clicksSent;
  for (let attempt = 1; visit.clicksSent === before; attempt++) {
    if (attempt > 5) throw new Error("the page sends no click");
    await isAtRest(visit);
    await named(visit.page, "button", "Count").click();
    const end = Date.now() + 10_000;
    while (visit.clicksSent === before && Date.now() < end) await visit.page.waitForTimeout(50);
  }
  await named(visit.page, "heading", `Count: ${result}`).waitFor();
}

/** Add a note, and wait until it is listed under its number. */
export async function addNote(visit: Visit, text: string, number: number): Promise<void> {
  const note = visit.page.getByRole("textbox", { name: "New note" });
  await isAtRest(visit);
  await note.fill(text);
  await named(visit.page, "button", "Add note").click();
  await visit.sees(`${number}. ${text}`);
  // The form is emptied with the answer: what is typed sooner is wiped away.
  await until("an empty form", async () => (await note.inputValue()) === "");
}

/** The session that the page shows. */
export async function session(visit: Visit): Promise<string> {
  const found = /Session\s+([0-9a-f]{8})\s/.exec(await visit.text())?.[1];
  if (found === undefined) throw new Error("the page shows no session");
  return found;
}

async function samples(visit: Visit): Promise<number> {
  return Number(/Samples: (\d+)/.exec(await visit.text())?.[1]);
}
