/** Whom a step of the engine interrupts, in words for those who decide whether now is a good time. */
import type { StackResource } from "../operation/resource";
import type { State } from "../state";
import { kindOf, partOf } from "./parts";

/**
 * What a step interrupts, or undefined when nobody notices it.
 *
 * @param op the engine's word for the first step of a resource
 * @param state the stack's state before: how long an app's pods may go on stands there
 */
export function interruption(resource: StackResource, op: string, state: State): string | undefined {
  const kind = kindOf(resource.type);
  if (kind === "Namespace" && (op === "delete" || isReplacement(op)))
    return op === "delete"
      ? undefined
      : "site: its namespace is replaced, and everything in it: nobody can open a page meanwhile, and every session ends";
  if (kind !== "Deployment" && kind !== "StatefulSet") return undefined;
  const { name: part } = partOf(resource);
  const replaced = isReplacement(op);
  if (!replaced && op !== "delete" && !(op === "update" && changesPods(resource))) return undefined;
  if (part.startsWith("app ")) return `${part}: ${ofApp(op, replaced, drainSeconds(resource, state))}`;
  const sentence = op === "delete" ? undefined : (replaced ? replacedPart : rolledPart)[part];
  return sentence === undefined ? undefined : `${part}: ${sentence}`;
}

function isReplacement(op: string): boolean {
  return ["replace", "create-replacement", "delete-replaced"].includes(op);
}

/** Does an update make new pods? One of which the engine tells no details may. */
function changesPods({ changedProperties }: StackResource): boolean {
  return changedProperties?.some((property) => /^spec(\.template\b|$)/.test(property)) ?? true;
}

const rolledPart: Record<string, string> = {
  gateway:
    "its pods are replaced one after the other; browsers that are connected to one connect again by themselves and go on in their sessions",
  "oauth2-proxy":
    "its pods are replaced once new ones are ready; who is signed in stays so, and a sign-in under way may have to be begun again",
  redis:
    "its pod is replaced; for some seconds nobody can sign in or open a page, and who is signed in stays so",
};

const replacedPart: Record<string, string> = {
  gateway:
    "it is removed and made anew, and for some seconds nobody can open a page; browsers connect again by themselves and go on in their sessions",
  "oauth2-proxy": "it is removed and made anew, and for some seconds nobody can sign in or open a page",
  redis: "it is removed and made anew; for some seconds nobody can sign in or open a page",
};

function ofApp(op: string, replaced: boolean, drain: number): string {
  if (op === "delete") return "it is removed, and its sessions end";
  if (replaced) return "it is removed and made anew, and its sessions end";
  if (drain === 0) return "the new version takes its place, and who has it open goes on in a new session";
  return `new visits get the new version; who has it open keeps the old one until it is closed, for ${inWords(drain)} at most, and then goes on in a new session`;
}

/** For how many seconds the pods of an app that are there may go on once they are replaced: what ends them waits so long. */
function drainSeconds({ urn }: StackResource, { deployment }: State): number {
  const outputs = deployment.resources?.find(
    (other) => other.urn !== undefined && other.urn === urn,
  )?.outputs;
  const containers = at(outputs, "spec", "template", "spec", "containers");
  const command = at(
    Array.isArray(containers) ? containers[0] : undefined,
    "lifecycle",
    "preStop",
    "exec",
    "command",
  );
  const seconds = Number(Array.isArray(command) ? command.at(-1) : 0);
  return Number.isFinite(seconds) ? seconds : 0;
}

function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}

function inWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${String(seconds / 3600)} h`;
  return seconds % 60 === 0 ? `${String(seconds / 60)} min` : `${String(seconds)} s`;
}
