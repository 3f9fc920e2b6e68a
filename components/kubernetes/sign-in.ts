/** What each kind of sign-in consists of on Kubernetes, beside what the gateway itself does. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { passwordFile } from "../gateway/basic/htpasswd";
import type { NamedFile } from "../gateway/files";
import { hasOwnHosts } from "../gateway/hosts";
import { sealKeyFile } from "../gateway/oidc/sealed-sessions";
import type { Labels } from "../shared/labels";
import { sitePasswords } from "../shared/passwords";
import type { Site } from "../spec/site";
import { Oauth2Proxy } from "./oauth2-proxy";
import type { ObjectNames } from "./platform";

/** What {@link signInParts} takes. */
export interface SignInArgs {
  site: Site;
  names: ObjectNames;
  namespace: pulumi.Input<string>;
  labels: Labels;
}

/** What a kind of sign-in consists of. */
export interface SignInParts {
  /** More files for the gateway. */
  gatewayFiles: NamedFile<pulumi.Input<string>>[];
  /** What has to be there before the gateway lets anybody in. */
  dependsOn: pulumi.Resource[];
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
  if (oidc === undefined) {
    const { htpasswd, generated } = sitePasswords(name, basic, opts);
    return { gatewayFiles: [passwordFile(htpasswd)], dependsOn: [], passwords: generated };
  }
  const oauth2Proxy = new Oauth2Proxy(`${name}-sign-in`, { ...args, oidc }, opts);
  return {
    gatewayFiles: hasOwnHosts(args.site)
      ? [sealKeyFile(new random.RandomBytes(`${name}-seal-key`, { length: 32 }, opts).base64)]
      : [],
    dependsOn: [oauth2Proxy],
    passwords: pulumi.secret(pulumi.output<Record<string, string>>({})),
  };
}
