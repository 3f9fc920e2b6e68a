import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { redisConfig, redisConfigFile, redisFile, redisPort } from "../gateway/oidc/redis";
import type { Labels } from "../shared/labels";
import { Files } from "./files";
import { hardened, healthCheck, labelList } from "./hardening";
import { pulledImage } from "./image";
import { internalNetwork } from "./network";
import { redisDataFolder, redisFolder, redisHost } from "./platform";
import { stopFirst } from "./replacement";

/** What {@link redis} takes. */
export interface RedisArgs {
  /** The reference of Redis's image. */
  image: string;
  /** Any image, for the container that carries files. */
  filesImage: pulumi.Input<string>;
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/** Redis, and how it is reached. */
export interface Redis {
  container: docker.Container;
  /** The network that whoever asks Redis has to join. */
  networkName: pulumi.Output<string>;
  password: pulumi.Output<string>;
}

/** The user of Redis's official image. */
const uid = 999;

/** Redis on a network of its own, with its data in a volume. */
export function redis(name: string, args: RedisArgs, opts: pulumi.CustomResourceOptions): Redis {
  const labels = { ...args.labels, "streamlit.part": "redis" };
  const network = internalNetwork(name, labels, opts);
  const data = new docker.Volume(`${name}-data`, { labels: labelList(labels) }, opts);
  const password = new random.RandomPassword(name, { length: 32, special: false }, opts).result;
  const config = password.apply((text) =>
    redisConfig({ dataFolder: redisDataFolder, maxMemoryMB: 96 }, text),
  );
  const files = new Files(
    `${name}-files`,
    { image: args.filesImage, files: [redisFile(config)], digestKey: args.digestKey, labels },
    opts,
  );
  const container = new docker.Container(
    name,
    {
      ...hardened({ uid, cpu: 0.5, memory: 192, tmp: 16, processes: 512 }),
      image: pulledImage(name, args.image, opts),
      labels: files.digest.apply((digest) => labelList({ ...labels, "streamlit.files": digest })),
      entrypoints: ["redis-server"],
      command: [`${redisFolder}/${redisConfigFile}`],
      networksAdvanced: [{ name: network.name, aliases: [redisHost] }],
      volumes: [
        { volumeName: files.volumeName, containerPath: redisFolder, readOnly: true },
        { volumeName: data.name, containerPath: redisDataFolder },
      ],
      ...healthCheck("redis-cli", "-p", String(redisPort), "-e", "ping"),
    },
    // Two of them must not write to the same files.
    { ...opts, ...stopFirst },
  );
  return { container, networkName: network.name, password };
}
