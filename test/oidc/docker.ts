/** The identity providers of the tests in Docker: their containers, and the networks on which sites reach them. */
import { setTimeout as delay } from "node:timers/promises";
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { docker, log } from "../contract/docker/docker";
import { address } from "../contract/support/apps";
import { identityProject, type TestProject } from "../leftovers";
import type { ProviderProgram, ProviderRunner } from "./runner";

const labels = (project: TestProject): Record<string, string> => ({
  "streamlit.project": identityProject(project),
});

const filters = (project: TestProject): string =>
  JSON.stringify({ label: Object.entries(labels(project)).map((pair) => pair.join("=")) });

/**
 * Runs identity providers in containers.
 *
 * @param project distinguishes what this test makes on the machine from everything else
 * @param networks existing Docker networks on which the provider is to be found under its host name
 * @param addresses of this machine at which it is reached. @default where the tests find sites
 */
export function dockerRunner(
  project: TestProject,
  networks: string[] = [],
  addresses = [address],
): ProviderRunner {
  return {
    start: (program) => startContainer(program, project, networks, addresses),
    stop: () => removeProviders(project),
  };
}

async function startContainer(
  program: ProviderProgram,
  project: TestProject,
  networks: string[],
  addresses: string[],
): Promise<void> {
  const { host, port, entrypoint, env, binds, scratch = [], megabytes } = program;
  const exposed = `${String(port)}/tcp`;
  const container = await docker.createContainer({
    Image: await pythonImage(),
    Entrypoint: entrypoint,
    // Not root, but a user that may read the files.
    User: user,
    Env: Object.entries(env).map((pair) => pair.join("=")),
    Labels: labels(project),
    ExposedPorts: { [exposed]: {} },
    HostConfig: {
      Binds: Object.entries(binds).map(([there, here]) => `${here}:${there}:ro`),
      Tmpfs: Object.fromEntries(scratch.map((folder) => [folder, "mode=1777"])),
      PortBindings: { [exposed]: addresses.map((HostIp) => ({ HostIp, HostPort: String(port) })) },
      // It resolves no name, and does not wait for a name server that cannot be reached.
      Dns: ["127.0.0.1"],
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: megabytes * 1024 * 1024,
    },
  });
  for (const network of networks)
    await docker
      .getNetwork(network)
      .connect({ Container: container.id, EndpointConfig: { Aliases: [host] } });
  await container.start();
  await ready(container.id, program);
}

const user = String(process.getuid?.() === 0 ? 10001 : process.getuid?.());

async function ready(container: string, { ask, seconds }: ProviderProgram): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      const { State: state } = await docker.getContainer(container).inspect();
      if (!state.Running || Date.now() > end)
        throw new Error(`the identity provider does not answer: ${await log(container)}`, { cause: error });
      await delay(100);
    }
  }
}

/** An image in which this machine's programs run; fetched when it is not there. */
export async function pythonImage(): Promise<string> {
  const { images = defaultImages } = await prepareEngine({
    log: () => undefined,
    officialImages: defaultImages,
  });
  const name = images.python;
  try {
    await docker.getImage(name).inspect();
  } catch {
    const stream = await docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  return name;
}

async function removeProviders(project: TestProject): Promise<void> {
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
export async function createNetwork(project: TestProject): Promise<IdentityNetwork> {
  for (const { Id } of await docker.listNetworks({ filters: filters(project) })) await removeNetwork(Id);
  const name = identityProject(project);
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
