/** What there is to say of the messages with which AWS refuses something to the provider. */
import type { StackName } from "../target";

/** What a message is about, and what to say of it besides; a line each. */
const known: [RegExp, (found: RegExpExecArray, stack: StackName) => string[]][] = [
  [
    /not authorized to perform: ([\w-]+:\w+)/,
    ([, right = ""]) => [
      `whoever the credentials are of lacks ${right}: docs/aws.md has all that a stack needs`,
    ],
  ],
  [
    /AccessDenied|UnauthorizedOperation/,
    () => ["whoever the credentials are of lacks a right for it: docs/aws.md has all that a stack needs"],
  ],
  [
    /ExpiredToken|security token included in the request is expired|RequestExpired/,
    () => ["the AWS credentials have ended: sign in again, and run it again; what was made is kept"],
  ],
  [
    /no valid credential sources|No credential|failed to refresh cached credentials|unable to validate AWS credentials/i,
    () => ["the provider finds no credentials, though the commands did: is AWS_PROFILE set for both?"],
  ],
  [
    /deletion ?protection/i,
    (_found, { stack }) => [
      `deletionProtection is on: set it to false in stacks/Pulumi.${stack}.yaml, npm run up -- --stack ${stack}, and then remove it`,
    ],
  ],
  [
    /(VpcLimitExceeded|AddressLimitExceeded|NatGatewayLimitExceeded|TooManyLoadBalancers|TooManyTargetGroups|TooManyRules|LimitExceeded\w*|ServiceQuotaExceeded\w*|ResourceLimitExceeded)/,
    ([, quota = ""]) => [
      `a quota of the account is reached (${quota}): Service Quotas in the console raises it, or remove what is no longer used`,
    ],
  ],
  [
    /waiting for ACM Certificate[^\n]*to be issued|ACM Certificate[^\n]*(?:ISSUED|PENDING_VALIDATION)/,
    () => [
      "ACM has not seen its record: is tls.acm.zone the public zone to which the host's domain is delegated?",
    ],
  ],
  [
    /Unable to assume the service linked role|service[- ]linked role/i,
    () => [
      "the account has not used the service before, and its role is just being made: run it again in a minute",
    ],
  ],
  [
    /timeout while waiting for state|waiting for (?:ECS Service|service)[^\n]*(?:stable|steady)/i,
    (_found, { stack }) => [`npm run status -- --stack ${stack} says how it is now`],
  ],
  [
    /DependencyViolation|has dependencies and cannot be deleted|is currently in use/,
    () => ["something that the stack does not know of uses it: remove that first, and run it again"],
  ],
  [
    /InvalidSubnetID\.NotFound|InvalidVpcID\.NotFound/,
    () => ["network.existing names something that is not there in this account and region"],
  ],
  [
    /no such host|ENOTFOUND|connection refused|i\/o timeout|network is unreachable/,
    () => ["AWS does not answer: is there a way out of this machine, and is the region one of AWS?"],
  ],
];

/** See `StackTarget.explainFault`. */
export function explainFault(stack: StackName, message: string): string[] {
  for (const [pattern, say] of known) {
    const found = pattern.exec(message);
    // What the message says itself needs no second line.
    if (found) return say(found, stack).filter((line) => !message.includes(line));
  }
  return [];
}
