/**
 * A recorded graph as the JSON of a Terraform plan, which is what checkov reads.
 *
 * Pulumi's names follow from Terraform's: in capitals instead of underscores, lists in the plural, and a block that there can be one of as an object.
 * The way back is by rule, with a table for what the rule does not tell. It does NOT make a plan that Terraform would take.
 */
import { isObject, isSecret } from "../../../offline/providers/shared/values";
import { byReference, distinctNames, type Graph, type RecordedResource } from "../graph";
import { objectProperties, type Properties, type PropertyType, resourceSchema } from "../schema";
import { canonicalType } from "../types";

/** A resource of a plan. */
export interface PlannedResource {
  address: string;
  mode: "managed";
  type: string;
  name: string;
  values: Record<string, unknown>;
}

/** The plan, as far as checkov reads it. */
export interface Plan {
  format_version: "1.2";
  terraform_version: string;
  planned_values: { root_module: { resources: PlannedResource[] } };
  resource_changes: (Omit<PlannedResource, "values"> & {
    change: { actions: ["create"]; before: null; after: Record<string, unknown> };
  })[];
  configuration: {
    root_module: {
      resources: {
        address: string;
        mode: "managed";
        type: string;
        name: string;
        expressions: Record<string, { references: string[] }>;
      }[];
    };
  };
}

/** Terraform's names of types that the rule gets wrong: it has no modules. */
const typeNames: Readonly<Record<string, string>> = {
  "aws:ec2/vpc:Vpc": "aws_vpc",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
  "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
  "aws:cognito/managedLoginBranding:ManagedLoginBranding": "aws_cognito_managed_login_branding",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "aws_ecs_cluster_capacity_providers",
  "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
  "aws:secretsmanager/secret:Secret": "aws_secretsmanager_secret",
  "aws:servicediscovery/service:Service": "aws_service_discovery_service",
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace":
    "aws_service_discovery_private_dns_namespace",
  "aws:cognito/userGroup:UserGroup": "aws_cognito_user_group",
  "aws:wafv2/webAcl:WebAcl": "aws_wafv2_web_acl",
  "aws:wafv2/webAclAssociation:WebAclAssociation": "aws_wafv2_web_acl_association",
  "aws:lambda/function:Function": "aws_lambda_function",
};

/** Modules that are no part of the name. */
const bare = new Set(["ec2"]);

/** Lists of blocks that Terraform has in the plural, too. */
const pluralBlocks = new Set(["ingress", "egress", "access_logs"]);

/** `targetGroupArn` as `target_group_arn`. */
function words(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => `_${letters.toLowerCase()}`).replace(/^_/, "");
}

/** Terraform's name of a type. */
export function terraformType(token: string): string {
  const type = canonicalType(token);
  const known = typeNames[type];
  if (known !== undefined) return known;
  const [, module = "", name = ""] = type.split(":");
  const [folder = ""] = module.split("/");
  const prefix = bare.has(folder) ? "aws" : `aws_${folder}`;
  return `${prefix}_${words(name)}`;
}

/** The plan. */
export function terraformPlan(graph: Graph): Plan {
  const address = addresses(graph);
  const made = graph.resources.flatMap((resource) => {
    const schema =
      resource.custom && resource.type.startsWith("aws:") ? resourceSchema(resource.type) : undefined;
    if (schema === undefined) return [];
    const base = address(resource);
    // What the provider fills in by default is in a plan, too.
    const inputs = { ...defaults[canonicalType(resource.type)], ...resource.inputs };
    return [
      {
        resource,
        base,
        values: block(schema.inputs, inputs),
      },
    ];
  });
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: { root_module: { resources: made.map(({ base, values }) => ({ ...base, values })) } },
    resource_changes: made.map(({ base, values }) => ({
      ...base,
      change: { actions: ["create"], before: null, after: values },
    })),
    configuration: {
      root_module: {
        resources: made.map(({ base, resource }) => ({
          ...base,
          expressions: expressions(graph, resource, address),
        })),
      },
    },
  };
}

/** Without these, checkov takes them for missing. */
const defaults: Readonly<Record<string, Record<string, unknown>>> = {
  "aws:lb/loadBalancer:LoadBalancer": { loadBalancerType: "application", internal: false },
};

type Address = Omit<PlannedResource, "values">;

/** How the resources of a graph are called in its plan, no two of them alike. */
function addresses(graph: Graph): (resource: RecordedResource) => Address {
  const names = distinctNames(graph);
  return (resource) => {
    const type = terraformType(resource.type);
    const name = (names.get(resource.urn) ?? resource.name).replace(/[^A-Za-z0-9_-]/g, "_");
    return { address: `${type}.${name}`, mode: "managed", type, name };
  };
}

/** The resources that an input comes from, which checkov's graph is made of. */
function expressions(
  graph: Graph,
  resource: RecordedResource,
  address: (resource: RecordedResource) => Address,
): Record<string, { references: string[] }> {
  const found: Record<string, { references: string[] }> = {};
  for (const [key, value] of Object.entries(resource.inputs)) {
    const others = [...new Set(texts(value))]
      .map((text) => byReference(graph, text) ?? byName(graph, key, text))
      .filter((other): other is RecordedResource => other !== undefined && other !== resource);
    if (others.length === 0) continue;
    const own = others.map((other) => address(other).address);
    found[key === "aliases" ? "alias" : words(key)] = {
      references: own.flatMap((one) => [`${one}.id`, one]),
    };
  }
  return found;
}

/** Buckets and roles are referred to by their names, what a record leads to by its host name. */
function byName(graph: Graph, key: string, text: string): RecordedResource | undefined {
  if (key === "aliases") return graph.resources.find(({ outputs }) => outputs.dnsName === text);
  if (!["bucket", "role", "cluster", "repository"].includes(key)) return undefined;
  return graph.resources.find(
    ({ custom, outputs }) => custom && (outputs.bucket === text || outputs.name === text),
  );
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

function block(properties: Properties, given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key, value]) => value !== undefined && value !== null && !key.startsWith("__"))
      .map(([key, value]) => {
        const type = properties[key]?.type ?? { kind: "any" };
        return [blockName(key, type), converted(type, value)];
      }),
  );
}

function blockName(key: string, type: PropertyType): string {
  const name = words(key);
  if (name === "aliases") return "alias";
  if (type.kind !== "list" || type.of.kind !== "object" || pluralBlocks.has(name)) return name;
  return name.endsWith("ies") ? `${name.slice(0, -3)}y` : name.replace(/s$/, "");
}

function converted(type: PropertyType, value: unknown): unknown {
  if (isSecret(value)) return converted(type, value.value);
  if (type.kind === "object" && isObject(value)) return [block(objectProperties("aws", type.name), value)];
  if (type.kind === "list" && Array.isArray(value)) {
    const { of } = type;
    return value.map((item) =>
      of.kind === "object" && isObject(item)
        ? block(objectProperties("aws", of.name), item)
        : converted(of, item),
    );
  }
  return value;
}
