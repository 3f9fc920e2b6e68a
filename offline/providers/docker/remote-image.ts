import type { RemoteImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Context, Live, Resource } from "../shared/resource";
import type { Props } from "../shared/values";
import { bridged } from "./bridged";
import { docker, failed, ifExists } from "./client";

type RemoteImageInputs = Unwrap<RemoteImageArgs>;

/** How long a pull may go without a sign of progress. */
const STALLED_AFTER_MS = 60_000;

/** An image from a registry, or one that is on this machine already. */
export const remoteImage: Resource<RemoteImageInputs> = bridged({
  type: "docker:index/remoteImage:RemoteImage",
  compares: "outputs",

  create: (inputs, context) => live(inputs, context),

  async read(_id, state) {
    const inputs = state as unknown as RemoteImageInputs;
    const info = await inspect(inputs.name);
    return info && { id: info.Id + inputs.name, outputs: outputs(inputs, info) };
  },

  // What a name stands for may have changed meanwhile.
  update: async (_id, _state, inputs, context) => (await live(inputs, context)).outputs,

  async delete(_id, state) {
    if (state.keepLocally === true) return;
    const removal = docker.getImage(state.name as string).remove({ force: state.forceRemove === true });
    await ifExists(removal).catch((error: unknown) => {
      throw failed("Unable to remove Docker image", error);
    });
  },
});

async function live(inputs: RemoteImageInputs, context: Context): Promise<Live> {
  try {
    const info = await find(inputs.name, context, inputs.platform);
    return { id: info.Id + inputs.name, outputs: outputs(inputs, info) };
  } catch (error) {
    throw failed("Unable to read Docker image into resource", error);
  }
}

/** An image on this machine, or pulled to it. */
export async function find(name: string, context: Context, platform?: string): Promise<ImageInfo> {
  const local = await inspect(name);
  if (local) return local;
  try {
    await pull(name, platform, context);
  } catch (error) {
    throw failed(`unable to pull image ${name}: error pulling image ${name}`, error);
  }
  const pulled = await inspect(name);
  if (!pulled) throw new Error(`unable to find or pull image ${name}`);
  return pulled;
}

type ImageInfo = Awaited<ReturnType<ReturnType<typeof docker.getImage>["inspect"]>>;

function inspect(name: string): Promise<ImageInfo | undefined> {
  return ifExists(docker.getImage(name).inspect());
}

function outputs(inputs: RemoteImageInputs, info: ImageInfo): Props {
  return {
    name: inputs.name,
    imageId: info.Id,
    repoDigest: info.RepoDigests?.[0] ?? "",
    keepLocally: inputs.keepLocally ?? null,
    forceRemove: inputs.forceRemove ?? null,
    platform: inputs.platform ?? null,
    triggers: inputs.triggers ?? null,
    pullTriggers: inputs.pullTriggers ?? null,
    build: null,
  };
}

async function pull(name: string, platform: string | undefined, context: Context): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new Error(`no progress within ${STALLED_AFTER_MS / 1000} s`));
  }, STALLED_AFTER_MS);
  const signal = AbortSignal.any([context.signal, stalled.signal]);
  try {
    const stream = await docker.pull(name, {
      ...(platform !== undefined && { platform }),
      abortSignal: signal,
    });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => {
          if (error) reject(error);
          else resolve();
        },
        (event: { status?: string; progress?: string; error?: string }) => {
          timer.refresh();
          if (event.error !== undefined) reject(new Error(event.error));
        },
      );
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
