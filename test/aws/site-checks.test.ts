import { oldTls } from "./samples/published";
import { siteFindings } from "./site-checks";

test("what a layer cannot judge is no pass", async () => {
  const facts = {
    host: "apps.example.com",
    gateway: "alb",
    bearer: false,
    apps: [{ name: "app", route: "/" }],
  } as const;
  await expect(siteFindings({ old: { program: oldTls, facts } })).rejects.toThrow(
    "is in a subnet that is not in the graph",
  );
});
