/** What a site on AWS is made of, told by what it registers with Pulumi. What AWS itself makes of it is not shown here. */
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import type { AwsSite } from "../../../components/aws";
import { type SiteArgs, SiteSpecError } from "../../../index";
import { plain, shown, value } from "../mocks";
import { account, region } from "./outputs";
import { deploy, type Parts } from "./parts";

const ecr = `${account}.dkr.ecr.${region}.amazonaws.com`;
const spec: SiteArgs = {
  host: "site.example.com",
  apps: {
    explorer: {
      source: "apps/explorer",
      resources: { cpu: 1, memory: "3Gi" },
      environment: { REGION: "eu" },
      secrets: { DB_PASSWORD: "secret of the database" },
      autoscaling: { min: 2, max: 8 },
      drainTimeout: "5m",
    },
    live: { image: `${ecr}/live@sha256:${"0".repeat(64)}`, workingDir: "/srv", replicas: 3 },
  },
  auth: { cognito: {} },
  tls: { acm: { zone: "Z0123" } },
};
const withApp = (own: Partial<SiteArgs["apps"][string]>): SiteArgs => ({
  ...spec,
  apps: { ...spec.apps, live: { ...spec.apps.live, ...own } },
});
const oidc: SiteArgs = {
  ...spec,
  auth: {
    oidc: {
      provider: "keycloak-oidc",
      issuer: "https://id.example.com/realms/staff",
      clientId: "site",
      clientSecret: "secret of the client",
      bearer: true,
      audiences: ["reports"],
    },
  },
};
const full: SiteArgs = {
  ...withApp({ egress: true, spot: true, secrets: { A: "secret of live" } }),
  auth: {
    cognito: {
      selfSignUp: true,
      allow: { emailDomains: ["example.com", "example.org"] },
      mfa: "required",
      groups: ["staff", "guests"],
      bearer: { programs: ["nightly", "reports"] },
      federation: {
        google: { clientId: "google", clientSecret: "secret of google" },
        oidc: {
          partner: { issuer: "https://id.example.org", clientId: "a", clientSecret: "secret of partner" },
        },
        saml: { adfs: { metadataUrl: "https://adfs.example.com/metadata.xml" } },
      },
    },
  },
  tls: { selfSigned: {} },
  waf: { managed: {} },
  kmsKeyArn: `arn:aws:kms:${region}:${account}:key/0a1b`,
  alarms: { topicArn: `arn:aws:sns:${region}:${account}:alarms` },
  logs: { retention: 90 },
  deletionProtection: true,
};

let site: AwsSite;
let parts: Parts;
let withOidc: Parts;
let siteWithAll: AwsSite;
let withAll: Parts;
beforeAll(async () => {
  ({ site, parts } = await deploy(spec));
  ({ parts: withOidc } = await deploy(oidc));
  ({ site: siteWithAll, parts: withAll } = await deploy(full));
}, 60_000);

