import Docker from "dockerode";

/** The Docker daemon that `DOCKER_HOST` names, or the one on this machine. */
export const docker = new Docker();

/** Tells whether the daemon answered with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && (error as { statusCode?: number }).statusCode === status;
}

/** The daemon's own words, without dockerode's preamble; and what to do when there is no daemon. */
export function reason(error: unknown): string {
  const { message, code, json } = error as { message?: string; code?: string; json?: { message?: string } };
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES") {
    return `cannot reach the Docker daemon (${message ?? code}): is it running, and may this user talk to it?`;
  }
  return json?.message ?? message?.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim() ?? String(error);
}

/** An error that says what failed, and why in the daemon's words. */
export function failed(what: string, error: unknown, hint = ""): Error {
  return new Error(`${what}: ${reason(error)}${hint}`, { cause: error });
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

/** Waits, but no longer than until the operation is cancelled. */
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
