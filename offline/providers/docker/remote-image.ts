import type { RemoteImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Context, Resource } from "../shared/resource";
import type { Props } from "../shared/values";
import { docker, failed, ifExists } from "./client";

type RemoteImageInputs = Unwrap<RemoteImageArgs>;

/** How long a pull may go without a sign of progress. */
const STALLED_AFTER_MS = 60_000;

/** An image from a registry, or one that is on this machine already. */
export const remoteImage: Resource<RemoteImageInputs> = {
  type: "docker:index/remoteImage:RemoteImage",

  async create(inputs, context) {
    let info = await inspect(inputs.name);
    if (!info) {
      try {
        await pull(inputs, context);
        info = await docker.getImage(inputs.name).inspect();
      } catch (error) {
        throw failed(`image ${inputs.name} is not on this machine and could not be pulled`, error);
      }
    }
    return { id: info.Id + inputs.name, outputs: outputs(inputs, info) };
  },

  async read(_id, state) {
    const inputs = state as unknown as RemoteImageInputs;
    const info = await inspect(inputs.name);
    return info && { id: info.Id + inputs.name, outputs: outputs(inputs, info) };
  },

  update: (_id, state, inputs) =>
    Promise.resolve({
      ...state,
      keepLocally: inputs.keepLocally ?? null,
      forceRemove: inputs.forceRemove ?? null,
    }),

  async delete(_id, state) {
    if (state.keepLocally === true) return;
    await ifExists(docker.getImage(state.name as string).remove({ force: state.forceRemove === true }));
  },
};

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

async function pull(inputs: RemoteImageInputs, context: Context): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new Error(`no progress within ${STALLED_AFTER_MS / 1000} s`));
  }, STALLED_AFTER_MS);
  const signal = AbortSignal.any([context.signal, stalled.signal]);
  try {
    const stream = await docker.pull(inputs.name, {
      ...(inputs.platform !== undefined && { platform: inputs.platform }),
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
          context.progress([event.status, event.progress].filter(Boolean).join(" "));
        },
      );
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
