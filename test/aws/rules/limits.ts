/**
 * Rules of our own for what cfn-lint and checkov let pass: AWS's limits, and what a site must never have.
 *
 * They do NOT replace the limits that the component checks before anything is created, with the field named; they find what it forgets.
 */
import { byReference, type Graph, ofType, plainInputs, type RecordedResource } from "../graph";
import { listenersOf } from "../listeners/model";
import { tlsPolicies } from "../listeners/tls-policies";
import { defaultRegion } from "../outputs";

type Inputs = Record<string, unknown>;

/** The longest names, given or made up, by type. */
const longestNames: Readonly<Record<string, number>> = {
  "aws:lb/targetGroup:TargetGroup": 32,
  "aws:lb/loadBalancer:LoadBalancer": 32,
  "aws:iam/role:Role": 64,
  "aws:iam/rolePolicy:RolePolicy": 128,
  "aws:ecs/cluster:Cluster": 255,
  "aws:ecs/service:Service": 255,
  "aws:ecr/repository:Repository": 256,
  "aws:ec2/securityGroup:SecurityGroup": 255,
  "aws:cloudwatch/logGroup:LogGroup": 512,
  "aws:secretsmanager/secret:Secret": 512,
  "aws:s3/bucket:Bucket": 63,
  "aws:cognito/userPool:UserPool": 128,
  "aws:elasticache/replicationGroup:ReplicationGroup": 40,
  "aws:wafv2/webAcl:WebAcl": 128,
};

const label = ({ type, name }: RecordedResource): string => `${type.split(":").pop() ?? ""} "${name}"`;

/** What is wrong with names: their length, and of load balancers and target groups also their characters. */
export function nameFaults(graph: Graph): string[] {
  return Object.entries(longestNames).flatMap(([type, longest]) =>
    ofType(graph, type).flatMap((resource) => {
      const { bucket, name: own } = resource.outputs;
      const name = [bucket, own].find((one) => typeof one === "string") ?? resource.id;
      const faults = [];
      if (name.length > longest)
        faults.push(`${label(resource)}: its name "${name}" is longer than ${String(longest)} characters`);
      if (type.startsWith("aws:lb/") && !/^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name))
        faults.push(`${label(resource)}: its name "${name}" has more than letters, digits and inner hyphens`);
      return faults;
    }),
  );
}

/** Ports that no TCP has, wherever a property is one; health checks and redirects have theirs as text. */
export function portFaults(graph: Graph): string[] {
  const isPort = /(^|\.|\])(port|fromPort|toPort|containerPort|hostPort)$/;
  return graph.resources
    .filter(({ custom, type }) => custom && type.startsWith("aws:"))
    .flatMap((resource) =>
      places(expanded(plainInputs(resource)), "")
        .filter(({ at }) => isPort.test(at))
        .filter(({ value }) => !["traffic-port", "#{port}"].includes(String(value)))
        .filter(({ at, value }) => !isPortNumber(value, /(from|to)Port$/.test(at)))
        .map(({ at, value }) => `${label(resource)}: ${at} is ${String(value)}, which is no port`),
    );
}

/** Rules of security groups have 0 and -1 for all of a protocol. */
function isPortNumber(value: unknown, inRule: boolean): boolean {
  const port = Number(value);
  return Number.isInteger(port) && port >= (inRule ? -1 : 1) && port <= 65535;
}

/** The text of task definitions as what it says. */
function expanded(inputs: Inputs): Inputs {
  const { containerDefinitions } = inputs;
  if (typeof containerDefinitions !== "string") return inputs;
  return { ...inputs, containerDefinitions: JSON.parse(containerDefinitions) as unknown };
}

/** Listeners that speak what they should not: no known policy, TLS before 1.2, no forward secrecy. */
export function tlsFaults(graph: Graph): string[] {
  return listenersOf(graph)
    .filter(({ protocol }) => protocol === "HTTPS" || protocol === "TLS")
    .flatMap(({ name, tlsPolicy }) => {
      const known = tlsPolicies[tlsPolicy];
      if (known === undefined) return [`Listener "${name}": AWS has no TLS policy ${tlsPolicy}`];
      const faults = [];
      if (known.versions.some((version) => version < "1.2"))
        faults.push(`Listener "${name}": ${tlsPolicy} still speaks TLS ${String(known.versions[0])}`);
      if (!known.forwardSecrecy)
        faults.push(`Listener "${name}": ${tlsPolicy} has suites without forward secrecy`);
      return faults;
    });
}

/** Certificates of another region than their load balancer, and of Cognito's domain than us-east-1. */
export function certificateFaults(graph: Graph, region = defaultRegion): string[] {
  const wrong = (resource: RecordedResource, arn: unknown, wanted: string): string[] => {
    const found = typeof arn === "string" ? arn.split(":")[3] : undefined;
    return found === undefined || found === wanted
      ? []
      : [`${label(resource)}: its certificate is of the region ${found} instead of ${wanted}`];
  };
  return [
    ...ofType(graph, "aws:lb/listener:Listener", "aws:lb/listenerCertificate:ListenerCertificate").flatMap(
      (listener) => wrong(listener, plainInputs(listener).certificateArn, region),
    ),
    // CloudFront serves it.
    ...ofType(graph, "aws:cognito/userPoolDomain:UserPoolDomain").flatMap((domain) =>
      wrong(domain, plainInputs(domain).certificateArn, "us-east-1"),
    ),
  ];
}

