import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

import type { ImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Context, Live, Resource } from "../shared/resource";
import type { Fault } from "../shared/schema";
import { containsUnknown, type Props, secret } from "../shared/values";
import { archiveContext } from "./archive";
import { digestContext, listContext } from "./build-context";
import { type BuildEvent, BuildMessages } from "./build-messages";
import { docker, reason } from "./client";

/** What can be built: the one form of `build` that the stand-in takes, with what `check` adds to it. */
export interface Build {
  context?: string;
  dockerfile?: string;
  contextDigest: string;
  platform: string;
  args?: Record<string, string>;
  target?: string;
  network?: string;
  addHosts?: string[];
}

type ImageInputs = Unwrap<ImageArgs> & { build: Build };

/** The name of a Dockerfile from outside of the context, inside of the archive that the daemon gets. */
const OUTSIDE_DOCKERFILE = ".pulumi.Dockerfile";

/** An image built from a folder by the daemon's BuildKit. Neither a refresh nor a deletion asks the daemon for it. */
export const image: Resource<ImageInputs> = {
  type: "docker:index/image:Image",

  async check(inputs, faults) {
    if (containsUnknown(inputs.build)) return inputs;
    const build = (inputs.build ?? {}) as Partial<Build>;
    const platform = build.platform ?? `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
    const contextDigest = await digest(build, faults);
    return { ...inputs, build: { ...build, contextDigest, platform } };
  },

  create: (inputs, context) => build(inputs, context),

  async update(_id, _state, inputs, context) {
    return (await build(inputs, context)).outputs;
  },
};

function locate(build: Partial<Build>): { context: string; dockerfile: string } {
  const context = build.context ?? ".";
  return { context, dockerfile: build.dockerfile ?? path.join(context, "Dockerfile") };
}

async function digest(build: Partial<Build>, faults: Fault[]): Promise<string> {
  const { context, dockerfile } = locate(build);
  const fail = (property: string, problem: string): string => {
    faults.push({ property: `build.${property}`, reason: problem });
    return "";
  };
  if (!existsSync(context))
    return fail("context", `there is no folder "${context}" (seen from ${process.cwd()})`);
  if (!existsSync(dockerfile)) {
    const inContext = path.join(context, dockerfile);
    const hint = existsSync(inContext)
      ? `: a path relative to the project is expected, try "${inContext}"`
      : "";
    return fail("dockerfile", `there is no file "${dockerfile}" (seen from ${process.cwd()})${hint}`);
  }
  return digestContext(context, dockerfile);
}

async function build(inputs: ImageInputs, context: Context): Promise<Live> {
  const { build, imageName } = inputs;
  const { context: folder, dockerfile } = locate(build);
  const entries = await listContext(folder, dockerfile);
  const inside = path.relative(folder, dockerfile).split(path.sep).join(path.posix.sep);
  const isInside = entries.some((entry) => entry.path === inside);
  const extra = isInside
    ? []
    : [{ path: OUTSIDE_DOCKERFILE, mode: 0o644, content: await readFile(dockerfile) }];

  const messages = await BuildMessages.create();
  context.progress("Starting Docker build");
  let stream: NodeJS.ReadableStream;
  try {
    stream = await docker.buildImage(archiveContext(entries, extra), {
      version: "2",
      t: imageName,
      dockerfile: isInside ? inside : OUTSIDE_DOCKERFILE,
      platform: build.platform,
      abortSignal: context.signal,
      ...(build.args && { buildargs: build.args }),
      ...(build.target !== undefined && { target: build.target }),
      ...(build.network !== undefined && { networkmode: build.network }),
      // One parameter for each host, which is what the daemon expects; the types know a single string only.
      ...(build.addHosts && { extrahosts: build.addHosts as unknown as string }),
    });
  } catch (error) {
    throw new Error(`error building image: ${reason(error)}`, { cause: error });
  }
  let id: string | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => {
          if (error) reject(error);
          else resolve();
        },
        (event: BuildEvent) => {
          if (event.error !== undefined) reject(new Error(event.error));
          id ??= messages.imageId(event);
          const message = messages.of(event);
          if (message !== "") context.progress(message);
        },
      );
    });
  } catch (error) {
    const why: unknown = context.signal.aborted ? context.signal.reason : error;
    // Nothing of what the build printed, which is among the messages.
    throw new Error(`error reading build output: ${reason(why)}`, { cause: error });
  }
  if (id === undefined) throw new Error("no image id found in build output");
  context.progress(`Image built successfully, local id "${id}"`);
  const digest = inputs.skipPush === true ? id : await push(inputs, context);
  return { id: imageName, outputs: outputs(inputs, digest) };
}

/** Push an image. @returns its name by digest, as the daemon knows it then */
async function push({ imageName, registry }: ImageInputs, context: Context): Promise<string> {
  context.progress("Pushing Image to the registry");
  const image = docker.getImage(imageName);
  try {
    const stream = await image.push({
      abortSignal: context.signal,
      authconfig: {
        username: registry?.username ?? "",
        password: registry?.password ?? "",
        serveraddress: registry?.server ?? "",
      },
    });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  } catch (error) {
    throw new Error(`error pushing image: ${reason(error)}`, { cause: error });
  }
  const { RepoDigests: digests } = await image.inspect();
  const repository = imageName.replace(/:[^/:]*$/, "");
  const found = digests.find((digest) => digest.startsWith(`${repository}@`));
  if (found === undefined) throw new Error(`${imageName}: the registry has told no digest`);
  return found;
}

function outputs(inputs: ImageInputs, digest: string): Props {
  const { context, dockerfile } = locate(inputs.build);
  return {
    baseImageName: inputs.imageName,
    context,
    dockerfile: path.relative(context, dockerfile),
    imageName: inputs.imageName,
    platform: inputs.build.platform,
    registryServer: inputs.registry?.server ?? "",
    repoDigest: digest,
    // The official plugin compares with these.
    __inputs: secret(inputs),
  };
}
