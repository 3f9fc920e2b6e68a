import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { logoFaults } from "../gateway/logo";
import { type Labels, siteLabels } from "../shared/labels";
import { logWarnings } from "../shared/warnings";
import type { SiteArgs } from "../spec/args";
import { checkSite } from "../spec/check";
import type { Site } from "../spec/site";
import { sourceFaults, sourceWarnings } from "../streamlit/source";
import { StreamlitApp } from "./app";
import { gatewayCertificate } from "./certificate";
import { Gateway } from "./gateway";
import { defaultNamespace, nameFaults } from "./names";
import { networkPolicyObjects } from "./network";
import { objectNames } from "./platform";
import { signInParts } from "./sign-in";

/**
 * A site on a Kubernetes cluster: pods for each app, which only the site's own gateway reaches, and an nginx gateway with TLS and
 * sign-in, which alone is reached from outside. `docs/kubernetes.md` has what it is made of and which rights it takes.
 *
 * @example
 * ```ts
 * const site = new KubernetesSite("analytics", {
 *   host: "analytics.example.com",
 *   apps: { sales: { image: "registry.example.com/sales@sha256:…", autoscaling: { min: 2, max: 8 } } },
 *   auth: { oidc: { provider: "google", clientId, clientSecret, allow: { emailDomains: ["example.com"] } } },
 *   tls: { certManager: { issuer: "letsencrypt" } },
 *   expose: { loadBalancer: {} },
 * });
 * export const url = site.url; // https://analytics.example.com
 * ```
 */
export class KubernetesSite extends pulumi.ComponentResource {
  /** The address of the site: `https://host[:port]`. */
  readonly url: pulumi.Output<string>;
  /** The address of each app by its name. */
  readonly apps: pulumi.Output<Record<string, string>>;
  /** The certificate authority to trust, PEM; empty with another `tls` than `selfSigned`. */
  readonly caCertificate: pulumi.Output<string>;
  /** The passwords of `auth.basic.generatedUsers` by user name, none with `auth.oidc`; secret. */
  readonly passwords: pulumi.Output<Record<string, string>>;
  /** The namespace of all that the site is made of. */
  readonly namespace: pulumi.Output<string>;

  /**
   * @param name the start of the names of all that the site is made of
   * @param args the spec; `expose` has to be set
   * @param opts `provider` or `providers` for another cluster than that of the kubeconfig in use
   * @throws {@link SiteSpecError} with every fault of the spec, before any resource is registered
   */
  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const site = checkSite(args, "kubernetes", [
      ...sourceFaults(args),
      ...logoFaults(args),
      ...nameFaults(args, { project: pulumi.getProject(), stack: pulumi.getStack(), name }),
    ]);
    super("streamlit-site:index:KubernetesSite", name, {}, opts);
    logWarnings(sourceWarnings(site), this);
    const parent = { parent: this };
    const labels = siteLabels(name);

    const { namespaceName, namespace } = siteNamespace(name, site, labels, parent);
    const names = objectNames(name, namespaceName);
    const common = { site, names, namespace, labels };
    // Before any pod, so that none is ever reached that is not meant to be.
    const policies = networkPolicyObjects(name, common, parent);
    const certificate = gatewayCertificate(name, common, parent);
    const signIn = signInParts(name, common, { ...parent, dependsOn: policies });
    for (const app of site.apps)
      new StreamlitApp(`${name}-${app.name}`, { ...common, app }, { ...parent, dependsOn: policies });
    new Gateway(
      `${name}-gateway`,
      { ...common, certificate, signInFiles: signIn.gatewayFiles },
      { ...parent, dependsOn: [...policies, ...signIn.dependsOn] },
    );

    this.url = pulumi.output(site.origin);
    this.apps = pulumi.output(
      Object.fromEntries(site.apps.map((app) => [app.name, `${app.origin}${app.path}/`])),
    );
    this.caCertificate = certificate.caCertificate;
    this.passwords = signIn.passwords;
    this.namespace = pulumi.output(namespace);
    this.registerOutputs({
      url: this.url,
      apps: this.apps,
      caCertificate: this.caCertificate,
      passwords: this.passwords,
      namespace: this.namespace,
    });
  }
}

/**
 * The namespace of a site.
 *
 * @returns its name, and the same once it is there
 */
function siteNamespace(
  name: string,
  { namespace: { existing, create } }: Pick<Site, "namespace">,
  labels: Labels,
  opts: pulumi.CustomResourceOptions,
): { namespaceName: string; namespace: pulumi.Input<string> } {
  if (existing !== undefined) return { namespaceName: existing, namespace: existing };
  const namespaceName = create ?? defaultNamespace(pulumi.getProject(), pulumi.getStack());
  const levels = ["enforce", "audit", "warn"].map(
    (mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"] as const,
  );
  const made = new kubernetes.core.v1.Namespace(
    name,
    { metadata: { name: namespaceName, labels: { ...labels, ...Object.fromEntries(levels) } } },
    opts,
  );
  return { namespaceName, namespace: made.metadata.name };
}
