/** How each resource type is said in CloudFormation, where the names alone do not say it. */
import { byReference, type Graph, plainInputs, type RecordedResource } from "../graph";

type Inputs = Record<string, unknown>;

/** A resource type in CloudFormation's words. */
export interface Rendering {
  /** Undefined where CloudFormation has none; {@link why} says why nothing is lost. */
  type?: string;
  why?: string;
  /** Why CloudFormation has none of a certain kind; undefined for those that it has. */
  unless?: (inputs: Inputs) => string | undefined;
  /** Other names, by Pulumi's. An empty one leaves the property out, which is said beside it. */
  names?: Readonly<Record<string, string>>;
  /** The properties that are another shape there, already in CloudFormation's words, and the inputs that are left. */
  reshape?: (inputs: Inputs, resource: RecordedResource, graph: Graph) => { rest: Inputs; made: Inputs };
  /** Resources that CloudFormation has beside it: a type and its properties. */
  more?: (inputs: Inputs, resource: RecordedResource) => Record<string, { Type: string; Properties: Inputs }>;
  /** The input with the resource that this one is a part of there. */
  partOf?: string;
}

const attributes = (values: Readonly<Record<string, unknown>>): { Key: string; Value: string }[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([Key, value]) => ({ Key, Value: String(value) }));

const list = (value: unknown): Inputs[] =>
  Array.isArray(value) ? (value as Inputs[]) : value ? [value as Inputs] : [];

/** The inputs without some of them, and those. */
function taken<K extends string>(inputs: Inputs, ...keys: K[]): { rest: Inputs; of: Record<K, unknown> } {
  const rest = { ...inputs };
  const of = {} as Record<K, unknown>;
  for (const key of keys) {
    of[key] = rest[key];
    // Nothing else has this object.
    delete rest[key];
  }
  return { rest, of };
}

const present = (values: Inputs): Inputs =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

function securityGroupRule(direction: "ingress" | "egress"): Rendering {
  const peer = direction === "ingress" ? "Source" : "Destination";
  return {
    type: `AWS::EC2::SecurityGroup${direction === "ingress" ? "Ingress" : "Egress"}`,
    names: {
      securityGroupId: "GroupId",
      cidrIpv4: "CidrIp",
      referencedSecurityGroupId: `${peer}SecurityGroupId`,
      prefixListId: `${peer}PrefixListId`,
      // CloudFormation has no tags for rules.
      tags: "",
    },
  };
}

function inlineRules(direction: "ingress" | "egress", value: unknown, own: string): Inputs[] {
  const peer = direction === "ingress" ? "Source" : "Destination";
  return list(value).flatMap((rule) => {
    const base = present({
      IpProtocol: rule.protocol,
      FromPort: rule.fromPort,
      ToPort: rule.toPort,
      Description: rule.description,
    });
    const each = (values: unknown, name: string) =>
      ((values ?? []) as string[]).map((one) => ({ ...base, [name]: one }));
    return [
      ...each(rule.cidrBlocks, "CidrIp"),
      ...each(rule.ipv6CidrBlocks, "CidrIpv6"),
      ...each(rule.securityGroups, `${peer}SecurityGroupId`),
      ...each(rule.prefixListIds, `${peer}PrefixListId`),
      ...(rule.self === true ? [{ ...base, [`${peer}SecurityGroupId`]: own }] : []),
    ];
  });
}

const conditionFields: Record<string, string> = {
  hostHeader: "host-header",
  httpHeader: "http-header",
  httpRequestMethod: "http-request-method",
  pathPattern: "path-pattern",
  sourceIp: "source-ip",
};

