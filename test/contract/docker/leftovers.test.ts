/** What a run of the tests that was killed has left on the machine does not stand in the way of the next. */
import { identityProject, labelsOf, removeAllLeftovers, removeLeftovers } from "../../leftovers";
import { pythonImage } from "../../oidc/docker";
import { census, docker } from "./docker";

jest.setTimeout(60_000);

const project = "contract-leftovers";
const other = "another-project";
const label = (name: string) => ({ "streamlit.project": name });
const named = (name: string) => JSON.stringify({ label: [`streamlit.project=${name}`] });

const builtImage = (name: string): string => `${name}/app`;

/** A container of a project on a network of the same and with a volume of it, and an image named as a built one. */
async function leave(name: string, image: string): Promise<void> {
  const network = await docker.createNetwork({ Name: name, Labels: label(name) });
  await docker.createVolume({ Name: name, Labels: label(name) });
  await docker.getImage(image).tag({ repo: builtImage(name), tag: "built" });
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["sleep", "infinity"],
    Labels: label(name),
    HostConfig: {
      NetworkMode: network.id,
      Binds: [`${name}:/data`],
      RestartPolicy: { Name: "unless-stopped" },
    },
  });
  await container.start();
}

const all = { containers: 1, networks: 1, volumes: 1, images: 1 };
const none = { containers: 0, networks: 0, volumes: 0, images: 0 };

const clean = () => removeLeftovers([...labelsOf(project), `streamlit.project=${other}`]);

describe("what a killed run has left", () => {
  beforeAll(async () => {
    await clean();
    const image = await pythonImage();
    for (const name of [project, other]) await leave(name, image);
    // An identity provider is also on its site's network, and the site on the provider's.
    await leave(identityProject(project), image);
    const [site] = await docker.listContainers({ filters: named(project) });
    await docker.getNetwork(identityProject(project)).connect({ Container: site?.Id ?? "" });
  });
  afterAll(async () => {
    await clean();
    await docker.getImage(`${builtImage(other)}:built`).remove();
  });

  test("goes, with its networks, volumes and images", async () => {
    expect(await census(project)).toEqual(all);
    expect(await removeAllLeftovers()).toBeGreaterThanOrEqual(2);
    expect(await census(project)).toEqual(none);
    expect(await census(identityProject(project))).toEqual(none);
  });

  test("and nothing of another project", async () => {
    expect(await census(other)).toEqual(all);
  });

  test("nothing is left to remove the second time", async () => {
    expect(await removeAllLeftovers()).toBe(0);
  });
});
