/** The objects of Kubernetes that the commands look at, as the API server's JSON has them. */
import type {
  CoreV1Event,
  V1Deployment,
  V1Ingress,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import type { StackName } from "../target";

/** What a class of the client is as JSON: times are text. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

export type Pod = Json<V1Pod>;
export type Deployment = Json<V1Deployment>;
export type StatefulSet = Json<V1StatefulSet>;
export type ReplicaSet = Json<V1ReplicaSet>;
export type Service = Json<V1Service>;
export type Ingress = Json<V1Ingress>;
export type VolumeClaim = Json<V1PersistentVolumeClaim>;
export type ClusterEvent = Json<CoreV1Event>;

/** What every object has. */
export interface KubernetesObject {
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** The selector of an API server's lists for what belongs to a stack. */
export const ofStack = ({ project, stack }: StackName): string =>
  `streamlit.project=${project},streamlit.stack=${stack}`;

/** The name of an object. */
export const nameOf = ({ metadata }: { metadata?: { name?: string } }): string => metadata?.name ?? "";

/** An object as the commands name it among others of a namespace: `Deployment/site-sales`. */
export const referenceTo = (kind: string, object: { metadata?: { name?: string } }): string =>
  `${kind}/${nameOf(object)}`;

/** The events about an object, oldest first. */
export function eventsAbout(
  events: readonly ClusterEvent[],
  { metadata }: { metadata?: { uid?: string } },
): ClusterEvent[] {
  return events
    .filter(({ involvedObject }) => involvedObject.uid !== undefined && involvedObject.uid === metadata?.uid)
    .sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
}

/** When an event came for the last time, ISO 8601. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: ClusterEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}

/** The message of the last event of one of these reasons, in one line. */
export function lastMessage(events: readonly ClusterEvent[], ...reasons: string[]): string | undefined {
  const message = events.filter(({ reason = "" }) => reasons.includes(reason)).at(-1)?.message;
  return message?.trim().replaceAll(/\s*\n\s*/g, " ");
}
