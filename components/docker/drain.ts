import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fileNames } from "../gateway/files";
import type { Labels } from "../shared/labels";
import type { App } from "../spec/site";
import { hardened, labelList, shellHealthCheck } from "./hardening";
import { streamlitPaths } from "../streamlit/streamlit";
import { containerHost, nginxUid, upstreamsFolder } from "./platform";
import { startFirst } from "./replacement";

/** What {@link drainGuard} takes. */
export interface DrainGuardArgs {
  app: App;
  /** The network of the app. */
  networkName: pulumi.Input<string>;
  /** The containers of the app. */
  replicas: docker.Container[];
  /** The id of the nginx image, which has a shell and curl. */
  image: pulumi.Input<string>;
  /** The volume with the gateway's `upstreams.conf`. */
  upstreamsVolume: pulumi.Input<string>;
  labels: Labels;
}

/**
 * The container that makes the engine wait, before it removes replicas of an app that were replaced, until nobody has them
 * open or the app's `drainTimeout` has passed.
 *
 * It depends on the replicas and is replaced with them, so the engine removes the old one before them. To be removed it is
 * stopped first, and for that it takes its time: the app's own process, which somebody else may have made, cannot be
 * told to.
 */
export function drainGuard(name: string, args: DrainGuardArgs, opts: pulumi.CustomResourceOptions): void {
  const { app, replicas } = args;
  new docker.Container(
    name,
    {
      ...hardened({ uid: nginxUid, cpu: 0.25, memory: 32, tmp: 1, processes: 512 }),
      image: args.image,
      labels: labelList({
        ...args.labels,
        "streamlit.app": app.name,
        "streamlit.part": `${app.name}.drain`,
      }),
      entrypoints: ["sh"],
      command: pulumi
        .all(replicas.map(({ id }) => id))
        .apply((ids) => [
          "-c",
          fs.readFileSync(path.join(__dirname, "drain.sh"), "utf8"),
          "drain",
          `${upstreamsFolder}/${fileNames.upstreams}`,
          app.host,
          `${app.path}${streamlitPaths.metrics}`,
          ...ids.map(containerHost),
        ]),
      networksAdvanced: [{ name: args.networkName }],
      volumes: [{ volumeName: args.upstreamsVolume, containerPath: upstreamsFolder, readOnly: true }],
      // There once it can be stopped as it is meant to be, and then for good.
      ...shellHealthCheck("test -e /tmp/ready", "sleep 600"),
      wait: false,
      // The image's own is another.
      stopSignal: "SIGTERM",
      destroyGraceSeconds: app.drainTimeout,
    },
    // Longer than the engine's own patience, if need be.
    { ...opts, ...startFirst, dependsOn: replicas, customTimeouts: { delete: `${app.drainTimeout + 300}s` } },
  );
}
