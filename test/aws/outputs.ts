/**
 * Ids, ARNs and other computed outputs that look as AWS's do, for resources that nobody creates.
 *
 * Which outputs there are comes from the generated code; what they look like stands here. It does NOT prove that AWS gives these: a program
 * that takes them apart (a suffix of an ARN, the zone of a subnet) is right only as far as their forms are.
 */
import { createHash } from "node:crypto";
import { reveal } from "../../offline/providers/shared/values";
import { canonicalType } from "./types";
import type { PropertyType, ResourceSchema } from "./schema";

/** Whose resources these are, and where. */
export const account = "123456789012";

/** The region of a program that names none. */
export const defaultRegion = "us-east-1";

/** A resource as AWS would describe it. */
export interface Created {
  id: string;
  outputs: Record<string, unknown>;
}

/** A resource that is to be described. */
export interface Wanted {
  schema: ResourceSchema;
  /** As Pulumi calls it, which unnamed resources are called after. */
  name: string;
  inputs: Record<string, unknown>;
  /** The same one gives the same ids. */
  seed: string;
  region?: string;
  /** Of a task definition. @default 1 */
  revision?: number;
}

/** Everything that is known of a resource that is being described. */
interface Facts {
  /** The name that it has, given or made up. */
  name: string;
  inputs: Record<string, unknown>;
  region: string;
  revision: number;
  /** @returns so many hexadecimal digits, which follow from the seed */
  hex: (digits: number) => string;
}

interface Form {
  id: (facts: Facts) => string;
  /** What follows `arn:aws:`, with the service and the account. */
  arn?: (facts: Facts) => string;
  outputs?: (facts: Facts, id: string, arn: string) => Record<string, unknown>;
}

const regional =
  (service: string, rest: (facts: Facts) => string) =>
  (facts: Facts): string =>
    `${service}:${facts.region}:${account}:${rest(facts)}`;

/** An EC2 resource, whose id and ARN follow one pattern. */
const ec2 = (prefix: string, kind: string, outputs?: Form["outputs"]): Form => ({
  id: ({ hex }) => `${prefix}-${hex(17)}`,
  arn: regional("ec2", ({ hex }) => `${kind}/${prefix}-${hex(17)}`),
  ...(outputs && { outputs }),
});

/** A resource that goes by its name. */
const named = (service: string, kind: string, outputs?: Form["outputs"]): Form => ({
  id: ({ name }) => name,
  arn: regional(service, ({ name }) => `${kind}${name}`),
  ...(outputs && { outputs }),
});

/** A resource that goes by its ARN. */
const byArn = (arn: (facts: Facts) => string, outputs?: Form["outputs"]): Form => ({
  id: (facts) => `arn:aws:${arn(facts)}`,
  arn,
  ...(outputs && { outputs }),
});

const loadBalancing = (kind: (facts: Facts) => string) => regional("elasticloadbalancing", kind);

/** The part of a load balancer's or a listener's ARN after its kind. */
const after = (arn: unknown, kind: string): string => String(arn).split(`:${kind}/`)[1] ?? "unknown";

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

const pem = (kind: string, content: string): string =>
  `-----BEGIN ${kind}-----\n${Buffer.from(content).toString("base64")}\n-----END ${kind}-----\n`;

const certificate: Form["outputs"] = ({ hex }) => ({
  certPem: pem("CERTIFICATE", hex(60)),
  validityStartTime: "2026-11-28T00:00:00Z",
  validityEndTime: "2027-11-28T00:00:00Z",
});

