/** A small site on AWS without faults, written out by hand: what the tests of the test layers run on, in place of the product's own component. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { CheckovAnswer } from "../terraform/checkov";

/** What the sample leaves out, being a sample. */
export const sampleAnswers: CheckovAnswer[] = [
  { check: "CKV_AWS_149", because: "the sample has no key of its own" },
  { check: "CKV_AWS_158", because: "the sample has no key of its own" },
  { check: "CKV_AWS_260", resource: /\.edge-http$/, because: "port 80 answers with a redirect only" },
  { check: "CKV_AWS_91", because: "the sample has no bucket" },
  { check: "CKV_AWS_378", because: "Streamlit speaks HTTP, and only the load balancer reaches it" },
  { check: "CKV2_AWS_11", because: "the sample has no flow logs" },
  { check: "CKV2_AWS_12", because: "nothing is in the VPC's own security group" },
  { check: "CKV2_AWS_28", because: "the sample has no WAF" },
  { check: "CKV2_AWS_57", because: "the app's secrets are whoever's gave them" },
];

/** What the sample may vary. */
export interface SampleArgs {
  /** By name; `/` has the whole host. */
  apps: Record<string, { route: string; egress?: boolean; memory?: number }>;
  /** @default cognito */
  signIn?: "cognito" | "oidc";
  /** @default false */
  bearer?: boolean;
  /** Is what would be lost protected from being deleted? @default true */
  protect?: boolean;
}

/** The sample's host name. */
export const sampleHost = "apps.example.com";

const zones = ["us-east-1a", "us-east-1b"];
const port = 8501;
const json = (value: unknown): string => JSON.stringify(value);

interface Network {
  vpc: aws.ec2.Vpc;
  publicSubnets: aws.ec2.Subnet[];
  privateSubnets: aws.ec2.Subnet[];
  endpointGroup: aws.ec2.SecurityGroup;
  s3: aws.ec2.VpcEndpoint;
}

/** The whole sample. */
export function sampleSite(args: SampleArgs): Record<string, pulumi.Output<string>> {
  const network = sampleNetwork(Object.values(args.apps).some(({ egress }) => egress));
  const edgeGroup = new aws.ec2.SecurityGroup("edge", {
    vpcId: network.vpc.id,
    description: "Load balancer",
  });
  for (const [name, from] of Object.entries({ http: 80, https: 443 })) {
    new aws.vpc.SecurityGroupIngressRule(`edge-${name}`, {
      securityGroupId: edgeGroup.id,
      description: "From the internet",
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "tcp",
      fromPort: from,
      toPort: from,
    });
  }
  new aws.vpc.SecurityGroupEgressRule("edge-sign-in", {
    securityGroupId: edgeGroup.id,
    description: "To the identity provider",
    cidrIpv4: "0.0.0.0/0",
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
  });
  const balancer = new aws.lb.LoadBalancer("edge", {
    loadBalancerType: "application",
    securityGroups: [edgeGroup.id],
    subnets: network.publicSubnets.map(({ id }) => id),
    dropInvalidHeaderFields: true,
    enableDeletionProtection: args.protect ?? true,
    idleTimeout: 4000,
  });
  const certificate = new aws.acm.Certificate("edge", { domainName: sampleHost, validationMethod: "DNS" });
  const https = new aws.lb.Listener("https", {
    loadBalancerArn: balancer.arn,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    certificateArn: certificate.arn,
    defaultActions: [notFound],
  });
  new aws.lb.Listener("http", {
    loadBalancerArn: balancer.arn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [toHttps],
  });
  const signIn = sampleSignIn(args.signIn ?? "cognito", args.protect ?? true);
  const cluster = new aws.ecs.Cluster("site", {
    settings: [{ name: "containerInsights", value: "enabled" }],
  });
  Object.entries(args.apps).forEach(([name, app], index) => {
    const { targets, start } = sampleApp(name, app, { network, edgeGroup, cluster });
    const bearer = args.bearer ?? false;
    // A service is refused as long as nothing hands requests on to its targets.
    start(sampleRules(name, app.route, index * 10 + 10, { https, targets, signIn, bearer }));
  });
  return { address: balancer.dnsName };
}

const notFound = {
  type: "fixed-response",
  fixedResponse: { contentType: "text/plain", statusCode: "404", messageBody: "not found" },
};

const toHttps = { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } };

