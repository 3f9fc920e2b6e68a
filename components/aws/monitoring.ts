/** What tells that something is wrong: alarms, and a dashboard. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { App, AwsSiteSpec } from "../spec/site";
import type { Edge } from "./edge";
import type { Common } from "./place";

type AlarmArgs = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  "alarmDescription" | "namespace" | "metricName" | "dimensions" | "statistic" | "threshold"
>;

/** One that is raised when a metric has been at a threshold, or above it, for five minutes. */

function alarm(
  name: string,
  args: AlarmArgs,
  { site, tags }: { site: Pick<AwsSiteSpec, "aws">; tags: Record<string, string> },
  opts: pulumi.CustomResourceOptions,
): void {
  const { alarmTopicArn } = site.aws;
  new aws.cloudwatch.MetricAlarm(
    name,
    {
      ...args,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      period: 60,
      evaluationPeriods: 5,
      // Without visits there is nothing to count.
      treatMissingData: "notBreaching",
      ...(alarmTopicArn !== undefined && { alarmActions: [alarmTopicArn], okActions: [alarmTopicArn] }),
      tags,
    },
    opts,
  );
}

/** The alarms of an app: a replica that does not answer, errors, memory that runs out. */
export function appAlarms(
  name: string,
  args: {
    app: App;
    site: Pick<AwsSiteSpec, "aws">;
    edge: Edge;
    targetGroup: pulumi.Input<string>;
    cluster: pulumi.Input<string>;
    service: pulumi.Input<string>;
    tags: Record<string, string>;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { app, edge, targetGroup, cluster, service } = args;
  const balancer = { LoadBalancer: edge.arnSuffix, TargetGroup: targetGroup };
  alarm(
    `${name}-unhealthy`,
    {
      alarmDescription: `A replica of ${app.name} has not answered for five minutes`,
      namespace: "AWS/ApplicationELB",
      metricName: "UnHealthyHostCount",
      dimensions: balancer,
      statistic: "Minimum",
      threshold: 1,
    },
    args,
    opts,
  );
  alarm(
    `${name}-errors`,
    {
      alarmDescription: `${app.name} has answered with errors for five minutes`,
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_Target_5XX_Count",
      dimensions: balancer,
      statistic: "Sum",
      threshold: 5,
    },
    args,
    opts,
  );
  alarm(
    `${name}-memory`,
    {
      alarmDescription: `Replicas of ${app.name} use more than nine tenths of their memory`,
      namespace: "AWS/ECS",
      metricName: "MemoryUtilization",
      dimensions: { ClusterName: cluster, ServiceName: service },
      statistic: "Average",
      threshold: 90,
    },
    args,
    opts,
  );
}

/** The alarm of the load balancer: errors of its own, people who cannot sign in among them. */
export function edgeAlarms(
  name: string,
  args: { site: Pick<AwsSiteSpec, "aws">; edge: Edge; tags: Record<string, string> },
  opts: pulumi.CustomResourceOptions,
): void {
  const dimensions = { LoadBalancer: args.edge.arnSuffix };
  for (const [suffix, metricName, alarmDescription] of [
    [
      "alb-errors",
      "HTTPCode_ELB_5XX_Count",
      "The load balancer has answered with errors of its own for five minutes",
    ],
    [
      "sign-in-errors",
      "ELBAuthError",
      "Nobody has been able to sign in for five minutes: the provider, or the way there",
    ],
  ] as const)
    alarm(
      `${name}-${suffix}`,
      {
        alarmDescription,
        namespace: "AWS/ApplicationELB",
        metricName,
        dimensions,
        statistic: "Sum",
        threshold: 5,
      },
      args,
      opts,
    );
}

/** One page with what goes on at a site. */
export function dashboard(
  name: string,
  args: Pick<Common, "place"> & {
    edge: Edge;
    cluster: pulumi.Input<string>;
    apps: { name: string; service: pulumi.Input<string>; targetGroup: pulumi.Input<string> }[];
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { place, edge, cluster, apps } = args;
  const widget = (index: number, title: string, metrics: pulumi.Input<string>[][], stat: string): object => ({
    type: "metric",
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties: { title, region: place.region, stat, period: 60, metrics },
  });
  const elb = "AWS/ApplicationELB";
  const perApp = (metric: string): pulumi.Input<string>[][] =>
    apps.map((app) => [elb, metric, "LoadBalancer", edge.arnSuffix, "TargetGroup", app.targetGroup]);
  const perService = (metric: string): pulumi.Input<string>[][] =>
    apps.map((app) => ["AWS/ECS", metric, "ClusterName", cluster, "ServiceName", app.service]);
  new aws.cloudwatch.Dashboard(
    name,
    {
      dashboardName: `${pulumi.getProject()}-${pulumi.getStack()}-${name}`,
      dashboardBody: pulumi.jsonStringify({
        widgets: [
          widget(0, "Requests", perApp("RequestCount"), "Sum"),
          widget(1, "Replicas that answer", perApp("HealthyHostCount"), "Minimum"),
          widget(2, "CPU (%)", perService("CPUUtilization"), "Average"),
          widget(3, "Memory (%)", perService("MemoryUtilization"), "Average"),
          widget(4, "Errors of apps", perApp("HTTPCode_Target_5XX_Count"), "Sum"),
          widget(
            5,
            "Sign-in",
            ["ELBAuthSuccess", "ELBAuthFailure", "ELBAuthError"].map((metric) => [
              elb,
              metric,
              "LoadBalancer",
              edge.arnSuffix,
            ]),
            "Sum",
          ),
        ],
      }),
    },
    opts,
  );
}
