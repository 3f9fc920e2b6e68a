import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { NamedFile } from "../gateway/files";
import type { Labels } from "../shared/labels";

/** What {@link Files} takes. */
export interface FilesArgs {
  namespace: pulumi.Input<string>;
  files: NamedFile<pulumi.Input<string>>[];
  /** The key of the digest of secret files, which keeps it from being guessed back to a short secret. Treated as secret. */
  digestKey: pulumi.Input<string>;
  labels: Labels;
}

/**
 * Files for a pod: those that anybody may see in a ConfigMap, the others in a Secret. Neither can be changed, and both are named after what
 * is in them: a changed file makes another one, which rolls the pods that read it and no others, and what runs keeps its files until it goes.
 */
export class Files extends pulumi.ComponentResource {
  /** What a projected volume is made of. */
  readonly sources: pulumi.Output<kubernetes.types.input.core.v1.VolumeProjection[]>;

  constructor(name: string, args: FilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:KubernetesFiles", name, {}, opts);
    const parent = { parent: this };
    const sources: pulumi.Input<kubernetes.types.input.core.v1.VolumeProjection>[] = [];

    const seen = args.files.filter(({ secret }) => !secret);
    if (seen.length > 0) {
      const data = textsOf(seen);
      const digest = data.apply((texts) => digestOf(createHash("sha256"), texts));
      const map = new kubernetes.core.v1.ConfigMap(
        name,
        {
          metadata: metadataOf(name, digest, args),
          immutable: true,
          data,
        },
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
 * A Secret that cannot be changed, named after what is in it.
 *
 * @param args its type, and its texts by their keys
 */
export function immutableSecret(
  name: string,
  args: Omit<FilesArgs, "files"> & { type: string; texts: pulumi.Input<Record<string, string>> },
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  const data = pulumi.secret(args.texts);
  const digest = pulumi.unsecret(
    pulumi.all([data, args.digestKey]).apply(([texts, key]) => digestOf(createHmac("sha256", key), texts)),
  );
  return new kubernetes.core.v1.Secret(
    name,
    {
      metadata: metadataOf(name, digest, args),
      immutable: true,
      type: args.type,
      data: data.apply((texts) =>
        Object.fromEntries(
          Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        ),
      ),
    },
    opts,
  );
}

/** Of an object that is named after what is in it. */
function metadataOf(
  name: string,
  digest: pulumi.Output<string>,
  { namespace, labels }: Pick<FilesArgs, "namespace" | "labels">,
): kubernetes.types.input.meta.v1.ObjectMeta {
  return { name: pulumi.interpolate`${name}-${digest}`, namespace, labels };
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

function digestOf(hash: Hash | Hmac, texts: Record<string, string>): string {
  for (const [key, text] of Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`\0${key}\0${text}`);
  return hash.digest("hex").slice(0, 10);
}
