import type { Container, ContainerInspectInfo } from "dockerode";

import { type Context, PartialCreation, type Resource } from "../shared/resource";
import type { Fault } from "../shared/schema";
import { isUnknown, type Props } from "../shared/values";
import { archiveFiles } from "./archive";
import { docker, failed, ifExists, isStatus, reason, sleep } from "./client";
import {
  type ContainerInputs,
  createOptions,
  parseDuration,
  updatableConfig,
  uploads,
} from "./container-config";
import { OBSERVED, outputs } from "./container-state";

/** A Docker container. */
export const container: Resource<ContainerInputs> = {
  type: "docker:index/container:Container",
  observed: OBSERVED,

  check(inputs, faults) {
    checkUploads(inputs, faults);
    checkNumbers(inputs, faults);
    return inputs;
  },

  // Only a creation that failed, and whose container could not be removed, leaves a state without an image.
  outdated: (state) => (state.image === undefined ? ["image"] : []),

  async create(inputs, context) {
    let created: Container;
    try {
      created = await docker.createContainer(createOptions(inputs));
    } catch (error) {
      const hint = isStatus(error, 409) ? `; if an interrupted run left it: docker rm -f ${inputs.name}` : "";
      throw failed(`container ${inputs.name} could not be created`, error, hint);
    }
    try {
      await furnish(created, inputs);
      if (inputs.start) await start(created, inputs, context);
      return { id: created.id, outputs: outputs({ ...inputs }, await created.inspect()) };
    } catch (error) {
      return await discard(created, `container ${inputs.name} ${reason(error)}`);
    }
  },

  async read(id, state) {
    const info = await ifExists(docker.getContainer(id).inspect());
    if (!info) return undefined;
    if (state.image === undefined) return { id, outputs: state };
    if (state.mustRun !== false && !info.State.Running) {
      // As the official plugin has it: a container that ought to run and does not is removed, and made anew by the next `up`.
      await remove(id, state);
      return undefined;
    }
    return { id, outputs: outputs(state, info) };
  },

  async update(id, state, inputs) {
    const existing = docker.getContainer(id);
    try {
      await existing.update(updatableConfig(inputs));
    } catch (error) {
      throw failed(`container ${inputs.name} could not be updated`, error);
    }
    return outputs({ ...state, ...inputs }, await existing.inspect());
  },

  delete: remove,
};

function checkUploads(inputs: Props, faults: Fault[]): void {
  if (!Array.isArray(inputs.uploads)) return;
  for (const [i, upload] of (inputs.uploads as Props[]).entries()) {
    if (isUnknown(upload)) continue;
    const given = [upload.content, upload.contentBase64].filter((content) => content !== undefined);
    if (given.length === 1) continue;
    const property = `uploads[${i}]`;
    faults.push({
      property,
      reason: `exactly one of "${property}.content", "${property}.contentBase64" must be set`,
    });
  }
}

function checkNumbers(inputs: Props, faults: Fault[]): void {
  const { cpus } = inputs;
  if (typeof cpus === "string" && !isUnknown(cpus) && !(Number(cpus) > 0)) {
    faults.push({ property: "cpus", reason: `property "cpus" must be a number of CPUs such as "0.5"` });
  }
  for (const [key, value] of Object.entries((inputs.healthcheck ?? {}) as Props)) {
    if (key.startsWith("__") || typeof value !== "string" || isUnknown(value)) continue;
    if (parseDuration(value) !== undefined) continue;
    const property = `healthcheck.${key}`;
    faults.push({ property, reason: `property "${property}" must be a duration such as "2s" or "1m30s"` });
  }
}

/** Joins the networks and puts the files in: all that has to be there before the first process runs. */
async function furnish(created: Container, inputs: ContainerInputs): Promise<void> {
  const networks = inputs.networksAdvanced ?? [];
  if (networks.length > 0 && (inputs.networkMode ?? "bridge") === "bridge") {
    await docker.getNetwork("bridge").disconnect({ Container: created.id, Force: true });
  }
  for (const network of networks) {
    await step(
      `could not join network ${network.name}`,
      docker.getNetwork(network.name).connect({
        Container: created.id,
        EndpointConfig: {
          ...(network.aliases && { Aliases: network.aliases }),
          IPAMConfig: {
            ...(network.ipv4Address !== undefined && { IPv4Address: network.ipv4Address }),
            ...(network.ipv6Address !== undefined && { IPv6Address: network.ipv6Address }),
          },
        },
      }),
    );
  }
  const files = uploads(inputs);
  if (files.length > 0) {
    await step("could not take its uploads", created.putArchive(archiveFiles(files), { path: "/" }));
  }
}

