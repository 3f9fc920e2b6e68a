/** What Docker knows of the parts of a site. */
import Docker from "dockerode";
import { gatewayPorts } from "../../components/docker/platform";
import type { Endpoint, PartStatus, StackName, TargetStatus } from "../target";
import { partContainers, partName } from "./containers";

/** See `StackTarget.status`. */
export async function status(name: StackName): Promise<TargetStatus> {
  const docker = new Docker();
  const list = await partContainers(name);
  const found = await Promise.all(
    list.map(async ({ Id }) => {
      try {
        const container = await docker.getContainer(Id).inspect();
        return { container, image: await imageName(docker, container) };
      } catch (error) {
        // It was removed between the list and the question.
        if ((error as { statusCode?: number }).statusCode === 404) return undefined;
        throw error;
      }
    }),
  );
  const there = found.filter((one) => one !== undefined);
  return {
    parts: markOld(there.map(({ container, image }) => toPart(container, image))),
    endpoints: there.flatMap(({ container }) => endpointsOf(container)),
  };
}

/**
 * What one container is, as a part of the site.
 *
 * @param container as the daemon describes it
 * @param image the name of its image
 */
export function toPart(container: Docker.ContainerInspectInfo, image: string): PartStatus {
  const { State: state, Config: config, RestartCount: restarts } = container;
  const app = config.Labels["streamlit.app"];
  const health = state.Health?.Status;
  const since = state.Running ? state.StartedAt : state.FinishedAt;
  const reason = reasonOf(state);
  return {
    part: partName(config.Labels),
    ...(app !== undefined && { app }),
    state: state.Status,
    ...(health !== undefined && health !== "none" && state.Running && { health }),
    // The daemon's way to say never.
    ...(!since.startsWith("0001-") && { since: new Date(since).toISOString() }),
    restarts,
    killedForMemory: state.OOMKilled,
    image,
    old: false,
    ...(reason !== undefined && { reason }),
  };
}

function reasonOf(state: Docker.ContainerInspectInfo["State"]): string | undefined {
  if (state.Error !== "") return state.Error;
  if (!state.Running || state.Restarting) return `exit code ${state.ExitCode}`;
  if (state.Health?.Status !== "unhealthy") return undefined;
  return state.Health.Log.at(-1)?.Output.trim().split("\n").at(-1) ?? "its health check fails";
}

async function imageName(docker: Docker, { Image: id }: Docker.ContainerInspectInfo): Promise<string> {
  const short = id.replace(/^sha256:/, "").slice(0, 12);
  const tags = await docker
    .getImage(id)
    .inspect()
    .then(
      ({ RepoTags }) => RepoTags,
      // An old container outlives its image's name, and with force the image.
      () => [],
    );
  return [tags[0], short].filter((name) => name !== undefined).join(" ");
}

/** The ports that a container publishes. */
export function endpointsOf({ NetworkSettings: settings }: Docker.ContainerInspectInfo): Endpoint[] {
  // There is no entry for a port that is not published, and none for any while the container does not run.
  const ports = settings.Ports as Partial<typeof settings.Ports> | null;
  return (["https", "http"] as const).flatMap((protocol) =>
    (ports?.[`${gatewayPorts[protocol]}/tcp`] ?? [])
      .filter(({ HostIp }) => !HostIp.includes(":"))
      .map(({ HostIp, HostPort }) => ({
        protocol,
        address: HostIp === "0.0.0.0" || HostIp === "" ? "127.0.0.1" : HostIp,
        port: Number(HostPort),
      })),
  );
}

/**
 * Say which parts have been replaced: of several containers of one part all that are older than one that is healthy.
 *
 * @param newestFirst the parts
 */
export function markOld(newestFirst: readonly PartStatus[]): PartStatus[] {
  const replaced = new Set<string>();
  return newestFirst.map((part) => {
    const old = replaced.has(part.part);
    if (part.state === "running" && (part.health ?? "healthy") === "healthy") replaced.add(part.part);
    return { ...part, old };
  });
}