const forms: Record<string, Form> = {
  "aws:acm/certificate:Certificate": byArn(
    regional("acm", ({ hex }) => `certificate/${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`),
    ({ inputs, hex }) => ({
      domainName: inputs.domainName,
      status: "PENDING_VALIDATION",
      domainValidationOptions: [inputs.domainName, ...((inputs.subjectAlternativeNames as unknown[]) ?? [])]
        .filter((domain, index, all) => typeof domain === "string" && all.indexOf(domain) === index)
        .map((domain) => ({
          domainName: domain,
          resourceRecordName: `_${hex(32)}.${String(domain).replace(/^\*\./, "")}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${hex(32)}.acm-validations.aws.`,
        })),
    }),
  ),
  "aws:acm/certificateValidation:CertificateValidation": {
    id: ({ inputs }) => String(inputs.certificateArn),
  },
  "aws:appautoscaling/target:Target": {
    id: ({ inputs }) => String(inputs.resourceId),
    arn: regional("application-autoscaling", ({ hex }) => `scalable-target/${hex(30)}`),
  },
  "aws:appautoscaling/policy:Policy": {
    id: ({ name }) => name,
    arn: regional("autoscaling", ({ name, hex }) => `scalingPolicy:${hex(32)}:policyName/${name}`),
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    id: ({ inputs }) => String(inputs.dashboardName),
    arn: ({ inputs }) => `cloudwatch::${account}:dashboard/${String(inputs.dashboardName)}`,
  },
  "aws:cloudwatch/logGroup:LogGroup": named("logs", "log-group:"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:"),
  "aws:cognito/userPool:UserPool": {
    id: ({ region, hex }) => `${region}_${hex(9)}`,
    arn: regional("cognito-idp", ({ region, hex }) => `userpool/${region}_${hex(9)}`),
    outputs: ({ region }, id) => ({ endpoint: `cognito-idp.${region}.amazonaws.com/${id}` }),
  },
  "aws:cognito/userPoolClient:UserPoolClient": {
    id: ({ hex }) => hex(26),
    outputs: ({ hex }) => ({ clientSecret: hex(52) }),
  },
  "aws:cognito/userPoolDomain:UserPoolDomain": {
    id: ({ inputs }) => String(inputs.domain),
    outputs: ({ hex }) => ({
      cloudfrontDistribution: `d${hex(13)}.cloudfront.net`,
      cloudfrontDistributionArn: `d${hex(13)}.cloudfront.net`,
      cloudfrontDistributionZoneId: "Z2FDTNDATAQYW2",
      version: "20261128000000",
    }),
  },
  "aws:cognito/resourceServer:ResourceServer": {
    id: ({ inputs }) => `${String(inputs.userPoolId)}|${String(inputs.identifier)}`,
    outputs: ({ inputs }) => ({
      scopeIdentifiers: ((inputs.scopes ?? []) as { scopeName: string }[]).map(
        ({ scopeName }) => `${String(inputs.identifier)}/${scopeName}`,
      ),
    }),
  },
  "aws:cognito/userGroup:UserGroup": { id: ({ inputs, name }) => `${String(inputs.userPoolId)}/${name}` },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2("sg", "security-group"),
  "aws:ec2/eip:Eip": ec2("eipalloc", "elastic-ip", ({ hex }, id) => ({
    allocationId: id,
    publicIp: `198.51.100.${String(parseInt(hex(2), 16))}`,
  })),
  "aws:ec2/internetGateway:InternetGateway": ec2("igw", "internet-gateway"),
  "aws:ec2/natGateway:NatGateway": ec2("nat", "natgateway"),
  "aws:ec2/networkAcl:NetworkAcl": ec2("acl", "network-acl"),
  "aws:ec2/flowLog:FlowLog": ec2("fl", "vpc-flow-log"),
  "aws:ec2/route:Route": { id: ({ hex }) => `r-rtb-${hex(18)}` },
  "aws:ec2/routeTable:RouteTable": ec2("rtb", "route-table"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { id: ({ hex }) => `rtbassoc-${hex(17)}` },
  "aws:ec2/securityGroup:SecurityGroup": ec2("sg", "security-group"),
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    id: ({ hex }) => `sgrule-${String(parseInt(hex(8), 16))}`,
    outputs: ({ hex }) => ({ securityGroupRuleId: `sgr-${hex(17)}` }),
  },
  "aws:ec2/subnet:Subnet": ec2("subnet", "subnet"),
  "aws:ec2/vpc:Vpc": ec2("vpc", "vpc", ({ hex }) => ({
    defaultNetworkAclId: `acl-${hex(17)}`,
    defaultRouteTableId: `rtb-${hex(17)}`,
    mainRouteTableId: `rtb-${hex(17)}`,
    defaultSecurityGroupId: `sg-${hex(17)}`,
    dhcpOptionsId: `dopt-${hex(17)}`,
  })),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ec2("vpce", "vpc-endpoint", ({ inputs, region, hex }, id) => ({
    ...(inputs.vpcEndpointType === "Interface"
      ? {
          dnsEntries: [
            {
              dnsName: `${id}.${String(inputs.serviceName)}.vpce.amazonaws.com`,
              hostedZoneId: `Z${hex(13).toUpperCase()}`,
            },
          ],
          networkInterfaceIds: ((inputs.subnetIds as unknown[]) ?? []).map(
            (_, index) => `eni-${hex(16)}${String(index)}`,
          ),
        }
      : { prefixListId: prefixListId(region, String(inputs.serviceName)) }),
    state: "available",
  })),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2("sgr", "security-group-rule", (_, id) => ({
    securityGroupRuleId: id,
  })),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2("sgr", "security-group-rule", (_, id) => ({
    securityGroupRuleId: id,
  })),
  "aws:ecr/repository:Repository": named("ecr", "repository/", ({ name, region }) => ({
    registryId: account,
    repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
  })),
  "aws:ecs/cluster:Cluster": byArn(regional("ecs", ({ name }) => `cluster/${name}`)),
  "aws:ecs/service:Service": byArn(
    regional("ecs", ({ name, inputs }) => {
      const cluster = text(inputs.cluster, "default").split("/").pop() ?? "default";
      return `service/${cluster}/${name}`;
    }),
  ),
  "aws:ecs/taskDefinition:TaskDefinition": {
    id: ({ inputs }) => String(inputs.family),
    arn: regional(
      "ecs",
      ({ inputs, revision }) => `task-definition/${String(inputs.family)}:${String(revision)}`,
    ),
    outputs: ({ region, inputs, revision }) => ({
      revision,
      arnWithoutRevision: `arn:aws:ecs:${region}:${account}:task-definition/${String(inputs.family)}`,
    }),
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    id: ({ inputs, name }) => text(inputs.replicationGroupId, name),
    arn: regional(
      "elasticache",
      ({ inputs, name }) => `replicationgroup:${text(inputs.replicationGroupId, name)}`,
    ),
    outputs: ({ inputs, name, region }) => ({
      primaryEndpointAddress: `master.${text(inputs.replicationGroupId, name)}.abc123.use1.cache.amazonaws.com`,
      configurationEndpointAddress: `clustercfg.${text(inputs.replicationGroupId, name)}.abc123.${region}.cache.amazonaws.com`,
    }),
  },
  "aws:iam/role:Role": {
    id: ({ name }) => name,
    arn: ({ name }) => `iam::${account}:role/${name}`,
    outputs: ({ hex }) => ({ uniqueId: `AROA${hex(17).toUpperCase()}` }),
  },
  "aws:iam/policy:Policy": byArn(({ name }) => `iam::${account}:policy/${name}`),
  "aws:iam/rolePolicy:RolePolicy": { id: ({ inputs, name }) => `${String(inputs.role)}:${name}` },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    id: ({ inputs, hex }) => `${String(inputs.role)}-${hex(26)}`,
  },
  "aws:kms/alias:Alias": named("kms", ""),
  "aws:kms/key:Key": {
    id: ({ hex }) => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    arn: regional("kms", ({ hex }) => `key/${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`),
    outputs: (_, id) => ({ keyId: id }),
  },
  "aws:lambda/function:Function": {
    id: ({ name }) => name,
    arn: regional("lambda", ({ name }) => `function:${name}`),
    outputs: ({ region }, _, arn) => ({
      version: "$LATEST",
      qualifiedArn: `${arn}:$LATEST`,
      invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
      lastModified: "2026-11-28T00:00:00.000+0000",
    }),
  },
  "aws:lb/loadBalancer:LoadBalancer": byArn(
    loadBalancing(({ name, hex }) => `loadbalancer/app/${name}/${hex(16)}`),
    ({ name, region, hex, inputs }, _, arn) => ({
      arnSuffix: after(arn, "loadbalancer"),
      dnsName: `${inputs.internal === true ? "internal-" : ""}${name}-${String(parseInt(hex(8), 16))}.${region}.elb.amazonaws.com`,
      zoneId: "Z35SXDOTRQ7X7K",
    }),
  ),
  "aws:lb/listener:Listener": byArn(
    loadBalancing(
      ({ inputs, hex }) => `listener/${after(inputs.loadBalancerArn, "loadbalancer")}/${hex(16)}`,
    ),
  ),
  "aws:lb/listenerRule:ListenerRule": byArn(
    loadBalancing(({ inputs, hex }) => `listener-rule/${after(inputs.listenerArn, "listener")}/${hex(16)}`),
  ),
  "aws:lb/listenerCertificate:ListenerCertificate": {
    id: ({ inputs }) => `${String(inputs.listenerArn)}_${String(inputs.certificateArn)}`,
  },
  "aws:lb/targetGroup:TargetGroup": byArn(
    loadBalancing(({ name, hex }) => `targetgroup/${name}/${hex(16)}`),
    (_, __, arn) => ({ arnSuffix: arn.split(":").pop() }),
  ),
  "aws:route53/record:Record": {
    id: ({ inputs }) => [inputs.zoneId, inputs.name, inputs.type].map(String).join("_"),
    outputs: ({ inputs }) => ({ fqdn: inputs.name }),
  },
  "aws:route53/zone:Zone": {
    id: ({ hex }) => `Z${hex(20).toUpperCase()}`,
    arn: ({ hex }) => `route53:::hostedzone/Z${hex(20).toUpperCase()}`,
    outputs: (_, id) => ({
      zoneId: id,
      nameServers: ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
    }),
  },
  "aws:s3/bucket:Bucket": {
    id: ({ inputs, name }) => text(inputs.bucket, name),
    arn: ({ inputs, name }) => `s3:::${text(inputs.bucket, name)}`,
    outputs: ({ inputs, name, region }) => ({
      bucket: text(inputs.bucket, name),
      bucketDomainName: `${text(inputs.bucket, name)}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${text(inputs.bucket, name)}.s3.${region}.amazonaws.com`,
      hostedZoneId: "Z3AQBSTGFYJSTF",
    }),
  },
  "aws:secretsmanager/secret:Secret": byArn(
    regional("secretsmanager", ({ name, hex }) => `secret:${name}-${hex(6)}`),
  ),
  "aws:secretsmanager/secretVersion:SecretVersion": {
    id: ({ inputs, hex }) => `${String(inputs.secretId)}|${hex(32)}`,
    // The secret's, not one of the version.
    outputs: ({ inputs, hex }) => ({
      arn: inputs.secretId,
      secretArn: inputs.secretId,
      versionId: hex(32),
      hasSecretStringWo: inputs.secretStringWo !== undefined,
    }),
  },
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {
    id: ({ hex }) => `ns-${hex(16)}`,
    arn: regional("servicediscovery", ({ hex }) => `namespace/ns-${hex(16)}`),
    outputs: ({ hex }) => ({ hostedZone: `Z${hex(20).toUpperCase()}` }),
  },
  "aws:servicediscovery/service:Service": {
    id: ({ hex }) => `srv-${hex(16)}`,
    arn: regional("servicediscovery", ({ hex }) => `service/srv-${hex(16)}`),
  },
  "aws:sns/topic:Topic": byArn(regional("sns", ({ name }) => name)),
  "aws:wafv2/webAcl:WebAcl": {
    id: ({ hex }) => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    arn: regional(
      "wafv2",
      ({ name, hex }) => `regional/webacl/${name}/${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    ),
  },
  "docker:index/image:Image": {
    id: ({ inputs }) => String(inputs.imageName),
    outputs: ({ inputs, hex }) => ({
      repoDigest: `${String(inputs.imageName).replace(/:[^:/]*$/, "")}@sha256:${hex(64)}`,
    }),
  },
  "random:index/randomPassword:RandomPassword": {
    id: () => "none",
    outputs: ({ hex, inputs }) => ({
      result: hex(Number(inputs.length ?? 32)),
      bcryptHash: `$2a$10$${hex(53)}`,
    }),
  },
  "random:index/randomBytes:RandomBytes": {
    id: ({ hex }) => hex(64),
    outputs: ({ hex, inputs }) => {
      const digits = hex(2 * Number(inputs.length ?? 32));
      return { hex: digits, base64: Buffer.from(digits, "hex").toString("base64") };
    },
  },
  "tls:index/privateKey:PrivateKey": {
    id: ({ hex }) => hex(40),
    outputs: ({ hex }) => ({
      privateKeyPem: pem("PRIVATE KEY", hex(60)),
      privateKeyPemPkcs8: pem("PRIVATE KEY", hex(60)),
      publicKeyPem: pem("PUBLIC KEY", hex(44)),
    }),
  },
  "tls:index/certRequest:CertRequest": {
    id: ({ hex }) => hex(40),
    outputs: ({ hex }) => ({ certRequestPem: pem("CERTIFICATE REQUEST", hex(60)) }),
  },
  "tls:index/selfSignedCert:SelfSignedCert": { id: ({ hex }) => hex(40), outputs: certificate },
  "tls:index/locallySignedCert:LocallySignedCert": { id: ({ hex }) => hex(40), outputs: certificate },
  "random:index/randomId:RandomId": {
    id: ({ hex }) => hex(11),
    outputs: ({ hex, inputs }) => ({
      hex: hex(2 * Number(inputs.byteLength ?? 8)),
      b64Url: hex(11),
      dec: "1",
    }),
  },
};

/** The list of addresses of a service that has gateway endpoints: the same for everybody in a region. */
export function prefixListId(region: string, service: string): string {
  return `pl-${digest(`${region} ${service}`).slice(0, 8)}`;
}

function digest(value: string): string {
  return createHash("sha512").update(value).digest("hex");
}

/** The service and the kind of a type that stands not above: `aws:ec2/vpcDhcpOptions:VpcDhcpOptions`. */
function otherForm(token: string): Form {
  const [, module = "", kind = ""] = token.split(":");
  const [service = ""] = module.split("/");
  return {
    id: ({ hex, name }) => `${name}-${hex(8)}`,
    arn: regional(service, ({ name }) => `${kind.toLowerCase()}/${name}`),
  };
}

/** What AWS would say of a resource: the inputs, what it computes, and what it fills in. */
export function created({
  schema,
  name,
  inputs: given,
  seed,
  region = defaultRegion,
  revision = 1,
}: Wanted): Created {
  const inputs = reveal(given) as Record<string, unknown>;
  const ownRegion = text(inputs.region, region);
  const facts: Facts = {
    name: text(inputs.name, `${name}-${digest(`${seed} name`).slice(0, 7)}`),
    inputs,
    region: ownRegion,
    revision,
    hex: (digits) => digest(seed).repeat(2).slice(0, digits),
  };
  const form = forms[canonicalType(schema.token)] ?? otherForm(schema.token);
  const id = form.id(facts);
  const arn = form.arn === undefined ? "" : `arn:aws:${form.arn(facts)}`;
  const known: Record<string, unknown> = {
    ...(arn !== "" && { arn }),
    ownerId: account,
    tagsAll: inputs.tags ?? {},
    ...form.outputs?.(facts, id, arn),
  };
  const computed = Object.entries(schema.computed).map(([key, { type }]): [string, unknown] => [
    key,
    known[key] ?? nothing(type),
  ]);
  // What may be given, and is filled in where it is not.
  const filledIn = Object.entries({ ...known, name: facts.name, region: ownRegion }).filter(
    ([key]) => key in schema.outputs && schema.outputs[key]?.required,
  );
  return {
    id,
    outputs: {
      ...withoutNothing(Object.fromEntries(filledIn)),
      ...withoutNothing(Object.fromEntries(computed)),
      ...withoutNothing(given),
    },
  };
}

function withoutNothing(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined && item !== null));
}

/** What a list or a map has that nothing is known of; a scalar is left out, so that a program that uses it meets an unknown value. */
function nothing(type: PropertyType): unknown {
  if (type.kind === "list") return [];
  return type.kind === "map" ? {} : undefined;
}
