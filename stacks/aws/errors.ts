/** What AWS's APIs and its SDK say when they refuse, in words for who runs a command. */
import { UserError } from "../user-error";
import type { AwsSettings } from "./settings";

/** What there is to say when no region is known. */
export function noRegion({ profile }: AwsSettings): string {
  return (
    "no AWS region is known: looked for aws:region in the stack's file, AWS_REGION, AWS_DEFAULT_REGION, " +
    `and the region of the profile ${profile ?? process.env.AWS_PROFILE ?? "default"} in ~/.aws/config. ` +
    "Set one of them, for instance aws:region: eu-central-1"
  );
}

/** What there is to say when the SDK finds nobody to ask as. */
export function noCredentials({ profile }: AwsSettings, error: unknown): string {
  return (
    "no AWS credentials are found: looked for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, " +
    `the profile ${profile ?? process.env.AWS_PROFILE ?? "default"} of ~/.aws/config and ~/.aws/credentials (single sign-on among them), ` +
    "a web identity token, and the role of a container or of this machine. " +
    "`aws sso login` or `aws configure` gives some; AWS_PROFILE, or aws:profile in the stack's file, names another profile. " +
    `The SDK says: ${messageOf(error)}`
  );
}

/** The names of errors, whatever service they come from, by what they are about. */
const known: [RegExp, (message: string, settings: AwsSettings) => string][] = [
  [
    /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/,
    () => "the AWS credentials have ended: sign in again, for instance with `aws sso login`",
  ],
  [
    /^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|AuthFailure|IncompleteSignature|MissingAuthenticationToken)/,
    (message) =>
      `AWS does not accept the credentials (${message}): are they complete, of this account, and is the region one that the account has enabled?`,
  ],
  [
    /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/,
    (message) => `AWS refuses: ${message}. docs/aws.md has the rights that the commands need`,
  ],
  [
    /^(Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded)$/,
    () => "AWS takes no more requests of this account for now: try again in a minute",
  ],
  [
    /^(CredentialsProviderError|TokenProviderError)$/,
    (message, settings) => noCredentials(settings, message),
  ],
];

/** What is between here and AWS. */
const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError/;

/** An error of the SDK as one that a command ends with; any other as it is. */
export function inWords(error: unknown, settings: AwsSettings): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  for (const [pattern, say] of known)
    if (pattern.test(error.name)) return new UserError(say(error.message, settings), { cause: error });
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (unreachable.test(`${error.name} ${code} ${error.message}`))
    return new UserError(
      `AWS does not answer (${error.message}): is there a way out of this machine, and is ${settings.region ?? "the region"} a region of AWS?`,
      { cause: error },
    );
  return new UserError(`AWS answers: ${error.name}: ${error.message}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
