/**
 * No `*` in a policy of identities that nobody has given a reason for.
 *
 * It does NOT compute what a policy allows in the end: conditions, boundaries and the policies of resources are not weighed.
 */
import { type Graph, ofType, plainInputs } from "../graph";

/** Why a wildcard has to be: an action that AWS lets nobody limit to a resource, or a name that is made later. */
export interface WildcardReason {
  /** The action, for instance `ecr:GetAuthorizationToken`. */
  action: string;
  /** The resource as it stands there. */
  resource: RegExp;
  /** Which API needs it. */
  because: string;
}

/** Those that every site on Fargate needs. */
export const knownReasons: readonly WildcardReason[] = [
  {
    action: "ecr:GetAuthorizationToken",
    resource: /^\*$/,
    because: "it is about the registry of the account, and AWS defines no resource for it",
  },
  {
    action: "logs:CreateLogStream",
    resource: /:log-group:[^*]+:(log-stream:)?\*$/,
    because: "the streams of a group are named by the tasks that write them",
  },
  {
    action: "logs:PutLogEvents",
    resource: /:log-group:[^*]+:(log-stream:)?\*$/,
    because: "the streams of a group are named by the tasks that write them",
  },
];

interface Statement {
  Effect?: string;
  Action?: string | string[];
  NotAction?: unknown;
  Resource?: string | string[];
  NotResource?: unknown;
  Principal?: unknown;
}

/** Statements with a wildcard that has no reason. */
export function wildcardFaults(graph: Graph, reasons: readonly WildcardReason[] = knownReasons): string[] {
  const policies = [
    ...ofType(graph, "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy").map((resource) => ({
      resource,
      text: plainInputs(resource).policy,
    })),
    ...ofType(graph, "aws:iam/role:Role").flatMap((resource) =>
      ((plainInputs(resource).inlinePolicies ?? []) as { policy?: unknown }[]).map(({ policy }) => ({
        resource,
        text: policy,
      })),
    ),
  ];
  return policies.flatMap(({ resource: { name }, text }) =>
    statements(text).flatMap((statement) =>
      statementFaults(statement, reasons).map((fault) => `policy "${name}": ${fault}`),
    ),
  );
}

function statements(text: unknown): Statement[] {
  const { Statement: found = [] } = JSON.parse(String(text)) as { Statement?: Statement | Statement[] };
  return list(found);
}

function statementFaults(statement: Statement, reasons: readonly WildcardReason[]): string[] {
  if (statement.Effect === "Deny") return [];
  if (statement.NotAction !== undefined || statement.NotResource !== undefined)
    return ["it allows all but something (NotAction, NotResource)"];
  const [actions, resources] = [list(statement.Action ?? []), list(statement.Resource ?? [])];
  return [
    ...actions.filter((action) => action.includes("*")).map((action) => `it allows the actions ${action}`),
    ...resources
      .filter((resource) => resource.includes("*"))
      .flatMap((resource) =>
        actions
          .filter(
            (action) => !reasons.some((reason) => reason.action === action && reason.resource.test(resource)),
          )
          .map((action) => `it allows ${action} on ${resource}`),
      ),
  ];
}

/** Roles whose trust is open to more than services of AWS: everybody, or another account. */
export function trustFaults(graph: Graph): string[] {
  return ofType(graph, "aws:iam/role:Role").flatMap((role) => {
    const trusted = statements(plainInputs(role).assumeRolePolicy);
    return trusted
      .filter(({ Effect, Principal }) => Effect !== "Deny" && !isServiceOnly(Principal))
      .map(() => `role "${role.name}": it can be assumed by others than services of AWS`);
  });
}

function isServiceOnly(principal: unknown): boolean {
  return typeof principal === "object" && principal !== null && Object.keys(principal).join() === "Service";
}

/** The roles of tasks that have rights: an app's task needs none. */
export function taskRoleFaults(graph: Graph, allowed: readonly string[] = []): string[] {
  const used = new Set(
    ofType(graph, "aws:ecs/taskDefinition:TaskDefinition").map((task) => plainInputs(task).taskRoleArn),
  );
  const roles = ofType(graph, "aws:iam/role:Role").filter(
    ({ outputs, name }) => used.has(outputs.arn) && !allowed.includes(name),
  );
  const rights = ofType(
    graph,
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  );
  return roles.flatMap((role) => {
    const { managedPolicyArns, inlinePolicies } = plainInputs(role);
    const own = [managedPolicyArns, inlinePolicies].some((value) => Array.isArray(value) && value.length > 0);
    const given = rights.some((right) => [role.id, role.outputs.name].includes(plainInputs(right).role));
    return own || given ? [`role "${role.name}": the role of a task has rights`] : [];
  });
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
