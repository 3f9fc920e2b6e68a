/**
 * How an app's settings and secrets reach its container, which has a root file system that cannot be written to.
 *
 * Fargate mounts neither secrets nor parameters as files; it puts a secret into a variable of a container. So a container of the app's own
 * image, `files`, which has these variables, writes the files into a volume of the task and ends; the app's container starts after that, has the
 * volume to be read only, and none of the variables. The task definition has nothing but the ARN of the secret and its version: other secrets make another
 * version, and so another task definition, which replaces the tasks, and whatever goes back to the one before finds its secrets, too.
 *
 * A volume of Fargate belongs to root, so that `files` runs as root, without any capability, for as long as it takes to write two files.
 */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type KnownSecrets, streamlitSecrets } from "../streamlit/secrets";
import type { App } from "../spec/site";
import type { Common } from "./place";

/** Python, which every app's image has: writes what its variables have, and lets anybody write to the folder for temporary files. */
export const writeFiles = `import os, pathlib
folder = pathlib.Path("/site/files")
for variable, name in (("CONFIG", "config.toml"), ("SECRETS", "secrets.toml")):
    if variable in os.environ:
        file = folder / name
        file.write_text(os.environ[variable], encoding="utf-8")
        file.chmod(0o444)
folder.chmod(0o555)
os.chmod("/site/tmp", 0o1777)
`;

/** Where the container `files` finds the volumes. */
export const volumeFolders = { files: "/site/files", tmp: "/site/tmp" } as const;

/** The secrets of an app. */
export interface AppSecrets {
  /** The secret's ARN. */
  arn: pulumi.Output<string>;
  /** The same with the version that there is now, as a task definition names it. */
  version: pulumi.Output<string>;
}

/** Keep the secrets of an app in Secrets Manager. @returns undefined for an app without secrets */
export function appSecrets(
  name: string,
  app: Pick<App, "name" | "secrets">,
  kmsKeyArn: pulumi.Input<string> | undefined,
  { tags, protect }: Common,
  opts: pulumi.CustomResourceOptions,
): AppSecrets | undefined {
  if (Object.keys(app.secrets).length === 0) return undefined;
  const secret = new aws.secretsmanager.Secret(
    name,
    {
      description: `.streamlit/secrets.toml of ${app.name}`,
      ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
      // Nothing is left when the site is removed, unless it is to be kept.
      recoveryWindowInDays: protect ? 30 : 0,
      tags,
    },
    opts,
  );
  const version = new aws.secretsmanager.SecretVersion(
    name,
    {
      secretId: secret.id,
      secretString: pulumi.secret(
        pulumi.output(app.secrets).apply((known) => streamlitSecrets(known as KnownSecrets)),
      ),
    },
    opts,
  );
  return { arn: secret.arn, version: pulumi.interpolate`${secret.arn}:::${version.versionId}` };
}
