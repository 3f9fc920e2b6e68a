/** What the file of a stack may name as its target. */
export const targetNames = ["docker", "kubernetes", "kubernetes-local", "aws"] as const;

/** A target by its name: `kubernetes-local` is Kubernetes on a cluster that the commands make on this machine. */
export type TargetName = (typeof targetNames)[number];

/** Is there a target of this name? */
export function isTargetName(name: unknown): name is TargetName {
  return (targetNames as readonly unknown[]).includes(name);
}
