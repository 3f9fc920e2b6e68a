import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { appBuild } from "../shared/app-build";
import type { App, AwsSiteSpec } from "../spec/site";
import type { Common } from "./place";
import { repositoryArn } from "./policies";

/** The image of an app. */
export interface AppImage {
  /** Its name, by digest where it is built. */
  name: pulumi.Output<string>;
  /** Of the repository of ECR that it is in; undefined for an image of another registry. */
  repositoryArn: pulumi.Output<string> | undefined;
}

/** Images that were replaced stay for those who go back; so many of them. */
const keptImages = 20;

/**
 * The image of an app: built from its source by this machine's Docker and pushed to a repository of its own, or the one that the spec names.
 */
export function appImage(
  name: string,
  { images, aws: { kmsKeyArn } }: Pick<AwsSiteSpec, "images" | "aws">,
  app: App,
  { place, tags, protect }: Common,
  opts: pulumi.CustomResourceOptions,
): AppImage {
  if ("image" in app.source) {
    const image = pulumi.output(app.source.image);
    // Of an image that is elsewhere it is not known whether it is before it is known itself.
    const arn = pulumi
      .all([image, place.partition])
      .apply(([known, partition]) => repositoryArn(known, partition) ?? "");
    const elsewhere =
      typeof app.source.image === "string" && repositoryArn(app.source.image, "aws") === undefined;
    return { name: image, repositoryArn: elsewhere ? undefined : arn };
  }
  const repository = new aws.ecr.Repository(
    name,
    {
      // The tag is the same at each build; tasks name the digest, which is what cannot be changed.
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      ...(kmsKeyArn !== undefined && {
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: kmsKeyArn }],
      }),
      forceDelete: !protect,
      tags,
    },
    opts,
  );
  new aws.ecr.LifecyclePolicy(
    name,
    {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: `The last ${keptImages} images`,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keptImages },
            action: { type: "expire" },
          },
        ],
      }),
    },
    opts,
  );
  const token = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId }, {
    parent: opts.parent,
  } as pulumi.InvokeOptions);
  const image = new docker.Image(
    name,
    {
      imageName: repository.repositoryUrl,
      build: { ...appBuild(images.python, app.source.folder, app.entry), platform: "linux/amd64" },
      registry: {
        server: repository.repositoryUrl,
        username: token.userName,
        password: pulumi.secret(token.password),
      },
    },
    opts,
  );
  return { name: image.repoDigest, repositoryArn: repository.arn };
}
