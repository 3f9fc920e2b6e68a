/** Every kind of site, handed to every layer that needs no engine. */
import { siteFindings } from "../site-checks";
import { siteAnswers } from "./answers";
import { existing, federated, oidc, plain, type SiteCase, siteProgram } from "./sites";

/** What is written here stands against what the component makes of a spec: each app's name and route. */
function facts({ spec }: SiteCase, routes: Record<string, string>, bearer: boolean) {
  const apps = Object.entries(routes).map(([name, route]) => ({ name, route }));
  return { host: String(spec.host), gateway: "alb", apps, bearer } as const;
}

test("no layer has anything to say against a site, whatever it is asked to be", async () => {
  const findings = await siteFindings(
    {
      plain: {
        program: () => siteProgram(plain),
        facts: facts(plain, { sales: "/sales", out: "/team/out" }, false),
        rules: { hosts: ["plain.example.com"] },
      },
      federated: {
        program: () => siteProgram(federated),
        facts: facts(federated, { sales: "/sales", spare: "/spare" }, true),
        network: { egress: ["fed-sales"] },
        rules: { hosts: ["federated.example.com"] },
      },
      oidc: {
        program: () => siteProgram(oidc),
        facts: facts(oidc, { home: "/", ops: "/ops" }, true),
        network: { egress: ["oidc-ops"] },
      },
      existing: {
        program: () => siteProgram(existing()),
        facts: {
          host: "existing.example.com",
          gateway: "alb",
          apps: [
            { name: "explorer", route: "/explorer" },
            { name: "reports", route: "/reports" },
          ],
          bearer: false,
        },
        network: {
          egress: ["in-reports"],
          // An app may connect to addresses of the VPC at 443, which the load balancer's are among: there it signs in like everybody.
          connections: [{ from: "in-explorer", to: "in", port: 443 }],
        },
      },
    },
    { answers: siteAnswers },
  );
  expect(findings).toEqual({ contract: [], reachability: [], rules: [], lint: [], checkov: [] });
}, 600_000);
