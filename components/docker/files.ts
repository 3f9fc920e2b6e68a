import { createHmac } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NamedFile } from "../gateway/files";
import type { Labels } from "../shared/labels";
import { labelList } from "./hardening";
import { startFirst } from "./replacement";

/** What {@link Files} takes. */
export interface FilesArgs {
  /** Any image; nothing in it is ever run. */
  image: pulumi.Input<string>;
  /** The files. The texts of all of them are treated as secret. */
  files: NamedFile<pulumi.Input<string>>[];
  /** The key of the digest, which keeps it from being guessed back to a short secret. Treated as secret. */
  digestKey: pulumi.Input<string>;
  labels: Labels;
  /**
   * Does the reader follow the files, so that a changed one has to get into the volume that it has mounted? Otherwise a
   * change makes another volume, and whoever has the one before keeps its files until it is replaced itself, over a restart
   * and over an `up` that fails, too.
   *
   * @default false
   */
  followed?: boolean;
}

/**
 * Files in a volume, for a container with a read-only root file system.
 *
 * The official provider uploads to the root file system of a container, which a read-only one refuses. So the files go
 * through a container that is never started and that has the volume mounted. The set of names of files that are followed
 * should stay the same over the life of a site: one that is no longer given stays in the volume.
 */
export class Files extends pulumi.ComponentResource {
  /** The volume, to be mounted read-only. Who takes it waits until the files are in place, unless they are followed. */
  readonly volumeName: pulumi.Output<string>;
  /** HMAC-SHA256 of all the files under `digestKey`, in hex; not secret. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: FilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerFiles", name, {}, opts);
    const files = [...args.files].sort((a, b) => (a.name < b.name ? -1 : 1));
    const texts = pulumi.all(files.map(({ text }) => text));
    const digest = pulumi.all([texts, args.digestKey]).apply(([contents, key]) => {
      const hash = createHmac("sha256", key);
      files.forEach(({ name: file }, index) => hash.update(`\0${file}\0${contents[index] ?? ""}`));
      return hash.digest("hex");
    });
    this.digest = pulumi.unsecret(digest);

    const labels = labelList(args.labels);
    const volume = new docker.Volume(
      name,
      {
        // The provider replaces a volume whose labels change.
        labels: args.followed
          ? labels
          : this.digest.apply((digest) => labelList({ ...args.labels, "streamlit.files": digest })),
      },
      { parent: this },
    );
    const container = new docker.Container(
      name,
      {
        image: args.image,
        labels,
        networkMode: "none",
        // Never started: these two keep the provider from waiting for it.
        start: false,
        mustRun: false,
        command: ["true"],
        volumes: [{ volumeName: volume.name, containerPath: "/files" }],
        uploads: files.map(({ name: file, text }) => ({
          file: `/files/${file}`,
          content: pulumi.secret(text),
          // The files belong to root and their reader is not root; nobody else is in a container that mounts them.
          permissions: "0444",
        })),
      },
      { parent: this, ...startFirst, dependsOn: [volume] },
    );

    this.volumeName = args.followed
      ? volume.name
      : pulumi.all([volume.name, container.id]).apply(([volumeName]) => volumeName);
    this.registerOutputs({ volumeName: this.volumeName, digest: this.digest });
  }
}
