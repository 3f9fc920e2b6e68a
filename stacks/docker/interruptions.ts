/** Whom a step of the engine interrupts, in words for those who decide whether now is a good time. */
import type { StackResource } from "../operation/resource";
import type { State } from "../state";
import { partOf } from "./parts";

const container = "docker:index/container:Container";

/**
 * What a step interrupts, or undefined when nobody notices it.
 *
 * @param op the engine's word for the first step of a resource. `delete-replaced` is the first when the old one goes before its
 * successor is there
 * @param state the stack's state before: how long an app's old containers may go on stands there
 */
export function interruption(resource: StackResource, op: string, state: State): string | undefined {
  const { name: part, piece } = partOf(resource);
  const replaced = ["replace", "create-replacement", "delete-replaced"].includes(op);
  // What has the names of the hosts is replaced with it, and cuts nothing else.
  if (piece === "egress" && replaced)
    return `${part}: its connections to what \`egressTo\` lists are cut once, and new ones can be opened at any time`;
  if (resource.type !== container || !/^container( \d+)?$/.test(piece)) return undefined;
  if (!replaced && op !== "delete") return undefined;
  if (part.startsWith("app ")) return `${part}: ${ofApp(piece, op, drainSeconds(resource, state))}`;
  return replaced && part in ofPart ? `${part}: ${ofPart[part]}` : undefined;
}

const ofPart: Record<string, string> = {
  gateway:
    "it is replaced, which cuts every connection for some seconds; browsers connect again by themselves and go on in their sessions",
  "oauth2-proxy":
    "it is replaced once the new one is well; who is signed in stays so, and a sign-in under way may have to be begun again",
  redis: "it is replaced; for some seconds nobody can sign in or open a page, and who is signed in stays so",
};

function ofApp(piece: string, op: string, drain: number): string {
  if (op === "delete")
    return piece === "container"
      ? "it is removed, and its sessions end"
      : `${piece} is removed, and who is on it goes on in a new session on another one`;
  if (op === "delete-replaced")
    return "it is stopped before the new version starts, and its sessions end: only one container at a time may have its data";
  if (drain === 0) return "the new version takes its place, and who has it open goes on in a new session";
  return `new visits get the new version; who has it open keeps the old one until it is closed, for ${inWords(drain)} at most, and then goes on in a new session`;
}

/** For how many seconds the containers of an app that are there may go on once they are replaced. */
function drainSeconds({ ancestors }: StackResource, { deployment }: State): number {
  const app = ancestors.find(({ type }) => type.endsWith(":DockerApp"))?.name ?? "";
  const guard = deployment.resources?.find(
    ({ type, urn }) => type === container && urn?.endsWith(`::${app}.drain`),
  );
  const seconds = guard?.outputs?.destroyGraceSeconds;
  return typeof seconds === "number" ? seconds : 0;
}

function inWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
