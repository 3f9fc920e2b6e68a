/** The network of a recorded graph: subnets with their routes, and everything that has an address in them. */
import { type Graph, ofType, plainInputs, type RecordedResource } from "../graph";
import { canonicalType } from "../types";
import { type GroupRule, securityGroups } from "./security-groups";

/** Where a route leads to. */
type RouteTarget = "internet gateway" | "nat gateway" | "egress-only gateway";

/** A route out of the VPC. */
export interface Route {
  destination: string;
  target: RouteTarget;
  /** The id of the gateway. */
  gateway: string;
}

/** A subnet. */
export interface Subnet {
  id: string;
  name: string;
  vpc: string;
  /** Of both IP versions. */
  cidrs: string[];
  /** Empty if none is associated: the VPC's own leads nowhere. */
  routeTable: string;
  routes: Route[];
}

/** Something with addresses in subnets. */
export interface Place {
  kind: "load balancer" | "service" | "endpoint" | "cache" | "file system";
  /** The resource's name. */
  name: string;
  resource: RecordedResource;
  subnets: Subnet[];
  securityGroups: string[];
  hasPublicAddress: boolean;
}

/** A VPC endpoint. */
export interface Endpoint {
  /** The end of the service's name: `ecr.api`. */
  service: string;
  vpc: string;
  /** Of an endpoint with addresses. */
  place?: Place;
  privateDns: boolean;
  /** Of a gateway endpoint. */
  routeTables: string[];
  prefixList: string;
}

/** See the module. */
export interface Network {
  places: Place[];
  endpoints: Endpoint[];
  groups: Map<string, GroupRule[]>;
  subnets: Map<string, Subnet>;
  /** The subnets of the NAT gateways, from where they have to get out, by their ids. */
  natSubnets: Map<string, Subnet>;
  /** Ids of the VPCs whose resolver answers with the addresses of endpoints. */
  resolving: Set<string>;
}

/** What changes who reaches whom, and nobody has taught this module yet. */
const uninterpreted =
  /^aws:ec2\/(networkAcl|networkAclRule|networkAclAssociation|defaultNetworkAcl|vpcPeeringConnection\w*|networkInterface\w*|instance|vpnGateway\w*|carrierGateway|localGateway\w*|transitGateway\w*|mainRouteTableAssociation|defaultRouteTable|managedPrefixList\w*|launchTemplate):/;

/** Inputs by which one sees that a resource has a place in a network. */
const networkInputs = [
  "securityGroups",
  "securityGroupIds",
  "vpcSecurityGroupIds",
  "networkConfiguration",
  "vpcConfig",
  "subnetMappings",
  "networkInterfaces",
];

/**
 * The network.
 *
 * @throws Error if the graph has something that changes who reaches whom and is not interpreted here: a wrong answer would look right
 */
export function networkOf(graph: Graph): Network {
  const subnets = subnetsOf(graph);
  const places = [
    ...ofType(graph, "aws:lb/loadBalancer:LoadBalancer").map((resource) => {
      const { subnets: ids, subnetMappings, securityGroups, internal } = plainInputs(resource);
      const mapped = objects(subnetMappings).map(({ subnetId }) => subnetId);
      return place(
        subnets,
        "load balancer",
        resource,
        [...list(ids), ...mapped],
        securityGroups,
        internal !== true,
      );
    }),
    ...ofType(graph, "aws:ecs/service:Service").map((resource) => {
      const configuration = plainInputs(resource).networkConfiguration as Record<string, unknown> | undefined;
      if (configuration === undefined)
        throw new Error(`service "${resource.name}" has no network configuration`);
      const { subnets: ids, securityGroups, assignPublicIp } = configuration;
      return place(subnets, "service", resource, list(ids), securityGroups, assignPublicIp === true);
    }),
    ...ofType(graph, "aws:ec2/vpcEndpoint:VpcEndpoint")
      .filter((resource) => plainInputs(resource).vpcEndpointType === "Interface")
      .map((resource) => {
        const { subnetIds, securityGroupIds } = plainInputs(resource);
        return place(subnets, "endpoint", resource, list(subnetIds), securityGroupIds, false);
      }),
    ...ofType(graph, "aws:elasticache/replicationGroup:ReplicationGroup").map((resource) => {
      const { subnetGroupName, securityGroupIds } = plainInputs(resource);
      const group = ofType(graph, "aws:elasticache/subnetGroup:SubnetGroup").find(
        ({ outputs }) => outputs.name === subnetGroupName,
      );
      const ids = group && list(plainInputs(group).subnetIds);
      return place(subnets, "cache", resource, ids ?? [], securityGroupIds, false);
    }),
    ...ofType(graph, "aws:elasticache/serverlessCache:ServerlessCache").map((resource) => {
      const { subnetIds, securityGroupIds } = plainInputs(resource);
      return place(subnets, "cache", resource, list(subnetIds), securityGroupIds, false);
    }),
    ...ofType(graph, "aws:efs/mountTarget:MountTarget").map((resource) => {
      const { subnetId, securityGroups } = plainInputs(resource);
      return place(subnets, "file system", resource, [subnetId], securityGroups, false);
    }),
  ];
  refuseOthers(graph, places);
  return {
    places,
    endpoints: endpointsOf(graph, places),
    groups: securityGroups(graph),
    subnets,
    natSubnets: new Map(
      ofType(graph, "aws:ec2/natGateway:NatGateway").flatMap((resource) => {
        const subnet = subnets.get(String(plainInputs(resource).subnetId));
        return subnet === undefined ? [] : [[resource.id, subnet] as const];
      }),
    ),
    resolving: new Set(
      ofType(graph, "aws:ec2/vpc:Vpc")
        .filter((vpc) => {
          const { enableDnsSupport = true, enableDnsHostnames = false } = plainInputs(vpc);
          return enableDnsSupport === true && enableDnsHostnames === true;
        })
        .map(({ id }) => id),
    ),
  };
}

