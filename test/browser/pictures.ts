import * as path from "node:path";
import { addNote, count, openLive } from "./live";
import { scenario, users } from "./stage";
import { isDrawn, until } from "./visit";

/**
 * Take the pictures of the README.
 *
 * @param folder where to, relative to the repository
 */
export function pictures(folder: string): void {
  const file = (name: string): string => path.resolve(__dirname, "../..", folder, name);

  describe("pictures", () => {
    scenario("of the index page", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/");
      await visit.page.screenshot({ path: file("index.png") });
    });

    scenario("of the explorer", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/");
      await isDrawn(visit, 1);
      await visit.page.waitForLoadState("networkidle");
      await visit.page.screenshot({ path: file("explorer.png") });
    });

    scenario("of the live app", async (open) => {
      const visit = await open(users.demo);
      await openLive(visit, "demo");
      for (const result of [1, 2, 3]) await count(visit, result);
      await addNote(visit, "The gateway told the app who is signed in", 1);
      await until("a chart with a line", async () => /Samples: \d\d/.test(await visit.text()));
      await visit.page.screenshot({ path: file("live.png") });
    });
  });
}
