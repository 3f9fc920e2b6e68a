/** Whom a step of the engine interrupts, in words for those who decide whether now is a good time. */
import type { StackResource } from "../operation/resource";
import type { State } from "../state";
import { partOf } from "./parts";

const replacements = ["replace", "create-replacement", "delete-replaced"];

/** What interrupts everybody when it is replaced. */
const ofAll: Record<string, string> = {
  "aws:lb/loadBalancer:LoadBalancer":
    "it is replaced: nobody can open a page until the record of the host leads to the new one, and every connection ends",
  "aws:lb/listener:Listener": "its listener is replaced: for some seconds nobody can open a page",
  "aws:ec2/vpc:Vpc":
    "it is replaced, and everything in it: nobody can open a page meanwhile, and every session ends",
  "aws:cognito/userPool:UserPool": "the accounts are replaced by none: everybody has to be given a new one",
};

/**
 * What a step interrupts, or undefined when nobody notices it.
 *
 * @param op the engine's word for the first step of a resource
 * @param state the stack's state before: how long an app's tasks may go on stands there
 */
export function interruption(resource: StackResource, op: string, state: State): string | undefined {
  const { type } = resource;
  const { name: part } = partOf(resource);
  const replaced = replacements.includes(op);
  if (replaced && ofAll[type] !== undefined) return `${part}: ${ofAll[type]}`;
  if (type !== "aws:ecs/service:Service") return undefined;
  if (op === "delete") return `${part}: it is removed, and its sessions end`;
  if (replaced) return `${part}: it is removed and made anew, and its sessions end`;
  if (op !== "update" || !changesTasks(resource)) return undefined;
  const drain = drainSeconds(resource, state);
  return `${part}: ${
    drain === 0
      ? "the new version takes its place, and who has it open goes on in a new session"
      : `new visits get the new version; who has it open keeps the old one for ${inWords(drain)} at most, and then goes on in a new session`
  }`;
}

/** Does an update make new tasks? One of which the engine tells no details may. */
function changesTasks({ changedProperties }: StackResource): boolean {
  return (
    changedProperties?.some((property) =>
      /^(taskDefinition|networkConfiguration|loadBalancers|capacityProviderStrategies|platformVersion|forceNewDeployment)/.test(
        property,
      ),
    ) ?? true
  );
}

/** For how many seconds the load balancer leaves those who are connected to a task that goes. */
function drainSeconds({ urn }: StackResource, { deployment: { resources = [] } }: State): number {
  const app = resources.find((other) => other.urn !== undefined && other.urn === urn)?.parent;
  const group = resources.find(
    ({ type, parent }) => type === "aws:lb/targetGroup:TargetGroup" && app !== undefined && parent === app,
  );
  const seconds = Number(group?.outputs?.deregistrationDelay ?? 0);
  return Number.isFinite(seconds) ? seconds : 0;
}

function inWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${String(seconds / 3600)} h`;
  return seconds % 60 === 0 ? `${String(seconds / 60)} min` : `${String(seconds)} s`;
}
