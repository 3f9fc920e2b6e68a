import { sampleAnswers, sampleHost, sampleSite } from "./samples/site";
import { oldTls } from "./samples/published";
import { siteFindings } from "./site-checks";

test("a site is handed to all layers at once", async () => {
  const facts = { host: sampleHost, gateway: "alb", bearer: true } as const;
  const findings = await siteFindings({
    program: () => sampleSite({ apps: { sales: { route: "/sales", egress: true } }, bearer: true }),
    facts: { ...facts, apps: [{ name: "sales", route: "/sales" }] },
    network: { egress: ["sales"] },
    rules: { hosts: [sampleHost] },
    answers: sampleAnswers,
  });
  expect(findings).toEqual({ contract: [], reachability: [], rules: [], lint: [], checkov: [] });
}, 200_000);

test("what a layer cannot judge is no pass", async () => {
  const facts = {
    host: sampleHost,
    gateway: "alb",
    bearer: false,
    apps: [{ name: "app", route: "/" }],
  } as const;
  await expect(siteFindings({ program: oldTls, facts })).rejects.toThrow(
    "is in a subnet that is not in the graph",
  );
}, 200_000);
