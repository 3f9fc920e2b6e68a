/** Where the volumes of an app may be, and what they mean for its containers. */
import type { Fault } from "../errors";
import { asObject, type UncheckedSpec } from "./unchecked";

/** Folders that no volume may be in, and why. */
const closedFolders: Readonly<Record<string, string>> = {
  "/tmp": "is in memory, and nothing in it is kept",
  "/root": "can only be entered by root, which no app is",
  ...Object.fromEntries(
    [
      "/bin",
      "/boot",
      "/dev",
      "/etc",
      "/lib",
      "/lib32",
      "/lib64",
      "/proc",
      "/run",
      "/sbin",
      "/sys",
      "/usr",
    ].map((folder) => [folder, "is a folder of the system"]),
  ),
  // Links to /run.
  "/var/run": "is a folder of the system",
  "/var/lock": "is a folder of the system",
};

/**
 * The faults of volumes: by where they are, by each other, and by how many containers have them at once.
 *
 * @param spec the spec as it was written
 */
export function* volumeFaults({ apps }: UncheckedSpec): Generator<Fault> {
  for (const { name, app } of apps) {
    const at = `apps.${name}`;
    const volumes = Object.entries(asObject(app.volumes))
      .map(([volume, fields]): Volume => ({ ...asObject(fields), at: `${at}.volumes.${volume}` }))
      .filter(({ path }) => path !== undefined);
    for (const volume of volumes) {
      yield* placeFaults(volume, app);
      for (const other of volumes.slice(0, volumes.indexOf(volume)))
        if (isIn(volume.path, other.path) || isIn(other.path, volume.path))
          yield { path: `${volume.at}.path`, message: `overlaps ${other.path as string} of ${other.at}` };
      yield* sharingFaults(volume, app);
    }
    if (typeof app.drainTimeout === "string" && !/^0[smh]$/.test(app.drainTimeout)) {
      const alone = volumes.find(({ shared }) => shared === undefined || shared === false);
      if (alone !== undefined)
        yield {
          path: `${at}.drainTimeout`,
          message: `must not be set: ${alone.at} is not shared, so the old container is gone before the new one starts`,
        };
    }
  }
}

interface Volume {
  at: string;
  path?: unknown;
  shared?: unknown;
}

function* placeFaults({ at, path }: Volume, app: Record<string, unknown>): Generator<Fault> {
  const fault = (message: string): Fault => ({ path: `${at}.path`, message });
  const closed = Object.keys(closedFolders).find((folder) => isIn(path, folder));
  if (closed !== undefined) yield fault(`must be elsewhere: ${closed} ${closedFolders[closed]}`);
  if (path === "/var") yield fault("must be elsewhere: /var is a folder of the system");
  const { workingDir = "/app", entry = "streamlit_app.py" } = app;
  if (typeof workingDir !== "string") return;
  const settings = `${workingDir}/.streamlit`;
  if (isIn(workingDir, path)) yield fault(`would hide ${workingDir}, where the app is`);
  else if (isIn(path, settings))
    yield fault(`must be elsewhere: ${settings} has the app's settings and secrets`);
  else if (app.source !== undefined && typeof entry === "string" && isIn(`${workingDir}/${entry}`, path))
    yield fault(`would hide ${entry}, the app's script`);
}

/** Is a path a folder, or below it? */
function isIn(path: unknown, folder: unknown): boolean {
  return typeof path === "string" && typeof folder === "string" && `${path}/`.startsWith(`${folder}/`);
}

function* sharingFaults({ at, shared }: Volume, app: Record<string, unknown>): Generator<Fault> {
  if (shared === true) return;
  const several =
    typeof app.replicas === "number" && app.replicas > 1
      ? `replicas: ${app.replicas}`
      : app.autoscaling === undefined
        ? undefined
        : "autoscaling";
  if (several !== undefined)
    yield {
      path: `${at}.shared`,
      message: `must be true with ${several}, if the app can bear that several of its containers write to it at once`,
    };
}
