/** What tests have on the machine in Docker, and how it goes when the run that made it was killed. */
import Docker from "dockerode";

/**
 * The Pulumi projects of the tests' sites. Everything that a test makes is labelled with one of these, or with its
 * {@link identityProject}.
 */
export const testProjects = [
  "contract-commands",
  "contract-daily-use",
  "contract-egress",
  "contract-gateway",
  "contract-interrupted",
  "contract-keycloak",
  "contract-killed",
  "contract-kubernetes",
  "contract-kubernetes-oidc",
  "contract-kubernetes-autoscaling",
  "contract-kubernetes-certificate",
  "contract-kubernetes-commands",
  "contract-kubernetes-ingress",
  "contract-kubernetes-killed",
  "contract-kubernetes-replicas",
  "contract-kubernetes-rights",
  "contract-kubernetes-sessions",
  "contract-leftovers",
  "contract-lifecycle",
  "contract-newcomer",
  "contract-lost-state",
  "contract-oidc",
  "contract-oidc-cookie",
  "contract-oidc-provider",
  "contract-replicas",
  "contract-rolled",
  "contract-visitors",
  "contract-volumes",
  "browser",
  "browser-sso",
  "bench",
  "bench-sso",
  "bench-updates",
  "bench-targets",
] as const;

/** One of {@link testProjects}. */
export type TestProject = (typeof testProjects)[number];

/**
 * The label of what belongs to the identity provider of a test's site. It is not the site's own, because a site removes
 * everything of its own when it starts.
 */
export const identityProject = (project: TestProject): string => `${project}-identity`;

/** The labels of everything that a test of a project makes. */
export const labelsOf = (project: TestProject): string[] =>
  [project, identityProject(project)].map((name) => `streamlit.project=${name}`);

/**
 * Remove the containers, networks, volumes and built images of tests whose run was killed. Docker starts the containers
 * of a site anew with itself, and they keep the ports that the next run needs.
 *
 * @returns how many containers there were
 */
export async function removeAllLeftovers(): Promise<number> {
  const removed = await removeLeftovers(testProjects.flatMap(labelsOf));
  for (const project of testProjects)
    for (const name of [project, identityProject(project)]) await removeImages(name);
  return removed;
}

/** Remove the images that were built for a project, so that a test that counts them finds its own alone. */
async function removeImages(project: string): Promise<void> {
  const docker = new Docker();
  const reference = `${project}/*`;
  const images = await docker.listImages({ filters: JSON.stringify({ reference: [reference] }) });
  for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? []))
    if (tag.startsWith(`${project}/`)) await docker.getImage(tag).remove({ force: true });
}

/**
 * Remove the containers, networks and volumes that have one of some labels.
 *
 * @param labels as `key` or `key=value`
 * @returns how many containers there were
 */
export async function removeLeftovers(labels: readonly string[]): Promise<number> {
  const docker = new Docker();
  const filters = labels.map((label) => JSON.stringify({ label: [label] }));
  let removed = 0;
  // All containers first: those of one label are on networks of another.
  for (const filter of filters)
    for (const { Id } of await docker.listContainers({ all: true, filters: filter })) {
      await docker.getContainer(Id).remove({ force: true, v: true });
      removed += 1;
    }
  for (const filter of filters) {
    for (const { Id } of await docker.listNetworks({ filters: filter })) await docker.getNetwork(Id).remove();
    const { Volumes } = await docker.listVolumes({ filters: filter });
    for (const { Name } of Volumes) await docker.getVolume(Name).remove({ force: true });
  }
  return removed;
}
