/** Sign-in by a Cognito user pool. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { AwsSiteSpec, Cognito } from "../spec/site";
import { siteFunction } from "./function";
import { signInPaths } from "./listener-rules";
import type { Common } from "./place";

/** What a program signs in with. */
export interface ProgramClient {
  clientId: string;
  clientSecret: string;
}

/** A user pool as the load balancer knows it. */
export interface UserPool {
  arn: pulumi.Output<string>;
  id: pulumi.Output<string>;
  clientId: pulumi.Output<string>;
  /** The start of its domain, by which the load balancer finds it. */
  domainPrefix: pulumi.Output<string>;
  /** Where people sign in: a host name. */
  domain: pulumi.Output<string>;
  /** Where sign-out leads. */
  signOutUrl: pulumi.Output<string>;
  /** Who signs its tokens, an `https` URL. */
  issuer: pulumi.Output<string>;
  /** What each program signs in with, by its name; secret. */
  programs: pulumi.Output<Record<string, ProgramClient>>;
  /** What has to be there before a rule names the pool. */
  dependsOn: pulumi.Resource[];
}

const mfa = { off: "OFF", optional: "OPTIONAL", required: "ON" } as const;

/** How long what Cognito said of somebody counts, in minutes: then the load balancer asks anew, and whose account is gone is signed out. */
const tokenMinutes = 5;

/** What a token is for that programs get: a scope that people cannot have. */
const callScope = { server: "site", name: "call" };

/**
 * What tokens of a pool have to say to be one of a program's. Cognito's access tokens have no `aud`; they have the scopes that the client
 * has been given, and the clients of people have not this one. An ID token, which says who somebody is and not what he may, has no scopes.
 */
export const programClaims = [
  { name: "token_use", format: "single-string", values: ["access"] },
  { name: "scope", format: "space-separated-values", values: [`${callScope.server}/${callScope.name}`] },
];

/** The user pool of a site, its groups and the providers that it federates with. */
export function userPool(
  name: string,
  site: Pick<AwsSiteSpec, "host" | "origin" | "aws">,
  cognito: Cognito,
  common: Common,
  opts: pulumi.CustomResourceOptions,
): UserPool {
  const { tags, protect, place } = common;
  const check =
    cognito.emailDomains &&
    siteFunction(
      `${name}-allow`,
      {
        file: "allow-email.mjs",
        environment: { DOMAINS: cognito.emailDomains.join(",") },
        logRetention: site.aws.logRetention,
        kmsKeyArn: site.aws.kmsKeyArn,
      },
      common,
      opts,
    );
  const { minimumLength, lowercase, uppercase, numbers, symbols } = cognito.password;
  const pool = new aws.cognito.UserPool(
    name,
    {
      usernameAttributes: ["email"],
      usernameConfiguration: { caseSensitive: false },
      autoVerifiedAttributes: ["email"],
      userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdates: ["email"] },
      accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
      adminCreateUserConfig: { allowAdminCreateUserOnly: !cognito.selfSignUp },
      passwordPolicy: {
        minimumLength,
        requireLowercase: lowercase,
        requireUppercase: uppercase,
        requireNumbers: numbers,
        requireSymbols: symbols,
        temporaryPasswordValidityDays: 7,
      },
      mfaConfiguration: mfa[cognito.mfa],
      ...(cognito.mfa !== "off" && { softwareTokenMfaConfiguration: { enabled: true } }),
      ...(check && { lambdaConfig: { preSignUp: check.arn, preTokenGeneration: check.arn } }),
      deletionProtection: protect ? "ACTIVE" : "INACTIVE",
      tags,
    },
    opts,
  );
  const called =
    check &&
    new aws.lambda.Permission(
      `${name}-allow`,
      {
        action: "lambda:InvokeFunction",
        function: check.name,
        principal: "cognito-idp.amazonaws.com",
        sourceArn: pool.arn,
      },
      opts,
    );
  for (const group of cognito.groups)
    new aws.cognito.UserGroup(`${name}-${group}`, { name: group, userPoolId: pool.id }, opts);
  const providers = federation(name, cognito, pool.id, opts);
  const client = new aws.cognito.UserPoolClient(
    name,
    {
      userPoolId: pool.id,
      generateSecret: true,
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ["code"],
      allowedOauthScopes: ["openid", "email", "profile"],
      callbackUrls: [`${site.origin}${signInPaths.callback}`],
      logoutUrls: [`${site.origin}${signInPaths.signedOut}`],
      supportedIdentityProviders: ["COGNITO", ...providers.map(({ providerName }) => providerName)],
      explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
      preventUserExistenceErrors: "ENABLED",
      enableTokenRevocation: true,
      accessTokenValidity: tokenMinutes,
      idTokenValidity: tokenMinutes,
      // The least that there is is an hour.
      refreshTokenValidity: Math.max(60, Math.ceil(cognito.lifetime / 60)),
      tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "minutes" },
    },
    opts,
  );
  // Its name is one among those of the whole region, and must not have the name of a service in it. Everybody sees it: it is no secret.
  const suffix = new random.RandomId(`${name}-domain`, { byteLength: 8 }, opts).hex;
  const domain = new aws.cognito.UserPoolDomain(
    name,
    { userPoolId: pool.id, domain: pulumi.interpolate`streamlit-${suffix}`, managedLoginVersion: 2 },
    opts,
  );
  const pages = new aws.cognito.ManagedLoginBranding(
    name,
    { userPoolId: pool.id, clientId: client.id, useCognitoProvidedValues: true },
    { ...opts, dependsOn: [domain] },
  );
  const hostName = pulumi.interpolate`${domain.domain}.auth.${place.region}.amazoncognito.com`;
  const signedOut = encodeURIComponent(`${site.origin}${signInPaths.signedOut}`);
  return {
    arn: pool.arn,
    id: pool.id,
    clientId: client.id,
    domainPrefix: domain.domain,
    domain: hostName,
    signOutUrl: pulumi.interpolate`https://${hostName}/logout?client_id=${client.id}&logout_uri=${signedOut}`,
    issuer: pulumi.interpolate`https://cognito-idp.${place.region}.amazonaws.com/${pool.id}`,
    programs: programs(name, cognito, pool.id, opts),
    dependsOn: [pages, ...(called ? [called] : [])],
  };
}