/** The types that a site is made of. What is not here is refused. */
export const renderings: Readonly<Record<string, Rendering>> = {
  "aws:acm/certificate:Certificate": {
    type: "AWS::CertificateManager::Certificate",
    unless: ({ certificateBody }) =>
      certificateBody === undefined ? undefined : "CloudFormation cannot import a certificate",
  },
  "aws:acm/certificateValidation:CertificateValidation": { why: "it only waits" },
  "aws:appautoscaling/policy:Policy": {
    type: "AWS::ApplicationAutoScaling::ScalingPolicy",
    names: { name: "PolicyName" },
    reshape: (inputs, { outputs }) => ({ rest: { name: outputs.name, ...inputs }, made: {} }),
  },
  "aws:appautoscaling/target:Target": { type: "AWS::ApplicationAutoScaling::ScalableTarget" },
  "aws:cloudwatch/dashboard:Dashboard": { type: "AWS::CloudWatch::Dashboard" },
  "aws:cloudwatch/logGroup:LogGroup": {
    type: "AWS::Logs::LogGroup",
    names: { name: "LogGroupName", skipDestroy: "" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    type: "AWS::CloudWatch::Alarm",
    names: { name: "AlarmName" },
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "dimensions");
      const dimensions = Object.entries((of.dimensions ?? {}) as Record<string, string>);
      return {
        rest,
        made:
          dimensions.length === 0 ? {} : { Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })) },
      };
    },
  },
  "aws:cognito/identityProvider:IdentityProvider": { type: "AWS::Cognito::UserPoolIdentityProvider" },
  "aws:cognito/managedLoginBranding:ManagedLoginBranding": { type: "AWS::Cognito::ManagedLoginBranding" },
  "aws:cognito/resourceServer:ResourceServer": { type: "AWS::Cognito::UserPoolResourceServer" },
  "aws:cognito/userGroup:UserGroup": { type: "AWS::Cognito::UserPoolGroup", names: { name: "GroupName" } },
  "aws:cognito/userPool:UserPool": {
    type: "AWS::Cognito::UserPool",
    names: {
      name: "UserPoolName",
      tags: "UserPoolTags",
      userAttributeUpdateSettings: "UserAttributeUpdateSettings",
      userPoolAddOns: "UserPoolAddOns",
    },
    reshape: (inputs) => {
      const { rest, of } = taken(
        inputs,
        "passwordPolicy",
        "signInPolicy",
        "accountRecoverySetting",
        "softwareTokenMfaConfiguration",
        "schemas",
      );
      const policy = of.passwordPolicy as Inputs | undefined;
      const recovery = of.accountRecoverySetting as { recoveryMechanisms?: Inputs[] } | undefined;
      const signIn = of.signInPolicy as { allowedFirstAuthFactors?: string[] } | undefined;
      const policies = present({
        PasswordPolicy:
          policy && Object.fromEntries(Object.entries(policy).map(([key, value]) => [pascal(key), value])),
        SignInPolicy: signIn && { AllowedFirstAuthFactors: signIn.allowedFirstAuthFactors },
      });
      return {
        rest,
        made: {
          ...(Object.keys(policies).length > 0 && { Policies: policies }),
          ...(recovery && {
            AccountRecoverySetting: {
              RecoveryMechanisms: list(recovery.recoveryMechanisms).map(({ name, priority }) => ({
                Name: name,
                Priority: priority,
              })),
            },
          }),
          ...(of.softwareTokenMfaConfiguration !== undefined && { EnabledMfas: ["SOFTWARE_TOKEN_MFA"] }),
          ...(of.schemas !== undefined && {
            Schema: list(of.schemas).map((schema) =>
              Object.fromEntries(
                Object.entries(schema).map(([key, value]) => [
                  pascal(key),
                  typeof value === "object" && value !== null
                    ? Object.fromEntries(Object.entries(value).map(([inner, one]) => [pascal(inner), one]))
                    : value,
                ]),
              ),
            ),
          }),
        },
      };
    },
  },
  "aws:cognito/userPoolClient:UserPoolClient": {
    type: "AWS::Cognito::UserPoolClient",
    names: { name: "ClientName" },
  },
  "aws:cognito/userPoolDomain:UserPoolDomain": {
    type: "AWS::Cognito::UserPoolDomain",
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "certificateArn");
      const given = of.certificateArn !== undefined;
      return { rest, made: given ? { CustomDomainConfig: { CertificateArn: of.certificateArn } } : {} };
    },
  },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    why: "CloudFormation cannot empty the VPC's own group",
  },
  "aws:ec2/eip:Eip": { type: "AWS::EC2::EIP" },
  "aws:ec2/flowLog:FlowLog": {
    type: "AWS::EC2::FlowLog",
    names: { iamRoleArn: "DeliverLogsPermissionArn" },
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "vpcId");
      return { rest, made: { ResourceId: of.vpcId, ResourceType: "VPC" } };
    },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    type: "AWS::EC2::InternetGateway",
    names: { vpcId: "" },
    more: ({ vpcId }, { id }) =>
      vpcId === undefined
        ? {}
        : {
            Attachment: {
              Type: "AWS::EC2::VPCGatewayAttachment",
              Properties: { VpcId: vpcId, InternetGatewayId: id },
            },
          },
  },
  "aws:ec2/natGateway:NatGateway": { type: "AWS::EC2::NatGateway" },
  "aws:ec2/route:Route": {
    type: "AWS::EC2::Route",
    names: { egressOnlyGatewayId: "EgressOnlyInternetGatewayId" },
  },
  "aws:ec2/routeTable:RouteTable": {
    type: "AWS::EC2::RouteTable",
    names: { routes: "" },
    more: ({ routes }, { id }) =>
      Object.fromEntries(
        list(routes).map(
          ({ cidrBlock, ipv6CidrBlock, gatewayId, natGatewayId, egressOnlyGatewayId }, index) => [
            `Route${String(index)}`,
            {
              Type: "AWS::EC2::Route",
              Properties: present({
                RouteTableId: id,
                DestinationCidrBlock: cidrBlock,
                DestinationIpv6CidrBlock: ipv6CidrBlock,
                GatewayId: gatewayId,
                NatGatewayId: natGatewayId,
                EgressOnlyInternetGatewayId: egressOnlyGatewayId,
              }),
            },
          ],
        ),
      ),
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { type: "AWS::EC2::SubnetRouteTableAssociation" },
  "aws:ec2/securityGroup:SecurityGroup": {
    type: "AWS::EC2::SecurityGroup",
    names: { name: "GroupName", description: "GroupDescription", revokeRulesOnDelete: "" },
    reshape: (inputs, { id }) => {
      const { rest, of } = taken(inputs, "ingress", "egress");
      return {
        // AWS asks for one; the provider has this for those who give none.
        rest: { description: "Managed by Pulumi", ...rest },
        made: present({
          SecurityGroupIngress: of.ingress && inlineRules("ingress", of.ingress, id),
          SecurityGroupEgress: of.egress && inlineRules("egress", of.egress, id),
        }),
      };
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule("ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule("egress"),
  "aws:ec2/subnet:Subnet": { type: "AWS::EC2::Subnet" },
  "aws:ec2/vpc:Vpc": { type: "AWS::EC2::VPC" },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { type: "AWS::EC2::VPCEndpoint", names: { autoAccept: "" } },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    partOf: "repository",
    reshape: ({ policy }) => ({ rest: {}, made: { LifecyclePolicy: { LifecyclePolicyText: policy } } }),
  },
  "aws:ecr/repository:Repository": {
    type: "AWS::ECR::Repository",
    names: { name: "RepositoryName", forceDelete: "EmptyOnDelete" },
  },
  "aws:ecs/cluster:Cluster": {
    type: "AWS::ECS::Cluster",
    names: { name: "ClusterName", settings: "ClusterSettings" },
  },
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
    type: "AWS::ECS::ClusterCapacityProviderAssociations",
    names: { clusterName: "Cluster", defaultCapacityProviderStrategies: "DefaultCapacityProviderStrategy" },
    reshape: (inputs) => ({
      rest: inputs,
      made:
        inputs.defaultCapacityProviderStrategies === undefined ? { DefaultCapacityProviderStrategy: [] } : {},
    }),
  },
  "aws:ecs/service:Service": {
    type: "AWS::ECS::Service",
    names: {
      name: "ServiceName",
      enableEcsManagedTags: "EnableECSManagedTags",
      capacityProviderStrategies: "CapacityProviderStrategy",
      orderedPlacementStrategies: "PlacementStrategies",
      // The provider's own ways.
      waitForSteadyState: "",
      forceDelete: "",
      sigintRollback: "",
    },
    reshape: (inputs) => {
      const { rest, of } = taken(
        inputs,
        "deploymentCircuitBreaker",
        "deploymentMaximumPercent",
        "deploymentMinimumHealthyPercent",
        "networkConfiguration",
        "deploymentConfiguration",
        "alarms",
        "loadBalancers",
      );
      const network = of.networkConfiguration as Inputs | undefined;
      const breaker = of.deploymentCircuitBreaker as Inputs | undefined;
      const alarms = of.alarms as Inputs | undefined;
      const deployment = of.deploymentConfiguration as Inputs | undefined;
      const configuration = present({
        MaximumPercent: of.deploymentMaximumPercent,
        MinimumHealthyPercent: of.deploymentMinimumHealthyPercent,
        DeploymentCircuitBreaker: breaker && { Enable: breaker.enable, Rollback: breaker.rollback },
        Alarms: alarms && { AlarmNames: alarms.alarmNames, Enable: alarms.enable, Rollback: alarms.rollback },
        Strategy: deployment?.strategy,
        BakeTimeInMinutes:
          deployment?.bakeTimeInMinutes === undefined ? undefined : Number(deployment.bakeTimeInMinutes),
      });
      return {
        rest,
        made: {
          ...(Object.keys(configuration).length > 0 && { DeploymentConfiguration: configuration }),
          ...(of.loadBalancers !== undefined && {
            LoadBalancers: list(of.loadBalancers).map((one) => {
              const advanced = one.advancedConfiguration as Inputs | undefined;
              return present({
                TargetGroupArn: one.targetGroupArn,
                ContainerName: one.containerName,
                ContainerPort: one.containerPort,
                AdvancedConfiguration:
                  advanced &&
                  present({
                    AlternateTargetGroupArn: advanced.alternateTargetGroupArn,
                    ProductionListenerRule: advanced.productionListenerRule,
                    TestListenerRule: advanced.testListenerRule,
                    RoleArn: advanced.roleArn,
                  }),
              });
            }),
          }),
          ...(network && {
            NetworkConfiguration: {
              AwsvpcConfiguration: present({
                Subnets: network.subnets,
                SecurityGroups: network.securityGroups,
                AssignPublicIp: network.assignPublicIp === true ? "ENABLED" : "DISABLED",
              }),
            },
          }),
        },
      };
    },
  },
  "aws:ecs/taskDefinition:TaskDefinition": {
    type: "AWS::ECS::TaskDefinition",
    names: { skipDestroy: "", trackLatest: "" },
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "containerDefinitions");
      return {
        rest,
        made: {
          ContainerDefinitions: (JSON.parse(String(of.containerDefinitions)) as unknown[]).map(container),
        },
      };
    },
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    type: "AWS::ElastiCache::ReplicationGroup",
    names: {
      description: "ReplicationGroupDescription",
      subnetGroupName: "CacheSubnetGroupName",
      applyImmediately: "",
    },
  },
  "aws:elasticache/subnetGroup:SubnetGroup": {
    type: "AWS::ElastiCache::SubnetGroup",
    names: { name: "CacheSubnetGroupName" },
    reshape: (inputs) => ({ rest: { description: "Managed by Pulumi", ...inputs }, made: {} }),
  },
  "aws:iam/role:Role": { type: "AWS::IAM::Role", names: { name: "RoleName", forceDetachPolicies: "" } },
  "aws:iam/rolePolicy:RolePolicy": {
    type: "AWS::IAM::RolePolicy",
    names: { name: "PolicyName", role: "RoleName" },
    reshape: (inputs, { outputs }) => ({ rest: { name: outputs.name, ...inputs }, made: {} }),
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    partOf: "role",
    reshape: ({ policyArn }) => ({ rest: {}, made: { ManagedPolicyArns: [policyArn] } }),
  },
  "aws:kms/alias:Alias": { type: "AWS::KMS::Alias", names: { name: "AliasName" } },
  "aws:kms/key:Key": {
    type: "AWS::KMS::Key",
    names: { policy: "KeyPolicy", deletionWindowInDays: "PendingWindowInDays" },
  },
  "aws:lambda/function:Function": {
    type: "AWS::Lambda::Function",
    names: { name: "FunctionName", environment: "Environment" },
    reshape: (inputs) => {
      // An archive of the machine: what is in it does not matter to AWS's rules.
      const { rest } = taken(inputs, "code", "sourceCodeHash", "publish");
      return { rest, made: { Code: { ZipFile: "exports.handler = async () => {};" } } };
    },
  },
  "aws:lambda/permission:Permission": {
    type: "AWS::Lambda::Permission",
    names: { function: "FunctionName", statementId: "" },
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    names: { loadBalancerType: "Type" },
    reshape: (inputs) => {
      const { rest, of } = taken(
        inputs,
        "internal",
        "idleTimeout",
        "clientKeepAlive",
        "enableDeletionProtection",
        "dropInvalidHeaderFields",
        "desyncMitigationMode",
        "enableHttp2",
        "enableWafFailOpen",
        "preserveHostHeader",
        "xffHeaderProcessingMode",
        "enableXffClientPort",
        "enableTlsVersionAndCipherSuiteHeaders",
        "enableCrossZoneLoadBalancing",
        "enableZonalShift",
        "accessLogs",
        "connectionLogs",
      );
      const logs = (kind: string, value: unknown) => {
        const given = value as Inputs | undefined;
        return given === undefined
          ? {}
          : {
              [`${kind}.s3.enabled`]: given.enabled ?? false,
              [`${kind}.s3.bucket`]: given.bucket,
              [`${kind}.s3.prefix`]: given.prefix,
            };
      };
      return {
        rest,
        made: {
          Scheme: of.internal === true ? "internal" : "internet-facing",
          LoadBalancerAttributes: attributes({
            "idle_timeout.timeout_seconds": of.idleTimeout,
            "client_keep_alive.seconds": of.clientKeepAlive,
            "deletion_protection.enabled": of.enableDeletionProtection,
            "routing.http.drop_invalid_header_fields.enabled": of.dropInvalidHeaderFields,
            "routing.http.desync_mitigation_mode": of.desyncMitigationMode,
            "routing.http2.enabled": of.enableHttp2,
            "waf.fail_open.enabled": of.enableWafFailOpen,
            "routing.http.preserve_host_header.enabled": of.preserveHostHeader,
            "routing.http.xff_header_processing.mode": of.xffHeaderProcessingMode,
            "routing.http.xff_client_port.enabled": of.enableXffClientPort,
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled":
              of.enableTlsVersionAndCipherSuiteHeaders,
            "load_balancing.cross_zone.enabled": of.enableCrossZoneLoadBalancing,
            "zonal_shift.config.enabled": of.enableZonalShift,
            ...logs("access_logs", of.accessLogs),
            ...logs("connection_logs", of.connectionLogs),
          }),
        },
      };
    },
  },
  "aws:lb/listener:Listener": {
    type: "AWS::ElasticLoadBalancingV2::Listener",
    reshape: (inputs) => {
      const { rest, of } = taken(
        inputs,
        "certificateArn",
        ...Object.keys(inputs).filter((key) => key.startsWith("routingHttp")),
      );
      const headers = Object.entries(inputs).filter(([key]) => key.startsWith("routingHttp"));
      return {
        rest,
        made: {
          ...(of.certificateArn !== undefined && { Certificates: [{ CertificateArn: of.certificateArn }] }),
          ...(headers.length > 0 && {
            ListenerAttributes: attributes(
              Object.fromEntries(headers.map(([key, value]) => [listenerAttribute(key), value])),
            ),
          }),
        },
      };
    },
  },
  "aws:lb/listenerCertificate:ListenerCertificate": {
    type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    reshape: ({ certificateArn, ...rest }) => ({
      rest,
      made: { Certificates: [{ CertificateArn: certificateArn }] },
    }),
  },
  "aws:lb/listenerRule:ListenerRule": {
    type: "AWS::ElasticLoadBalancingV2::ListenerRule",
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "conditions");
      const conditions = list(of.conditions).flatMap((condition) =>
        Object.entries(condition).flatMap(([key, value]) => {
          if (value === undefined || value === null) return [];
          if (key === "queryStrings")
            return [
              {
                Field: "query-string",
                QueryStringConfig: {
                  Values: list(value).map((one) => present({ Key: one.key, Value: one.value })),
                },
              },
            ];
          const config = Object.fromEntries(
            Object.entries(value as Inputs).map(([name, one]) => [pascal(name), one]),
          );
          return [{ Field: conditionFields[key], [`${pascal(key)}Config`]: config }];
        }),
      );
      return { rest, made: { Conditions: conditions } };
    },
  },
  "aws:lb/targetGroup:TargetGroup": {
    type: "AWS::ElasticLoadBalancingV2::TargetGroup",
    reshape: (inputs) => {
      const { rest, of } = taken(
        inputs,
        "healthCheck",
        "stickiness",
        "deregistrationDelay",
        "slowStart",
        "loadBalancingAlgorithmType",
        "loadBalancingAnomalyMitigation",
        "loadBalancingCrossZoneEnabled",
        "lambdaMultiValueHeadersEnabled",
        "preserveClientIp",
        "connectionTermination",
        "targetGroupHealth",
      );
      const check = (of.healthCheck ?? {}) as Inputs;
      const sticky = (of.stickiness ?? {}) as Inputs;
      return {
        rest,
        made: {
          ...present({
            HealthCheckEnabled: check.enabled,
            HealthCheckPath: check.path,
            HealthCheckPort: check.port,
            HealthCheckProtocol: check.protocol,
            HealthCheckIntervalSeconds: check.interval,
            HealthCheckTimeoutSeconds: check.timeout,
            HealthyThresholdCount: check.healthyThreshold,
            UnhealthyThresholdCount: check.unhealthyThreshold,
            Matcher: check.matcher === undefined ? undefined : { HttpCode: check.matcher },
          }),
          TargetGroupAttributes: attributes({
            "deregistration_delay.timeout_seconds": of.deregistrationDelay,
            "slow_start.duration_seconds": of.slowStart,
            "load_balancing.algorithm.type": of.loadBalancingAlgorithmType,
            "load_balancing.algorithm.anomaly_mitigation": of.loadBalancingAnomalyMitigation,
            "load_balancing.cross_zone.enabled": of.loadBalancingCrossZoneEnabled,
            "lambda.multi_value_headers.enabled": of.lambdaMultiValueHeadersEnabled,
            "stickiness.enabled": sticky.enabled ?? (of.stickiness === undefined ? undefined : true),
            "stickiness.type": sticky.type,
            "stickiness.lb_cookie.duration_seconds":
              sticky.type === "lb_cookie" ? sticky.cookieDuration : undefined,
            "stickiness.app_cookie.cookie_name": sticky.cookieName,
            "stickiness.app_cookie.duration_seconds":
              sticky.type === "app_cookie" ? sticky.cookieDuration : undefined,
          }),
        },
      };
    },
  },
  "aws:lb/targetGroupAttachment:TargetGroupAttachment": {
    partOf: "targetGroupArn",
    reshape: ({ targetId, port, availabilityZone }) => ({
      rest: {},
      made: { Targets: [present({ Id: targetId, Port: port, AvailabilityZone: availabilityZone })] },
    }),
  },
  "aws:route53/record:Record": {
    type: "AWS::Route53::RecordSet",
    names: { zoneId: "HostedZoneId", records: "ResourceRecords", allowOverwrite: "" },
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "aliases");
      const [alias] = list(of.aliases);
      return {
        rest,
        made:
          alias === undefined
            ? {}
            : {
                AliasTarget: {
                  DNSName: alias.name,
                  HostedZoneId: alias.zoneId,
                  EvaluateTargetHealth: alias.evaluateTargetHealth,
                },
              },
      };
    },
  },
  "aws:s3/bucket:Bucket": { type: "AWS::S3::Bucket", names: { bucket: "BucketName", forceDestroy: "" } },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    partOf: "bucket",
    reshape: ({ rules }) => ({
      rest: {},
      made: {
        LifecycleConfiguration: {
          Rules: list(rules).map((rule) => {
            const expiration = (rule.expiration ?? {}) as Inputs;
            const incomplete = (rule.abortIncompleteMultipartUpload ?? {}) as Inputs;
            const older = (rule.noncurrentVersionExpiration ?? {}) as Inputs;
            return present({
              Id: rule.id,
              Status: rule.status,
              Prefix: (rule.filter as Inputs | undefined)?.prefix,
              ExpirationInDays: expiration.days,
              AbortIncompleteMultipartUpload:
                incomplete.daysAfterInitiation === undefined
                  ? undefined
                  : { DaysAfterInitiation: incomplete.daysAfterInitiation },
              NoncurrentVersionExpiration:
                older.noncurrentDays === undefined ? undefined : { NoncurrentDays: older.noncurrentDays },
            });
          }),
        },
      },
    }),
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    partOf: "bucket",
    reshape: ({ rule }) => ({
      rest: {},
      made: { OwnershipControls: { Rules: [{ ObjectOwnership: (rule as Inputs).objectOwnership }] } },
    }),
  },
  "aws:s3/bucketPolicy:BucketPolicy": { type: "AWS::S3::BucketPolicy" },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    partOf: "bucket",
    reshape: (inputs) => ({
      rest: {},
      made: {
        PublicAccessBlockConfiguration: Object.fromEntries(
          Object.entries(taken(inputs, "bucket").rest).map(([key, value]) => [pascal(key), value]),
        ),
      },
    }),
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    partOf: "bucket",
    reshape: ({ rules }) => ({
      rest: {},
      made: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: list(rules).map((rule) => {
            const byDefault = rule.applyServerSideEncryptionByDefault as Inputs | undefined;
            return present({
              BucketKeyEnabled: rule.bucketKeyEnabled,
              ServerSideEncryptionByDefault:
                byDefault &&
                present({ SSEAlgorithm: byDefault.sseAlgorithm, KMSMasterKeyID: byDefault.kmsMasterKeyId }),
            });
          }),
        },
      },
    }),
  },
  "aws:s3/bucketVersioning:BucketVersioning": {
    partOf: "bucket",
    reshape: ({ versioningConfiguration }) => ({
      rest: {},
      made: { VersioningConfiguration: { Status: (versioningConfiguration as Inputs).status } },
    }),
  },
  "aws:secretsmanager/secret:Secret": {
    type: "AWS::SecretsManager::Secret",
    // How long it may be called back.
    names: { recoveryWindowInDays: "", forceOverwriteReplicaSecret: "" },
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    why: "CloudFormation has it in the secret, where no secret shall stand here",
  },
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {
    type: "AWS::ServiceDiscovery::PrivateDnsNamespace",
  },
  "aws:servicediscovery/service:Service": {
    type: "AWS::ServiceDiscovery::Service",
    names: { forceDestroy: "" },
  },
  "aws:sns/topic:Topic": { type: "AWS::SNS::Topic", names: { name: "TopicName" } },
  "aws:wafv2/webAcl:WebAcl": {
    type: "AWS::WAFv2::WebACL",
    reshape: (inputs) => {
      const { rest, of } = taken(inputs, "defaultAction", "rules");
      return {
        rest,
        made: {
          DefaultAction: upper(of.defaultAction),
          Rules: list(of.rules).map((rule) => upper(rule)),
        },
      };
    },
  },
  "aws:wafv2/webAclAssociation:WebAclAssociation": { type: "AWS::WAFv2::WebACLAssociation" },
};

