import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../shared/labels";
import type { App } from "../spec/site";
import { labelList } from "./hardening";
import { startFirst } from "./replacement";

/** What {@link appVolumes} takes. */
export interface AppVolumesArgs {
  app: App;
  /** The image with a folder `/volume` that belongs to the app's user. */
  image: pulumi.Input<string>;
  /** The labels of the app. */
  labels: Labels;
}

/** The volumes of an app. */
export interface AppVolumes {
  /** For each container of the app. */
  mounts: docker.types.input.ContainerVolume[];
  /** What has to be there before the first of them is created. */
  ready: pulumi.Resource[];
}

/** The label by which an app's volumes are told from those that carry files, `<app>/<volume>`. */
const volumeLabel = "streamlit.volume";

/**
 * The volumes that an app writes to. They outlive the site: a later one of the same project, stack and name finds them by their
 * names. `removeVolumes` in `stacks/docker/volumes.ts` removes them.
 *
 * A new volume belongs to root, or to whom the folder at its place in the image belongs to, and the app is neither. So before an
 * app's container is created, another one that is never started is, with the volume at a folder that belongs to the app's
 * user: Docker takes the owner of an empty volume from there, with a file that makes it count as filled from then on. No process
 * ever runs as root for it.
 */
export function appVolumes(
  name: string,
  { app, image, labels }: AppVolumesArgs,
  opts: pulumi.CustomResourceOptions,
): AppVolumes {
  const made = app.volumes.map(({ name: volumeName, path }) => {
    const own = labelList({ ...labels, [volumeLabel]: `${app.name}/${volumeName}` });
    const resource = `${name}.volume-${volumeName}`;
    const volume = new docker.Volume(
      resource,
      { name: stableName(labels, app.name, volumeName), labels: own },
      { ...opts, retainOnDelete: true },
    );
    const owner = new docker.Container(
      resource,
      {
        image,
        labels: own,
        networkMode: "none",
        // Never started: these two keep the provider from waiting for it.
        start: false,
        mustRun: false,
        command: ["true"],
        volumes: [{ volumeName: volume.name, containerPath: "/volume" }],
      },
      { ...opts, ...startFirst },
    );
    return { owner, mount: { volumeName: volume.name, containerPath: path } };
  });
  return { mounts: made.map(({ mount }) => mount), ready: made.map(({ owner }) => owner) };
}

/**
 * The name of a volume on the machine: readable, and with a digest, because the names that it is made of have hyphens as well.
 */
function stableName(site: Labels, app: string, volume: string): string {
  const names = [site["streamlit.project"], site["streamlit.stack"], site["streamlit.site"], app, volume];
  const digest = createHash("sha256").update(JSON.stringify(names)).digest("hex").slice(0, 8);
  const readable = [names[0], names[1], app, volume].join("-").replaceAll(/[^A-Za-z0-9_.-]/g, "-");
  return `${readable}-${digest}`;
}