/** What there is where no program has a token. */
export function noPrograms(): UserPool["programs"] {
  return pulumi.output<Record<string, ProgramClient>>({});
}

/** The clients of programs. */
function programs(
  name: string,
  { programs: names }: Cognito,
  userPoolId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): UserPool["programs"] {
  if (names.length === 0) return noPrograms();
  const server = new aws.cognito.ResourceServer(
    name,
    {
      userPoolId,
      identifier: callScope.server,
      name: "The apps of the site",
      scopes: [{ scopeName: callScope.name, scopeDescription: "Call the apps" }],
    },
    opts,
  );
  const clients = names.map((program) => {
    const client = new aws.cognito.UserPoolClient(
      `${name}-program-${program}`,
      {
        userPoolId,
        generateSecret: true,
        allowedOauthFlowsUserPoolClient: true,
        allowedOauthFlows: ["client_credentials"],
        allowedOauthScopes: [pulumi.interpolate`${server.identifier}/${callScope.name}`],
        // Without a list, Cognito takes people's passwords by it.
        explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
        preventUserExistenceErrors: "ENABLED",
        enableTokenRevocation: true,
        // In hours: each token is paid for.
        accessTokenValidity: 1,
      },
      opts,
    );
    return pulumi
      .all([client.id, client.clientSecret])
      .apply(([clientId, clientSecret]): [string, ProgramClient] => [program, { clientId, clientSecret }]);
  });
  return pulumi.secret(clients).apply((known): Record<string, ProgramClient> => Object.fromEntries(known));
}

/** The providers that a user pool federates with. */
function federation(
  name: string,
  { google, oidc, saml }: Cognito,
  userPoolId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): aws.cognito.IdentityProvider[] {
  const provider = (
    providerName: string,
    providerType: string,
    providerDetails: Record<string, pulumi.Input<string>>,
    attributeMapping: Record<string, string>,
  ): aws.cognito.IdentityProvider =>
    new aws.cognito.IdentityProvider(
      // Two of different kinds may have one name but for its case.
      providerType === providerName
        ? `${name}-google`
        : `${name}-${providerType.toLowerCase()}-${providerName}`,
      { userPoolId, providerName, providerType, providerDetails, attributeMapping },
      opts,
    );
  const claims = { username: "sub", email: "email", email_verified: "email_verified", name: "name" };
  return [
    ...(google
      ? [
          provider(
            "Google",
            "Google",
            {
              client_id: google.clientId,
              client_secret: pulumi.secret(google.clientSecret),
              authorize_scopes: "openid email profile",
            },
            claims,
          ),
        ]
      : []),
    ...Object.entries(oidc).map(([providerName, { issuer, clientId, clientSecret, scopes }]) =>
      provider(
        providerName,
        "OIDC",
        {
          oidc_issuer: issuer,
          client_id: clientId,
          client_secret: pulumi.secret(clientSecret),
          authorize_scopes: scopes.join(" "),
          attributes_request_method: "GET",
        },
        claims,
      ),
    ),
    ...Object.entries(saml).map(([providerName, { metadataUrl, emailAttribute }]) =>
      provider(providerName, "SAML", { MetadataURL: metadataUrl }, { email: emailAttribute }),
    ),
  ];
}
