/** The targets that a stack can be for. */
import type { StackTarget } from "./target";

/** Each is loaded when it is used, so that no command loads the SDKs of another target. */
const targets = {
  docker: async () => (await import("./docker/target")).dockerTarget,
} satisfies Record<string, () => Promise<StackTarget>>;

/** The name of a target. */
export type TargetName = keyof typeof targets;

/** What the commands need to know of a target. */
export function openTarget(name: TargetName): Promise<StackTarget> {
  return targets[name]();
}
