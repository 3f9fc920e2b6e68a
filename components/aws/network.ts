/** The network of a site on AWS: subnets, routes, endpoints, and who may connect to whom. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subnetOf } from "../spec/cidr";
import type { AwsSiteSpec } from "../spec/site";
import type { Common } from "./place";

/** Where the parts of a site are. */
export interface Network {
  vpcId: pulumi.Input<string>;
  /** Of the load balancer. */
  publicSubnetIds: pulumi.Input<string>[];
  /** Their addresses, which the load balancer's own are among. */
  publicCidrs: pulumi.Input<string>[];
  /** Of apps without a way out. */
  privateSubnetIds: pulumi.Input<string>[];
  /** Of apps with one. */
  egressSubnetIds: pulumi.Input<string>[];
  /** Where an app has to connect to that has no way out: the endpoints, and S3, where ECR keeps the layers of images. */
  endpoints: Pick<aws.vpc.SecurityGroupEgressRuleArgs, "referencedSecurityGroupId" | "cidrIpv4">;
  s3PrefixListId: pulumi.Input<string>;
  /** What has to be there before a task starts. */
  dependsOn: pulumi.Resource[];
}

const zoneCount = 2;
/** The services that a task needs to start and to log, each by an address in the network. */
const interfaceEndpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"];

/**
 * The network of a site, made or found.
 *
 * One that is made has public subnets with the load balancer alone, private ones with no route but those to the endpoints, and, if an
 * app has `egress`, others whose route leads out by a NAT gateway in the same zone.
 */
export function siteNetwork(
  name: string,
  site: Pick<AwsSiteSpec, "aws" | "apps">,
  common: Common,
  opts: pulumi.CustomResourceOptions,
): Network {
  const { network } = site.aws;
  return "existing" in network
    ? existingNetwork(network.existing, common, opts)
    : createdNetwork(
        name,
        network.cidr,
        site.apps.some(({ egress }) => egress),
        common,
        opts,
      );
}

function existingNetwork(
  existing: Exclude<AwsSiteSpec["aws"]["network"], { cidr: string }>["existing"],
  { place }: Common,
  opts: pulumi.CustomResourceOptions,
): Network {
  const { vpc, publicSubnets, privateSubnets } = existing;
  const asked = { parent: opts.parent } as pulumi.InvokeOptions;
  return {
    vpcId: vpc,
    publicSubnetIds: publicSubnets,
    publicCidrs: publicSubnets.map((id) => aws.ec2.getSubnetOutput({ id }, asked).cidrBlock),
    privateSubnetIds: privateSubnets,
    // Whether there is a way out, its owner knows.
    egressSubnetIds: privateSubnets,
    endpoints: { cidrIpv4: aws.ec2.getVpcOutput({ id: vpc }, asked).cidrBlock },
    s3PrefixListId: aws.ec2.getPrefixListOutput(
      { name: pulumi.interpolate`com.amazonaws.${place.region}.s3` },
      asked,
    ).id,
    dependsOn: [],
  };
}

function createdNetwork(
  name: string,
  cidr: string,
  hasEgress: boolean,
  common: Common,
  opts: pulumi.CustomResourceOptions,
): Network {
  const { place, tags } = common;
  const named = (suffix: string): { tags: Record<string, string> } => ({
    tags: { ...tags, Name: suffix === "" ? name : `${name}-${suffix}` },
  });
  const vpc = new aws.ec2.Vpc(
    name,
    { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, ...named("") },
    opts,
  );
  // What is in no other group may connect to nothing, and nothing to it.
  new aws.ec2.DefaultSecurityGroup(name, { vpcId: vpc.id, ...named("default") }, opts);
  const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, ...named("") }, opts);

  const prefix = Number(cidr.split("/")[1]) + 4;
  const zones = Array.from({ length: zoneCount }, (_, index) => index);
  const routeTable = (suffix: string): aws.ec2.RouteTable =>
    new aws.ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, ...named(suffix) }, opts);
  /** Subnets of one kind, one in each zone; each kind has room for four. */
  const subnets = (kind: string, first: number, table: (zone: number) => aws.ec2.RouteTable): Subnets => {
    const made = zones.map((zone) => {
      const suffix = `${kind}-${zone + 1}`;
      const subnet = new aws.ec2.Subnet(
        `${name}-${suffix}`,
        {
          vpcId: vpc.id,
          cidrBlock: subnetOf(cidr, prefix, first + zone),
          availabilityZone: place.zones.apply((names) => names[zone] ?? ""),
          mapPublicIpOnLaunch: false,
          ...named(suffix),
        },
        opts,
      );
      const route = new aws.ec2.RouteTableAssociation(
        `${name}-${suffix}`,
        { subnetId: subnet.id, routeTableId: table(zone).id },
        opts,
      );
      return { subnet, route };
    });
    return { ids: made.map(({ subnet }) => subnet.id), routes: made.map(({ route }) => route) };
  };

  const publicTable = routeTable("public");
  const toInternet = new aws.ec2.Route(
    `${name}-public`,
    { routeTableId: publicTable.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    opts,
  );
  const outside = subnets("public", 0, () => publicTable);
  const privateTable = routeTable("private");
  const inside = subnets("private", 4, () => privateTable);
  const out = hasEgress
    ? egressSubnets(name, { ...common, outside, toInternet, subnets, routeTable }, opts)
    : undefined;

  const endpoints = endpointsOf(
    name,
    { ...common, vpc, subnetIds: inside.ids, privateTable, egressTables: out?.tables ?? [] },
    opts,
  );
  return {
    vpcId: vpc.id,
    publicSubnetIds: outside.ids,
    publicCidrs: zones.map((zone) => subnetOf(cidr, prefix, zone)),
    privateSubnetIds: inside.ids,
    egressSubnetIds: out?.ids ?? [],
    endpoints: { referencedSecurityGroupId: endpoints.securityGroupId },
    s3PrefixListId: endpoints.s3PrefixListId,
    dependsOn: [toInternet, ...outside.routes, ...inside.routes, ...(out?.routes ?? []), ...endpoints.all],
  };
}

