import { named, onStage, scenario, users } from "./stage";

/** Who gets in, and what they see of the site. */
export function signIn(): void {
  describe("signing in", () => {
    for (const [who, visitor] of Object.entries({
      "without credentials": {},
      "with a wrong password": { user: "demo", password: "not the password" },
      "with another user's password": { user: "demo", password: users.guest.password },
    }))
      scenario(`${who} there is a challenge and nothing of the app`, async (open) => {
        const visit = await open(visitor);
        visit.expectProblem(/^(401|net::ERR_INVALID_AUTH_CREDENTIALS) /);
        for (const address of ["/", "/live/", "/explorer/compare?country=Japan"]) {
          const answer = visit.page.waitForResponse((response) => response.url().endsWith(address));
          // Chromium shows no page when nobody fills in its dialogue.
          const opened = await visit.go(address).catch(() => undefined);
          const response = await answer;
          expect(response.status()).toBe(401);
          expect(response.headers()["www-authenticate"]).toBe('Basic realm="Browser tests"');
          if (opened) expect(await visit.text()).not.toMatch(/streamlit|explorer|signed in/i);
        }
        expect(visit.sockets).toEqual([]);
      });

    scenario("demo finds both apps on the index page and goes to one", async (open) => {
      const visit = await open(users.demo);
      expect((await visit.go("/")).status()).toBe(200);
      await visit.sees("Signed in as demo");
      expect(await visit.page.getByRole("link").allInnerTexts()).toEqual([
        expect.stringMatching(/^🌍\s+Data explorer\s+Fifty-five years of health and wealth, [^\n]*\.$/),
        expect.stringMatching(/^📈\s+Who is signed in, live\s+What the gateway tells [^\n]*\.$/),
      ]);
      await visit.page.getByRole("link", { name: "Data explorer" }).click();
      await visit.sees("142 countries in 2007");
      expect(await visit.page.title()).toBe("Explorer");
    });

    scenario("guest finds the one app that guest may open", async (open) => {
      const visit = await open(users.guest);
      await visit.go("/");
      await visit.sees("Signed in as guest");
      expect(await visit.page.getByRole("link").allInnerTexts()).toEqual([
        expect.stringMatching(/^📈\s+Who is signed in, live\s+What the gateway tells [^\n]*\.$/),
      ]);
      await visit.page.getByRole("link").click();
      await named(visit.page, "heading", "Signed in as guest").waitFor();
    });

    scenario("guest is told so where guest may not go, and finds back", async (open) => {
      const visit = await open(users.guest);
      visit.expectProblem(/^403 \S+\/explorer(\/compare)?$/);
      expect((await visit.go("/explorer/compare")).status()).toBe(403);
      expect((await visit.go("/explorer")).status()).toBe(403);
      await named(visit.page, "heading", "Not allowed").waitFor();
      await visit.sees("Signed in as guest");
      await visit.sees("You may not open this.");
      expect(await visit.text()).not.toMatch(/streamlit|health and wealth/i);
      expect(visit.sockets).toEqual([]);
      await visit.page.getByRole("link", { name: "Back to the start" }).click();
      await visit.page.getByRole("link", { name: "Who is signed in, live" }).waitFor();
    });

    scenario("an address with http and without the slash ends at the app all the same", async (open) => {
      const visit = await open(users.demo);
      const { hostname } = new URL(onStage().outputs.url);
      visit.alsoKnows(`${hostname}:28080`);
      await visit.go(`http://${hostname}:28080/live?live=false`);
      await visit.sees(/Samples: 1 · stopped/);
      expect(visit.page.url()).toBe(`${onStage().outputs.url}/live/?live=false`);
    });

    test("a browser that was not told of the site's certificate authority refuses the site", async () => {
      const { browser, close } = await onStage().startDistrustfulChromium();
      try {
        const page = await browser.newPage();
        await expect(page.goto(onStage().outputs.url)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
      } finally {
        await close();
      }
    }, 300_000);
  });
}
