/**
 * The inputs whose change makes the provider replace a resource. The generated code does not say; the provider's own schema ("ForceNew") does, and so
 * do CloudFormation's schemas, against which a test holds this table. A type that is not here is refused, so that no change passes unnoticed.
 */
import { canonicalType } from "../types";

const table: Record<string, readonly string[]> = {
  "aws:acm/certificate:Certificate": [
    "domainName",
    "subjectAlternativeNames",
    "validationMethod",
    "keyAlgorithm",
    "certificateAuthorityArn",
  ],
  "aws:acm/certificateValidation:CertificateValidation": ["certificateArn", "validationRecordFqdns"],
  "aws:appautoscaling/policy:Policy": ["name", "resourceId", "scalableDimension", "serviceNamespace"],
  "aws:appautoscaling/target:Target": ["resourceId", "scalableDimension", "serviceNamespace"],
  "aws:cloudwatch/dashboard:Dashboard": ["dashboardName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix", "logGroupClass"],
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ["policyName"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:cognito/managedLoginBranding:ManagedLoginBranding": ["clientId", "userPoolId"],
  "aws:cognito/identityProvider:IdentityProvider": ["providerName", "providerType", "userPoolId"],
  "aws:cognito/resourceServer:ResourceServer": ["identifier", "userPoolId"],
  "aws:cognito/userGroup:UserGroup": ["name", "userPoolId"],
  "aws:cognito/userPool:UserPool": ["usernameAttributes", "aliasAttributes", "usernameConfiguration"],
  "aws:cognito/userPoolClient:UserPoolClient": ["userPoolId", "generateSecret"],
  "aws:cognito/userPoolDomain:UserPoolDomain": ["domain", "userPoolId"],
  "aws:cognito/userPoolUICustomization:UserPoolUICustomization": ["clientId", "userPoolId"],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["vpcId"],
  "aws:ec2/eip:Eip": ["domain", "networkBorderGroup", "publicIpv4Pool", "address", "ipamPoolId"],
  "aws:ec2/flowLog:FlowLog": ["*", "!tags"],
  "aws:ec2/internetGateway:InternetGateway": [],
  "aws:ec2/natGateway:NatGateway": [
    "allocationId",
    "connectivityType",
    "privateIp",
    "subnetId",
    "availabilityMode",
    "vpcId",
  ],
  "aws:ec2/route:Route": [
    "destinationCidrBlock",
    "destinationIpv6CidrBlock",
    "destinationPrefixListId",
    "routeTableId",
  ],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "gatewayId"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "namePrefix", "description", "vpcId"],
  "aws:ec2/securityGroupRule:SecurityGroupRule": ["*", "!description"],
  "aws:ec2/subnet:Subnet": [
    "availabilityZone",
    "availabilityZoneId",
    "cidrBlock",
    "ipv6Native",
    "vpcId",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "outpostArn",
  ],
  "aws:ec2/vpc:Vpc": ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": [
    "serviceName",
    "vpcEndpointType",
    "vpcId",
    "resourceConfigurationArn",
    "serviceNetworkArn",
    "serviceRegion",
  ],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["policy", "repository"],
  "aws:ecr/repository:Repository": ["name", "encryptionConfigurations"],
  "aws:ecr/repositoryPolicy:RepositoryPolicy": ["repository"],
  "aws:ecs/cluster:Cluster": ["name"],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ["clusterName"],
  "aws:ecs/service:Service": ["cluster", "launchType", "name", "schedulingStrategy"],
  "aws:ecs/taskDefinition:TaskDefinition": ["*", "!tags", "!skipDestroy", "!trackLatest"],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    "replicationGroupId",
    "subnetGroupName",
    "atRestEncryptionEnabled",
    "port",
    "kmsKeyId",
    "dataTieringEnabled",
    "globalReplicationGroupId",
    "networkType",
    "preferredCacheClusterAzs",
    "snapshotArns",
    "snapshotName",
  ],
  "aws:elasticache/subnetGroup:SubnetGroup": ["name"],
  "aws:elasticache/user:User": ["engine", "userId", "userName"],
  "aws:elasticache/userGroup:UserGroup": ["userGroupId"],
  "aws:iam/policy:Policy": ["name", "namePrefix", "description", "path"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  "aws:kms/alias:Alias": ["name", "namePrefix"],
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  "aws:lambda/function:Function": ["name", "packageType", "tenancyConfig"],
  "aws:lambda/permission:Permission": ["*"],
  "aws:lb/listener:Listener": ["loadBalancerArn"],
  "aws:lb/listenerCertificate:ListenerCertificate": ["certificateArn", "listenerArn"],
  "aws:lb/listenerRule:ListenerRule": ["listenerArn"],
  "aws:lb/loadBalancer:LoadBalancer": [
    "name",
    "namePrefix",
    "internal",
    "loadBalancerType",
    "customerOwnedIpv4Pool",
  ],
  "aws:lb/targetGroupAttachment:TargetGroupAttachment": ["*"],
  "aws:lb/targetGroup:TargetGroup": [
    "name",
    "namePrefix",
    "ipAddressType",
    "port",
    "protocol",
    "protocolVersion",
    "targetType",
    "vpcId",
  ],
  "aws:route53/record:Record": ["name", "type", "zoneId", "setIdentifier"],
  "aws:route53/zone:Zone": ["name", "delegationSetId"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix", "objectLockEnabled", "bucketNamespace"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["bucket"],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["bucket"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["bucket"],
  "aws:s3/bucketVersioning:BucketVersioning": ["bucket"],
  "aws:secretsmanager/secret:Secret": ["name", "namePrefix"],
  "aws:secretsmanager/secretPolicy:SecretPolicy": ["secretArn"],
  "aws:secretsmanager/secretVersion:SecretVersion": [
    "secretId",
    "secretBinary",
    "secretString",
    "secretStringWoVersion",
  ],
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ["name", "vpc"],
  "aws:servicediscovery/service:Service": ["name", "namespaceId", "type", "healthCheckCustomConfig"],
  "aws:sns/topic:Topic": ["name", "namePrefix", "fifoTopic"],
  "aws:sns/topicPolicy:TopicPolicy": ["arn"],
  "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topic"],
  "aws:ssm/parameter:Parameter": ["name"],
  "aws:wafv2/webAcl:WebAcl": ["name", "namePrefix", "scope"],
  "aws:wafv2/webAclAssociation:WebAclAssociation": ["resourceArn", "webAclArn"],
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["resourceArn"],
};

/** The resource types that the table has. */
export const knownTypes: readonly string[] = Object.keys(table);

/**
 * Does a change of an input replace the resource?
 *
 * @throws Error if nobody has looked it up for the type
 */
export function replaces(type: string, input: string): boolean {
  const inputs = table[canonicalType(type)];
  if (inputs === undefined)
    throw new Error(`test/aws/plugin/replacements.ts does not say what replaces ${type}`);
  // `*` is all inputs but those with an exclamation mark.
  return inputs.includes("*") ? !inputs.includes(`!${input}`) : inputs.includes(input) || input === "region";
}
