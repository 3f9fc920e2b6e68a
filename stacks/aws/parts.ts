/** What the resources of a site on AWS are, in the words of who wrote its spec. */
import type { StackResource } from "../operation/resource";
import type { Part } from "../target";

/** What the types of the provider are called, by their last words. */
const pieces: Record<string, string> = {
  Certificate: "certificate",
  CertificateValidation: "certificate",
  Cluster: "cluster",
  Dashboard: "dashboard",
  Eip: "address",
  Function: "function",
  Listener: "listener",
  ListenerRule: "rule",
  LoadBalancer: "load balancer",
  LogGroup: "log",
  MetricAlarm: "alarm",
  NatGateway: "NAT gateway",
  Policy: "autoscaling",
  Record: "record",
  Repository: "repository",
  Role: "role",
  RolePolicy: "role",
  Secret: "secrets",
  SecretVersion: "secrets",
  SecurityGroup: "security group",
  Service: "service",
  Subnet: "subnet",
  Target: "autoscaling",
  TargetGroup: "target group",
  TaskDefinition: "task definition",
  UserPool: "accounts",
  Vpc: "network",
  VpcEndpoint: "endpoint",
  WebAcl: "firewall",
};

/** Those that take long, or matter by themselves. */
const shown = new Set([
  "CertificateValidation",
  "LoadBalancer",
  "NatGateway",
  "Service",
  "UserPool",
  "Vpc",
  "VpcEndpoint",
]);

/** The parts that are no app's, by the module of the provider. */
const parts: [RegExp, string][] = [
  [/^aws:(ec2|vpc)\//, "network"],
  [/^aws:(lb|s3)\//, "load balancer"],
  [/^aws:(cognito|lambda)\//, "sign-in"],
  [/^aws:(acm|route53)\//, "certificate"],
  [/^aws:cloudwatch\//, "alarms"],
  [/^aws:wafv2\//, "firewall"],
  [/^tls:/, "certificate"],
];

/** See `StackTarget.partOf`. */
export function partOf({ type, name, ancestors }: StackResource): Part {
  const app = ancestors.find((ancestor) => ancestor.type === "streamlit-site:index:AwsApp")?.name;
  const site = ancestors.find((ancestor) => ancestor.type === "streamlit-site:index:AwsSite")?.name ?? "";
  const withoutSite = app?.startsWith(`${site}-`) ? app.slice(site.length + 1) : app;
  const part =
    withoutSite === undefined
      ? // The function that signs out has a log and a role beside it.
        name.endsWith("-out") && !/^aws:(ec2|vpc)\//.test(type)
        ? "sign-in"
        : (parts.find(([pattern]) => pattern.test(type))?.[1] ?? "site")
      : `app ${withoutSite}`;
  if (type === "docker:index/image:Image") return { name: part, piece: "image", shown: true };
  if (type.startsWith("tls:")) return { name: part, piece: "certificate", shown: false };
  const kind = type.split(":").at(-1) ?? "";
  return { name: part, piece: pieces[kind] ?? kind, shown: type.startsWith("aws:") && shown.has(kind) };
}
