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
import { type BuildEvent, BuildLog } from "./build-log";
import { docker, failed, ifExists } from "./client";

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

/** An image built from a folder by the daemon's BuildKit. */
export const image: Resource<ImageInputs> = {
  type: "docker:index/image:Image",

  async check(inputs, faults) {
    if (inputs.skipPush !== true) {
      faults.push({
        property: "skipPush",
        reason: "the offline stand-in cannot push images: set skipPush to true",
      });
    }
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

  async read(id, state) {
    const found = await ifExists(docker.getImage(state.repoDigest as string).inspect());
    return found && { id, outputs: state };
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

  const log = await BuildLog.create();
  let id: string | undefined;
  try {
    const stream = await docker.buildImage(archiveContext(entries, extra), {
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
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => {
          if (error) reject(error);
          else resolve();
        },
        (event: BuildEvent) => {
          if (event.error !== undefined) reject(new Error(event.error));
          if (event.id === "moby.image.id") id = (event.aux as { ID?: string }).ID;
          const line = log.add(event).at(-1);
          if (line !== undefined) context.progress(line);
        },
      );
    });
    id ??= (await docker.getImage(imageName).inspect()).Id;
  } catch (error) {
    const cause: unknown = context.signal.aborted ? context.signal.reason : error;
    throw failed(`image ${imageName} could not be built`, cause, `\n${log.tail(30)}`);
  }
  return { id: imageName, outputs: outputs(inputs, id) };
}

function outputs(inputs: ImageInputs, id: string): Props {
  const { context, dockerfile } = locate(inputs.build);
  return {
    baseImageName: inputs.imageName,
    context,
    dockerfile: path.relative(context, dockerfile),
    imageName: inputs.imageName,
    platform: inputs.build.platform,
    registryServer: "",
    repoDigest: id,
    // The official plugin compares with these.
    __inputs: secret(inputs),
  };
}
