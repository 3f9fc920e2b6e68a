import { AwsSite } from "../../components/aws";
import { logoFaults } from "../../components/gateway/logo";
import type { ImagesArgs, SiteArgs } from "../../components/spec/args";
import { checkSite } from "../../components/spec/check";
import { sourceFaults } from "../../components/streamlit/source";
import { siteConfig } from "../site-config";
import { siteName, type SiteOutputs } from "../target";

/** What the stack of a site on AWS exports. */
export interface AwsOutputs extends SiteOutputs {
  /** The host name of the load balancer, to which the record of `host` has to lead. */
  loadBalancer: AwsSite["loadBalancer"];
  /** The ARN of the role of each app's own code, by the app's name. */
  taskRoles: AwsSite["taskRoles"];
  /** The host name of Cognito's pages; empty with `auth.oidc`. */
  signInDomain: AwsSite["signInDomain"];
  /** The id of the Cognito user pool; empty with `auth.oidc`. */
  userPoolId: AwsSite["userPoolId"];
  /** What programs get tokens with; empty without `auth.cognito.bearer`. */
  programs: AwsSite["programs"];
}

/**
 * The program of a stack on AWS: the site that the configuration value `site` describes.
 *
 * @param images where the images come from unless the configuration says so
 * @throws {@link SiteSpecError} when the configuration is wrong
 */
export function awsStack(images?: ImagesArgs): AwsOutputs {
  const spec = siteConfig((plain) => checkSite(plain, "aws", [...sourceFaults(plain), ...logoFaults(plain)]));
  return outputsOf(spec, images);
}

/** The site of a spec, and what its stack exports. */
export function outputsOf(spec: SiteArgs, images?: ImagesArgs): AwsOutputs {
  const site = new AwsSite(siteName, { ...spec, ...(images && { images: { ...images, ...spec.images } }) });
  const { url, apps, caCertificate, passwords, loadBalancer, taskRoles, signInDomain, userPoolId, programs } =
    site;
  return { url, apps, caCertificate, passwords, loadBalancer, taskRoles, signInDomain, userPoolId, programs };
}
