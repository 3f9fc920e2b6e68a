import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { NamedFile } from "../gateway/files";
import type { Labels } from "../shared/labels";

/** What {@link Files} takes. */
export interface FilesArgs {
  namespace: pulumi.Input<string>;
  files: NamedFile<pulumi.Input<string>>[];
  labels: Labels;
}

/**
 * Files for a pod: those that anybody may see in a ConfigMap, the others in a Secret. Neither can be changed, and each has a name that
 * Pulumi made up: a changed file makes another one, which rolls the pods that read it and no others, and what runs keeps its files until
 * it goes. A digest of the files would not do for a name: who goes back to the files of before, after an update that failed, would
 * be refused, because Pulumi removes what was replaced only at the end of an update that succeeds.
 */
export class Files extends pulumi.ComponentResource {
  /** What a projected volume is made of. */
  readonly sources: pulumi.Output<kubernetes.types.input.core.v1.VolumeProjection[]>;

  constructor(name: string, args: FilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:KubernetesFiles", name, {}, opts);
    const { namespace, labels } = args;
    const parent = { parent: this };
    const sources: pulumi.Input<kubernetes.types.input.core.v1.VolumeProjection>[] = [];

    const seen = args.files.filter(({ secret }) => !secret);
    if (seen.length > 0) {
      const map = new kubernetes.core.v1.ConfigMap(
        name,
        { metadata: { namespace, labels }, immutable: true, data: textsOf(seen) },
        parent,
      );
      sources.push({ configMap: { name: map.metadata.name, items: itemsOf(seen) } });
    }
    const hidden = args.files.filter(({ secret }) => secret);
    if (hidden.length > 0) {
      const secret = immutableSecret(name, { ...args, type: "Opaque", texts: textsOf(hidden) }, parent);
      sources.push({ secret: { name: secret.metadata.name, items: itemsOf(hidden) } });
    }
    this.sources = pulumi.output(sources);
    this.registerOutputs({});
  }
}

/**
 * A Secret that cannot be changed. Another one takes its place when what is in it changes.
 *
 * @param args its type, and its texts by their keys
 */
export function immutableSecret(
  name: string,
  args: Omit<FilesArgs, "files"> & { type: string; texts: pulumi.Input<Record<string, string>> },
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  const { namespace, labels, type } = args;
  const data = pulumi.secret(args.texts);
  return new kubernetes.core.v1.Secret(
    name,
    {
      metadata: { namespace, labels },
      immutable: true,
      type,
      data: data.apply((texts) =>
        Object.fromEntries(
          Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        ),
      ),
    },
    opts,
  );
}

/** A key of a ConfigMap has no slash. No file of a site has two dots in its name. */
function keyOf(file: string): string {
  return file.replaceAll("/", "..");
}

function itemsOf(files: FilesArgs["files"]): { key: string; path: string }[] {
  return files.map(({ name }) => ({ key: keyOf(name), path: name }));
}

function textsOf(files: FilesArgs["files"]): pulumi.Output<Record<string, string>> {
  return pulumi.output(Object.fromEntries(files.map(({ name, text }) => [keyOf(name), text])));
}
