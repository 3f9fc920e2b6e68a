import Docker from "dockerode";

/** The Docker daemon that `DOCKER_HOST` names, or the one on this machine. */
export const docker = new Docker();

/** Tells whether the daemon answered with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && (error as { statusCode?: number }).statusCode === status;
}

/** The daemon's own words, as Docker's client for Go passes them on; and what to do when there is no daemon. */
export function reason(error: unknown): string {
  const { message, code, json, statusCode } = error as {
    message?: string;
    code?: string;
    json?: { message?: string };
    statusCode?: number;
  };
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES") {
    return `cannot reach the Docker daemon (${message ?? code}): is it running, and may this user talk to it?`;
  }
  const words = json?.message ?? message?.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim() ?? String(error);
  return statusCode === undefined ? words : `Error response from daemon: ${words}`;
}

/** An error that says what failed, and why in the daemon's words. */
export function failed(what: string, error: unknown): Error {
  return new Error(`${what}: ${reason(error)}`, { cause: error });
}

/** The result, or undefined when the daemon does not know such a thing (any more). */
export async function ifExists<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw new Error(reason(error), { cause: error });
  }
}

/** The newest version of Docker's API that the official plugin's client speaks. */
const NEWEST_API = "1.51";

/** The version of Docker's API that the official plugin and this daemon agree on. */
export async function apiVersion(): Promise<string> {
  const { ApiVersion } = await docker.version();
  return isOlder(ApiVersion, NEWEST_API) ? ApiVersion : NEWEST_API;
}

/** Tells whether a version of Docker's API, for instance `1.41`, comes before another. */
export function isOlder(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) < 0;
}

/** Waits, but no longer than the engine is there. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Pulumi's list of labels as Docker's map. */
export function labelMap(labels: readonly { label: string; value: string }[] = []): Record<string, string> {
  return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
}

/** Docker's map of labels as Pulumi's list. */
export function labelList(labels: Record<string, string> | null = {}): { label: string; value: string }[] {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}
