import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsSiteSpec } from "../spec/site";
import type { Common } from "./place";

/** Requests of one address in five minutes. A page of Streamlit makes some 130. */
const mostRequests = 2000;

/**
 * The firewall in front of the load balancer, if the spec has one.
 *
 * AWS's list for web applications at large (`AWSManagedRulesCommonRuleSet`) is left out: it refuses bodies of more than 8 KB, and so uploads.
 */
export function firewall(
  name: string,
  { site, tags, albArn }: Common & { site: Pick<AwsSiteSpec, "aws">; albArn: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): void {
  const { waf } = site.aws;
  if (waf === undefined) return;
  const webAclArn = "webAclArn" in waf ? waf.webAclArn : managedAcl(name, tags, opts).arn;
  new aws.wafv2.WebAclAssociation(name, { resourceArn: albArn, webAclArn }, opts);
}

function managedAcl(
  name: string,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): aws.wafv2.WebAcl {
  const visibilityConfig = (metricName: string): aws.types.input.wafv2.WebAclVisibilityConfig => ({
    metricName,
    cloudwatchMetricsEnabled: true,
    // Samples show what people sent.
    sampledRequestsEnabled: false,
  });
  const managed = ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"].map(
    (list, index): aws.types.input.wafv2.WebAclRule => ({
      name: list,
      priority: index + 1,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name: list } },
      visibilityConfig: visibilityConfig(list),
    }),
  );
  return new aws.wafv2.WebAcl(
    name,
    {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      rules: [
        ...managed,
        {
          name: "rate",
          priority: managed.length + 1,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: mostRequests, aggregateKeyType: "IP" } },
          visibilityConfig: visibilityConfig("rate"),
        },
      ],
      visibilityConfig: visibilityConfig(name),
      tags,
    },
    opts,
  );
}
