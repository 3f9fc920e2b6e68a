import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { oauth2ProxyConfig, oauth2ProxyFolder } from "../gateway/oidc/oauth2-proxy";
import { oauth2ProxyHostName, oauth2ProxyPort } from "../gateway/oidc/sign-in";
import { redisConfig, redisFolder, redisHostName, redisPort } from "../gateway/oidc/redis";
import type { Oidc, Site } from "../spec/check";
import { Files } from "./files";
import { hardened, type Labels, labelList } from "./hardening";
import { existingImage } from "./image";
import { internalNetwork } from "./network";

/** What {@link SignIn} takes. */
export interface SignInArgs {
  site: Site;
  oidc: Oidc;
  /** Any image, for the containers that carry files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** The user of oauth2-proxy's official image, and that of Redis's. */
const uids = { oauth2Proxy: 65532, redis: 999 };

/**
 * oauth2-proxy and, with `sessions.redis`, its Redis. oauth2-proxy is on three networks: one with the gateway, one with Redis, one to
 * the provider; nobody but oauth2-proxy reaches Redis.
 */
export class SignIn extends pulumi.ComponentResource {
  /** The network that the gateway has to join. */
  readonly networkName: pulumi.Output<string>;
  /** The names of the containers: `oauth2-proxy`, and `redis` where there is one. */
  readonly containers: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: SignInArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerSignIn", name, {}, opts);
    const { site, oidc } = args;
    const labels = { ...args.labels, "streamlit.part": "oauth2-proxy" };
    const parent = { parent: this };

    const network = internalNetwork(name, labels, parent);
    const providerNetwork =
      oidc.network ??
      new docker.Network(`${name}-provider`, { driver: "bridge", labels: labelList(labels) }, parent).name;
    const redis = oidc.sessions.store === "redis" ? sessionStore(`${name}-redis`, args, parent) : undefined;

    const cookieSecret = new random.RandomBytes(`${name}-cookie-secret`, { length: 32 }, parent);
    const gatewaySubnets = network.ipamConfigs.apply((configs) =>
      configs.flatMap(({ subnet }) => subnet ?? []),
    );
    const { caCertificate, allow } = oidc;
    const files = new Files(
      `${name}-files`,
      {
        image: args.filesImage,
        files: {
          "oauth2-proxy.toml": pulumi
            .all([oidc.clientId, gatewaySubnets, redis?.password ?? ""])
            .apply(([clientId, subnets, redisPassword]) =>
              oauth2ProxyConfig(site, oidc, { clientId, gatewaySubnets: subnets, redisPassword }),
            ),
          "client-secret": oidc.clientSecret,
          "cookie-secret": cookieSecret.base64.apply((secret) =>
            Buffer.from(secret, "base64").toString("base64url"),
          ),
          ...(allow.emails && { emails: allow.emails.map((email) => `${email}\n`).join("") }),
          ...(caCertificate !== undefined && { "ca.pem": caCertificate }),
        },
        digestKey: args.digestKey,
        labels,
      },
      parent,
    );
    const container = new docker.Container(
      name,
      {
        ...hardened({ uid: uids.oauth2Proxy, cpu: 1, memory: 256, tmp: 16, processes: 512 }),
        image: existingImage(`${name}-oauth2-proxy`, site.images.oauth2Proxy, parent),
        labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
        entrypoints: ["/bin/oauth2-proxy"],
        command: [`--config=${oauth2ProxyFolder}/oauth2-proxy.toml`],
        networksAdvanced: [
          { name: network.name, aliases: [oauth2ProxyHostName] },
          { name: providerNetwork },
          ...(redis ? [{ name: redis.networkName }] : []),
        ],
        volumes: [{ volumeName: files.volumeName, containerPath: oauth2ProxyFolder, readOnly: true }],
        ...healthy("wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${oauth2ProxyPort}/ready`),
      },
      // It asks Redis when it starts.
      { ...parent, ...(redis && { dependsOn: [redis.container] }) },
    );

    this.networkName = network.name;
    this.containers = {
      "oauth2-proxy": container.name,
      ...(redis && { redis: redis.container.name }),
    };
    this.registerOutputs({ networkName: this.networkName });
  }
}

/** How a container tells by a command that it is well, and how long it has for that and for its end. */
function healthy(...command: string[]): Partial<docker.ContainerArgs> {
  return {
    healthcheck: {
      tests: ["CMD", ...command],
      interval: "5s",
      timeout: "3s",
      startPeriod: "30s",
      startInterval: "1s",
      retries: 3,
    },
    waitTimeout: 60,
    stopTimeout: 10,
    destroyGraceSeconds: 10,
  };
}

/** Redis on a network of its own, with its data in a volume. */
function sessionStore(
  name: string,
  args: SignInArgs,
  opts: pulumi.CustomResourceOptions,
): { container: docker.Container; networkName: pulumi.Output<string>; password: pulumi.Output<string> } {
  const labels = { ...args.labels, "streamlit.part": "redis" };
  const network = internalNetwork(name, labels, opts);
  const data = new docker.Volume(`${name}-data`, { labels: labelList(labels) }, opts);
  const password = new random.RandomPassword(name, { length: 32, special: false }, opts).result;
  const files = new Files(
    `${name}-files`,
    {
      image: args.filesImage,
      files: { "redis.conf": password.apply(redisConfig) },
      digestKey: args.digestKey,
      labels,
    },
    opts,
  );
  const container = new docker.Container(
    name,
    {
      ...hardened({ uid: uids.redis, cpu: 0.5, memory: 192, tmp: 16, processes: 512 }),
      image: existingImage(name, args.site.images.redis, opts),
      labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
      entrypoints: ["redis-server"],
      command: [`${redisFolder}/redis.conf`],
      networksAdvanced: [{ name: network.name, aliases: [redisHostName] }],
      volumes: [
        { volumeName: files.volumeName, containerPath: redisFolder, readOnly: true },
        { volumeName: data.name, containerPath: "/data" },
      ],
      ...healthy("redis-cli", "-p", String(redisPort), "-e", "ping"),
    },
    // Two of them must not write to the same files.
    { ...opts, deleteBeforeReplace: true },
  );
  return { container, networkName: network.name, password };
}