function sampleNetwork(egress: boolean): Network {
  const vpc = new aws.ec2.Vpc("site", {
    cidrBlock: "10.20.0.0/16",
    enableDnsHostnames: true,
    enableDnsSupport: true,
  });
  const internet = new aws.ec2.InternetGateway("site", { vpcId: vpc.id });
  const publicTable = new aws.ec2.RouteTable("public", { vpcId: vpc.id });
  new aws.ec2.Route("public", {
    routeTableId: publicTable.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: internet.id,
  });
  const privateTable = new aws.ec2.RouteTable("private", { vpcId: vpc.id });
  const subnets = (kind: "public" | "private", table: aws.ec2.RouteTable) =>
    zones.map((availabilityZone, index) => {
      const third = index + (kind === "public" ? 0 : 10);
      const subnet = new aws.ec2.Subnet(`${kind}-${String(index)}`, {
        vpcId: vpc.id,
        cidrBlock: `10.20.${String(third)}.0/24`,
        availabilityZone,
        mapPublicIpOnLaunch: false,
      });
      new aws.ec2.RouteTableAssociation(`${kind}-${String(index)}`, {
        subnetId: subnet.id,
        routeTableId: table.id,
      });
      return subnet;
    });
  const publicSubnets = subnets("public", publicTable);
  const privateSubnets = subnets("private", privateTable);
  if (egress) {
    const address = new aws.ec2.Eip("nat", { domain: "vpc" });
    const nat = new aws.ec2.NatGateway("site", {
      allocationId: address.allocationId,
      subnetId: publicSubnets.map(({ id }) => id)[0] ?? "",
    });
    new aws.ec2.Route("private", {
      routeTableId: privateTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: nat.id,
    });
  }
  const endpointGroup = new aws.ec2.SecurityGroup("endpoints", {
    vpcId: vpc.id,
    description: "VPC endpoints",
  });
  for (const service of ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]) {
    new aws.ec2.VpcEndpoint(service.replace(".", "-"), {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.us-east-1.${service}`,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: privateSubnets.map(({ id }) => id),
      securityGroupIds: [endpointGroup.id],
    });
  }
  const s3 = new aws.ec2.VpcEndpoint("s3", {
    vpcId: vpc.id,
    serviceName: "com.amazonaws.us-east-1.s3",
    vpcEndpointType: "Gateway",
    routeTableIds: [privateTable.id],
  });
  return { vpc, publicSubnets, privateSubnets, endpointGroup, s3 };
}

type SignIn = (onUnauthenticatedRequest: "authenticate" | "deny") => aws.types.input.lb.ListenerRuleAction;

function sampleSignIn(kind: "cognito" | "oidc", protect: boolean): SignIn {
  if (kind === "oidc") {
    const clientSecret = pulumi.secret("a client secret");
    return (onUnauthenticatedRequest) => ({
      type: "authenticate-oidc",
      authenticateOidc: {
        issuer: "https://id.example.org",
        authorizationEndpoint: "https://id.example.org/authorize",
        tokenEndpoint: "https://id.example.org/token",
        userInfoEndpoint: "https://id.example.org/userinfo",
        clientId: "site",
        clientSecret,
        onUnauthenticatedRequest,
      },
    });
  }
  const pool = new aws.cognito.UserPool("site", {
    deletionProtection: protect ? "ACTIVE" : "INACTIVE",
  });
  const client = new aws.cognito.UserPoolClient("site", {
    userPoolId: pool.id,
    generateSecret: true,
    callbackUrls: [`https://${sampleHost}/oauth2/idpresponse`],
    allowedOauthFlowsUserPoolClient: true,
    allowedOauthFlows: ["code"],
    allowedOauthScopes: ["openid", "email"],
    supportedIdentityProviders: ["COGNITO"],
  });
  const domain = new aws.cognito.UserPoolDomain("site", { userPoolId: pool.id, domain: "apps-example-com" });
  return (onUnauthenticatedRequest) => ({
    type: "authenticate-cognito",
    authenticateCognito: {
      userPoolArn: pool.arn,
      userPoolClientId: client.id,
      userPoolDomain: domain.domain,
      onUnauthenticatedRequest,
    },
  });
}

interface Around {
  network: Network;
  edgeGroup: aws.ec2.SecurityGroup;
  cluster: aws.ecs.Cluster;
}

interface App {
  targets: aws.lb.TargetGroup;
  start: (after: pulumi.Resource[]) => void;
}

