/** What it takes to wait for an object: which events tell of it, what they mean, and when it is ready. */
import type { Severity } from "../../shared/engine";
import type { Event } from "../informers";
import type { Gvk, Manifest } from "../object";
import type { NotReadyError } from "./errors";

/** Shows a line next to the resource for the time being. */
export type Progress = (severity: Severity, line: string) => void;

/** What an awaiter is told of the object that it is for. */
export interface Awaited {
  /** What the server has answered to its creation or update. */
  readonly object: Manifest;
  /** The object before an update. */
  readonly before: Manifest | undefined;
  readonly progress: Progress;
}

/** Waits for objects of one kind. It only learns: it asks for nothing, and keeps no time. */
export interface Awaiter {
  /** The kinds whose events it is told of, in the namespace of the object, in the order in which it learns of them. */
  readonly kinds: readonly Gvk[];
  /** The object as it was seen last. */
  readonly object: Manifest;
  /** Takes in an event. */
  observe(event: Event): void;
  /** Tells whether all is well, and shows how far it is. */
  isReady(): boolean;
  /** Why it is not, a text each. */
  reasons(): string[];
  /** Tells whether it is well when the time is up, if that is less than ready. */
  isWellAtLast?(): boolean;
  /** The error when the time is up or the engine is told to stop, if it is not the usual one. */
  readonly timeoutError?: (object: Manifest) => NotReadyError;
  /** Whether each event gives it its whole time again. */
  readonly isPatient?: boolean;
  /** What is wrong with its pods, for the engine's display. */
  complaints?(): string[];
  /**
   * What happens after a while; a timer may be set at any event.
   *
   * @param after sets a timer, in seconds
   */
  timers?(after: (seconds: number, what: () => void) => void): void;
}

/** Kinds that awaiters look at. */
export const watched = {
  deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  replicaSet: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  statefulSet: { apiVersion: "apps/v1", kind: "StatefulSet" },
  pod: { apiVersion: "v1", kind: "Pod" },
  claim: { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  service: { apiVersion: "v1", kind: "Service" },
  endpoints: { apiVersion: "v1", kind: "Endpoints" },
  ingress: { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  event: { apiVersion: "v1", kind: "Event" },
} satisfies Record<string, Gvk>;

/** Tells whether an event is of one kind of object. */
export function isOf(event: Event, { apiVersion, kind }: Gvk): boolean {
  return event.object.apiVersion === apiVersion && event.object.kind === kind;
}