function place(
  subnets: Map<string, Subnet>,
  kind: Place["kind"],
  resource: RecordedResource,
  ids: readonly unknown[],
  groups: unknown,
  hasPublicAddress: boolean,
): Place {
  const { name } = resource;
  const found = ids.map((id) => {
    const subnet = subnets.get(String(id));
    if (subnet === undefined)
      throw new Error(`${kind} "${name}" is in a subnet that is not in the graph: ${String(id)}`);
    return subnet;
  });
  if (found.length === 0) throw new Error(`${kind} "${name}" is in no subnet`);
  const securityGroups = list(groups).map(String);
  if (securityGroups.length === 0)
    throw new Error(
      `${kind} "${name}" names no security group: it would get the VPC's own, where everything may`,
    );
  return { kind, name, resource, subnets: found, securityGroups, hasPublicAddress };
}

function refuseOthers(graph: Graph, places: readonly Place[]): void {
  for (const resource of graph.resources) {
    const type = canonicalType(resource.type);
    if (!resource.custom || places.some((known) => known.resource === resource)) continue;
    const named = networkInputs.some((input) => resource.inputs[input] !== undefined);
    const isGroup = /^aws:(ec2|vpc)\/securityGroup/.test(type);
    if (uninterpreted.test(type) || (type.startsWith("aws:") && named && !isGroup && !isRequestOnly(type)))
      throw new Error(`reachability does not know what ${type} "${resource.name}" does to the network`);
  }
}

/** Types whose inputs have such a name for something else. */
function isRequestOnly(type: string): boolean {
  return type === "aws:ec2/vpcEndpoint:VpcEndpoint" || type.startsWith("aws:elasticache/subnetGroup:");
}

function subnetsOf(graph: Graph): Map<string, Subnet> {
  const associations = ofType(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation").map(plainInputs);
  return new Map(
    ofType(graph, "aws:ec2/subnet:Subnet").map((resource) => {
      const { cidrBlock, ipv6CidrBlock, vpcId } = plainInputs(resource);
      const table = associations.find(({ subnetId }) => subnetId === resource.id)?.routeTableId;
      const subnet: Subnet = {
        id: resource.id,
        name: resource.name,
        vpc: String(vpcId),
        cidrs: [cidrBlock, ipv6CidrBlock].filter((cidr): cidr is string => typeof cidr === "string"),
        routeTable: typeof table === "string" ? table : "",
        routes: table === undefined ? [] : routesOf(graph, table),
      };
      return [resource.id, subnet];
    }),
  );
}

function routesOf(graph: Graph, table: unknown): Route[] {
  const inline = ofType(graph, "aws:ec2/routeTable:RouteTable")
    .filter(({ id }) => id === table)
    .flatMap((resource) => objects(plainInputs(resource).routes));
  const separate = ofType(graph, "aws:ec2/route:Route")
    .map(plainInputs)
    .filter(({ routeTableId }) => routeTableId === table);
  return [...inline, ...separate].map((route) => {
    const destination =
      route.destinationCidrBlock ?? route.destinationIpv6CidrBlock ?? route.cidrBlock ?? route.ipv6CidrBlock;
    if (typeof destination !== "string")
      throw new Error(`a route of ${String(table)} leads to no range of addresses`);
    const { gatewayId, natGatewayId, egressOnlyGatewayId } = route;
    if (typeof natGatewayId === "string")
      return { destination, target: "nat gateway", gateway: natGatewayId };
    if (typeof egressOnlyGatewayId === "string")
      return { destination, target: "egress-only gateway", gateway: egressOnlyGatewayId };
    if (typeof gatewayId === "string" && gatewayId.startsWith("igw-"))
      return { destination, target: "internet gateway", gateway: gatewayId };
    throw new Error(`the route to ${destination} leads over something that reachability does not know`);
  });
}

function endpointsOf(graph: Graph, places: readonly Place[]): Endpoint[] {
  const more = ofType(graph, "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation").map(
    plainInputs,
  );
  return ofType(graph, "aws:ec2/vpcEndpoint:VpcEndpoint").map((resource) => {
    const { serviceName, vpcId, privateDnsEnabled, routeTableIds } = plainInputs(resource);
    const own = places.find((known) => known.resource === resource);
    const associated = more.filter((one) => one.vpcEndpointId === resource.id).map((one) => one.routeTableId);
    return {
      // `com.amazonaws.REGION.SERVICE`, in some countries with a part more in front.
      service: String(serviceName).replace(/^.*?amazonaws\.[^.]+\./, ""),
      vpc: String(vpcId),
      ...(own && { place: own }),
      privateDns: privateDnsEnabled === true,
      routeTables: [...list(routeTableIds), ...associated].map(String),
      prefixList: typeof resource.outputs.prefixListId === "string" ? resource.outputs.prefixListId : "",
    };
  });
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function objects(value: unknown): Record<string, unknown>[] {
  return list(value) as Record<string, unknown>[];
}