describe("a site of two apps", () => {
  it("is made of exactly these parts", () => {
    expect(parts.counts).toEqual({
      "streamlit-site:index:AwsSite": 1,
      "streamlit-site:index:AwsApp": 2,
      "aws:acm/certificate:Certificate": 1,
      "aws:acm/certificateValidation:CertificateValidation": 1,
      "aws:appautoscaling/policy:Policy": 1,
      "aws:appautoscaling/target:Target": 1,
      "aws:cloudwatch/dashboard:Dashboard": 1,
      "aws:cloudwatch/logGroup:LogGroup": 3,
      "aws:cloudwatch/metricAlarm:MetricAlarm": 8,
      "aws:cognito/managedLoginBranding:ManagedLoginBranding": 1,
      "aws:cognito/userPool:UserPool": 1,
      "aws:cognito/userPoolClient:UserPoolClient": 1,
      "aws:cognito/userPoolDomain:UserPoolDomain": 1,
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
      "aws:ec2/internetGateway:InternetGateway": 1,
      "aws:ec2/route:Route": 1,
      "aws:ec2/routeTable:RouteTable": 2,
      "aws:ec2/routeTableAssociation:RouteTableAssociation": 4,
      "aws:ec2/securityGroup:SecurityGroup": 4,
      "aws:ec2/subnet:Subnet": 4,
      "aws:ec2/vpc:Vpc": 1,
      "aws:ec2/vpcEndpoint:VpcEndpoint": 5,
      "aws:ecr/lifecyclePolicy:LifecyclePolicy": 1,
      "aws:ecr/repository:Repository": 1,
      "aws:ecs/cluster:Cluster": 1,
      "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": 1,
      "aws:ecs/service:Service": 2,
      "aws:ecs/taskDefinition:TaskDefinition": 2,
      "aws:iam/role:Role": 5,
      "aws:iam/rolePolicy:RolePolicy": 3,
      "aws:lambda/function:Function": 1,
      "aws:lambda/permission:Permission": 1,
      "aws:lb/listener:Listener": 2,
      "aws:lb/listenerRule:ListenerRule": 20,
      "aws:lb/loadBalancer:LoadBalancer": 1,
      "aws:lb/targetGroup:TargetGroup": 3,
      "aws:lb/targetGroupAttachment:TargetGroupAttachment": 1,
      "aws:route53/record:Record": 2,
      "aws:s3/bucket:Bucket": 1,
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
      "aws:s3/bucketPolicy:BucketPolicy": 1,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
      "aws:secretsmanager/secret:Secret": 1,
      "aws:secretsmanager/secretVersion:SecretVersion": 1,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 7,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 6,
      "docker:index/image:Image": 1,
      "random:index/randomId:RandomId": 1,
    });
  });

  it("has names that begin with its own, each resource below its component", () => {
    for (const { urn } of parts.declared)
      expect(urn).toMatch(
        /^streamlit-site:index:AwsSite(\$streamlit-site:index:AwsApp)?(\$[\w:/.-]+)?::site(-|$)/,
      );
    expect(parts.declared).toHaveLength(parts.all.length);
  });

  it("keeps the names by which Pulumi knows its parts: a change would replace them", () => {
    expect(parts.declared.map(({ urn }) => urn).sort()).toMatchSnapshot();
  });

  it("and its components have the type tokens that the schema of a component package gives them", () => {
    for (const type of Object.keys(parts.counts).filter((token) => token.startsWith("streamlit")))
      ComponentProvider.validateResourceType("streamlit-site", type);
  });

  it("tells where it is", async () => {
    expect(await value(site.url)).toBe("https://site.example.com");
    expect(await value(site.apps)).toEqual({
      explorer: "https://site.example.com/explorer/",
      live: "https://site.example.com/live/",
    });
    expect(await value(site.loadBalancer)).toBe("site.elb.amazonaws.com");
    expect(Object.keys(await value(site.taskRoles))).toEqual(["explorer", "live"]);
    expect(await pulumi.isSecret(site.signInDomain)).toBe(false);
    expect(await value(site.signInDomain)).toMatch(
      /^streamlit-[0-9a-f]+\.auth\.eu-central-1\.amazoncognito\.com$/,
    );
    expect(await value(site.caCertificate)).toBe("");
    expect(await pulumi.isSecret(site.passwords)).toBe(true);
  });
});

/** How an output that is not known travels to the engine, and what a text has in which there was none. */
const unknown = ["04da6b54-80e4-46f7-96ec-b56ff0331ba9", "undefined", "[object Object]", "null"];

describe("what is registered", () => {
  it.each(["a site of two apps", "one with OIDC", "one with everything"])("of %s is known", (which) => {
    const { all } = { "a site of two apps": parts, "one with OIDC": withOidc }[which] ?? withAll;
    for (const { name, type, inputs } of all.filter(({ type }) => type.startsWith("aws:"))) {
      const text = JSON.stringify(plain(inputs));
      expect([type, name, unknown.filter((mark) => text.includes(mark))]).toEqual([type, name, []]);
    }
  });

  it("has tags wherever AWS takes them", () => {
    const without = new Set(
      withAll.all
        .filter(({ type, inputs }) => type.startsWith("aws:") && inputs.tags === undefined)
        .map(({ type }) => type.split(":").at(-1)),
    );
    // These take none.
    expect([...without].sort()).toEqual([
      "BucketLifecycleConfiguration",
      "BucketOwnershipControls",
      "BucketPolicy",
      "BucketPublicAccessBlock",
      "BucketServerSideEncryptionConfiguration",
      "ClusterCapacityProviders",
      "Dashboard",
      "IdentityProvider",
      "LifecyclePolicy",
      "ManagedLoginBranding",
      "Permission",
      "Policy",
      "ResourceServer",
      "RolePolicy",
      "Route",
      "RouteTableAssociation",
      "SecretVersion",
      "TargetGroupAttachment",
      "UserGroup",
      "UserPoolClient",
      "UserPoolDomain",
      "WebAclAssociation",
    ]);
    expect(parts.named("Service", "site-live").tags).toEqual({
      "streamlit.project": "shop",
      "streamlit.stack": "test",
      "streamlit.site": "site",
      "streamlit.app": "live",
    });
  });

  it("shows no secret, and has none in a task definition or a function", () => {
    for (const { all } of [parts, withOidc, withAll]) {
      expect(JSON.stringify(all.map(({ inputs }) => shown(inputs)))).not.toContain("secret of");
      const readable = all.filter(({ type }) => /:(TaskDefinition|Function)$/.test(type));
      expect(JSON.stringify(readable.map(({ inputs }) => plain(inputs)))).not.toContain("secret of");
      expect(JSON.stringify(all.map(({ inputs }) => shown(inputs)))).not.toContain("token of the registry");
    }
    expect(parts.named("SecretVersion", "site-explorer").secretString).toContain("secret of the database");
  });
});

