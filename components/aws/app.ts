import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { App, AwsSiteSpec } from "../spec/site";
import { streamlitConfig } from "../streamlit/config";
import { ownStreamlitConfig } from "../streamlit/source";
import { streamlitPaths, streamlitPort } from "../streamlit/streamlit";
import { type Edge, listenerRule } from "./edge";
import { appSecrets } from "./files";
import { appImage } from "./image";
import { appRules, identityHeaders } from "./listener-rules";
import { appAlarms } from "./monitoring";
import type { Network } from "./network";
import type { Common } from "./place";
import { assumedBy, executionPolicy } from "./policies";
import type { SignInParts } from "./sign-in";
import { appContainer, containerDefinitions, taskVolumes } from "./task";

/** What {@link StreamlitApp} takes. */
export interface StreamlitAppArgs extends Common {
  site: AwsSiteSpec;
  app: App;
  network: Network;
  edge: Edge;
  signIn: SignInParts;
  cluster: { arn: pulumi.Input<string>; name: pulumi.Input<string> };
  /** The first of the priorities of the app's rules. */
  priority: number;
}

/** What tells an app who is signed in, and where `st.user` has it. The load balancer sets it, and no client can: see `listener-rules.ts`. */
const trustedHeaders = { [identityHeaders[0] ?? ""]: "user" };

/**
 * One app: its image, its settings and secrets, its tasks and what they may do, and the rules by which the load balancer leads people
 * there. What it consists of does not depend on how many others there are.
 */
export class StreamlitApp extends pulumi.ComponentResource {
  /** The role that the app's own code has. It has no rights. */
  readonly taskRoleArn: pulumi.Output<string>;
  /** The name of the ECS service. */
  readonly serviceName: pulumi.Output<string>;
  /** The start of the names of the target group's metrics. */
  readonly targetGroup: pulumi.Output<string>;

