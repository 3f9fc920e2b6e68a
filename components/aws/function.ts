import * as fs from "node:fs";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Common } from "./place";
import { assumedBy } from "./policies";

/** What {@link siteFunction} takes. */
export interface SiteFunctionArgs {
  /** The file of this folder with its code, which exports `handler`. */
  file: string;
  environment: Record<string, pulumi.Input<string>>;
  /** How many days its log is kept. */
  logRetention: number;
  kmsKeyArn: pulumi.Input<string> | undefined;
}

/** A function of the site's own (AWS Lambda), outside its network, with no right but to write its log. */
export function siteFunction(
  name: string,
  args: SiteFunctionArgs,
  { tags }: Common,
  opts: pulumi.CustomResourceOptions,
): aws.lambda.Function {
  const kms = args.kmsKeyArn === undefined ? {} : { kmsKeyId: args.kmsKeyArn };
  const log = new aws.cloudwatch.LogGroup(name, { retentionInDays: args.logRetention, ...kms, tags }, opts);
  const role = new aws.iam.Role(name, { assumeRolePolicy: assumedBy("lambda.amazonaws.com"), tags }, opts);
  const policy = new aws.iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            // The streams of its own group.
            Resource: pulumi.interpolate`${log.arn}:*`,
          },
        ],
      }),
    },
    opts,
  );
  return new aws.lambda.Function(
    name,
    {
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({
        "index.mjs": new pulumi.asset.StringAsset(fs.readFileSync(path.join(__dirname, args.file), "utf8")),
      }),
      memorySize: 128,
      timeout: 5,
      environment: { variables: args.environment },
      loggingConfig: { logFormat: "JSON", logGroup: log.name },
      tags,
    },
    { ...opts, dependsOn: [policy] },
  );
}