/** `enableDnsSupport` as `EnableDnsSupport`. */
function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Every name with a capital, and what CloudFormation has in capitals altogether. */
function upper(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(upper);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      pascal(key).replace("CloudwatchMetrics", "CloudWatchMetrics"),
      upper(item),
    ]),
  );
}

/** A container in capitals, with maps as lists where CloudFormation has them so; the names within are the same. */
function container(value: unknown): unknown {
  return upperExcept(value, ["options", "dockerLabels"]);
}

function upperExcept(value: unknown, maps: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => upperExcept(item, maps));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      pascal(key),
      maps.includes(key) ? item : upperExcept(item, maps),
    ]),
  );
}

/** `routingHttpResponseStrictTransportSecurityHeaderValue` as AWS has it. */
function listenerAttribute(key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return words
    .replace(/^routing_http_(request|response)_/, "routing.http.$1.")
    .replace(/_header_(value|name)$/, ".header_$1")
    .replace(/_enabled$/, ".enabled");
}

/** The resource that another one is a part of in CloudFormation. */
export function wholeOf(
  graph: Graph,
  rendering: Rendering,
  resource: RecordedResource,
): RecordedResource | undefined {
  if (rendering.partOf === undefined) return undefined;
  const reference = plainInputs(resource)[rendering.partOf];
  return (
    byReference(graph, reference) ??
    graph.resources.find(
      ({ custom, outputs }) => custom && outputs.name !== undefined && outputs.name === reference,
    )
  );
}
