import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { App, Site } from "../spec/site";
import { hasOwnDockerfile } from "../streamlit/source";

/** Where the recipe of an app's image is. */
const recipeFolder = path.join(__dirname, "..", "streamlit", "image");

/** The version of uv that installs an app's requirements. */
const uvVersion = "0.13.9";

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
  const { folder } = app.source;
  const build = hasOwnDockerfile(folder)
    ? { context: folder, dockerfile: path.join(folder, "Dockerfile") }
    : {
        context: folder,
        dockerfile: packageFile("app.Dockerfile"),
        args: {
          PYTHON_IMAGE: site.images.python,
          UV_VERSION: uvVersion,
          ENTRY: app.entry,
          CHECK_APP: fs.readFileSync(path.join(recipeFolder, "check_app.py"), "utf8"),
        },
      };
  return builtImage(name, build, opts);
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

/** A file of this package as the provider wants it: relative to the program's working directory, so that the state of a stack is the same wherever it is checked out. */
function packageFile(file: string): string {
  return path.relative(process.cwd(), path.join(recipeFolder, file));
}
