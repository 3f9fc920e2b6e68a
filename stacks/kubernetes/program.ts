import { logoFaults } from "../../components/gateway/logo";
import { KubernetesSite } from "../../components/kubernetes";
import type { ImagesArgs } from "../../components/spec/args";
import { checkSite } from "../../components/spec/check";
import { sourceFaults } from "../../components/streamlit/source";
import { siteConfig } from "../site-config";
import { siteName, type SiteOutputs } from "../target";

/**
 * The program of a stack on Kubernetes: the site that the configuration value `site` describes.
 *
 * @param images where the images come from unless the configuration says so
 * @throws {@link SiteSpecError} when the configuration is wrong
 */
export function kubernetesStack(images?: ImagesArgs): SiteOutputs {
  const spec = siteConfig((plain) =>
    checkSite(plain, "kubernetes", [...sourceFaults(plain), ...logoFaults(plain)]),
  );
  const site = new KubernetesSite(siteName, {
    ...spec,
    ...(images && { images: { ...images, ...spec.images } }),
  });
  return {
    url: site.url,
    apps: site.apps,
    caCertificate: site.caCertificate,
    passwords: site.passwords,
  };
}
