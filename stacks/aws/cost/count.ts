/** What an idle site consists of that AWS charges for: counted from the resources that a program declares, without AWS. */
import type { Price, Priced, PriceList } from "./prices";

/** A resource as the program declares it. */
export interface Declared {
  /** For instance `aws:ecs/service:Service`. */
  type: string;
  name: string;
  /** In plain text; what AWS would say later is missing. */
  inputs: Readonly<Record<string, unknown>>;
}

/** So many of something for a month. */
export interface CostLine {
  /** What it is, in the words of the price list. */
  resource: string;
  /** What of the site it is for, where that says more. */
  of: string;
  count: number;
  unitPrice: number;
  per: Price["per"];
  /** The hours of a month that it is charged for; absent where the month is. */
  hours?: number;
  /** In a month. */
  sum: number;
  source: string;
}

/** What a site costs while nobody visits. This is what `npm run cost -- --json` prints. */
export interface Cost {
  stack: string;
  /** The region of the prices. */
  region: string;
  /** The region that the stack's file names, where it does. */
  stackRegion?: string;
  /** The day of the prices. */
  date: string;
  currency: string;
  lines: CostLine[];
  /** The sum of the lines. */
  total: number;
  /** What is charged by use, or by what AWS alone knows, and is in no line. */
  notCounted: string[];
  /** Types of resources of which it is not known whether they cost anything. Nothing, unless a program has more than a site. */
  unknown: string[];
}

/** So many units of a price. */
interface Item {
  price: Priced;
  count: number;
  of: string;
}

/** What each type costs by itself. */
const counted: Record<string, (resource: Declared, all: readonly Declared[]) => Item[]> = {
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs }) => [
    { price: "loadBalancer", count: 1, of: "" },
    // One in each of its subnets, as long as nobody visits.
    ...(inputs.internal === true
      ? []
      : [{ price: "publicAddress" as const, count: lengthOf(inputs.subnets), of: "of the load balancer" }]),
  ],
  "aws:ec2/eip:Eip": () => [{ price: "publicAddress", count: 1, of: "of NAT gateways" }],
  "aws:ec2/natGateway:NatGateway": () => [
    { price: "natGateway", count: 1, of: "ways out, for egress: true" },
  ],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ inputs }) =>
    inputs.vpcEndpointType === "Interface"
      ? [{ price: "endpoint", count: lengthOf(inputs.subnetIds), of: "ECR, logs and secrets" }]
      : [],
  "aws:ecs/service:Service": tasks,
  "aws:secretsmanager/secret:Secret": () => [{ price: "secret", count: 1, of: "of apps" }],
  "aws:cloudwatch/metricAlarm:MetricAlarm": () => [{ price: "alarm", count: 1, of: "of the site" }],
  // Target tracking has an alarm for more and one for fewer.
  "aws:appautoscaling/policy:Policy": () => [{ price: "alarm", count: 2, of: "of autoscaling" }],
  "aws:cognito/userPoolClient:UserPoolClient": ({ inputs }) =>
    Array.isArray(inputs.allowedOauthFlows) && inputs.allowedOauthFlows.includes("client_credentials")
      ? [{ price: "machineClient", count: 1, of: "programs" }]
      : [],
  "aws:cloudwatch/dashboard:Dashboard": () => [{ price: "dashboard", count: 1, of: "" }],
  "aws:wafv2/webAcl:WebAcl": ({ inputs }) => [
    { price: "webAcl", count: 1, of: "" },
    { price: "webAclRule", count: lengthOf(inputs.rules), of: "" },
  ],
};

/** What is charged by use, by the type that it comes with. */
const byUse: Record<string, string> = {
  "aws:lb/loadBalancer:LoadBalancer":
    "load balancer: capacity units (connections, bytes, rules), and an address more where it grows",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "interface endpoints: each GB, pulled images and logs among it",
  "aws:ec2/natGateway:NatGateway": "NAT gateways: each GB",
  "aws:ecs/cluster:Cluster":
    "Container Insights: each metric of the cluster, of services and of tasks, as a custom metric of CloudWatch",
  "aws:cloudwatch/logGroup:LogGroup": "logs in CloudWatch: each GB that is written, and that is kept",
  "aws:s3/bucket:Bucket": "the load balancer's log in S3: each GB that is kept, and requests",
  "aws:ecr/repository:Repository": "images in ECR: each GB that is kept (up to 20 images of an app)",
  "aws:cognito/userPool:UserPool": "Cognito: people who sign in within a month, beyond those that are free",
  "aws:cognito/resourceServer:ResourceServer":
    "Cognito: tokens of programs ($2.25 for 1000), of which one lasts an hour",
  "aws:lambda/function:Function": "functions: calls and their time",
  "aws:secretsmanager/secret:Secret": "secrets: calls, when a task starts",
  "aws:wafv2/webAcl:WebAcl": "firewall: requests",
  "aws:appautoscaling/target:Target": "autoscaling: tasks beyond the least number",
};

