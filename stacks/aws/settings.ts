/** Which account and region a stack is for, as its file says it. */
import type { StackFile } from "../stack-file";
import { UserError } from "../user-error";

/** What the stack's file says; what it leaves open the AWS SDK finds as it always does. */
export interface AwsSettings {
  /** The region's code. @default AWS_REGION, AWS_DEFAULT_REGION, or that of the profile */
  region?: string;
  /** The profile of `~/.aws/config`. @default AWS_PROFILE, else `default` */
  profile?: string;
}

/** What the provider would take from the file, and the commands, which ask AWS themselves, would not. */
const ownCredentials = [
  "accessKey",
  "secretKey",
  "token",
  "assumeRoles",
  "assumeRoleWithWebIdentity",
  "sharedCredentialsFiles",
  "sharedConfigFiles",
  "endpoints",
];

/**
 * The settings of a stack.
 *
 * @throws {@link UserError} when the provider would ask AWS as somebody else than the commands do, or the region cannot be read
 */
export function awsSettings({ file, config }: StackFile): AwsSettings {
  const text = (key: string): string | undefined => {
    const value = config[`aws:${key}`];
    if (value === undefined || typeof value === "string") return value;
    throw new UserError(`${file}: aws:${key} is not plain text. It is no secret: write it as it is`);
  };
  for (const key of ownCredentials)
    if (config[`aws:${key}`] !== undefined)
      throw new UserError(
        `${file}: aws:${key} is for the provider alone, and the commands ask AWS themselves, too. ` +
          "Put it into a profile of ~/.aws/config, and name that in aws:profile or AWS_PROFILE",
      );
  const [region, profile] = [text("region"), text("profile")];
  return { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
}
