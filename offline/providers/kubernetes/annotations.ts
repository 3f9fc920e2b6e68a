/** Annotations by which a program tells the plugin what to do with an object. */
import { annotation, type Gvk, gvkOf, type Manifest } from "./object";

/** Their names. */
export const annotations = {
  /** The name was made up by the plugin. */
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  replaceUnready: "pulumi.com/replaceUnready",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagationPolicy: "pulumi.com/deletionPropagationPolicy",
} as const;

/** Tells whether an annotation is set to `true`. */
export function isTrue(object: Manifest, key: string): boolean {
  return annotation(object, key) === "true";
}

/** Seconds that an operation may take unless something else is said. */
const patience = 600;

/**
 * How long an operation may take, in seconds.
 *
 * @param seconds by the resource's options; 0 when they say nothing
 */
export function timeoutOf(inputs: Manifest, seconds: number): number {
  if (seconds !== 0) return seconds;
  const said = annotation(inputs, annotations.timeoutSeconds);
  return /^[+-]?\d+$/.test(said) ? Number(said) : patience;
}

/** What becomes of what belongs to an object that is deleted. */
export function propagationOf(inputs: Manifest): "Orphan" | "Background" | "Foreground" {
  switch (annotation(inputs, annotations.deletionPropagationPolicy).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

/** Kinds of which a deletion is not waited for where `skipAwait` is set; that of any other is. */
const skipsDeletion: readonly Gvk[] = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
];

/** Tells whether the deletion of an object is not waited for. */
export function skipsDeletionOf(inputs: Manifest): boolean {
  const { apiVersion, kind } = gvkOf(inputs);
  return (
    isTrue(inputs, annotations.skipAwait) &&
    skipsDeletion.some((other) => other.apiVersion === apiVersion && other.kind === kind)
  );
}
