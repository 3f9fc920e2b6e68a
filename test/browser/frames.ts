/** Pages elsewhere that show an app in a frame, with passwords. */
import { isNotShown } from "./portal";
import { onStage, portals, scenario, users } from "./stage";

/** Who may show the live app in a frame, and that it lives there. */
export function frames(): void {
  describe("a page elsewhere", () => {
    scenario("shows the app in a frame, where it works, when the spec lists its origin", async (open) => {
      const visit = await open(users.demo);
      const { portal, outputs } = onStage();
      const frame = await portal.show(visit, portals.listed, `${outputs.url}/live/`);
      await frame.getByRole("heading", { name: "Signed in as demo" }).waitFor();
      await frame
        .getByText(/Samples: [2-9]/)
        .first()
        .waitFor();
      await frame.getByRole("button", { name: "Count", exact: true }).click();
      await frame.getByRole("heading", { name: "Count: 1" }).waitFor();
    });

    for (const [what, host, path] of [
      ["the app when its origin is not listed", portals.other, "/live/"],
      ["another app", portals.listed, "/explorer/"],
      ["the index page", portals.listed, "/"],
    ] as const)
      scenario(`does not show ${what}`, async (open) => {
        const visit = await open(users.demo);
        await isNotShown(onStage().portal, visit, host, `${onStage().outputs.url}${path}`);
      });
  });
}
