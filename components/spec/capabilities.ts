/** What a target cannot give: one table, from which the faults follow. */
import type { Fault } from "./errors";

/** A target that a spec can be deployed to. */
export type Target = "docker" | "kubernetes" | "aws";

/** All of the targets. */
export const targets: readonly Target[] = ["docker", "kubernetes", "aws"];

/** For each target the reason why it does not have a field and which has; undefined where it has the field. */
export type Availability = Readonly<Record<Target, string | undefined>>;

function forEachTarget(reason: (target: Target) => string | undefined): Availability {
  return { docker: reason("docker"), kubernetes: reason("kubernetes"), aws: reason("aws") };
}

const notYet = (target: Target): string => `not available on ${target} yet`;
const onlyOn = (only: Target): Availability =>
  forEachTarget((target) => (target === only ? undefined : `only available on ${only}`));
/** Of one target alone, which does not have it yet: its arguments have no fields so far. */
const laterOn = (only: Target): Availability =>
  forEachTarget((target) => (target === only ? notYet(target) : `only available on ${only}`));
/** Everywhere but on AWS, with the reason. */
const notOnAws = (reason: string): Availability => ({
  docker: undefined,
  kubernetes: undefined,
  aws: `not available on aws${reason}`,
});
/** Below a field that has a reason of its own on Docker. */
const onAwsNotKubernetes: Availability = { ...onlyOn("aws"), docker: undefined };

const noGuestLists = ": a load balancer lets in everybody who is signed in; docker and kubernetes have it";

/**
 * The fields that not every target has, by their path; `*` stands for any name. A field that is not here is available
 * everywhere.
 */
export const capabilities: Readonly<Record<string, Availability>> = {
  "auth.accounts": forEachTarget(notYet),
  "auth.cognito": onlyOn("aws"),
  "auth.basic": notOnAws(", whose load balancer checks no passwords: use auth.cognito or auth.oidc"),
  "auth.oidc.allow": notOnAws(
    ", whose load balancer lets in everybody whom the provider signs in: have the provider assign people to this client, or use auth.cognito",
  ),
  "auth.oidc.groupsClaim": notOnAws(", which has no guest lists"),
  "auth.oidc.caCertificate": notOnAws(", whose load balancer trusts public authorities alone"),
  "auth.oidc.endpoints": onlyOn("aws"),
  "auth.oidc.network": onlyOn("docker"),
  "tls.acm": onlyOn("aws"),
  "tls.secret": onlyOn("kubernetes"),
  "tls.certManager": onlyOn("kubernetes"),
  "tls.acme": forEachTarget(notYet),
  "ports.address": onlyOn("docker"),
  expose: onlyOn("kubernetes"),
  namespace: onlyOn("kubernetes"),
  registry: onlyOn("kubernetes"),
  imagePull: onlyOn("kubernetes"),
  "gateway.alb": onlyOn("aws"),
  "gateway.nginx": laterOn("aws"),
  network: onlyOn("aws"),
  logs: onlyOn("aws"),
  deletionProtection: onlyOn("aws"),
  waf: onlyOn("aws"),
  kmsKeyArn: onlyOn("aws"),
  alarms: onlyOn("aws"),
  logo: notOnAws(" yet, whose load balancer serves no files"),
  "sessions.redis": notOnAws(
    " yet, whose load balancer keeps sessions in the browser's cookie: use sessions.cookie, or leave it out",
  ),
  "sessions.cookie.checkInterval": notOnAws(", whose load balancer looks into the cookie at each request"),
  "sessions.cookie.connectionCheckInterval": notOnAws(" yet: a load balancer ends no open websocket"),
  hosts: { docker: undefined, kubernetes: undefined, aws: notYet("aws") },
  "apps.*.host": { docker: undefined, kubernetes: undefined, aws: notYet("aws") },
  "apps.*.egressTo": { ...forEachTarget(notYet), docker: undefined },
  "apps.*.volumes": { ...forEachTarget(notYet), docker: undefined },
  // A load balancer sets one policy for frames for all of its paths.
  "apps.*.embed": { docker: undefined, kubernetes: undefined, aws: notYet("aws") },
  "apps.*.autoscaling": {
    docker: "not available on docker, which cannot scale by itself",
    kubernetes: undefined,
    aws: undefined,
  },
  "apps.*.autoscaling.cpu": onAwsNotKubernetes,
  "apps.*.autoscaling.memory": onAwsNotKubernetes,
  "apps.*.autoscaling.requests": onAwsNotKubernetes,
  "apps.*.spot": onlyOn("aws"),
  "apps.*.updates.rolling": onlyOn("aws"),
  "apps.*.updates.blueGreen": {
    ...forEachTarget(notYet),
    aws: "not available on aws: ECS shifts visits by the weights of one rule of a load balancer, and where that signs people in an app has four or five; leave it out: updates.rolling keeps open sessions for drainTimeout (docs/aws.md)",
  },
  "apps.*.allow": notOnAws(noGuestLists),
  "apps.*.formerRoutes": notOnAws(" yet: a redirect of a load balancer takes no start off a path"),
  "apps.*.minReadySeconds": notOnAws(
    " yet: a load balancer sends visits to a container that has answered one health check",
  ),
};

/**
 * The faults of a spec that asks a target for what it does not have.
 *
 * @param spec a spec of any shape
 * @param target where it is to be deployed
 */
export function capabilityFaults(spec: unknown, target: Target): Fault[] {
  return Object.entries(capabilities).flatMap(([path, availability]) => {
    const message = availability[target];
    return message === undefined
      ? []
      : pathsThatAreSet(spec, path.split(".")).map((set) => ({ path: set.join("."), message }));
  });
}

/** The paths in a spec that a pattern stands for and that have a value. */
function pathsThatAreSet(value: unknown, [name, ...rest]: readonly string[]): string[][] {
  if (name === undefined) return value === undefined ? [] : [[]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => name === "*" || key === name)
    .flatMap(([key, inner]) => pathsThatAreSet(inner, rest).map((below) => [key, ...below]));
}
