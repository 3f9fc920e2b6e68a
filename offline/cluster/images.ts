/** Images in the registry of a cluster. */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import Docker from "dockerode";
import { pack } from "tar-stream";
import type { ImagesArgs } from "../../components/spec/args";
import type { Log } from "../../scripts/apt";
import { buildImages } from "../images/build";
import { clusterLayout, registryHost, type Layout } from "./layout";
import type { Programs } from "./programs";

/**
 * Push an image of the Docker daemon to the registry of a cluster.
 *
 * @param image its name there, with a tag
 * @returns its name by digest, under which the cluster pulls it
 * @throws Error when the daemon or the registry refuses
 */
export async function pushImage(
  image: string,
  layout = clusterLayout(),
  docker = new Docker(),
): Promise<string> {
  const [, repository = image, tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  const name = `${registryHost(layout)}/${repository}`;
  await docker.getImage(image).tag({ repo: name, tag });
  const pushed = docker.getImage(`${name}:${tag}`);
  try {
    // A registry without accounts; the daemon wants to be given some all the same.
    const stream = await pushed.push({ authconfig: { username: "", password: "" } });
    const digest = await new Promise<string>((resolve, reject) => {
      let found = "";
      docker.modem.followProgress(
        stream,
        (error) => {
          if (error) reject(error);
          else resolve(found);
        },
        (event: { aux?: { Digest?: string } }) => (found = event.aux?.Digest ?? found),
      );
    });
    if (digest === "") throw new Error(`${name}: the registry has told no digest`);
    return `${name}@${digest}`;
  } finally {
    await pushed.remove();
  }
}

/**
 * The base images of sites, made from packages and pushed to the registry of a cluster.
 *
 * @param log told what is being made
 * @returns their names by digest
 */
export async function baseImages(
  log: Log,
  layout = clusterLayout(),
  docker = new Docker(),
): Promise<Required<ImagesArgs>> {
  const pushed = await Promise.all(
    Object.entries(await buildImages(log, docker)).map(
      async ([name, image]) => [name, await pushImage(image, layout, docker)] as const,
    ),
  );
  return Object.fromEntries(pushed) as Required<ImagesArgs>;
}

/** The path of busybox in {@link nodeImage}; `sh` is a link to it. */
const busybox = "/bin/busybox";

/**
 * Make the one image of the cluster's own pods, unless it is there: CoreDNS, metrics-server, and busybox, which keeps the network of a
 * pod and makes the folders of volumes.
 *
 * @param busyboxFile a busybox that needs no libraries
 * @returns its name by digest
 */
export async function nodeImage(
  { coredns, metricsServer }: Programs,
  busyboxFile: string,
  layout: Layout,
  docker = new Docker(),
): Promise<string> {
  const files = { "bin/busybox": busyboxFile, "bin/coredns": coredns, "bin/metrics-server": metricsServer };
  const hash = createHash("sha256");
  for (const file of Object.values(files))
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const name = `streamlit-cluster/node:${hash.digest("hex").slice(0, 12)}`;
  const isThere = await docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (!isThere) await build(name, files, docker);
  return pushImage(name, layout, docker);
}

async function build(name: string, files: Record<string, string>, docker: Docker): Promise<void> {
  const dockerfile = [
    "FROM scratch",
    "COPY bin /bin",
    `RUN ["${busybox}", "ln", "-s", "busybox", "/bin/sh"]`,
    `RUN ["${busybox}", "--install", "-s", "/bin"]`,
    `ENTRYPOINT ["${busybox}", "sleep", "infinity"]`,
    "",
  ].join("\n");
  const context = pack();
  const filled = (async () => {
    context.entry({ name: "Dockerfile" }, dockerfile);
    for (const [path, file] of Object.entries(files)) {
      const entry = context.entry({ name: path, mode: 0o755, size: statSync(file).size });
      await new Promise<void>((resolve, reject) => {
        createReadStream(file).on("error", reject).pipe(entry).on("finish", resolve).on("error", reject);
      });
    }
    context.finalize();
  })();
  const stream = await docker.buildImage(context, { t: name });
  await filled;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
