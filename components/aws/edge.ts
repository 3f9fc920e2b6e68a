/** What the outside reaches: the load balancer, its listeners and rules, its log, and the record that leads to it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsSiteSpec } from "../spec/site";
import type { ListenerRule } from "./listener-rules";
import type { Network } from "./network";
import type { Common } from "./place";
import type { SignInParts } from "./sign-in";

/** The load balancer as the rest of a site knows it. */
export interface Edge {
  /** Its host name, to which the site's has to lead. */
  dnsName: pulumi.Output<string>;
  arn: pulumi.Output<string>;
  /** The start of the names of its metrics. */
  arnSuffix: pulumi.Output<string>;
  securityGroupId: pulumi.Output<string>;
  /** Of the listener for HTTPS. */
  listenerArn: pulumi.Output<string>;
  /** What has to be there before anybody is let in. */
  dependsOn: pulumi.Resource[];
}

/** TLS 1.2 and 1.3 with forward secrecy and a hybrid key exchange: as Mozilla's guideline 6.0, intermediate. */
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

/** As long as there is, in seconds. Streamlit says something on each websocket every 30 s. */
const idleTimeout = 4000;

/** The load balancer of a site, without rules. */
export function siteEdge(
  name: string,
  args: Common & {
    site: Pick<AwsSiteSpec, "host" | "tls" | "aws">;
    network: Network;
    certificateArn: pulumi.Input<string>;
  },
  opts: pulumi.CustomResourceOptions,
): Edge {
  const { site, network, certificateArn, tags, protect } = args;
  const group = edgeSecurityGroup(name, args, opts);
  const log = accessLog(name, args, opts);
  const balancer = new aws.lb.LoadBalancer(
    name,
    {
      loadBalancerType: "application",
      internal: false,
      ipAddressType: "ipv4",
      subnets: network.publicSubnetIds,
      securityGroups: [group.id],
      // Names with anything but letters, digits and hyphens: an app could take one for another.
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "strictest",
      idleTimeout,
      preserveHostHeader: true,
      xffHeaderProcessingMode: "append",
      enableDeletionProtection: protect,
      accessLogs: { bucket: log.bucket, enabled: true },
      tags,
    },
    { ...opts, dependsOn: log.dependsOn },
  );
  new aws.lb.Listener(
    `${name}-http`,
    {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: "HTTP",
      defaultActions: [
        {
          type: "redirect",
          // Whatever host is asked for, it is to the site's own.
          redirect: { protocol: "HTTPS", port: "443", host: site.host, statusCode: "HTTP_301" },
        },
      ],
      tags,
    },
    opts,
  );
  const listener = new aws.lb.Listener(
    `${name}-https`,
    {
      loadBalancerArn: balancer.arn,
      port: 443,
      protocol: "HTTPS",
      sslPolicy: tlsPolicy,
      certificateArn,
      defaultActions: [
        {
          type: "fixed-response",
          fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "Not Found" },
        },
      ],
      routingHttpResponseServerEnabled: false,
      routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=63072000",
      routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
      routingHttpResponseXFrameOptionsHeaderValue: "SAMEORIGIN",
      routingHttpResponseContentSecurityPolicyHeaderValue: "frame-ancestors 'self'",
      tags,
    },
    opts,
  );
  if ("acm" in site.tls && "zone" in site.tls.acm)
    new aws.route53.Record(
      name,
      {
        zoneId: site.tls.acm.zone,
        name: site.host,
        type: "A",
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false }],
      },
      opts,
    );
  return {
    dnsName: balancer.dnsName,
    arn: balancer.arn,
    arnSuffix: balancer.arnSuffix,
    securityGroupId: group.id,
    listenerArn: listener.arn,
    dependsOn: [listener],
  };
}