/** What costs nothing. */
const free = new Set([
  "aws:acm/certificate:Certificate",
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:cognito/identityProvider:IdentityProvider",
  "aws:cognito/managedLoginBranding:ManagedLoginBranding",
  "aws:cognito/userGroup:UserGroup",
  "aws:cognito/userPoolDomain:UserPoolDomain",
  "aws:cognito/userPoolUICustomization:UserPoolUICustomization",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
  "aws:ecs/taskDefinition:TaskDefinition",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:lambda/permission:Permission",
  "aws:lb/listener:Listener",
  "aws:lb/listenerRule:ListenerRule",
  "aws:lb/targetGroup:TargetGroup",
  "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  "aws:route53/record:Record",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:wafv2/webAclAssociation:WebAclAssociation",
]);

/**
 * Count what a site costs while nobody visits.
 *
 * @param declared its resources
 * @param list the prices
 * @param about the stack
 */
export function countCost(
  declared: readonly Declared[],
  list: PriceList,
  about: { stack: string; stackRegion?: string | undefined },
): Cost {
  const onAws = declared.filter(({ type }) => type.startsWith("aws:"));
  const items = onAws.flatMap((resource) => counted[resource.type]?.(resource, declared) ?? []);
  const lines = new Map<string, CostLine>();
  for (const { price, count, of } of items) {
    const key = `${price} ${of}`;
    const before = lines.get(key)?.count ?? 0;
    if (count > 0) lines.set(key, lineOf(list, price, before + count, of));
  }
  const all = [...lines.values()];
  const types = new Set(onAws.map(({ type }) => type));
  return {
    stack: about.stack,
    region: list.region,
    ...(about.stackRegion !== undefined && { stackRegion: about.stackRegion }),
    date: list.date,
    currency: list.currency,
    lines: all,
    total: cents(all.reduce((sum, line) => sum + line.sum, 0)),
    notCounted: [
      ...[...types].flatMap((type) => byUse[type] ?? []),
      ...(onAws.some(isSpot)
        ? [
            "spare capacity (spot: true): its price follows the market, and is counted here as any other Fargate",
          ]
        : []),
      "traffic to the internet and between zones: each GB",
      "the hosted zone of Route 53, a KMS key, and an existing network: they are not the site's",
      "taxes, and what is free for new accounts or by contract",
    ],
    unknown: [...types].filter((type) => !(type in counted) && !(type in byUse) && !free.has(type)).sort(),
  };
}

function lineOf(list: PriceList, price: Priced, count: number, of: string): CostLine {
  const { what, amount, per, source } = list.prices[price];
  const hours = per === "hour" ? list.hoursPerMonth : undefined;
  return {
    ...{ resource: what, of, count, unitPrice: amount, per, source },
    ...(hours !== undefined && { hours }),
    sum: cents(count * amount * (hours ?? 1)),
  };
}

/** The tasks of a service: so many as it has at least. */
function tasks(service: Declared, all: readonly Declared[]): Item[] {
  const definition = all.find(
    ({ type, name }) => type === "aws:ecs/taskDefinition:TaskDefinition" && name === service.name,
  );
  const scaling = all.find(
    ({ type, name }) => type === "aws:appautoscaling/target:Target" && name === service.name,
  );
  const count = Number(scaling?.inputs.minCapacity ?? service.inputs.desiredCount ?? 1);
  const cpu = Number(definition?.inputs.cpu) / 1024;
  const memory = Number(definition?.inputs.memory) / 1024;
  if (!(cpu > 0 && memory > 0))
    throw new Error(`${service.name}: its service has no task definition of its name with a size`);
  const of = `${service.name}: ${String(count)} × (${String(cpu)} vCPU, ${String(memory)} GB)`;
  return [
    { price: "cpu", count: count * cpu, of },
    { price: "memory", count: count * memory, of },
  ];
}

function isSpot({ inputs }: Declared): boolean {
  const strategies = inputs.capacityProviderStrategies;
  return (
    Array.isArray(strategies) &&
    strategies.some((one: { capacityProvider?: unknown }) => one.capacityProvider === "FARGATE_SPOT")
  );
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
