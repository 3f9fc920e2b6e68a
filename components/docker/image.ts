import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { appBuild } from "../shared/app-build";
import type { App, Site } from "../spec/site";

/** An image that is on the machine, or that the daemon pulls. It is left there when the site goes. */
export function pulledImage(
  name: string,
  reference: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return new docker.RemoteImage(name, { name: reference, keepLocally: true }, opts).imageId;
}

/**
 * The image of an app: built from its source, or the one that the spec names.
 *
 * @returns the image's id, which changes with its content and only then
 */
export function appImage(
  name: string,
  site: Site,
  app: App,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if ("image" in app.source) return pulledImage(name, app.source.image, opts);
  return builtImage(name, appBuild(site.images.python, app.source.folder, app.entry), opts);
}

/**
 * The image that new volumes take their owner from: a folder `/volume` that belongs to the user of apps, and nothing that could
 * be run. See {@link appVolumes}.
 *
 * @returns the image's id
 */
export function volumeImage(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const context = path.relative(process.cwd(), path.join(__dirname, "volume-image"));
  return builtImage(name, { context, dockerfile: path.join(context, "Dockerfile") }, opts);
}

function builtImage(
  name: string,
  build: docker.types.input.DockerBuild,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const imageName = `${pulumi.getProject()}/${pulumi.getStack()}-${name}`.toLowerCase();
  // Without a push, the digest that the provider gives is the id of the local image.
  return new docker.Image(
    name,
    { imageName, build: { ...build, platform: "linux/amd64" }, skipPush: true },
    opts,
  ).repoDigest;
}
