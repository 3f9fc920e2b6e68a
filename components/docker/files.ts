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
}

/**
 * Files in a volume, for a container with a read-only root file system.
 *
 * The official provider uploads to the root file system of a container, which a read-only one refuses. So the files go
 * through a container that is never started and that has the volume mounted. The set of names should stay the same over
 * the life of a site: a file that is no longer given stays in the volume.
 */
export class Files extends pulumi.ComponentResource {
  /** The volume, to be mounted read-only. */
  readonly volumeName: pulumi.Output<string>;
  /**
   * HMAC-SHA256 of all the files under `digestKey`, in hex; not secret. A container that takes it as a label is replaced
   * when a file changes.
   */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: FilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:DockerFiles", name, {}, opts);
    const labels = labelList(args.labels);
    const volume = new docker.Volume(name, { labels }, { parent: this });
    this.volumeName = volume.name;

    const files = [...args.files].sort((a, b) => (a.name < b.name ? -1 : 1));
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
          // The provider refuses an empty one.
          content: pulumi.secret(pulumi.output(text).apply((content) => (content === "" ? "\n" : content))),
          // The files belong to root and their reader is not root; nobody else is in a container that mounts them.
          permissions: "0444",
        })),
      },
      { parent: this, ...startFirst, dependsOn: [volume] },
    );

    const texts = pulumi.all(files.map(({ text }) => text));
    // The id makes whoever takes the digest wait until the files are in place.
    const digest = pulumi.all([texts, args.digestKey, container.id]).apply(([contents, key]) => {
      const hash = createHmac("sha256", key);
      files.forEach(({ name: file }, index) => hash.update(`\0${file}\0${contents[index] ?? ""}`));
      return hash.digest("hex");
    });
    this.digest = pulumi.unsecret(digest);
    this.registerOutputs({ volumeName: this.volumeName, digest: this.digest });
  }
}
