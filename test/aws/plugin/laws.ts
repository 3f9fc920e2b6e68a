/** What AWS refuses, as far as the order of things goes: nothing refers to what is not there, and nothing goes that is still used. */
import { canonicalType } from "../types";
import type { Stored } from "./store";

/** Ids that only AWS gives out. */
const given =
  /^(?:vpc|subnet|sg|rtb|igw|nat|eipalloc|vpce)-[0-9a-f]{17}$|^arn:aws:[a-z0-9-]+:[a-z0-9-]*:123456789012:/;

/** Types of which AWS has one of each name; the longest name, where a made-up one could be longer. */
const uniqueNames: Record<string, { longest?: number }> = {
  "aws:cloudwatch/logGroup:LogGroup": {},
  "aws:ecr/repository:Repository": {},
  "aws:ecs/cluster:Cluster": {},
  "aws:iam/role:Role": { longest: 64 },
  "aws:lb/loadBalancer:LoadBalancer": { longest: 32 },
  "aws:lb/targetGroup:TargetGroup": { longest: 32 },
  "aws:secretsmanager/secret:Secret": {},
};

/** Who must not go while somebody refers to it. */
const heldByUsers =
  /^aws:(ec2\/(vpc|subnet|securityGroup|routeTable|internetGateway|eip|natGateway)|lb\/(loadBalancer|targetGroup|listener)|ecs\/cluster|iam\/role|cognito\/userPool|servicediscovery\/privateDnsNamespace):/;

/** AWS removes these with what they are a part of, or keeps nothing of them that could hold it. */
const holdsNothing =
  /^aws:(ecs\/taskDefinition|lb\/listener(Rule|Certificate)?|cognito\/userPool(Client|Domain)?|cognito\/userGroup|cognito\/identityProvider|cloudwatch\/\w+|iam\/(rolePolicy|policy)|appautoscaling\/\w+|s3\/\w+|route53\/record|secretsmanager\/\w+|lambda\/permission|ec2\/vpcEndpoint\w*Association):/;

/** The longest name that a type may have. */
export function longestName(type: string): number | undefined {
  return uniqueNames[canonicalType(type)]?.longest;
}

/** Why a resource cannot be created, or undefined. */
export function creationFault(
  resource: Pick<Stored, "type" | "inputs">,
  existing: readonly Stored[],
): string | undefined {
  const type = canonicalType(resource.type);
  const { name } = resource.inputs;
  if (
    type in uniqueNames &&
    existing.some((one) => canonicalType(one.type) === type && one.outputs.name === name)
  )
    return `a resource of the type ${type} with the name "${String(name)}" already exists`;
  const there = new Set(existing.flatMap((one) => [one.id, ...strings(one.outputs)]));
  const missing = strings(resource.inputs).find(
    (text) => given.test(text) && !text.includes("*") && !isThere(text, there),
  );
  if (missing !== undefined) return `${missing} does not exist`;
  if (type !== "aws:ecs/service:Service") return undefined;
  const balancers = (resource.inputs.loadBalancers ?? []) as { targetGroupArn?: string }[];
  const idle = balancers.find(
    ({ targetGroupArn = "" }) =>
      !existing.some(
        (one) =>
          /^aws:lb\/listener(Rule)?:/.test(canonicalType(one.type)) &&
          strings(one.inputs).includes(targetGroupArn),
      ),
  );
  return idle && `the target group ${String(idle.targetGroupArn)} does not have an associated load balancer`;
}

/** What somebody already gave may be a part of something that is there: a log stream of a group. */
function isThere(text: string, there: ReadonlySet<string>): boolean {
  return (
    there.has(text) || [...there].some((known) => known.startsWith("arn:") && text.startsWith(`${known}:`))
  );
}

/** Why a resource cannot be deleted, or undefined. */
export function deletionFault(resource: Stored, existing: readonly Stored[]): string | undefined {
  const { enableDeletionProtection, deletionProtection } = resource.inputs;
  if (enableDeletionProtection === true || deletionProtection === "ACTIVE")
    return `${resource.id} cannot be deleted because deletion protection is on`;
  if (!heldByUsers.test(canonicalType(resource.type))) return undefined;
  const names = [resource.id, resource.outputs.arn].filter((one): one is string => typeof one === "string");
  const user = existing.find(
    (one) =>
      one.id !== resource.id &&
      !holdsNothing.test(canonicalType(one.type)) &&
      strings(one.inputs).some((text) => names.includes(text)),
  );
  return user && `${resource.id} is in use by ${user.type} ${user.id}`;
}

/** Of what is there, which is looked through again for each that comes or goes. */
const known = new WeakMap<object, string[]>();

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  let found = known.get(value);
  if (found === undefined) {
    found = Object.values(value).flatMap(strings);
    known.set(value, found);
  }
  return found;
}
