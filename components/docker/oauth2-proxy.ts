import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  oauth2ProxyConfig,
  oauth2ProxyConfigFile,
  oauth2ProxyFiles,
  oauth2ProxyPort,
} from "../gateway/oidc/oauth2-proxy";
import type { Labels } from "../shared/labels";
import type { Oidc, Site } from "../spec/site";
import { check } from "./check";
import { Files } from "./files";
import { hardened, healthCheck, labelList } from "./hardening";
import { pulledImage } from "./image";
import { internalNetwork } from "./network";
import { oauth2ProxyFolder, oauth2ProxyHost, redisHost } from "./platform";
import { redis } from "./redis";
import { startFirst } from "./replacement";

/** What {@link Oauth2Proxy} takes. */
export interface Oauth2ProxyArgs {
  site: Site;
  oidc: Oidc;
  /** Any image, for the containers that carry files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** The user of oauth2-proxy's official image. */
const uid = 65532;

/**
 * oauth2-proxy and, with `sessions.redis`, its Redis. oauth2-proxy is on three networks: one with the gateway, one with Redis, one to
 * the provider; nobody but oauth2-proxy reaches Redis.
 */
export class Oauth2Proxy extends pulumi.ComponentResource {
  /** The network that the gateway has to join. */
  readonly networkName: pulumi.Output<string>;
  /** The names of the containers: `oauth2-proxy`, and `redis` where there is one. */
  readonly containers: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: Oauth2ProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerOauth2Proxy", name, {}, opts);
    const { site, oidc, filesImage, digestKey } = args;
    const labels = { ...args.labels, "streamlit.part": "oauth2-proxy" };
    const parent = { parent: this };

    const network = internalNetwork(name, labels, parent);
    const providerNetwork =
      oidc.network ??
      new docker.Network(`${name}-provider`, { driver: "bridge", labels: labelList(labels) }, parent).name;
    const sessionStore =
      oidc.sessions.store === "redis"
        ? redis(
            `${name}-redis`,
            { image: site.images.redis, filesImage, digestKey, labels: args.labels },
            parent,
          )
        : undefined;

    const cookieSecret = new random.RandomBytes(`${name}-cookie-secret`, { length: 32 }, parent);
    const gatewaySubnets = network.ipamConfigs.apply((configs) =>
      configs.flatMap(({ subnet }) => subnet ?? []),
    );
    const files = new Files(
      `${name}-files`,
      {
        image: filesImage,
        files: oauth2ProxyFiles<pulumi.Input<string>>(oidc, {
          config: pulumi
            .all([oidc.clientId, gatewaySubnets, sessionStore?.password ?? ""])
            .apply(([clientId, trustedProxies, redisPassword]) =>
              oauth2ProxyConfig(
                site,
                oidc,
                { configFolder: oauth2ProxyFolder, trustedProxies, redisHost },
                { clientId, redisPassword },
              ),
            ),
          clientSecret: oidc.clientSecret,
          cookieSecret: cookieSecret.base64.apply((secret) =>
            Buffer.from(secret, "base64").toString("base64url"),
          ),
          caCertificate: oidc.caCertificate,
        }),
        digestKey,
        labels,
      },
      parent,
    );
    const image = pulledImage(`${name}-oauth2-proxy`, site.images.oauth2Proxy, parent);
    const [memory, tmp] = [256, 16];
    const program = ["/bin/oauth2-proxy", `--config=${oauth2ProxyFolder}/${oauth2ProxyConfigFile}`] as const;
    const volumes = [{ volumeName: files.volumeName, containerPath: oauth2ProxyFolder, readOnly: true }];
    // The gateway finds oauth2-proxy by a name, at which one that does not start would be found, too.
    const starts = check(
      `${name}.check`,
      {
        part: "oauth2-proxy",
        image,
        uid,
        memory,
        tmp,
        command: [...program, "--config-test"],
        seconds: 15,
        // It asks Redis, and nobody else.
        ...(sessionStore && { networkOf: sessionStore.container.id }),
        volumes,
        labels,
      },
      parent,
    );
    const container = new docker.Container(
      name,
      {
        ...hardened({ uid, cpu: 1, memory, tmp, processes: 512 }),
        image,
        labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
        entrypoints: program.slice(0, 1),
        command: program.slice(1),
        networksAdvanced: [
          { name: network.name, aliases: [oauth2ProxyHost] },
          { name: providerNetwork },
          ...(sessionStore ? [{ name: sessionStore.networkName }] : []),
        ],
        volumes,
        ...healthCheck("wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${oauth2ProxyPort}/ready`),
      },
      // The one that runs goes when the new one is well.
      { ...parent, ...startFirst, dependsOn: [starts] },
    );

    this.networkName = network.name;
    this.containers = {
      "oauth2-proxy": container.name,
      ...(sessionStore && { redis: sessionStore.container.name }),
    };
    this.registerOutputs({ networkName: this.networkName });
  }
}
