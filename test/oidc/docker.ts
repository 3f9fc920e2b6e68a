/** What the identity providers have in Docker: containers, and networks on which sites reach them. */
import { docker } from "../contract/support/docker";

/**
 * The labels of what belongs to a test's identity provider. They are not those of the test's site, which removes
 * everything of its own when it starts.
 */
export const labels = (project: string): Record<string, string> => ({
  "streamlit.project": `${project}-identity`,
});

const filters = (project: string): string =>
  JSON.stringify({ label: Object.entries(labels(project)).map((pair) => pair.join("=")) });

/** Remove the identity providers of a project, those that a killed run left behind among them. */
export async function removeProviders(project: string): Promise<void> {
  for (const { Id } of await docker.listContainers({ all: true, filters: filters(project) }))
    await docker.getContainer(Id).remove({ force: true });
}

/** A network on which a site's containers find an identity provider under its host name. */
export interface IdentityNetwork {
  /** Its name in Docker. */
  name: string;
  /** Remove it, whoever is still connected. */
  remove(): Promise<void>;
}

/**
 * Make a network for an identity provider and the sites that use it; it has no way out.
 *
 * One that a killed run of the same test left behind is removed first.
 *
 * @param project distinguishes what this test makes on the machine from everything else
 */
export async function createNetwork(project: string): Promise<IdentityNetwork> {
  for (const { Id } of await docker.listNetworks({ filters: filters(project) })) await removeNetwork(Id);
  const name = `${project}-identity`;
  const { id } = await docker.createNetwork({ Name: name, Internal: true, Labels: labels(project) });
  return { name, remove: () => removeNetwork(id) };
}

async function removeNetwork(id: string): Promise<void> {
  const network = docker.getNetwork(id);
  const { Containers: containers = {} } = (await network.inspect()) as {
    Containers?: Record<string, unknown>;
  };
  for (const Container of Object.keys(containers)) await network.disconnect({ Container, Force: true });
  await network.remove();
}
