import type { Container } from "dockerode";

import { type Context, Incomplete, type Resource } from "../shared/resource";
import type { Fault, PropertySchemas } from "../shared/schema";
import { isObject, isPresent, isUnknown, type Props } from "../shared/values";
import { archiveFiles } from "./archive";
import { bridged } from "./bridged";
import { apiVersion, docker, failed, ifExists, isOlder, isStatus, sleep } from "./client";
import { type ContainerInputs, createOptions, updatableConfig, uploads } from "./container-config";
import { outputs } from "./container-state";
import { parseDuration } from "./go-format";
import { find } from "./remote-image";
import schema from "./schema.json";

/** A Docker container. */
export const container: Resource<ContainerInputs> = bridged({
  type: "docker:index/container:Container",
  compares: "outputs",
  deleteBeforeReplace: true,

  check(inputs, faults) {
    checkUploads(inputs, faults);
    checkNumbers(inputs, faults);
    return inputs;
  },

  async create(inputs, context) {
    const created = await make(inputs, context);
    try {
      await furnish(created, inputs);
      if (inputs.start) await start(created, inputs, context);
      return { id: created.id, outputs: outputs({ ...inputs }, await created.inspect()) };
    } catch (error) {
      // It stays as it is. What the engine records is what was asked for: the daemon is not asked any more.
      throw new Incomplete(created.id, asked(inputs), error instanceof Error ? error.message : String(error));
    }
  },

  async read(id, state) {
    const info = await ifExists(docker.getContainer(id).inspect());
    return info && { id, outputs: outputs(state, info) };
  },

  // Most of what can be changed without a replacement is only written down: `healthcheck`, `tmpfs` and `init` stay as they were.
  async update(id, state, inputs) {
    const existing = docker.getContainer(id);
    const after = { ...state, ...unset(inputs), ...asked(inputs) };
    try {
      if (state.mustRun === false && inputs.mustRun && inputs.start) {
        await step("Unable to start container", existing.start().catch(ignoring(304)));
      }
      if (UPDATABLE.some((key) => (state[key] ?? 0) !== ((inputs as Props)[key] ?? 0))) {
        await step("Unable to update a container", existing.update(updatableConfig(inputs)));
      }
    } catch (error) {
      throw new Incomplete(id, after, error instanceof Error ? error.message : String(error));
    }
    return after;
  },

  async delete(id, state, signal) {
    const existing = docker.getContainer(id);
    const grace = Number(state.destroyGraceSeconds ?? 0);
    // It may be given hours.
    const stopped = existing.stop({ t: grace, ...(signal && { abortSignal: signal }) });
    // 304: it is not running.
    await stopped.catch(ignoring(304, 404)).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw failed(`Error stopping container ${id}`, error);
    });
    // 409: its removal is in progress already.
    const removal = existing.remove({ force: true, v: state.removeVolumes !== false });
    await step(`Error deleting container ${id}`, removal.catch(ignoring(404, 409)));
  },
});

/** What an update tells the daemon. */
const UPDATABLE = ["restart", "maxRetryCount", "cpuShares", "memory", "memoryReservation", "memorySwap"];

function checkUploads(inputs: Props, faults: Fault[]): void {
  if (!Array.isArray(inputs.uploads)) return;
  for (const [i, { permissions }] of (inputs.uploads as Props[]).entries()) {
    if (typeof permissions !== "string" || isUnknown(permissions) || /^0[0-7]{3}$/.test(permissions))
      continue;
    const property = `uploads[${i}].permissions`;
    faults.push({ property, reason: `'${permissions}' doesn't match the pattern '^0[0-7]{3}$'` });
  }
}

function checkNumbers(inputs: Props, faults: Fault[]): void {
  const { cpus } = inputs;
  if (typeof cpus === "string" && !isUnknown(cpus) && !/^\d+(\.\d{0,9})?$/.test(cpus)) {
    faults.push({ property: "cpus", reason: `property "cpus" must be a number of CPUs such as "0.5"` });
  }
  for (const [key, value] of Object.entries((inputs.healthcheck ?? {}) as Props)) {
    if (key.startsWith("__") || typeof value !== "string" || isUnknown(value)) continue;
    if (parseDuration(value) !== undefined) continue;
    const property = `healthcheck.${key}`;
    faults.push({ property, reason: `property "${property}" must be a duration such as "2s" or "1m30s"` });
  }
}