  constructor(name: string, args: StreamlitAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:AwsApp", name, {}, opts);
    const { site, app, network, edge, signIn, cluster, place, protect } = args;
    const tags = { ...args.tags, "streamlit.app": app.name };
    const common = { place, protect, tags };
    const parent = { parent: this };
    const { kmsKeyArn, logRetention } = site.aws;

    const securityGroup = appSecurityGroup(name, { ...common, app, network, edge }, parent);
    const image = appImage(name, site, app, common, parent);
    const secrets = appSecrets(name, app, kmsKeyArn, common, parent);
    const log = new aws.cloudwatch.LogGroup(
      name,
      {
        retentionInDays: logRetention,
        ...(kmsKeyArn !== undefined && { kmsKeyId: kmsKeyArn }),
        tags,
      },
      parent,
    );
    const assumeRolePolicy = assumedBy("ecs-tasks.amazonaws.com", place.account);
    const executionRole = new aws.iam.Role(
      `${name}-start`,
      { description: `Starts tasks of ${app.name}`, assumeRolePolicy, tags },
      parent,
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-start`,
      {
        role: executionRole.id,
        policy: executionPolicy({
          repositoryArn: image.repositoryArn,
          logGroupArn: log.arn,
          secretArn: secrets?.arn,
          kmsKeyArn,
        }),
      },
      parent,
    );
    const taskRole = new aws.iam.Role(
      `${name}-task`,
      { description: `The code of ${app.name}, without rights`, assumeRolePolicy, tags },
      parent,
    );

    const own = "folder" in app.source ? ownStreamlitConfig(app.source.folder) : "";
    const task = new aws.ecs.TaskDefinition(
      name,
      {
        family: name,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
        cpu: String(app.cpu * 1024),
        memory: String(app.memory),
        executionRoleArn: executionRole.arn,
        taskRoleArn: taskRole.arn,
        volumes: taskVolumes,
        containerDefinitions: pulumi
          .all([
            image.name,
            secrets?.version ?? "",
            pulumi.output(app.environment),
            pulumi.all(network.publicCidrs),
            log.name,
            place.region,
          ])
          .apply(([known, secret, environment, proxies, logGroup, region]) =>
            JSON.stringify(
              containerDefinitions(app, {
                image: known,
                config: streamlitConfig(site, app, own, trustedHeaders),
                secret: secret === "" ? undefined : secret,
                environment,
                proxies,
                logGroup,
                region,
              }),
            ),
          ),
        tags,
      },
      parent,
    );

    const targetGroup = new aws.lb.TargetGroup(
      name,
      {
        vpcId: network.vpcId,
        targetType: "ip",
        port: streamlitPort,
        protocol: "HTTP",
        // Streamlit speaks nothing else, and a websocket is opened by it.
        protocolVersion: "HTTP1",
        // Those who have the app open in a container that goes keep their connection for so long.
        deregistrationDelay: app.drainTimeout,
        loadBalancingAlgorithmType: "least_outstanding_requests",
        stickiness: { enabled: true, type: "lb_cookie", cookieDuration: 604_800 },
        healthCheck: {
          // Streamlit does not look at the name that it is asked by: the load balancer asks by the address.
          path: `${app.path}${streamlitPaths.health}`,
          matcher: "200",
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
        tags,
      },
      parent,
    );
    const rules = appRules(site, app, args.priority).map((rule) =>
      listenerRule(name, rule, { edge, signIn, targetGroupArn: targetGroup.arn, tags }, parent),
    );

    const service = new aws.ecs.Service(
      name,
      {
        cluster: cluster.arn,
        taskDefinition: task.arn,
        desiredCount: app.replicas,
        platformVersion: "1.4.0",
        capacityProviderStrategies: [{ capacityProvider: app.spot ? "FARGATE_SPOT" : "FARGATE", weight: 1 }],
        networkConfiguration: {
          assignPublicIp: false,
          subnets: app.egress ? network.egressSubnetIds : network.privateSubnetIds,
          securityGroups: [securityGroup.id],
        },
        loadBalancers: [
          { targetGroupArn: targetGroup.arn, containerName: appContainer, containerPort: streamlitPort },
        ],
        healthCheckGracePeriodSeconds: 120,
        // All of the new version is there before any of the old one goes.
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        // A container that is moved to another zone takes its sessions with it.
        availabilityZoneRebalancing: "DISABLED",
        enableExecuteCommand: false,
        enableEcsManagedTags: true,
        propagateTags: "SERVICE",
        waitForSteadyState: true,
        tags,
      },
      {
        ...parent,
        dependsOn: [...rules, rights, ...network.dependsOn, ...edge.dependsOn],
        // Whoever scales it by itself says how many there are.
        ...(app.autoscaling !== undefined && { ignoreChanges: ["desiredCount"] }),
        customTimeouts: {
          create: "20m",
          update: `${app.drainTimeout + 1200}s`,
          delete: `${app.drainTimeout + 1200}s`,
        },
      },
    );
    if (app.autoscaling !== undefined)
      scaling(name, app.autoscaling, { cluster, service, edge, targetGroup, tags }, parent);
    appAlarms(
      name,
      {
        app,
        site,
        edge,
        targetGroup: targetGroup.arnSuffix,
        cluster: cluster.name,
        service: service.name,
        tags,
      },
      parent,
    );

    this.taskRoleArn = taskRole.arn;
    this.serviceName = service.name;
    this.targetGroup = targetGroup.arnSuffix;
    this.registerOutputs({});
  }
}

/** Who may connect to an app, and whom it may connect to. */
function appSecurityGroup(
  name: string,
  args: Common & { app: App; network: Network; edge: Edge },
  opts: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
  const { app, network, edge, tags } = args;
  const group = new aws.ec2.SecurityGroup(
    name,
    { description: `Tasks of ${app.name}`, vpcId: network.vpcId, tags: { ...tags, Name: name } },
    opts,
  );
  const port = (number: number): { ipProtocol: string; fromPort: number; toPort: number } => ({
    ipProtocol: "tcp",
    fromPort: number,
    toPort: number,
  });
  new aws.vpc.SecurityGroupIngressRule(
    name,
    {
      securityGroupId: group.id,
      referencedSecurityGroupId: edge.securityGroupId,
      ...port(streamlitPort),
      description: "The load balancer, and nothing else",
      tags,
    },
    opts,
  );
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-alb`,
    {
      securityGroupId: edge.securityGroupId,
      referencedSecurityGroupId: group.id,
      ...port(streamlitPort),
      description: `To tasks of ${app.name}`,
      tags,
    },
    opts,
  );
  if (network.endpoints.referencedSecurityGroupId !== undefined)
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints`,
      {
        securityGroupId: network.endpoints.referencedSecurityGroupId as pulumi.Input<string>,
        referencedSecurityGroupId: group.id,
        ...port(443),
        description: `Tasks of ${app.name}`,
        tags,
      },
      opts,
    );
  if (app.egress) {
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-out`,
      {
        securityGroupId: group.id,
        ipProtocol: "-1",
        cidrIpv4: "0.0.0.0/0",
        description: "egress: true",
        tags,
      },
      opts,
    );
    return group;
  }
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-endpoints`,
    {
      securityGroupId: group.id,
      ...network.endpoints,
      ...port(443),
      description: "Addresses of AWS services in the network",
      tags,
    },
    opts,
  );
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-s3`,
    {
      securityGroupId: group.id,
      prefixListId: network.s3PrefixListId,
      ...port(443),
      description: "Layers of images",
      tags,
    },
    opts,
  );
  return group;
}

/** Let AWS choose the number of replicas. */
function scaling(
  name: string,
  { min, max, cpu, memory, requests }: NonNullable<App["autoscaling"]>,
  args: {
    cluster: StreamlitAppArgs["cluster"];
    service: aws.ecs.Service;
    edge: Edge;
    targetGroup: aws.lb.TargetGroup;
    tags: Record<string, string>;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { cluster, service, edge, targetGroup, tags } = args;
  const target = new aws.appautoscaling.Target(
    name,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
      minCapacity: min,
      maxCapacity: max,
      tags,
    },
    opts,
  );
  const metrics = [
    {
      suffix: "cpu",
      metric: "ECSServiceAverageCPUUtilization",
      goal: cpu ?? (memory === undefined && requests === undefined ? 70 : undefined),
    },
    { suffix: "memory", metric: "ECSServiceAverageMemoryUtilization", goal: memory },
    { suffix: "requests", metric: "ALBRequestCountPerTarget", goal: requests },
  ];
  for (const { suffix, metric, goal } of metrics)
    if (goal !== undefined)
      new aws.appautoscaling.Policy(
        `${name}-${suffix}`,
        {
          policyType: "TargetTrackingScaling",
          serviceNamespace: target.serviceNamespace,
          scalableDimension: target.scalableDimension,
          resourceId: target.resourceId,
          targetTrackingScalingPolicyConfiguration: {
            targetValue: goal,
            predefinedMetricSpecification: {
              predefinedMetricType: metric,
              ...(suffix === "requests" && {
                resourceLabel: pulumi.interpolate`${edge.arnSuffix}/${targetGroup.arnSuffix}`,
              }),
            },
            // Whoever has a container open that goes is moved: not at each lull.
            scaleInCooldown: 300,
            scaleOutCooldown: 60,
          },
        },
        opts,
      );
}
