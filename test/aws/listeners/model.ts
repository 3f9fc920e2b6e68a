/** The listeners of a recorded graph with their rules, whichever way they are spelled. */
import { byReference, type Graph, ofType, plainInputs } from "../graph";
import { defaultTlsPolicy } from "./tls-policies";

/** What a condition compares its values with. */
interface Condition {
  hostHeader?: { values?: string[]; regexValues?: string[] };
  httpHeader?: { httpHeaderName: string; values?: string[]; regexValues?: string[] };
  httpRequestMethod?: { values: string[] };
  pathPattern?: { values?: string[]; regexValues?: string[] };
  queryStrings?: { key?: string; value: string }[];
  sourceIp?: { values: string[] };
}

/** One of the steps of a rule. */
export interface Action {
  type: string;
  order?: number;
  authenticateCognito?: { onUnauthenticatedRequest?: string };
  authenticateOidc?: { onUnauthenticatedRequest?: string };
  jwtValidation?: { issuer: string; jwksEndpoint: string };
  redirect?: {
    host?: string;
    path?: string;
    port?: string;
    protocol?: string;
    query?: string;
    statusCode: string;
  };
  fixedResponse?: { statusCode?: string };
  forward?: { targetGroups: { arn: string; weight?: number }[] };
  targetGroupArn?: string;
}

interface Rewrite {
  regex: string;
  replace: string;
}

/** A change of the request on its way to the target. */
interface Transform {
  type: string;
  hostHeaderRewriteConfig?: { rewrite?: Rewrite };
  urlRewriteConfig?: { rewrite?: Rewrite };
}

/** A rule of a listener, or what it does by default. */
export interface Rule {
  /** The resource's name; `default of LISTENER` for what it does by default. */
  name: string;
  /** Undefined for what it does by default, which comes last. */
  priority?: number;
  conditions: readonly Condition[];
  /** In their order. */
  actions: readonly Action[];
  transforms: readonly Transform[];
}

/** A listener of an Application Load Balancer. */
export interface Listener {
  name: string;
  /** The name of the load balancer's resource. */
  loadBalancer: string;
  port: number;
  protocol: string;
  tlsPolicy: string;
  /** In the order in which they are asked. */
  rules: readonly Rule[];
}

/**
 * The listeners of all load balancers.
 *
 * @throws Error if rules are in no order: AWS gives a rule without priority the next one that is free, which depends on the order of creation
 */
export function listenersOf(graph: Graph): Listener[] {
  return ofType(graph, "aws:lb/listener:Listener").map((resource) => {
    const inputs = plainInputs(resource);
    const rules = ofType(graph, "aws:lb/listenerRule:ListenerRule")
      .filter((rule) => plainInputs(rule).listenerArn === resource.outputs.arn)
      .map(({ name, ...rule }): Rule & { priority: number } => {
        const { priority, conditions, actions, transforms } = plainInputs({ name, ...rule });
        if (typeof priority !== "number") throw new Error(`listener rule "${name}" has no priority`);
        return {
          name,
          priority,
          conditions: list<Condition>(conditions),
          actions: ordered(list<Action>(actions)),
          transforms: list<Transform>(transforms),
        };
      })
      .sort((a, b) => a.priority - b.priority);
    rules.forEach(({ name, priority }, index) => {
      const before = rules[index - 1];
      if (before?.priority === priority)
        throw new Error(
          `listener rules "${before.name}" and "${name}" both have priority ${String(priority)}`,
        );
    });
    const byDefault: Rule = {
      name: `default of ${resource.name}`,
      conditions: [],
      actions: ordered(list<Action>(inputs.defaultActions)),
      transforms: [],
    };
    const protocol = typeof inputs.protocol === "string" ? inputs.protocol : "HTTP";
    return {
      name: resource.name,
      loadBalancer: byReference(graph, inputs.loadBalancerArn)?.name ?? "one that is not in the graph",
      port: typeof inputs.port === "number" ? inputs.port : protocol === "HTTPS" ? 443 : 80,
      protocol,
      tlsPolicy: typeof inputs.sslPolicy === "string" ? inputs.sslPolicy : defaultTlsPolicy,
      rules: [...rules, byDefault],
    };
  });
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

/** By `order`, and as they stand where they have none. */
function ordered(actions: readonly Action[]): Action[] {
  return actions
    .map((action, index) => ({ action, order: action.order ?? index + 1 }))
    .sort((a, b) => a.order - b.order)
    .map(({ action }) => action);
}
