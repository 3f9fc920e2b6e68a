import { readFile } from "node:fs/promises";
import { named, onStage, scenario, users } from "./stage";
import { isAtRest, isDrawn, type Visit } from "./visit";

/** The app with pages, widgets, files in both directions, and state in its address. */
export function explorer(): void {
  describe("the explorer", () => {
    scenario("answers to its widgets over the websocket", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/");
      await visit.sees("142 countries in 2007");
      expect(visit.sockets).toEqual([
        { url: `${socketOrigin()}/explorer/_stcore/stream`, status: 101, closed: false },
      ]);

      await isAtRest(visit);
      await named(visit.page, "button", "Asia").click();
      await visit.sees("33 countries in 2007");
      await isAtRest(visit);
      await named(visit.page, "button", "Europe").click();
      await visit.sees("63 countries in 2007");
      await isAtRest(visit);
      await visit.page
        .getByTestId("stSlider")
        .filter({ hasText: "Year" })
        .getByRole("slider")
        .press("ArrowLeft");
      await visit.sees("63 countries in 2002");
      await isDrawn(visit);
      const { searchParams } = new URL(visit.page.url());
      expect([searchParams.getAll("continent"), searchParams.get("year")]).toEqual([
        ["Asia", "Europe"],
        "2002",
      ]);
      expect(visit.sockets).toHaveLength(1);
    });

    scenario("has pages with addresses, and the browser's way back", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/");
      await named(visit.page, "heading", "Health and wealth of nations").waitFor();
      await isAtRest(visit);
      await visit.page.getByRole("link", { name: "Compare" }).click();
      await named(visit.page, "heading", "Compare countries").waitFor();
      expect(new URL(visit.page.url()).pathname).toBe("/explorer/compare");
      await isAtRest(visit);
      await named(visit.page, "radio", "GDP per person").click();
      await visit.sees("GDP per person of Botswana, China, Norway, Rwanda");
      await isAtRest(visit);
      await visit.page.goBack();
      await named(visit.page, "heading", "Health and wealth of nations").waitFor();
      expect(visit.sockets.map(({ status }) => status)).toEqual([101]);
    });

    scenario("opens deep links where they point", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer?continent=Asia&year=1977");
      await visit.sees("33 countries in 1977");
      await visit.go("/explorer/compare?country=Japan&country=Kenya&measure=Population");
      await visit.sees("Population of Japan, Kenya");
      await visit.go("/explorer/your-data");
      await named(visit.page, "heading", "Your data").waitFor();
    });

    scenario("hands out the rows that the filters leave", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/?continent=Asia&year=1977");
      await visit.sees("33 countries in 1977");
      const file = await download(visit, "Download filtered rows");
      expect(file.name).toBe("countries-1977.csv");
      const [header, ...rows] = file.text.trimEnd().split("\n");
      expect(header).toBe("country,continent,year,life_expectancy,population,gdp_per_person");
      expect(rows).toHaveLength(33);
      expect(rows.filter((row) => !/^([^",]+|"[^"]+"),Asia,1977,/.test(row))).toEqual([]);
      expect(rows[0]).toMatch(/^China,/);
    });

    scenario("reads a file that is brought", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/your-data");
      const { name, text } = await download(visit, "Download a sample file");
      await bring(visit, name, Buffer.from(text));
      await visit.sees("Read 5 rows and 4 columns of sample.csv");
      await isDrawn(visit);
    });

    scenario("refuses a file that is too large, or no use, and works on", async (open) => {
      const visit = await open(users.demo);
      await visit.go("/explorer/your-data");
      const line = "1,2,3,4,5,6,7,8,9\n";
      const ofSize = (bytes: number): Buffer => Buffer.from(line.repeat(bytes / line.length));
      await bring(visit, "large.csv", ofSize(2_200_000));
      await visit.sees("File must be 2.0MB or smaller.");
      await bring(visit, "empty.csv", Buffer.from("\n"));
      await visit.page.getByRole("alert").getByText("The file is empty.").waitFor();
      // More than the gateway lets pass anywhere else.
      await bring(visit, "full.csv", ofSize(1_900_000));
      await visit.sees("Read 105,554 rows and 9 columns of full.csv");
      expect(visit.sockets.map(({ status }) => status)).toEqual([101]);
    });
  });
}

function socketOrigin(): string {
  return onStage().outputs.url.replace("https:", "wss:");
}

async function bring(visit: Visit, name: string, buffer: Buffer): Promise<void> {
  await isAtRest(visit);
  await visit.page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer });
}

async function download(visit: Visit, button: string): Promise<{ name: string; text: string }> {
  await isAtRest(visit);
  const started = visit.page.waitForEvent("download");
  await visit.page.getByRole("button", { name: button }).click();
  const file = await started;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}