/** What was asked for, without the plugin's bookkeeping at any level. */
function asked(inputs: ContainerInputs): Props {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).filter(([key]) => !key.startsWith("__"));
    return Object.fromEntries(entries.map(([key, item]) => [key, strip(item)]));
  };
  return strip(inputs) as Props;
}

/** What is not asked for, and is not the daemon's to choose. */
function unset(inputs: ContainerInputs): Props {
  const schemas: PropertySchemas = schema.resources["docker:index/container:Container"].inputs;
  return Object.fromEntries(
    Object.entries(schemas)
      .filter(([key, { computed }]) => !computed && !isPresent((inputs as Props)[key]))
      .map(([key]) => [key, null]),
  );
}

async function make(inputs: ContainerInputs, context: Context): Promise<Container> {
  await step(`Unable to create container with image ${inputs.image}`, find(inputs.image, context));
  if (inputs.command?.includes("")) throw new Error("values for command may not be empty");
  // Docker's client for Go refuses it by itself where the daemon would ignore it.
  if (parseDuration(inputs.healthcheck?.startInterval ?? "0s") !== 0) {
    const version = await apiVersion();
    if (isOlder(version, "1.44")) {
      throw new Error(
        `Unable to create container: "specify health-check start interval" requires API version 1.44, but the Docker daemon API version is ${version}`,
      );
    }
  }
  return step("Unable to create container", docker.createContainer(createOptions(inputs)));
}

/** Joins the networks and puts the files in: all that has to be there before the first process runs. */
async function furnish(created: Container, inputs: ContainerInputs): Promise<void> {
  const networks = inputs.networksAdvanced ?? [];
  if (networks.length > 0 && (inputs.networkMode ?? "bridge") === "bridge") {
    await step(
      "Unable to disconnect the default network",
      docker.getNetwork("bridge").disconnect({ Container: created.id, Force: false }),
    );
  }
  for (const network of networks) {
    await step(
      `Unable to connect to network '${network.name}'`,
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
  for (const { content, contentBase64 } of inputs.uploads ?? []) {
    // An empty text counts as none.
    if (!content && !contentBase64) {
      throw new Error(
        "error with upload content: one of 'content', 'content_base64', or 'source' must be set",
      );
    }
    if (content && contentBase64) {
      throw new Error(
        "error with upload content: only one of 'content', 'content_base64', or 'source' can be set",
      );
    }
  }
  const files = uploads(inputs);
  if (files.length > 0) {
    await step("Unable to upload volume content", created.putArchive(archiveFiles(files), { path: "/" }));
  }
}

async function start(created: Container, inputs: ContainerInputs, context: Context): Promise<void> {
  await step("Unable to start container", created.start());
  if (inputs.wait) await waitUntilHealthy(created, inputs, context);
}

/** Waits for nothing else: neither an exit nor a failed check ends it. */
async function waitUntilHealthy(
  created: Container,
  inputs: ContainerInputs,
  context: Context,
): Promise<void> {
  const deadline = Date.now() + inputs.waitTimeout * 1000;
  for (;;) {
    const { State: state } = await step("error inspecting container state", created.inspect());
    if (!state.Health) {
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. Please remove the 'wait' argument or add a 'healthcheck' attribute",
      );
    }
    if (state.Health.Status === "healthy") return;
    const left = deadline - Date.now();
    if (left <= 0) throw new Error("container failed to be in healthy state");
    await sleep(Math.min(1000, left), context.signal);
  }
}

async function step<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw failed(what, error);
  }
}

/** A handler of errors that passes over answers of the daemon with these HTTP statuses. */
function ignoring(...statuses: number[]): (error: unknown) => void {
  return (error) => {
    if (!statuses.some((status) => isStatus(error, status))) throw error;
  };
}
