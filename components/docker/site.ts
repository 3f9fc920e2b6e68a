import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { upstreamsFile } from "../gateway/nginx";
import { replicaHostName, upstreamsConfig } from "../gateway/upstreams";
import type { SiteArgs } from "../spec/args";
import { checkSite } from "../spec/check";
import { StreamlitApp } from "./app";
import { siteCertificate } from "../shared/certificate";
import { drainGuard } from "./drain";
import { Files } from "./files";
import { Gateway } from "./gateway";
import { existingImage } from "./image";
import { sitePasswords } from "../shared/passwords";
import { SignIn } from "./sign-in";
import { sourceFaults } from "../streamlit/source";

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
    const site = checkSite(args, "docker", sourceFaults(args));
    super("streamlit-site:index:DockerSite", name, {}, opts);
    const parent = { parent: this };
    const labels = {
      "streamlit.project": pulumi.getProject(),
      "streamlit.stack": pulumi.getStack(),
      "streamlit.site": name,
    };

    const digestKey = new random.RandomBytes(`${name}-digest-key`, { length: 32 }, parent).hex;
    const nginx = existingImage(`${name}-nginx`, site.images.nginx, parent);
    const certificate = siteCertificate(name, site, parent);
    const passwords = site.auth.basic && sitePasswords(name, site.auth.basic, parent);
    const signIn =
      site.auth.oidc &&
      new SignIn(
        `${name}-sign-in`,
        { site, oidc: site.auth.oidc, filesImage: nginx, digestKey, labels },
        parent,
      );
    const apps = site.apps.map(
      (app) =>
        new StreamlitApp(`${name}-${app.name}`, { site, app, filesImage: nginx, digestKey, labels }, parent),
    );
    const upstreams = new Files(
      `${name}-upstreams`,
      {
        image: nginx,
        files: {
          [upstreamsFile]: pulumi
            .all(
              apps.map(({ app, replicas }) =>
                pulumi
                  .all(replicas.map(({ id }) => id))
                  .apply((ids) => [app.name, ids.map(replicaHostName)] as const),
              ),
            )
            .apply((names) => upstreamsConfig(site, new Map(names))),
        },
        digestKey,
        labels,
      },
      parent,
    );
    const gateway = new Gateway(
      `${name}-gateway`,
      {
        site,
        image: nginx,
        certificate,
        ...(passwords && { htpasswd: passwords.htpasswd }),
        networks: [...apps.map((app) => app.networkName), ...(signIn ? [signIn.networkName] : [])],
        upstreamsVolume: upstreams.volumeName,
        digestKey,
        labels,
      },
      // Nobody could sign in before.
      { ...parent, ...(signIn && { dependsOn: [signIn] }) },
    );
    for (const { app, networkName, replicas } of apps)
      if (app.drainTimeout > 0)
        drainGuard(
          `${name}-${app.name}.drain`,
          { site, app, networkName, replicas, image: nginx, upstreamsVolume: upstreams.volumeName, labels },
          parent,
        );

    this.url = pulumi.output(site.origin);
    this.apps = pulumi.output(
      Object.fromEntries(site.apps.map((app) => [app.name, `${site.origin}${app.path}/`])),
    );
    this.caCertificate = certificate.caCertificate;
    this.passwords = passwords
      ? passwords.generated
      : pulumi.secret(pulumi.output<Record<string, string>>({}));
    const containers: Record<string, pulumi.Output<string>> = {
      gateway: gateway.containerName,
      ...signIn?.containers,
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