/** Everybody may connect to the load balancer; it connects to apps, each of which adds itself, and to where people sign in. */
function edgeSecurityGroup(
  name: string,
  { network, tags }: Common & { network: Network },
  opts: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-alb`,
    { description: "The load balancer", vpcId: network.vpcId, tags: { ...tags, Name: `${name}-alb` } },
    opts,
  );
  for (const [suffix, port, description] of [
    ["https", 443, "Everybody"],
    ["http", 80, "Everybody, to be led to HTTPS"],
  ] as const)
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-${suffix}`,
      {
        securityGroupId: group.id,
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description,
        tags,
      },
      opts,
    );
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-sign-in`,
    {
      securityGroupId: group.id,
      // Where people sign in has no fixed address.
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      description: "Where people sign in",
      tags,
    },
    opts,
  );
  return group;
}

/** The bucket with the log of who asked for what. */
function accessLog(
  name: string,
  args: Common & { site: Pick<AwsSiteSpec, "aws"> },
  opts: pulumi.CustomResourceOptions,
): { bucket: pulumi.Output<string>; dependsOn: pulumi.Resource[] } {
  const { site, place, tags, protect } = args;
  const own = `${name}-log`;
  const bucket = new aws.s3.Bucket(own, { forceDestroy: !protect, tags }, opts);
  const of = { bucket: bucket.id };
  const closed = new aws.s3.BucketPublicAccessBlock(
    own,
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  new aws.s3.BucketOwnershipControls(own, { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } }, opts);
  new aws.s3.BucketServerSideEncryptionConfiguration(
    own,
    // Elastic Load Balancing writes to buckets with keys of S3 alone.
    { ...of, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    opts,
  );
  new aws.s3.BucketLifecycleConfiguration(
    own,
    {
      ...of,
      rules: [
        {
          id: "retention",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: site.aws.logRetention },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
    opts,
  );
  const policy = new aws.s3.BucketPolicy(
    own,
    {
      ...of,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${bucket.arn}/AWSLogs/${place.account}/*`,
            Condition: { StringEquals: { "aws:SourceAccount": place.account } },
          },
          {
            Effect: "Deny",
            Principal: "*",
            // A denial of everything: nothing at all goes unencrypted.
            Action: "s3:*",
            Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
    },
    { ...opts, dependsOn: [closed] },
  );
  return { bucket: bucket.id, dependsOn: [policy] };
}

/**
 * Make a rule.
 *
 * @param name the start of its name
 * @param rule what it is
 */
export function listenerRule(
  name: string,
  rule: ListenerRule,
  args: {
    edge: Edge;
    signIn: SignInParts;
    /** Where the rule leads to, if it leads to a target. */
    targetGroupArn: pulumi.Input<string>;
    tags: Record<string, string>;
  },
  opts: pulumi.CustomResourceOptions,
): aws.lb.ListenerRule {
  const { edge, signIn, targetGroupArn, tags } = args;
  const { answer, demand } = rule;
  const order = demand === undefined ? 1 : 2;
  return new aws.lb.ListenerRule(
    `${name}-${rule.name}`,
    {
      listenerArn: edge.listenerArn,
      priority: rule.priority,
      conditions: conditionsOf(rule),
      actions: [
        ...(demand === undefined ? [] : [signIn.action(demand)]),
        "to" in answer
          ? { type: "forward", order, targetGroupArn }
          : {
              type: "fixed-response",
              order,
              fixedResponse: {
                statusCode: String(answer.status),
                contentType: answer.contentType,
                messageBody: answer.body,
              },
            },
      ],
      tags,
    },
    { ...opts, dependsOn: signIn.dependsOn },
  );
}

function conditionsOf({
  conditions: { host, paths, pathRegex, header },
}: ListenerRule): aws.types.input.lb.ListenerRuleCondition[] {
  return [
    ...(host === undefined ? [] : [{ hostHeader: { values: [host] } }]),
    ...(paths === undefined ? [] : [{ pathPattern: { values: paths } }]),
    ...(pathRegex === undefined ? [] : [{ pathPattern: { regexValues: pathRegex } }]),
    ...(header === undefined ? [] : [{ httpHeader: { httpHeaderName: header.name, values: header.values } }]),
  ];
}
