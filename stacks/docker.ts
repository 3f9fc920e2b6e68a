import * as pulumi from "@pulumi/pulumi";
import { DockerSite } from "../components/docker/site";
import type { ImagesArgs, SiteArgs } from "../components/spec/args";

/** What the stack of a site exports. */
export interface SiteOutputs {
  /** The address of the site. */
  url: pulumi.Output<string>;
  /** The address of each app by its name. */
  apps: pulumi.Output<Record<string, string>>;
  /** The certificate authority to trust, PEM. */
  caCertificate: pulumi.Output<string>;
  /** Generated passwords by user name; secret. */
  passwords: pulumi.Output<Record<string, string>>;
}

/**
 * The program of a stack on Docker: the site that the configuration value `site` describes.
 *
 * @param images where the images come from unless the configuration says so
 * @throws {@link SiteSpecError} when the configuration is wrong
 */
export function dockerStack(images?: ImagesArgs): SiteOutputs {
  const spec = new pulumi.Config().requireObject<SiteArgs>("site");
  const site = new DockerSite("site", { ...spec, ...(images && { images: { ...images, ...spec.images } }) });
  return {
    url: site.url,
    apps: site.apps,
    caCertificate: site.caCertificate,
    passwords: site.passwords,
  };
}
