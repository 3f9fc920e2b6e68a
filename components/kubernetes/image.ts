import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { App, Site } from "../spec/site";
import { appBuild } from "../shared/app-build";

/**
 * The image of an app: built from its source by this machine's Docker and pushed to the site's registry, or the one that the spec names.
 *
 * @returns its name by digest, which changes with its content and only then; or as the spec has it
 */
export function appImage(
  name: string,
  { images, registry }: Pick<Site, "images" | "registry">,
  app: App,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if ("image" in app.source) return pulumi.output(app.source.image);
  if (registry === undefined) throw new Error(`apps.${app.name}.source needs a registry`);
  const { address, username, password } = registry;
  const repository = `${pulumi.getProject()}-${pulumi.getStack()}-${name}`.toLowerCase();
  return new docker.Image(
    name,
    {
      imageName: `${address}/${repository}`,
      build: { ...appBuild(images.python, app.source.folder, app.entry), platform: "linux/amd64" },
      ...(username !== undefined &&
        password !== undefined && {
          registry: { server: address.replace(/\/.*/, ""), username, password: pulumi.secret(password) },
        }),
    },
    opts,
  ).repoDigest;
}
