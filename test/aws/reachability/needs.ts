/** What tasks and load balancers have to reach in order to work. */
import { byReference, type Graph, ofType, plainInputs, type RecordedResource } from "../graph";
import { listenersOf } from "../listeners/model";
import type { Place } from "./network";

interface Container {
  name?: string;
  image?: string;
  secrets?: { valueFrom: string }[];
  environmentFiles?: unknown[];
  repositoryCredentials?: unknown;
  logConfiguration?: { logDriver?: string; secretOptions?: { valueFrom: string }[] };
}

/** The containers of a service's task definition. */
export function containersOf(graph: Graph, service: RecordedResource): Container[] {
  const definition = byReference(graph, plainInputs(service).taskDefinition);
  if (definition === undefined)
    throw new Error(`the task definition of service "${service.name}" is not in the graph`);
  return JSON.parse(String(plainInputs(definition).containerDefinitions)) as Container[];
}

/** The services of AWS that a service's tasks need to start and to write their logs. */
export function neededServices(graph: Graph, { resource }: Place): string[] {
  const needed = new Set<string>();
  for (const { image = "", secrets = [], environmentFiles, logConfiguration } of containersOf(
    graph,
    resource,
  )) {
    if (image.includes(".dkr.ecr.")) for (const service of ["ecr.api", "ecr.dkr", "s3"]) needed.add(service);
    if (logConfiguration?.logDriver === "awslogs") needed.add("logs");
    for (const { valueFrom } of [...secrets, ...(logConfiguration?.secretOptions ?? [])])
      needed.add(valueFrom.includes(":secretsmanager:") ? "secretsmanager" : "ssm");
    if (environmentFiles !== undefined) needed.add("s3");
  }
  if (plainInputs(resource).enableExecuteCommand === true) needed.add("ssmmessages");
  return [...needed].sort();
}

/** A load balancer that hands requests on to a service. */
export interface Target {
  loadBalancer: string;
  service: string;
  port: number;
}

/** Who hands requests on to whom, at which port; the health checks come at the same, or at their own. */
export function targetsOf(graph: Graph): Target[] {
  const users = listenersOf(graph).flatMap(({ loadBalancer, rules }) =>
    rules.flatMap(({ actions }) =>
      actions.flatMap(({ targetGroupArn, forward }) =>
        [targetGroupArn, ...(forward?.targetGroups.map(({ arn }) => arn) ?? [])].map((arn) => ({
          loadBalancer,
          arn,
        })),
      ),
    ),
  );
  const found = ofType(graph, "aws:ecs/service:Service").flatMap((service) =>
    (
      (plainInputs(service).loadBalancers ?? []) as { targetGroupArn?: string; containerPort: number }[]
    ).flatMap(({ targetGroupArn, containerPort }) => {
      const group = byReference(graph, targetGroupArn);
      const check = (group && (plainInputs(group).healthCheck as { port?: string } | undefined))?.port;
      const ports = [
        containerPort,
        ...(check === undefined || check === "traffic-port" ? [] : [Number(check)]),
      ];
      return users
        .filter(({ arn }) => arn === targetGroupArn)
        .flatMap(({ loadBalancer }) => ports.map((port) => ({ loadBalancer, service: service.name, port })));
    }),
  );
  return [...new Map(found.map((target) => [JSON.stringify(target), target])).values()];
}

/** The load balancers that ask an identity provider, at its public address. */
export function signInBalancers(graph: Graph): string[] {
  const asking = listenersOf(graph).filter(({ rules }) =>
    rules.some(({ actions }) =>
      actions.some(({ type }) =>
        ["authenticate-cognito", "authenticate-oidc", "jwt-validation"].includes(type),
      ),
    ),
  );
  return [...new Set(asking.map(({ loadBalancer }) => loadBalancer))];
}