/** What Fargate and load balancers need of each other: network mode, targets by address, at least two zones. */
export function networkConfigurationFaults(graph: Graph): string[] {
  const faults: string[] = [];
  for (const service of ofType(graph, "aws:ecs/service:Service")) {
    const { networkConfiguration, loadBalancers, taskDefinition } = plainInputs(service);
    const definition = byReference(graph, taskDefinition);
    const containers = definition ? (expanded(plainInputs(definition)).containerDefinitions as Inputs[]) : [];
    if (definition && plainInputs(definition).networkMode !== "awsvpc")
      faults.push(`${label(service)}: its tasks have not the network mode awsvpc`);
    const subnets = (networkConfiguration as { subnets?: unknown[] } | undefined)?.subnets ?? [];
    if (zonesOf(graph, subnets).size < 2) faults.push(`${label(service)}: it is in fewer than two zones`);
    for (const { targetGroupArn, containerName, containerPort } of (loadBalancers ?? []) as Inputs[]) {
      const group = byReference(graph, targetGroupArn);
      if (group && plainInputs(group).targetType !== "ip")
        faults.push(`${label(service)}: its ${label(group)} does not take addresses`);
      const own = containers.find(({ name }) => name === containerName);
      if (definition && own === undefined)
        faults.push(`${label(service)}: no container is called ${String(containerName)}`);
      const mapped = ((own?.portMappings ?? []) as Inputs[]).map((mapping) => mapping.containerPort);
      if (own && !mapped.includes(containerPort))
        faults.push(
          `${label(service)}: its container ${String(containerName)} has no port ${String(containerPort)}`,
        );
    }
  }
  for (const balancer of ofType(graph, "aws:lb/loadBalancer:LoadBalancer")) {
    const { subnets } = plainInputs(balancer);
    if (zonesOf(graph, (subnets ?? []) as unknown[]).size < 2)
      faults.push(`${label(balancer)}: it is in fewer than two zones`);
  }
  return faults;
}

/** The zones of subnets; of one that is not in the graph nobody knows, so it counts as one of its own. */
function zonesOf(graph: Graph, subnets: readonly unknown[]): Set<unknown> {
  return new Set(
    subnets.map((id) => {
      const subnet = byReference(graph, id);
      return subnet === undefined ? id : plainInputs(subnet).availabilityZone;
    }),
  );
}

/** Limits of listener rules: values and wildcards per rule, rules per load balancer. */
export function ruleCountFaults(graph: Graph): string[] {
  return listenersOf(graph).flatMap(({ name, rules }) => {
    const faults = rules.flatMap((rule) => {
      const values = rule.conditions.flatMap((condition) =>
        Object.values(condition).flatMap((value): string[] => {
          if (Array.isArray(value))
            return (value as { key?: string; value: string }[]).map((one) => `${one.key ?? ""}${one.value}`);
          const { values: plain = [], regexValues = [] } = value as {
            values?: string[];
            regexValues?: string[];
          };
          return [...plain, ...regexValues];
        }),
      );
      const wildcards = values.join("").replace(/[^*?]/g, "").length;
      const found = [];
      if (values.length > 5)
        found.push(`ListenerRule "${rule.name}": ${String(values.length)} values, and AWS takes 5`);
      if (wildcards > 5)
        found.push(`ListenerRule "${rule.name}": ${String(wildcards)} wildcards, and AWS takes 5`);
      if (values.some((value) => value.length > 128))
        found.push(`ListenerRule "${rule.name}": a value is longer than 128 characters`);
      return found;
    });
    if (rules.length - 1 > 100)
      faults.push(`Listener "${name}": ${String(rules.length - 1)} rules, and AWS takes 100`);
    return faults;
  });
}

/** Callback addresses that the load balancer's sign-in has, and Cognito would refuse. */
export function callbackFaults(graph: Graph, hosts: readonly string[]): string[] {
  return ofType(graph, "aws:cognito/userPoolClient:UserPoolClient").flatMap((client) => {
    const { callbackUrls, allowedOauthFlows } = plainInputs(client);
    // A program's is called by nobody.
    if (String(allowedOauthFlows) === "client_credentials") return [];
    const given = Array.isArray(callbackUrls) ? callbackUrls.map(String) : [];
    const plain = given.filter((url) => !url.startsWith("https://"));
    return [
      ...plain.map((url) => `${label(client)}: the callback ${url} is not over TLS`),
      ...hosts
        // The host of a request reaches the provider as it is, and Cognito compares letter by letter.
        .filter((host) => !given.includes(`https://${host.toLowerCase()}/oauth2/idpresponse`))
        .map((host) => `${label(client)}: no callback for ${host}`),
    ];
  });
}

interface Place {
  at: string;
  value: unknown;
}

/** Every scalar in a value with where it is. */
function places(value: unknown, at: string): Place[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => places(item, `${at}[${String(index)}]`));
  if (typeof value !== "object" || value === null) return [{ at, value }];
  return Object.entries(value).flatMap(([key, item]) => places(item, at === "" ? key : `${at}.${key}`));
}