async function start(created: Container, inputs: ContainerInputs, context: Context): Promise<void> {
  try {
    await created.start();
  } catch (error) {
    throw failed("could not be started", error, await portHint(inputs, reason(error)));
  }
  if (inputs.wait) await waitUntilHealthy(created, inputs, context);
  else if (inputs.mustRun) {
    // Long enough to notice a command that fails at once, as the official plugin does.
    await sleep(100, context.signal);
    const info = await created.inspect();
    if (hasStopped(info)) throw new Error(await failure(created, exited(info)));
  }
}

/** Names the containers that hold a port which could not be had. */
async function portHint(inputs: ContainerInputs, problem: string): Promise<string> {
  if (!problem.includes("port is already allocated")) return "";
  const publish = (inputs.ports ?? []).flatMap(({ external, protocol }) =>
    external ? [`${external}/${protocol}`] : [],
  );
  const holders = await docker.listContainers({ filters: { publish } });
  const names = holders.flatMap((holder) => holder.Names.map((name) => name.slice(1)));
  if (names.length === 0) return "";
  return `; held by ${names.join(", ")} (if an interrupted run left it: docker rm -f <name>)`;
}

async function waitUntilHealthy(
  created: Container,
  inputs: ContainerInputs,
  context: Context,
): Promise<void> {
  const deadline = Date.now() + inputs.waitTimeout * 1000;
  context.progress("waiting for the health check");
  for (;;) {
    const info = await created.inspect();
    const health = info.State.Health;
    if (health?.Status === "healthy") return;
    const last = health?.Log.at(-1)?.Output.trim();
    const probe = last ? `; its last health check said: ${last}` : "";
    if (inputs.mustRun && hasStopped(info)) throw new Error(await failure(created, exited(info)));
    if (!health) throw new Error("has no health check to wait for: set healthcheck, or leave wait out");
    if (health.Status === "unhealthy") throw new Error(await failure(created, `is unhealthy${probe}`));
    if (Date.now() > deadline) {
      throw new Error(await failure(created, `was not healthy within ${inputs.waitTimeout} s${probe}`));
    }
    await sleep(200, context.signal);
  }
}

/** A container that its restart policy keeps starting over has stopped, too. */
function hasStopped({ State: state, RestartCount: restarts }: ContainerInspectInfo): boolean {
  return !state.Running || state.Restarting || restarts > 0;
}

function exited({ State: state, RestartCount: restarts }: ContainerInspectInfo): string {
  if (restarts > 0)
    return `keeps exiting (started over ${restarts === 1 ? "once" : `${restarts} times`} already)`;
  const killed = state.OOMKilled ? ", out of memory" : "";
  return `exited (code ${state.ExitCode}${killed})${state.Error ? `: ${state.Error}` : ""}`;
}

async function failure(created: Container, what: string): Promise<string> {
  const log = await lastLines(created, 20);
  return log === "" ? `${what}; it logged nothing` : `${what}. The end of its log:\n${log}`;
}

async function lastLines(created: Container, count: number): Promise<string> {
  try {
    return demultiplex(
      await created.logs({ stdout: true, stderr: true, tail: count, follow: false }),
    ).trimEnd();
  } catch {
    return ""; // A log driver may not let itself be read.
  }
}

/** The daemon sends output in frames: a header of eight bytes, whose last four are the length, and the text. */
function demultiplex(buffer: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= buffer.length;) {
    const end = at + 8 + buffer.readUInt32BE(at + 4);
    text += buffer.toString("utf8", at + 8, end);
    at = end;
  }
  return text;
}

async function step<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw failed(what, error);
  }
}

/**
 * Removes a container that failed to come up. The official plugin leaves it for the next `up` to replace; removing it
 * gets to the same end earlier, keeps what it was to replace in service, and leaves nothing behind on a destroy.
 */
async function discard(created: Container, message: string): Promise<never> {
  try {
    await created.remove({ force: true, v: true });
  } catch (error) {
    if (!isStatus(error, 404)) {
      throw new PartialCreation(
        created.id,
        {},
        `${message}\nIt could not be removed either: ${reason(error)}`,
      );
    }
  }
  throw new Error(message);
}

async function remove(id: string, state: Props, signal?: AbortSignal): Promise<void> {
  const existing = docker.getContainer(id);
  const grace = state.destroyGraceSeconds ?? state.stopTimeout;
  if (typeof grace === "number" && grace > 0) {
    // It may be given hours, for which nobody who cancels wants to wait.
    const stopped = existing.stop({ t: grace, ...(signal && { abortSignal: signal }) });
    // 304: it is not running.
    await ifExists(stopped.catch((error: unknown) => ignore(error, 304)));
  }
  // 409: its removal is in progress already.
  const removal = existing.remove({ force: true, v: state.removeVolumes !== false });
  await ifExists(removal.catch((error: unknown) => ignore(error, 409)));
}

function ignore(error: unknown, status: number): void {
  if (!isStatus(error, status)) throw error;
}
