/** What may be done by whom: policies as data. */
import * as pulumi from "@pulumi/pulumi";

/**
 * Who may take a role.
 *
 * @param service the AWS service, for instance `ecs-tasks.amazonaws.com`
 * @param account where it has to act for; without it, for any
 */
export function assumedBy(service: string, account?: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        ...(account !== undefined && { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
      },
    ],
  });
}

/** What the execution role of an app is about. */
export interface ExecutionRights {
  /** The repository that its image is in; undefined for an image of no registry of ECR. */
  repositoryArn: pulumi.Input<string> | undefined;
  /** The group that it logs to. */
  logGroupArn: pulumi.Input<string>;
  /** Its secrets; undefined when it has none. */
  secretArn: pulumi.Input<string> | undefined;
  /** The key that encrypts these. */
  kmsKeyArn: pulumi.Input<string> | undefined;
}

/** What the execution role of an app may do: what it takes to start the app's tasks and no other's. */
export function executionPolicy(rights: ExecutionRights): pulumi.Output<string> {
  const { repositoryArn, logGroupArn, secretArn, kmsKeyArn } = rights;
  const allow = (action: string[], resource: pulumi.Input<string>): object => ({
    Effect: "Allow",
    Action: action,
    Resource: resource,
  });
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      ...(repositoryArn === undefined
        ? []
        : [
            // `ecr:GetAuthorizationToken` knows no resources: the token is for the registry of the account, and shows no more than the role may.
            allow(["ecr:GetAuthorizationToken"], "*"),
            allow(
              ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
              repositoryArn,
            ),
          ]),
      // The streams of its own group.
      allow(["logs:CreateLogStream", "logs:PutLogEvents"], pulumi.interpolate`${logGroupArn}:*`),
      ...(secretArn === undefined ? [] : [allow(["secretsmanager:GetSecretValue"], secretArn)]),
      ...(secretArn === undefined || kmsKeyArn === undefined ? [] : [allow(["kms:Decrypt"], kmsKeyArn)]),
    ],
  });
}

/**
 * The ARN of a repository of ECR.
 *
 * @param image the name of an image
 * @param partition the start of ARNs
 * @returns undefined for an image of another registry
 */
export function repositoryArn(image: string, partition: string): string | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image);
  if (match === null) return undefined;
  const [, account = "", region = "", repository = ""] = match;
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}
