/** A stack that is on the machine, and of which no state knows: found by its labels, shown, removed when asked for. */
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import { removeLeftovers } from "../../leftovers";
import { probe } from "../support/apps";
import { Checkout } from "./checkout";
import { census, docker } from "./docker";
import { ports } from "./target";

jest.setTimeout(180_000);

const project = "contract-lost-state";
const labels = (stack: string): Record<string, string> => ({
  "streamlit.project": project,
  "streamlit.stack": stack,
  "streamlit.site": "site",
});
const names = (stack: string): Record<"container" | "network" | "volume" | "data", string> => ({
  container: `${project}-${stack}`,
  network: `${project}-${stack}-network`,
  volume: `${project}-${stack}-files`,
  data: `${project}-${stack}-data`,
});

describe("a stack whose state was lost", () => {
  let checkout: Checkout;
  const all = { containers: 2, networks: 2, volumes: 4, images: 2 };

  /** Parts of a stack, by hand: what they are is for the labels to say. */
  const leave = async (stack: string, image: string): Promise<void> => {
    const { container, network, volume, data } = names(stack);
    await docker.createNetwork({ Name: network, Labels: labels(stack) });
    await docker.createVolume({ Name: volume, Labels: labels(stack) });
    await docker.createVolume({ Name: data, Labels: { ...labels(stack), "streamlit.volume": "data" } });
    await docker.getImage(image).tag({ repo: `${project}/${stack}-site-app`, tag: "latest" });
    await docker.createContainer({
      name: container,
      Image: image,
      Cmd: ["true"],
      Labels: { ...labels(stack), "streamlit.app": "app" },
      HostConfig: { NetworkMode: network, Binds: [`${volume}:/files`] },
    });
  };
  const clean = async (): Promise<void> => {
    await removeLeftovers([`streamlit.project=${project}`]);
    for (const stack of ["test", "test-two"])
      await docker
        .getImage(`${project}/${stack}-site-app`)
        .remove()
        .catch(() => undefined);
  };

  beforeAll(async () => {
    await clean();
    const { images } = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    // Another stack of the project, whose name begins with the same.
    for (const stack of ["test", "test-two"]) await leave(stack, images?.nginx ?? defaultImages.nginx);
    checkout = new Checkout(project);
    checkout.configure({
      host: "localhost",
      ports,
      apps: { probe: { source: probe } },
      auth: { basic: { generatedUsers: ["demo"] } },
    });
  });
  afterAll(async () => {
    await checkout.remove();
    await clean();
  });

  test("`up` says so before it touches anything", async () => {
    const { how, output } = await checkout.start("up").end;
    expect(how).toBe(1);
    expect(output).toContain("containers of stack test are there, its state is not");
    expect(output).toContain(names("test").container);
    expect(output).not.toContain(names("test-two").container);
    expect(output).toContain("npm run down -- --stack test --leftovers");
    expect(output).not.toMatch(/docker rm|\n\s+at /);
    expect(await census(project)).toEqual(all);
  });

  test("`down --leftovers` shows what is there, and removes nothing unasked", async () => {
    const { how, output } = await checkout.start("down", "--leftovers").end;
    expect(how).toBe(1);
    for (const name of [names("test").container, names("test").network, names("test").volume])
      expect(output).toContain(name);
    expect(output).toContain("add --yes");
    expect(output).not.toContain(names("test").data);
    expect(await census(project)).toEqual(all);
  });

  test("`down --leftovers --yes` removes it, but neither an app's data nor anything of another stack", async () => {
    await checkout.run("down", "--leftovers", "--yes");
    expect(await census(project)).toEqual({ containers: 1, networks: 1, volumes: 3, images: 1 });
    for (const stack of ["test", "test-two"]) await docker.getVolume(names(stack).data).inspect();
  });

  test("with --volumes the data goes too, and then there is nothing", async () => {
    await checkout.run("down", "--leftovers", "--yes", "--volumes");
    expect(await census(project)).toEqual({ containers: 1, networks: 1, volumes: 2, images: 1 });
    expect(await checkout.run("down", "--leftovers")).toContain("nothing is there of stack test");
  });
});
