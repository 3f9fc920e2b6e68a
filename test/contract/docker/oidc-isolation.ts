/** The networks of oauth2-proxy and Redis. */
import { identityProject, type TestProject } from "../../leftovers";
import type { OidcSignIn } from "../sign-ins/oidc";
import type { ContractSite } from "../support/site";
import { inContainer, inspectNetwork, runningParts } from "./docker";

/** Register the tests. */
export function oidcIsolation(project: TestProject, { signIn }: ContractSite<OidcSignIn>): void {
  test("a container that reaches oauth2-proxy by another network than the gateway's cannot say what is asked for", async () => {
    const name = identityProject(project);
    const { "oauth2-proxy": proxy, echo } = await runningParts(project);
    const address = proxy?.NetworkSettings.Networks[name]?.IPAddress ?? "";
    expect(address).not.toBe("");
    await inContainer({ project, image: echo?.Image ?? "", network: name }, async (exec) => {
      const { output } = await exec(
        "python3",
        "-c",
        [
          "import http.client",
          `c = http.client.HTTPConnection(${JSON.stringify(address)}, 4180, timeout=5)`,
          "for path in ['/oauth2/auth', '/oauth2/start']:",
          "    c.request('GET', path, headers={'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Uri': '/ping', 'X-Forwarded-User': 'alice'})",
          "    r = c.getresponse(); r.read(); print(r.status, r.getheader('Location', ''))",
        ].join("\n"),
      );
      expect(output).toMatch(/^401 \n302 /);
      // The URL to come back to is in the state: were the headers believed, it would be there.
      expect(decodeURIComponent(output)).not.toMatch(/evil|\/ping/);
    });
  });

  test("Redis shares its one network with oauth2-proxy alone", async () => {
    const { "oauth2-proxy": proxy, redis } = await runningParts(project);
    expect(redis !== undefined).toBe(signIn.parts.includes("redis"));
    if (redis === undefined) return;
    const networks = Object.values(redis.NetworkSettings.Networks);
    expect(networks).toHaveLength(1);
    const network = await inspectNetwork(networks[0]?.NetworkID ?? "");
    expect(Object.keys(network.Containers).sort()).toEqual([proxy?.Id, redis.Id].sort());
    expect(network.Internal).toBe(true);
  });
}
