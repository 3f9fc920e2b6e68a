/** The images of a stack on Kubernetes, on the machine that builds and pushes them. */
import Docker from "dockerode";
import type { ImagesArgs } from "../../components/spec/args";
import { defaultImages } from "../../components/spec/defaults";
import { exec } from "../../scripts/exec";
import { fieldOf } from "../stack-file";
import { type Log, siteName, type StackName } from "../target";
import { UserError } from "../user-error";
import type { ClusterClient } from "./client";
import { pathOf } from "./kinds";
import { type Deployment, ofStack } from "./objects";

/** How long a push may take, in seconds. */
const patience = 1800;

/**
 * How the names of a stack's images begin behind the address of the registry. Those of a stack `<stack>-site-two` begin so as well; to
 * lose a copy whose original is in the registry costs the next build some time.
 */
const prefix = ({ project, stack }: StackName): string => `/${project}-${stack}-${siteName}-`.toLowerCase();

/** Are images the ones that every cluster finds at their registries? */
export function areOfficial(images: Required<ImagesArgs>): boolean {
  return Object.entries(defaultImages).every(([name, image]) => images[name as keyof ImagesArgs] === image);
}

/**
 * Give a cluster the base images that were made on this machine, because the official ones could not be had: they are pushed to the
 * site's own registry, as whoever is signed in to it with `docker login`.
 *
 * @param images as the engine has them
 * @param spec the site of the stack's file
 * @returns their names for the cluster, by digest; Python's, which only builds need, as it is
 * @throws {@link UserError} when the registry refuses them
 */
export async function pushed(
  images: Required<ImagesArgs>,
  spec: unknown,
  log: Log,
): Promise<Required<ImagesArgs>> {
  const address = fieldOf(spec, "registry", "address");
  if (areOfficial(images) || typeof address !== "string") return images;
  const { python, ...others } = images;
  const names: Record<string, string> = {};
  for (const [key, image] of Object.entries(others)) {
    // What the stack's file names takes its place.
    if (fieldOf(spec, "images", key) !== undefined) continue;
    names[key] = await push(image, `${address.replace(/\/$/, "")}/${image}`, log);
  }
  return { ...images, ...names, python };
}

async function push(image: string, name: string, log: Log): Promise<string> {
  const docker = new Docker();
  const separator = name.lastIndexOf(":");
  const [repo, tag] = [name.slice(0, separator), name.slice(separator + 1)];
  await docker.getImage(image).tag({ repo, tag });
  const note = setTimeout(() => {
    log(`pushing ${name}`);
  }, 3000);
  try {
    // The command line knows who is signed in where.
    const { stdout } = await exec("docker", ["push", name], { seconds: patience });
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
    if (digest === undefined) throw new Error("the registry has told no digest");
    return `${repo}@${digest}`;
  } catch (error) {
    throw new UserError(
      `the base image ${name} cannot be pushed: ${error instanceof Error ? error.message : String(error)}\n` +
        "The site's registry has to take them, since the official ones cannot be had here. `docker login` signs in to it",
    );
  } finally {
    clearTimeout(note);
    await docker
      .getImage(name)
      .remove()
      .catch(() => undefined); // It has another name.
  }
}

/**
 * See `StackTarget.oldBuilds`. What was pushed to the registry stays there: how long it keeps what, is its owner's to say.
 *
 * @param cluster what the stack's workloads use stays on this machine as well, so that the next build begins from it
 */
export async function builds(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
): Promise<() => Promise<void>> {
  const docker = new Docker();
  const before = new Set((await ownImages(docker, name)).map(({ Id }) => Id));
  return async () => {
    const images = await ownImages(docker, name);
    const workloads = await cluster.list<Deployment>(pathOf("apps/v1", "Deployment", namespace), {
      labelSelector: ofStack(name),
    });
    const used = new Set(
      workloads.flatMap(({ spec }) =>
        (spec?.template.spec?.containers ?? []).map(({ image = "" }) => repositoryOf(image)),
      ),
    );
    for (const { RepoTags } of images)
      for (const tag of RepoTags ?? []) if (!used.has(repositoryOf(tag))) await remove(docker, tag);
    const named = new Set(images.map(({ Id }) => Id));
    // A build of before has lost its name to the one after it.
    for (const id of before) if (!named.has(id)) await remove(docker, id);
  };
}

async function ownImages(docker: Docker, name: StackName): Promise<Docker.ImageInfo[]> {
  const images = await docker.listImages().catch(() => []); // Nothing was built here without Docker.
  return images.filter(({ RepoTags }) => (RepoTags ?? []).some((tag) => `/${tag}`.includes(prefix(name))));
}

/** The name of an image without its tag and digest. */
export function repositoryOf(image: string): string {
  return image.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[^:/]*$/, "");
}

/** Removes an image unless somebody uses it, or it has gone. */
async function remove(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getImage(name).remove();
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