function sampleApp(
  name: string,
  { route, egress = false, memory = 512 }: SampleArgs["apps"][string],
  { network, edgeGroup, cluster }: Around,
): App {
  const { vpc, privateSubnets, endpointGroup, s3 } = network;
  const group = new aws.ec2.SecurityGroup(name, { vpcId: vpc.id, description: `App ${name}` });
  const between = (rule: string, from: pulumi.Input<string>, to: pulumi.Input<string>, at: number): void => {
    const ports = { ipProtocol: "tcp", fromPort: at, toPort: at, description: rule };
    new aws.vpc.SecurityGroupEgressRule(`${name}-${rule}`, {
      securityGroupId: from,
      referencedSecurityGroupId: to,
      ...ports,
    });
    new aws.vpc.SecurityGroupIngressRule(`${name}-${rule}`, {
      securityGroupId: to,
      referencedSecurityGroupId: from,
      ...ports,
    });
  };
  between("from-edge", edgeGroup.id, group.id, port);
  between("to-endpoints", group.id, endpointGroup.id, 443);
  new aws.vpc.SecurityGroupEgressRule(`${name}-to-s3`, {
    securityGroupId: group.id,
    description: "Image layers",
    prefixListId: s3.prefixListId,
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
  });
  if (egress) {
    new aws.vpc.SecurityGroupEgressRule(`${name}-out`, {
      securityGroupId: group.id,
      description: "Out",
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
  }
  const targets = new aws.lb.TargetGroup(name, {
    name: `site-${name}`,
    vpcId: vpc.id,
    port,
    protocol: "HTTP",
    targetType: "ip",
    deregistrationDelay: 120,
    healthCheck: { path: `${route.replace(/\/$/, "")}/_stcore/health`, matcher: "200" },
    stickiness: { type: "lb_cookie", enabled: true, cookieDuration: 86400 },
  });
  const repository = new aws.ecr.Repository(name, {
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfigurations: [{ encryptionType: "KMS" }],
  });
  const logs = new aws.cloudwatch.LogGroup(name, { retentionInDays: 365 });
  const secret = new aws.secretsmanager.Secret(name, {});
  new aws.secretsmanager.SecretVersion(name, {
    secretId: secret.id,
    secretString: pulumi.secret(`[db]\npassword = "secret of ${name}"\n`),
  });
  const assumeRolePolicy = json({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } },
    ],
  });
  const execution = new aws.iam.Role(`${name}-execution`, { assumeRolePolicy });
  new aws.iam.RolePolicy(`${name}-execution`, {
    role: execution.name,
    policy: pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [
        // AWS knows no resource that this one could be limited to.
        { Sid: "Registry", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
        {
          Sid: "Image",
          Effect: "Allow",
          Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          Resource: repository.arn,
        },
        {
          Sid: "Logs",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: pulumi.interpolate`${logs.arn}:log-stream:*`,
        },
        { Sid: "Secret", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secret.arn },
      ],
    }),
  });
  const task = new aws.iam.Role(`${name}-task`, { assumeRolePolicy });
  const definition = new aws.ecs.TaskDefinition(name, {
    family: `site-${name}`,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: String(memory),
    executionRoleArn: execution.arn,
    taskRoleArn: task.arn,
    runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
    containerDefinitions: pulumi.jsonStringify([
      {
        name: "app",
        image: pulumi.interpolate`${repository.repositoryUrl}@sha256:${"0".repeat(64)}`,
        essential: true,
        user: "10001",
        readonlyRootFilesystem: true,
        portMappings: [{ containerPort: port, protocol: "tcp" }],
        secrets: [{ name: "STREAMLIT_SECRETS", valueFrom: secret.arn }],
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": logs.name,
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": name,
          },
        },
      },
    ]),
  });
  const start = (dependsOn: pulumi.Resource[]): void => {
    new aws.ecs.Service(
      name,
      {
        cluster: cluster.arn,
        taskDefinition: definition.arn,
        desiredCount: 1,
        launchType: "FARGATE",
        deploymentCircuitBreaker: { enable: true, rollback: true },
        networkConfiguration: {
          subnets: privateSubnets.map(({ id }) => id),
          securityGroups: [group.id],
          assignPublicIp: false,
        },
        loadBalancers: [{ targetGroupArn: targets.arn, containerName: "app", containerPort: port }],
        healthCheckGracePeriodSeconds: 60,
      },
      { dependsOn },
    );
  };
  return { targets, start };
}

interface RuleParts {
  https: aws.lb.Listener;
  targets: aws.lb.TargetGroup;
  signIn: SignIn;
  bearer: boolean;
}

function sampleRules(name: string, route: string, first: number, parts: RuleParts): aws.lb.ListenerRule[] {
  const { https, targets, signIn, bearer } = parts;
  const base = route.replace(/\/$/, "");
  const forward = { type: "forward", targetGroupArn: targets.arn };
  const rule = (
    what: string,
    priority: number,
    paths: string[],
    actions: aws.types.input.lb.ListenerRuleAction[],
    more: aws.types.input.lb.ListenerRuleCondition[] = [],
  ) =>
    new aws.lb.ListenerRule(`${name}-${what}`, {
      listenerArn: https.arn,
      priority,
      conditions: [{ hostHeader: { values: [sampleHost] } }, { pathPattern: { values: paths } }, ...more],
      actions: actions.map((action, index) => ({ ...action, order: index + 1 })),
    });
  const metrics = rule("metrics", first, [`${base}/_stcore/metrics`], [notFound]);
  const programs = () =>
    rule(
      "programs",
      first + 1,
      [`${base}/_stcore/agent/*`],
      [
        {
          type: "jwt-validation",
          jwtValidation: {
            issuer: "https://id.example.org",
            jwksEndpoint: "https://id.example.org/jwks",
          },
        },
        forward,
      ],
      [{ httpHeader: { httpHeaderName: "Authorization", values: ["Bearer ?*"] } }],
    );
  const internal = rule("internal", first + 2, [`${base}/_stcore/*`], [signIn("deny"), forward]);
  const pages = base === "" ? ["/*"] : [base, `${base}/*`];
  const page = rule("pages", first + 3, pages, [signIn("authenticate"), forward]);
  return [metrics, ...(bearer ? [programs()] : []), internal, page];
}
