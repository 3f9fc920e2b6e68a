/** Which of a stack's containers do not do their work, by what the daemon lists of them. */
import type { ContainerInfo } from "dockerode";

/** As much of a container as this looks at. */
export type Listed = Pick<ContainerInfo, "Id" | "Labels" | "State" | "Status"> & {
  HostConfig: { NetworkMode: string };
};

/**
 * The containers that should run and do not, or are not healthy.
 *
 * One whose part is called `….check` only tells whether another works, and ends: it has failed when it says so, and then the
 * container that it looked at has failed as well, however well that one is at the moment.
 */
export function failed<Container extends Listed>(containers: readonly Container[]): Container[] {
  const checks = containers.filter(({ Labels }) => Labels["streamlit.part"]?.endsWith(".check"));
  const refused = checks.filter(
    ({ State, Status }) =>
      Status.includes("(unhealthy)") || (State === "exited" && !Status.startsWith("Exited (0)")),
  );
  const lookedAt = new Set(
    refused.map(({ HostConfig }) => HostConfig.NetworkMode.replace(/^container:/, "")),
  );
  return containers.filter((container) => {
    const { Id, State, Status } = container;
    if (checks.includes(container)) return refused.includes(container);
    // A container that only carries files is never started and stays "created".
    if (State === "created") return false;
    return State !== "running" || !Status.includes("(healthy)") || lookedAt.has(Id);
  });
}
