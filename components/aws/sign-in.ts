/** What each kind of sign-in consists of on AWS: the actions of the load balancer's rules, and what these name. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsSiteSpec, Cognito, Oidc } from "../spec/site";
import { noPrograms, type ProgramClient, programClaims, type UserPool, userPool } from "./cognito";
import { siteFunction } from "./function";
import { type Demand, signInPaths } from "./listener-rules";
import type { Common } from "./place";

type Action = aws.types.input.lb.ListenerRuleAction;

/** What a kind of sign-in consists of. */
export interface SignInParts {
  /** What a rule does before it answers. */
  action: (demand: Demand) => Action;
  /** What has to be there before a rule does it. */
  dependsOn: pulumi.Resource[];
  /** The target group of what ends a session. */
  signOutTargetGroupArn: pulumi.Output<string>;
  /** Where Cognito's pages are, a host name; empty with `auth.oidc`. */
  domain: pulumi.Output<string>;
  /** The id of the user pool; empty with `auth.oidc`. */
  userPoolId: pulumi.Output<string>;
  /** What programs get tokens with, by their names; secret, and empty with `auth.oidc`. */
  programs: pulumi.Output<Record<string, ProgramClient>>;
}

/** Make the parts of a site's sign-in. */
export function signInParts(
  name: string,
  site: AwsSiteSpec,
  common: Common,
  opts: pulumi.CustomResourceOptions,
): SignInParts {
  const { oidc, cognito } = site.auth;
  const empty = pulumi.output("");
  if (oidc !== undefined)
    return {
      action: (demand) => oidcAction(oidc, demand),
      dependsOn: [],
      signOutTargetGroupArn: signOut(name, site, endSessionUrl(site, oidc), common, opts),
      domain: empty,
      userPoolId: empty,
      programs: noPrograms(),
    };
  const pool = userPool(name, site, cognito, common, opts);
  return {
    action: (demand) => cognitoAction(pool, cognito, demand),
    dependsOn: pool.dependsOn,
    signOutTargetGroupArn: signOut(name, site, pool.signOutUrl, common, opts),
    domain: pool.domain,
    userPoolId: pool.id,
    programs: pool.programs,
  };
}

/** The action of a rule by which people sign in by a user pool, or programs with a token of it. */
function cognitoAction(pool: UserPool, { lifetime }: Cognito, demand: Demand): Action {
  if (demand === "bearer")
    return {
      type: "jwt-validation",
      order: 1,
      jwtValidation: {
        issuer: pool.issuer,
        jwksEndpoint: pulumi.interpolate`${pool.issuer}/.well-known/jwks.json`,
        additionalClaims: programClaims,
      },
    };
  return {
    type: "authenticate-cognito",
    order: 1,
    authenticateCognito: {
      userPoolArn: pool.arn,
      userPoolClientId: pool.clientId,
      userPoolDomain: pool.domainPrefix,
      scope: "openid email profile",
      sessionTimeout: lifetime,
      onUnauthenticatedRequest: demand,
    },
  };
}

/** The action of a rule by which people sign in at an OpenID Connect provider, or programs with a token of it. */
function oidcAction(oidc: Oidc, demand: Demand): Action {
  const { endpoints, issuer = "" } = oidc;
  if (endpoints === undefined) throw new Error(`${oidc.provider} answers at no known place`);
  if (demand === "bearer")
    return {
      type: "jwt-validation",
      order: 1,
      jwtValidation: {
        issuer,
        jwksEndpoint: endpoints.jwks ?? "",
        additionalClaims: [
          { name: "aud", format: "single-string", values: [oidc.clientId, ...oidc.audiences] },
        ],
      },
    };
  return {
    type: "authenticate-oidc",
    order: 1,
    authenticateOidc: {
      issuer,
      authorizationEndpoint: endpoints.authorization,
      tokenEndpoint: endpoints.token,
      userInfoEndpoint: endpoints.userInfo,
      clientId: oidc.clientId,
      clientSecret: pulumi.secret(oidc.clientSecret),
      scope: oidc.scopes.join(" "),
      sessionTimeout: oidc.sessions.lifetime,
      onUnauthenticatedRequest: demand,
    },
  };
}

/** Where the provider ends its own session, and back; the site's own page where it does not. */
function endSessionUrl({ origin }: Pick<AwsSiteSpec, "origin">, oidc: Oidc): pulumi.Output<string> {
  const signedOut = `${origin}${signInPaths.signedOut}`;
  const { endSessionEndpoint } = oidc;
  if (endSessionEndpoint === undefined) return pulumi.output(signedOut);
  return pulumi.output(oidc.clientId).apply((clientId) => {
    const url = new URL(endSessionEndpoint);
    url.searchParams.set("client_id", clientId);
    url.searchParams.set("post_logout_redirect_uri", signedOut);
    return url.href;
  });
}

/** What takes the session from the browser. @returns the ARN of its target group */
function signOut(
  name: string,
  site: Pick<AwsSiteSpec, "aws">,
  location: pulumi.Output<string>,
  common: Common,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { logRetention, kmsKeyArn } = site.aws;
  const own = `${name}-out`;
  const code = siteFunction(
    own,
    { file: "sign-out.mjs", environment: { LOCATION: location }, logRetention, kmsKeyArn },
    common,
    opts,
  );
  const group = new aws.lb.TargetGroup(
    own,
    { targetType: "lambda", lambdaMultiValueHeadersEnabled: true, tags: common.tags },
    opts,
  );
  const permission = new aws.lambda.Permission(
    own,
    {
      action: "lambda:InvokeFunction",
      function: code.name,
      principal: "elasticloadbalancing.amazonaws.com",
      sourceArn: group.arn,
    },
    opts,
  );
  const attachment = new aws.lb.TargetGroupAttachment(
    own,
    { targetGroupArn: group.arn, targetId: code.arn },
    { ...opts, dependsOn: [permission] },
  );
  return attachment.targetGroupArn;
}