describe("the network", () => {
  it("has subnets in two zones, none of which gives public addresses", () => {
    const subnets = Object.values(parts.of("Subnet"));
    expect(subnets.map(({ cidrBlock, availabilityZone }) => [cidrBlock, availabilityZone]).sort()).toEqual([
      ["10.0.0.0/20", "eu-central-1a"],
      ["10.0.16.0/20", "eu-central-1b"],
      ["10.0.64.0/20", "eu-central-1a"],
      ["10.0.80.0/20", "eu-central-1b"],
    ]);
    expect(subnets.every(({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch === false)).toBe(true);
  });

  it("has one route out, for the load balancer", () => {
    expect(
      Object.entries(parts.of("Route")).map(([name, { gatewayId }]) => [name, typeof gatewayId]),
    ).toEqual([["site-public", "string"]]);
    expect(parts.of("NatGateway")).toEqual({});
  });

  it("has a way out in each zone for apps with egress, and for no others", () => {
    expect(Object.keys(withAll.of("NatGateway")).sort()).toEqual(["site-egress-1", "site-egress-2"]);
    const subnetsOf = (app: string): string[] =>
      (withAll.named("Service", app).networkConfiguration as { subnets: string[] }).subnets;
    expect(new Set([...subnetsOf("site-live"), ...subnetsOf("site-explorer")]).size).toBe(4);
    expect(
      Object.keys(withAll.of("SecurityGroupEgressRule")).filter((name) => name.endsWith("-out")),
    ).toEqual(["site-live-out"]);
  });

  it("has endpoints for what a task needs to start", () => {
    expect(
      Object.values(parts.of("VpcEndpoint"))
        .map(({ serviceName }) => serviceName)
        .sort(),
    ).toEqual(
      ["ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager"].map(
        (service) => `com.amazonaws.${region}.${service}`,
      ),
    );
  });

  it("lets the load balancer alone connect to an app, and no app to another", () => {
    const ids = Object.fromEntries(
      parts.all.filter(({ type }) => type.endsWith(":SecurityGroup")).map(({ name }) => [name, name]),
    );
    const idOf = (name: string): unknown =>
      Object.values(parts.of("Service"))
        .map(({ networkConfiguration }) => networkConfiguration as { securityGroups: string[] })
        .flatMap(({ securityGroups }) => securityGroups)[Object.keys(parts.of("Service")).indexOf(name)];
    const balancer = (parts.named("LoadBalancer", "site").securityGroups as string[])[0];
    const ingress = Object.values(parts.of("SecurityGroupIngressRule"));
    for (const app of ["site-explorer", "site-live"])
      expect(
        ingress
          .filter(({ securityGroupId }) => securityGroupId === idOf(app))
          .map(({ referencedSecurityGroupId, cidrIpv4, fromPort, toPort }) => [
            referencedSecurityGroupId,
            cidrIpv4,
            fromPort,
            toPort,
          ]),
      ).toEqual([[balancer, undefined, 8501, 8501]]);
    expect(Object.keys(ids)).toHaveLength(4);
    // From everywhere: to the load balancer alone.
    expect(
      ingress
        .filter(({ cidrIpv4 }) => cidrIpv4 !== undefined)
        .map((rule) => [rule.securityGroupId, rule.fromPort]),
    ).toEqual(
      expect.arrayContaining([
        [balancer, 443],
        [balancer, 80],
      ]),
    );
  });

  it("may be one that is there, in which nothing is made but groups", async () => {
    const { parts: inExisting } = await deploy({
      ...spec,
      network: {
        existing: {
          vpc: "vpc-0123",
          publicSubnets: ["subnet-0001", "subnet-0002"],
          privateSubnets: ["subnet-0003", "subnet-0004"],
        },
      },
    });
    for (const type of ["Vpc", "Subnet", "RouteTable", "VpcEndpoint", "InternetGateway"])
      expect(inExisting.of(type)).toEqual({});
    expect(inExisting.named("SecurityGroupEgressRule", "site-live-endpoints")).toMatchObject({
      cidrIpv4: "10.9.0.0/16",
      fromPort: 443,
    });
    expect(inExisting.named("LoadBalancer", "site").subnets).toEqual(["subnet-0001", "subnet-0002"]);
  });
});

describe("the load balancer", () => {
  it("is as strict as one can be", () => {
    expect(parts.named("LoadBalancer", "site")).toMatchObject({
      internal: false,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "strictest",
      idleTimeout: 4000,
      enableDeletionProtection: false,
      accessLogs: { enabled: true },
    });
  });

  it("ends TLS 1.2 and 1.3, and answers nothing that no rule is about", () => {
    expect(parts.named("Listener", "site-https")).toMatchObject({
      port: 443,
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      defaultActions: [{ type: "fixed-response", fixedResponse: { statusCode: "404" } }],
      routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=63072000",
      routingHttpResponseServerEnabled: false,
    });
  });

  it("leads from plain HTTP to the site's own host for good, and does nothing else there", () => {
    expect(parts.named("Listener", "site-http")).toMatchObject({
      port: 80,
      protocol: "HTTP",
      defaultActions: [
        {
          type: "redirect",
          redirect: { protocol: "HTTPS", port: "443", host: "site.example.com", statusCode: "HTTP_301" },
        },
      ],
    });
  });

  it("writes its log where nobody else reads it", () => {
    expect(parts.named("BucketPublicAccessBlock", "site-log")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const [allow, deny] = (
      JSON.parse(parts.named("BucketPolicy", "site-log").policy as string) as { Statement: object[] }
    ).Statement;
    expect(allow).toMatchObject({
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:${region}:${account}:Bucket/site-log/AWSLogs/${account}/*`,
    });
    expect(deny).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
  });

  it("is found by a record where there is a zone, and has a certificate that is proved there", () => {
    expect(Object.keys(parts.of("Record")).sort()).toEqual(["site", "site-certificate"]);
    expect(parts.named("Record", "site-certificate")).toMatchObject({
      zoneId: "Z0123",
      name: "_proof.site.example.com",
      type: "CNAME",
    });
    expect(withAll.of("Record")).toEqual({});
    expect(withAll.named("Certificate", "site")).toMatchObject({
      certificateBody: expect.stringContaining("certificate site") as string,
    });
  });
});

describe("a task", () => {
  it("has a root file system that cannot be written to, no capability, and no user root but for what writes files", () => {
    for (const name of ["site-explorer", "site-live"]) {
      const { files, streamlit } = parts.containers(name);
      for (const container of [files, streamlit])
        expect(container).toMatchObject({
          readonlyRootFilesystem: true,
          linuxParameters: { capabilities: { drop: ["ALL"] } },
          logConfiguration: { logDriver: "awslogs" },
        });
      expect(files).toMatchObject({ essential: false, user: "0:0" });
      expect(streamlit).toMatchObject({
        essential: true,
        user: "10001:10001",
        dependsOn: [{ containerName: "files", condition: "SUCCESS" }],
        portMappings: [{ containerPort: 8501, hostPort: 8501, protocol: "tcp" }],
        stopTimeout: 15,
      });
      expect(streamlit?.secrets).toBeUndefined();
    }
  });

  it("gets its secrets by their version, so that others make another task", () => {
    const { files } = parts.containers("site-explorer");
    expect(files?.secrets).toEqual([
      {
        name: "SECRETS",
        valueFrom: `arn:aws:secretsmanager:${region}:${account}:Secret/site-explorer:::version-of-site-explorer`,
      },
    ]);
    expect(parts.containers("site-live").files?.secrets).toBeUndefined();
  });

  it("trusts no header but the load balancer's own, and the visitor's address by the load balancer's word alone", () => {
    const { files, streamlit } = parts.containers("site-explorer");
    const config = files?.environment.find(({ name }) => name === "CONFIG")?.value ?? "";
    expect(config).toContain('baseUrlPath = "explorer"');
    expect(/trustedUserHeaders[^[]*/s.exec(config)?.[0]).toBe(
      'trustedUserHeaders]\nx-amzn-oidc-identity = "user"\n\n',
    );
    expect(streamlit?.environment).toContainEqual({
      name: "FORWARDED_ALLOW_IPS",
      value: "10.0.0.0/20,10.0.16.0/20",
    });
    expect(streamlit?.environment).toContainEqual({ name: "REGION", value: "eu" });
  });

  it("has the command of its image where that is somebody else's", () => {
    expect(parts.containers("site-explorer").streamlit).toMatchObject({
      entryPoint: ["python", "-m", "streamlit", "run", "streamlit_app.py"],
      image: `${ecr}/site-explorer@sha256:built-site-explorer`,
    });
    const live = parts.containers("site-live").streamlit;
    expect(live?.entryPoint).toBeUndefined();
    expect(live).toMatchObject({ workingDirectory: "/srv" });
  });

  it("has a size that Fargate knows", () => {
    expect(parts.named("TaskDefinition", "site-explorer")).toMatchObject({
      cpu: "1024",
      memory: "3072",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
    });
    expect(parts.named("TaskDefinition", "site-live")).toMatchObject({ cpu: "512", memory: "1024" });
  });
});

describe("a service", () => {
  it("replaces its tasks one version after the other, goes back by itself, and has no way in", () => {
    expect(parts.named("Service", "site-live")).toMatchObject({
      desiredCount: 3,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentMinimumHealthyPercent: 100,
      enableExecuteCommand: false,
      networkConfiguration: { assignPublicIp: false },
      capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
    });
    expect(withAll.named("Service", "site-live").capacityProviderStrategies).toEqual([
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ]);
  });

  it("keeps a browser with its replica, and those who have it open for the time that the spec says", () => {
    expect(parts.named("TargetGroup", "site-explorer")).toMatchObject({
      deregistrationDelay: 300,
      stickiness: { enabled: true, type: "lb_cookie" },
      healthCheck: { path: "/explorer/_stcore/health", matcher: "200" },
      targetType: "ip",
      port: 8501,
    });
  });

  it("scales by what it is told", async () => {
    const { parts: scaled } = await deploy(
      withApp({ replicas: undefined as never, autoscaling: { min: 1, max: 4, memory: 60, requests: 1000 } }),
    );
    const policies = Object.entries(scaled.of("Policy")).filter(([name]) => name.startsWith("site-live"));
    expect(
      policies
        .sort()
        .map(([name, { targetTrackingScalingPolicyConfiguration: policy }]) => [
          name,
          (policy as { targetValue: number }).targetValue,
        ]),
    ).toEqual([
      ["site-live-memory", 60],
      ["site-live-requests", 1000],
    ]);
    expect(scaled.named("Policy", "site-live-requests")).toMatchObject({
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: {
          predefinedMetricType: "ALBRequestCountPerTarget",
          resourceLabel: "app/site/0123/targetgroup/site-live/0123",
        },
      },
    });
    expect(parts.named("Policy", "site-explorer-cpu")).toMatchObject({
      targetTrackingScalingPolicyConfiguration: { targetValue: 70 },
    });
  });
});

describe("what may be done", () => {
  const policy = (of: Parts, role: string): { Action: string[]; Resource: string }[] =>
    (
      JSON.parse(of.named("RolePolicy", role).policy as string) as {
        Statement: { Action: string[]; Resource: string }[];
      }
    ).Statement;

  it("by what starts an app is what it takes to start that app and no other", () => {
    expect(policy(parts, "site-explorer-start").map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["ecr:GetAuthorizationToken"], "*"],
      [
        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        `arn:aws:ecr:${region}:${account}:Repository/site-explorer`,
      ],
      [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        `arn:aws:cloudwatch:${region}:${account}:LogGroup/site-explorer:*`,
      ],
      [["secretsmanager:GetSecretValue"], `arn:aws:secretsmanager:${region}:${account}:Secret/site-explorer`],
    ]);
    expect(policy(parts, "site-live-start").map(({ Resource }) => Resource)).toEqual([
      "*",
      `arn:aws:ecr:${region}:${account}:repository/live`,
      `arn:aws:cloudwatch:${region}:${account}:LogGroup/site-live:*`,
    ]);
    expect(policy(withAll, "site-explorer-start").at(-1)).toMatchObject({ Action: ["kms:Decrypt"] });
  });

  it("by an app's own code is nothing", () => {
    const roles = Object.keys(parts.of("Role")).filter((name) => name.endsWith("-task"));
    expect(roles.sort()).toEqual(["site-explorer-task", "site-live-task"]);
    expect(Object.keys(parts.of("RolePolicy")).filter((name) => name.endsWith("-task"))).toEqual([]);
    for (const { managedPolicyArns, inlinePolicies } of Object.values(parts.of("Role")))
      expect([managedPolicyArns, inlinePolicies]).toEqual([undefined, undefined]);
  });
});

describe("sign-in by Cognito", () => {
  it("has a pool without accounts that people make, unless it is told so", () => {
    expect(parts.named("UserPool", "site")).toMatchObject({
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      autoVerifiedAttributes: ["email"],
      mfaConfiguration: "OPTIONAL",
      passwordPolicy: { minimumLength: 12, requireSymbols: true },
      deletionProtection: "INACTIVE",
    });
    expect(withAll.named("UserPool", "site")).toMatchObject({
      adminCreateUserConfig: { allowAdminCreateUserOnly: false },
      mfaConfiguration: "ON",
      deletionProtection: "ACTIVE",
      lambdaConfig: {
        preSignUp: `arn:aws:lambda:${region}:${account}:Function/site-allow`,
        preTokenGeneration: `arn:aws:lambda:${region}:${account}:Function/site-allow`,
      },
    });
  });

  it("comes back to the address that a load balancer has for it, and to no other", () => {
    expect(parts.named("UserPoolClient", "site")).toMatchObject({
      callbackUrls: ["https://site.example.com/oauth2/idpresponse"],
      logoutUrls: ["https://site.example.com/oauth2/signed_out"],
      allowedOauthFlows: ["code"],
      generateSecret: true,
      supportedIdentityProviders: ["COGNITO"],
      explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    });
  });

  it("gives each program a client of its own, by which nobody else signs in", async () => {
    for (const program of ["nightly", "reports"])
      expect(withAll.named("UserPoolClient", `site-program-${program}`)).toMatchObject({
        generateSecret: true,
        allowedOauthFlows: ["client_credentials"],
        allowedOauthScopes: ["site/call"],
        explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
        accessTokenValidity: 1,
      });
    expect(withAll.named("ResourceServer", "site")).toMatchObject({
      identifier: "site",
      scopes: [{ scopeName: "call" }],
    });
    expect(withAll.named("UserPoolClient", "site").allowedOauthScopes).toEqual([
      "openid",
      "email",
      "profile",
    ]);
    expect(await pulumi.isSecret(siteWithAll.programs)).toBe(true);
    expect(Object.entries(await value(siteWithAll.programs))).toEqual([
      ["nightly", { clientId: expect.any(String) as string, clientSecret: "secret of site-program-nightly" }],
      ["reports", { clientId: expect.any(String) as string, clientSecret: "secret of site-program-reports" }],
    ]);
    expect(await value(site.programs)).toEqual({});
  });

  it("takes tokens of programs alone: of the pool, for access, with the scope that people cannot have", () => {
    const [check] = withAll.rules["site-live-bearer"]?.actions ?? [];
    expect(check).toEqual({
      type: "jwt-validation",
      order: 1,
      jwtValidation: {
        issuer: expect.stringMatching(
          /^https:\/\/cognito-idp\.eu-central-1\.amazonaws\.com\/[^/]+$/,
        ) as string,
        jwksEndpoint: expect.stringMatching(
          /^https:\/\/cognito-idp\.eu-central-1\.amazonaws\.com\/[^/]+\/\.well-known\/jwks\.json$/,
        ) as string,
        additionalClaims: [
          { name: "token_use", format: "single-string", values: ["access"] },
          { name: "scope", format: "space-separated-values", values: ["site/call"] },
        ],
      },
    });
    expect(parts.rules).not.toHaveProperty("site-live-bearer");
  });

  it("federates with whom it is told, each with its groups", () => {
    expect(withAll.named("UserPoolClient", "site").supportedIdentityProviders).toEqual([
      "COGNITO",
      "Google",
      "partner",
      "adfs",
    ]);
    expect(Object.keys(withAll.of("UserGroup")).sort()).toEqual(["site-guests", "site-staff"]);
    expect(withAll.named("IdentityProvider", "site-saml-adfs")).toMatchObject({
      providerType: "SAML",
      providerDetails: { MetadataURL: "https://adfs.example.com/metadata.xml" },
    });
  });

  it("ends where both sessions end", () => {
    const { variables } = parts.named("Function", "site-out").environment as {
      variables: { LOCATION: string };
    };
    const url = new URL(variables.LOCATION);
    expect([url.pathname, url.searchParams.get("logout_uri")]).toEqual([
      "/logout",
      "https://site.example.com/oauth2/signed_out",
    ]);
  });
});

describe("what would hurt to lose", () => {
  it("is kept in a stack whose name begins with prod, unless it is told otherwise", async () => {
    const { parts: kept } = await deploy(spec, "site", "prod-eu");
    expect(kept.named("LoadBalancer", "site").enableDeletionProtection).toBe(true);
    expect(kept.named("Bucket", "site-log").forceDestroy).toBe(false);
    expect(kept.named("Repository", "site-explorer").forceDelete).toBe(false);
    expect(kept.named("Secret", "site-explorer").recoveryWindowInDays).toBe(30);
    const { parts: not } = await deploy({ ...spec, deletionProtection: false }, "site", "prod-eu");
    expect(not.named("LoadBalancer", "site").enableDeletionProtection).toBe(false);
  });
});

describe("one more app", () => {
  const apps = (count: number): SiteArgs => ({
    ...spec,
    apps: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`app-${index}`, { image: `${ecr}/app:1` }]),
    ),
  });

  it("adds as many parts to ten as to two, and changes none of the others but what lists all apps", async () => {
    const counts: number[] = [];
    const runs: Parts[] = [];
    for (const count of [2, 3, 10, 11]) {
      const { parts: some } = await deploy(apps(count));
      runs.push(some);
      counts.push(some.all.length);
    }
    expect(counts[1]! - counts[0]!).toBe(counts[3]! - counts[2]!);
    const [two, three] = runs;
    const changed = two!.all.filter(({ type, name, inputs }) => {
      const after = three!.all.find((one) => one.type === type && one.name === name);
      return JSON.stringify(after?.inputs) !== JSON.stringify(inputs);
    });
    expect(changed.map(({ name, type }) => `${type.split(":").at(-1)} ${name}`).sort()).toEqual([
      "Dashboard site",
      "ListenerRule site-index",
    ]);
  });

  it("that is changed changes parts of its own alone", async () => {
    const { parts: after } = await deploy(withApp({ secrets: { A: "b" }, environment: { B: "c" } }));
    const changed = parts.all.filter(({ type, name, inputs }) => {
      const found = after.all.find((one) => one.type === type && one.name === name);
      return JSON.stringify(found?.inputs) !== JSON.stringify(inputs);
    });
    expect(changed.map(({ name }) => name).filter((name) => !name.startsWith("site-live"))).toEqual([]);
  });
});

describe("a site that AWS would refuse", () => {
  const faults = async (args: unknown, name = "site"): Promise<unknown> =>
    deploy(args as SiteArgs, name).then(
      () => [],
      (error: unknown) => {
        expect(error).toBeInstanceOf(SiteSpecError);
        return (error as SiteSpecError).faults.map(({ path, message }) => `${path}: ${message}`);
      },
    );

  it("is told of everything at once, before anything is made", async () => {
    expect(
      await faults(
        {
          ...spec,
          apps: { ["a".repeat(30)]: { image: `${ecr}/a:1`, route: `/${"r/".repeat(60)}r` } },
          tls: { acm: { certificateArn: `arn:aws:acm:us-east-1:${account}:certificate/a` } },
        },
        "Site",
      ),
    ).toEqual([
      "(the name of the component): must have 1–16 lower-case letters, digits and inner hyphens, and begin with a letter: the names of all resources begin with it",
      `apps.${"a".repeat(30)}: must have a shorter name, of at most 19 characters with a component called Site: the name of a target group has at most 32`,
      `apps.${"a".repeat(30)}.route: must have at most 115 characters on aws: a pattern of a path has at most 128`,
    ]);
  });
});
