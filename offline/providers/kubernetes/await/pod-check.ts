/** Whether a pod is ready, and why it is not: `provider/pkg/await/checker/pod` of the official plugin. */
import type { Props } from "../../shared/values";
import { items, type Manifest, nameOf, namespaceOf, number, pluck, text } from "../object";

/** What was found of a pod. */
export interface PodCheck {
  readonly isReady: boolean;
  /** What is waited for, step by step. */
  readonly steps: readonly string[];
  /** What is wrong with it, for the display and for errors. */
  readonly complaint: string | undefined;
}

/** Looks at a pod. */
export function checkPod(pod: Manifest): PodCheck {
  const name = fullName(pod);
  const steps: string[] = [];
  for (const [type, goal] of [
    ["PodScheduled", "scheduled"],
    ["Initialized", "initialized"],
    ["Ready", "ready"],
  ] as const) {
    steps.push(`Waiting for Pod "${name}" to be ${goal}`);
    const condition = items(pod, "status", "conditions").find((one) => one.type === type);
    const isMet =
      condition !== undefined &&
      (condition.status === "True" || (type === "Ready" && text(pod, "status", "phase") === "Succeeded"));
    if (isMet) continue;
    // Why a pod is not scheduled is not said.
    const errors =
      condition && type !== "PodScheduled" ? containerErrors(items(pod, "status", "containerStatuses")) : [];
    const message = type === "PodScheduled" ? "" : text(condition, "message");
    if (errors.length === 0 && message === "") return { isReady: false, steps, complaint: undefined };
    const explained = text(condition, "reason") === "" ? "" : message;
    return { isReady: false, steps, complaint: `[Pod ${name}]: ${explained}${errors.join("\n")}` };
  }
  return { isReady: true, steps, complaint: undefined };
}

/** The name of a pod, with its namespace unless that is the default one. */
function fullName(pod: Manifest): string {
  const namespace = namespaceOf(pod);
  return namespace === "" || namespace === "default" ? nameOf(pod) : `${namespace}/${nameOf(pod)}`;
}

function containerErrors(statuses: Props[]): string[] {
  return statuses
    .filter(({ ready }) => ready !== true)
    .flatMap((status) => [...waiting(status), ...terminated(status), ...lastTermination(status)]);
}

function waiting(status: Props): string[] {
  const state = pluck(status, "state", "waiting");
  if (state === undefined || text(state, "reason") === "ContainerCreating") return [];
  return [`[${text(state, "reason")}] ${withoutNoise(text(state, "message"))}`];
}

function terminated(status: Props): string[] {
  const state = pluck(status, "state", "terminated");
  const reason = text(state, "reason");
  if (reason === "") return [];
  const message = text(state, "message");
  return message === ""
    ? [`container "${text(status, "name")}" completed with exit code ${String(number(state, "exitCode"))}`]
    : [`[${reason}] ${withoutNoise(message)}`];
}

/** The last lines of its log are in the message where the container's `terminationMessagePolicy` says so. */
function lastTermination(status: Props): string[] {
  const state = pluck(status, "lastState", "terminated");
  if (state === undefined) return [];
  const message = text(state, "message");
  return [
    `container "${text(status, "name")}" terminated at ${text(state, "finishedAt")} (${text(state, "reason")}: exit code ${String(number(state, "exitCode"))})`,
    ...(message === "" ? [] : [message]),
  ];
}

function withoutNoise(message: string): string {
  return message
    .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
    .replace(/: manifest unknown$/, "");
}
