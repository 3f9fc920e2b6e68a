/** The targets that a stack can be for. */
import { readStackFile, type StackFile } from "./stack-file";
import type { StackTarget } from "./target";
import { isTargetName, type TargetName, targetNames } from "./target-names";
import { hasStackFile, UserError } from "./workspace";

/** Each is loaded when it is used, so that no command loads the SDKs of another target. */
const targets: Record<TargetName, (file: StackFile) => Promise<StackTarget>> = {
  docker: async () => (await import("./docker/target")).dockerTarget,
  kubernetes: async (file) => (await import("./kubernetes/target")).kubernetesTarget(file),
  "kubernetes-local": async (file) => (await import("./kubernetes/local")).localTarget(file),
  aws: async (file) => (await import("./aws/target")).awsTarget(file),
};

/**
 * What the commands need to know of the target of a stack, which its file names: `<project>:target`, `docker` if it does not.
 *
 * @param stack its name. One that has no file is taken for one on Docker
 * @throws {@link UserError} when the file names another target
 */
export async function openTarget(stack: string): Promise<StackTarget> {
  if (!hasStackFile(stack)) return (await import("./docker/target")).dockerTarget;
  const file = readStackFile(stack);
  return targets[targetOf(file)](file);
}

/** The name of a stack's target. */
export function targetOf({ file, name, config }: StackFile): TargetName {
  const key = `${name.project}:target`;
  const target = config[key] ?? "docker";
  if (isTargetName(target)) return target;
  throw new UserError(`${file}: ${key} is ${JSON.stringify(target)}; it may be ${targetNames.join(", ")}`);
}
