/** What each kind of sign-in consists of on Docker, beside what the gateway itself does. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { passwordFile } from "../gateway/basic/htpasswd";
import type { NamedFile } from "../gateway/files";
import { hasOwnHosts } from "../gateway/hosts";
import { sealKeyFile } from "../gateway/oidc/sealed-sessions";
import type { Labels } from "../shared/labels";
import { sitePasswords } from "../shared/passwords";
import type { BasicAuth, Oidc, Site } from "../spec/site";
import { Oauth2Proxy } from "./oauth2-proxy";

/** What {@link signInParts} takes. */
export interface SignInArgs {
  site: Site;
  /** Any image, for the containers that carry files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** What a kind of sign-in consists of. */
export interface SignInParts {
  /** More files for the gateway. */
  gatewayFiles: NamedFile<pulumi.Input<string>>[];
  /** More networks for the gateway. */
  gatewayNetworks: pulumi.Input<string>[];
  /** What has to be there before the gateway lets anybody in. */
  dependsOn: pulumi.Resource[];
  /** The names of the containers by their part. */
  containers: Record<string, pulumi.Output<string>>;
  /** The passwords that were made here, by user name; secret. */
  passwords: pulumi.Output<Record<string, string>>;
}

/**
 * Make the parts of a site's sign-in.
 *
 * @param name the name of the site's component
 */
export function signInParts(name: string, args: SignInArgs, opts: pulumi.CustomResourceOptions): SignInParts {
  const { basic, oidc } = args.site.auth;
  return oidc ? oidcParts(name, oidc, args, opts) : basicParts(name, basic, opts);
}

function basicParts(name: string, basic: BasicAuth, opts: pulumi.CustomResourceOptions): SignInParts {
  const { htpasswd, generated } = sitePasswords(name, basic, opts);
  return {
    gatewayFiles: [passwordFile(htpasswd)],
    gatewayNetworks: [],
    dependsOn: [],
    containers: {},
    passwords: generated,
  };
}

function oidcParts(
  name: string,
  oidc: Oidc,
  args: SignInArgs,
  opts: pulumi.CustomResourceOptions,
): SignInParts {
  const oauth2Proxy = new Oauth2Proxy(`${name}-sign-in`, { ...args, oidc }, opts);
  const gatewayFiles = hasOwnHosts(args.site)
    ? [sealKeyFile(new random.RandomBytes(`${name}-seal-key`, { length: 32 }, opts).base64)]
    : [];
  return {
    gatewayFiles,
    gatewayNetworks: [oauth2Proxy.networkName],
    dependsOn: [oauth2Proxy],
    containers: oauth2Proxy.containers,
    passwords: pulumi.secret(pulumi.output<Record<string, string>>({})),
  };
}