/** Subnets of one kind. */
interface Subnets {
  ids: pulumi.Output<string>[];
  /** What leads from them to elsewhere. */
  routes: pulumi.Resource[];
}

/** Subnets with a way out. */
function egressSubnets(
  name: string,
  args: Common & {
    outside: Subnets;
    toInternet: aws.ec2.Route;
    subnets: (kind: string, first: number, table: (zone: number) => aws.ec2.RouteTable) => Subnets;
    routeTable: (suffix: string) => aws.ec2.RouteTable;
  },
  opts: pulumi.CustomResourceOptions,
): Subnets & { tables: aws.ec2.RouteTable[] } {
  const { outside, toInternet, subnets, routeTable, tags } = args;
  const ways = outside.ids.map((subnetId, zone) => {
    const suffix = `egress-${zone + 1}`;
    const address = new aws.ec2.Eip(`${name}-${suffix}`, { domain: "vpc", tags }, opts);
    const nat = new aws.ec2.NatGateway(
      `${name}-${suffix}`,
      { subnetId, allocationId: address.allocationId, tags: { ...tags, Name: `${name}-${suffix}` } },
      { ...opts, dependsOn: [toInternet] },
    );
    const table = routeTable(suffix);
    const route = new aws.ec2.Route(
      `${name}-${suffix}`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
      opts,
    );
    return { table, route };
  });
  const made = subnets("egress", 8, (zone) => ways[zone]!.table);
  return {
    ids: made.ids,
    routes: [...made.routes, ...ways.map(({ route }) => route)],
    tables: ways.map(({ table }) => table),
  };
}

/** The endpoints by which what has no way out reaches AWS, and by which what has one reaches S3 without paying for a NAT gateway. */
function endpointsOf(
  name: string,
  args: Common & {
    vpc: aws.ec2.Vpc;
    subnetIds: pulumi.Input<string>[];
    privateTable: aws.ec2.RouteTable;
    egressTables: aws.ec2.RouteTable[];
  },
  opts: pulumi.CustomResourceOptions,
): {
  securityGroupId: pulumi.Output<string>;
  s3PrefixListId: pulumi.Output<string>;
  all: pulumi.Resource[];
} {
  const { place, tags, vpc, subnetIds, privateTable, egressTables } = args;
  const group = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      description: "Addresses of AWS services in the network",
      vpcId: vpc.id,
      tags: { ...tags, Name: `${name}-endpoints` },
    },
    opts,
  );
  const interfaces = interfaceEndpoints.map(
    (service) =>
      new aws.ec2.VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId: vpc.id,
          serviceName: pulumi.interpolate`com.amazonaws.${place.region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [group.id],
          policy: ownAccountOnly(place.account),
          tags: { ...tags, Name: `${name}-${service}` },
        },
        opts,
      ),
  );
  const s3 = (
    suffix: string,
    tables: aws.ec2.RouteTable[],
    policy?: pulumi.Input<string>,
  ): aws.ec2.VpcEndpoint =>
    new aws.ec2.VpcEndpoint(
      `${name}-${suffix}`,
      {
        vpcId: vpc.id,
        serviceName: pulumi.interpolate`com.amazonaws.${place.region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: tables.map(({ id }) => id),
        ...(policy !== undefined && { policy }),
        tags: { ...tags, Name: `${name}-${suffix}` },
      },
      opts,
    );
  const layers = s3("s3", [privateTable], layersOnly(place.partition, place.region));
  // One of its own, because its policy would bound what an app with a way out does in S3: it lets everything through, as that way does.
  const everything = egressTables.length === 0 ? [] : [s3("s3-egress", egressTables)];
  return {
    securityGroupId: group.id,
    s3PrefixListId: layers.prefixListId,
    all: [...interfaces, layers, ...everything],
  };
}

/** What may be done by an endpoint: whatever the caller has a right to, as long as the caller is of the site's own account. */
function ownAccountOnly(account: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        // A policy of an endpoint gives no rights: it bounds those that roles have. The roles of a site have each their own alone.
        Action: "*",
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalAccount": account } },
      },
    ],
  });
}

/** What may be read by the endpoint of S3: the layers of images in ECR, which its clients fetch by signed addresses, and nothing else. */
function layersOnly(partition: pulumi.Input<string>, region: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        // The signature is ECR's own, whose account nobody else knows.
        Principal: "*",
        Action: "s3:GetObject",
        Resource: pulumi.interpolate`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`,
      },
    ],
  });
}
