/** The containers and images of a stack, by the labels and names that the components give them. */
import Docker from "dockerode";
import type { Failure } from "../target";

/** The filter of Docker's lists for what belongs to a stack. */
export const ofStack = (project: string, stack: string): string =>
  JSON.stringify({ label: [`streamlit.project=${project}`, `streamlit.stack=${stack}`] });

/**
 * What a container is called by its labels: `gateway`, `oauth2-proxy`, `redis`, an app's name for its first replica,
 * `<app>.2` for the second, `<app>.drain` for what waits until nobody has an old one open, or `<part>.check` for what shows
 * before a part is replaced, or an app takes visits, that it will do.
 */
export function partName(labels: Record<string, string>): string {
  return labels["streamlit.part"] ?? labels["streamlit.app"] ?? "gateway";
}

/** How often a container is started over before it counts as one that will not come up. */
const hopelessRestarts = 3;

/**
 * The containers of a stack that should run and do not, or are not healthy.
 *
 * @param lines how many lines of each one's log
 * @param only the names of the containers that are looked at. @default all
 */
export async function failedContainers(
  project: string,
  stack: string,
  lines: number,
  only?: readonly string[],
): Promise<Failure[]> {
  const docker = new Docker();
  const containers = await docker.listContainers({ all: true, filters: ofStack(project, stack) });
  const failures = await Promise.all(
    containers
      .filter(({ Names }) => only === undefined || Names.some((name) => only.includes(name.slice(1))))
      .map(async ({ Id }) => {
        const container = docker.getContainer(Id);
        const info = await container.inspect();
        const trouble = troubleOf(info);
        if (trouble === undefined) return [];
        const logOf = async (id: string): Promise<string> =>
          withoutHeaders(
            await docker.getContainer(id).logs({ stdout: true, stderr: true, tail: lines }),
          ).trimEnd();
        const resource = info.Name.replace(/^\//, "");
        const app = checkedApp(info);
        if (app === undefined) return [{ ...trouble, resource, log: await logOf(Id) }];
        const details = [...trouble.details, ...(await logOf(Id)).split("\n")];
        return [{ ...trouble, details, resource, log: await logOf(app) }];
      })
      // It may have gone meanwhile.
      .map((failure) => failure.catch(ifGone)),
  );
  return failures.flat();
}

/** The id of the app's container that a check looked at: why it did not go on is in its log, which the check does not know. */
export function checkedApp({ Config, HostConfig }: Docker.ContainerInspectInfo): string | undefined {
  const isCheck = Config.Labels["streamlit.app"] !== undefined && partName(Config.Labels).endsWith(".check");
  return isCheck ? /^container:(.+)$/.exec(HostConfig.NetworkMode ?? "")?.[1] : undefined;
}

function ifGone(error: unknown): never[] {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 404 || statusCode === 409) return [];
  throw error;
}

/** What of a container's state tells whether it does its work. */
export type Inspected = Pick<Docker.ContainerInspectInfo, "State" | "RestartCount"> & {
  Config: Pick<Docker.ContainerInspectInfo["Config"], "Labels">;
  HostConfig: Pick<Docker.ContainerInspectInfo["HostConfig"], "Memory">;
};

/** What is wrong with a container, or undefined if nothing is. */
export function troubleOf({
  State: state,
  RestartCount: restarts,
  Config,
  HostConfig,
}: Inspected): Omit<Failure, "resource" | "log"> | undefined {
  // A container that only carries files is never started.
  if (state.Status === "created" && state.Error === "") return undefined;
  const name = partName(Config.Labels);
  const part = Config.Labels["streamlit.app"] === undefined ? name : `app ${name}`;
  const health = state.Health;
  // A check ends by itself, and has found nothing wrong when it ends well.
  if (name.endsWith(".check") && (state.Running ? health?.Status !== "unhealthy" : state.ExitCode === 0))
    return undefined;
  const lastCheck = health?.Log.at(-1)?.Output.trim();
  const details = [
    ...(state.OOMKilled
      ? [`it was killed for want of memory (limit ${(HostConfig.Memory ?? 0) / 1024 ** 2} MiB)`]
      : []),
    ...(state.Error === "" ? [] : [state.Error]),
    ...(lastCheck ? [`its last health check said: ${lastCheck}`] : []),
  ];
  const over = restarts === 1 ? "once" : `${restarts} times`;
  const trouble = (status: string, hopeless: boolean): Omit<Failure, "resource" | "log"> => ({
    part,
    status,
    details,
    hopeless,
  });
  if (state.Restarting || (restarts > 0 && health?.Status !== "healthy"))
    return trouble(
      `its container keeps exiting (exit code ${state.ExitCode}, started over ${over})`,
      restarts >= hopelessRestarts,
    );
  if (!state.Running) return trouble(`its container has exited (exit code ${state.ExitCode})`, true);
  if (health?.Status === "unhealthy") return trouble("its container is not healthy", false);
  if (health?.Status === "starting")
    return trouble("its container has not passed its health check yet", false);
  return undefined;
}

/** Docker's log stream puts eight bytes, the last four of them the length, before each piece of text. */
function withoutHeaders(stream: Buffer): string {
  const pieces: string[] = [];
  for (let at = 0; at + 8 <= stream.length;) {
    const length = stream.readUInt32BE(at + 4);
    pieces.push(stream.toString("utf8", at + 8, at + 8 + length));
    at += 8 + length;
  }
  return pieces.join("");
}
