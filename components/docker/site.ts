import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { fileNames, type NamedFile, publicFile } from "../gateway/files";
import { logoFaults } from "../gateway/logo";
import { upstreams } from "../gateway/upstreams";
import type { SiteArgs } from "../spec/args";
import { checkSite } from "../spec/check";
import type { Site } from "../spec/site";
import { StreamlitApp } from "./app";
import { siteCertificate } from "../shared/certificate";
import { drainGuard } from "./drain";
import { Files } from "./files";
import { Gateway } from "./gateway";
import { pulledImage, volumeImage } from "./image";
import { containerHost, gatewayPlatform } from "./platform";
import { siteLabels } from "../shared/labels";
import { signInParts } from "./sign-in";
import { logWarnings } from "../shared/warnings";
import { sourceFaults, sourceWarnings } from "../streamlit/source";

/**
 * A site on one machine with Docker: a container per app on a private network of its own, and an nginx gateway with TLS
 * and sign-in, which alone publishes ports.
 *
 * @example
 * ```ts
 * const site = new DockerSite("analytics", {
 *   host: "localhost",
 *   apps: { sales: { source: "apps/sales" }, admin: { source: "apps/admin", allow: { users: ["ceo"] } } },
 *   auth: { basic: { generatedUsers: ["ceo", "demo"] } },
 * });
 * export const url = site.url; // https://localhost:8443
 * export const passwords = site.passwords; // secret
 * ```
 */
export class DockerSite extends pulumi.ComponentResource {
  /** The address of the site: `https://host[:port]`. */
  readonly url: pulumi.Output<string>;
  /** The address of each app by its name. */
  readonly apps: pulumi.Output<Record<string, string>>;
  /** The certificate authority to trust, PEM; empty with `tls.provided`. */
  readonly caCertificate: pulumi.Output<string>;
  /** The passwords of `auth.basic.generatedUsers` by user name, none with `auth.oidc`; secret. */
  readonly passwords: pulumi.Output<Record<string, string>>;
  /**
   * The names of the containers: `gateway`, with `auth.oidc` `oauth2-proxy` and `redis`, each app by its name, and its
   * further replicas as `<app>.2`, `<app>.3` and so on.
   */
  readonly containers: pulumi.Output<Record<string, string>>;

  /**
   * @param name the start of the names of all that the site is made of
   * @param args the spec
   * @param opts `provider` or `providers` for another Docker daemon
   * @throws {@link SiteSpecError} with every fault of the spec, before any resource is registered
   */
  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    const site = checkSite(args, "docker", [...sourceFaults(args), ...logoFaults(args)]);
    super("streamlit-site:index:DockerSite", name, {}, opts);
    logWarnings(sourceWarnings(site), this);
    const parent = { parent: this };
    const labels = siteLabels(name);

    const digestKey = new random.RandomBytes(`${name}-digest-key`, { length: 32 }, parent).hex;
    const nginx = pulledImage(`${name}-nginx`, site.images.nginx, parent);
    const common = { site, filesImage: nginx, digestKey, labels };
    const volumes = site.apps.some((app) => app.volumes.length > 0)
      ? { volumeImage: volumeImage(`${name}-volumes.image`, parent) }
      : {};
    const certificate = siteCertificate(name, site, parent);
    const signIn = signInParts(name, common, parent);
    const apps = site.apps.map(
      (app) => new StreamlitApp(`${name}-${app.name}`, { ...common, ...volumes, app }, parent),
    );
    const upstreamsFiles = new Files(
      `${name}-upstreams`,
      { image: nginx, files: [upstreamsFile(site, apps)], digestKey, labels, followed: true },
      parent,
    );
    const gateway = new Gateway(
      `${name}-gateway`,
      {
        site,
        image: nginx,
        certificate,
        signInFiles: signIn.gatewayFiles,
        networks: [...apps.map((app) => app.networkName), ...signIn.gatewayNetworks],
        upstreamsVolume: upstreamsFiles.volumeName,
        digestKey,
        labels,
      },
      { ...parent, dependsOn: signIn.dependsOn },
    );
    for (const { app, networkName, replicas } of apps)
      if (app.drainTimeout > 0)
        drainGuard(
          `${name}-${app.name}.drain`,
          {
            app,
            networkName,
            replicas,
            image: nginx,
            upstreamsVolume: upstreamsFiles.volumeName,
            labels,
          },
          parent,
        );

    this.url = pulumi.output(site.origin);
    this.apps = pulumi.output(
      Object.fromEntries(site.apps.map((app) => [app.name, `${app.origin}${app.path}/`])),
    );
    this.caCertificate = certificate.caCertificate;
    this.passwords = signIn.passwords;
    const containers: Record<string, pulumi.Output<string>> = {
      gateway: gateway.containerName,
      ...signIn.containers,
    };
    for (const { app, replicas } of apps)
      replicas.forEach((replica, index) => {
        containers[index === 0 ? app.name : `${app.name}.${index + 1}`] = replica.name;
      });
    this.containers = pulumi.output(containers);
    this.registerOutputs({
      url: this.url,
      apps: this.apps,
      caCertificate: this.caCertificate,
      passwords: this.passwords,
    });
  }
}

/** The upstreams, with the containers by name that take new sessions. */
function upstreamsFile(site: Site, apps: StreamlitApp[]): NamedFile<pulumi.Output<string>> {
  const replicas = pulumi.all(
    apps.map(({ app, readyIds }) => readyIds.apply((ids) => [app.name, ids.map(containerHost)] as const)),
  );
  return publicFile(
    fileNames.upstreams,
    replicas.apply((names) => `${upstreams(site, gatewayPlatform(site), new Map(names))}\n`),
  );
}
