/** When a Deployment is ready: `provider/pkg/await/deployment.go` of the official plugin. */
import type { Event } from "../informers";
import {
  annotation,
  generation,
  type Gvk,
  isOwnedBy,
  items,
  type Manifest,
  nameOf,
  number,
  pluck,
  text,
} from "../object";
import { type Awaited, type Awaiter, isOf, watched } from "./awaiter";
import { checkPod } from "./pod-check";

/** The number of a rollout: on the Deployment, and on the ReplicaSet that it made for it. */
const revisionKey = "deployment.kubernetes.io/revision";

/** See the module. */
export class DeploymentAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[] = [watched.deployment, watched.replicaSet, watched.pod, watched.claim];
  object: Manifest;

  /** Whether the controller has seen what was asked for. What comes before that is kept for then. */
  #isReconciled = false;
  readonly #early: Event[] = [];

  #isAvailable = false;
  #isNewSetAvailable = false;
  #isNewSetReady = false;
  #areClaimsBound = false;
  #revision = "0";
  readonly #conditions = new Map<string, string>();
  readonly #sets = new Map<string, Manifest>();
  readonly #pods = new Map<string, Manifest>();
  readonly #claims = new Map<string, Manifest>();

  constructor(private readonly awaited: Awaited) {
    this.object = awaited.object;
  }

  observe(event: Event): void {
    if (!this.#isReconciled) {
      this.#reconcile(event);
      return;
    }
    if (isOf(event, watched.deployment)) this.#observeDeployment(event);
    else if (isOf(event, watched.replicaSet)) this.#observeSet(event);
    else if (isOf(event, watched.pod)) this.#observePod(event);
    else this.#observeClaim(event);
  }

  isReady(): boolean {
    const isRolledOut = this.#revision === "1" || this.#isNewSetAvailable;
    if (!(this.#isAvailable && isRolledOut && this.#isNewSetReady && this.#hasItsClaims())) return false;
    this.awaited.progress("info", "Deployment initialization complete");
    return true;
  }

  reasons(): string[] {
    const unbound = [...this.#claims.values()].filter((claim) => text(claim, "status", "phase") !== "Bound");
    const isFirst = this.#revision === "1";
    return [
      ...this.#conditions.values(),
      ...(this.#hasItsClaims()
        ? []
        : [`Failed to bind PersistentVolumeClaim(s): ${JSON.stringify(unbound.map(nameOf).join(","))}`]),
      ...(!this.#isAvailable
        ? ["Minimum number of live Pods was not attained"]
        : isFirst
          ? this.#isNewSetReady
            ? []
            : ["Minimum number of Pods to consider the application live was not attained"]
          : !this.#isNewSetAvailable
            ? ["Minimum number of Pods to consider the application live was not attained"]
            : this.#isNewSetReady
              ? []
              : [
                  "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
                ]),
      ...this.complaints(),
    ];
  }

  complaints(): string[] {
    const set = this.#sets.get(this.#revision);
    return [...this.#pods.values()]
      .filter((pod) => isOwnedBy(pod, set))
      .flatMap((pod) => checkPod(pod).complaint ?? []);
  }

  /** Looks at all there is, without a wait for the controller. */
  skipReconciliation(): void {
    this.#isReconciled = true;
  }

  #reconcile(event: Event): void {
    const { object } = event;
    const isSeen =
      isOf(event, watched.deployment) &&
      nameOf(object) === nameOf(this.object) &&
      pluck(object, "status", "observedGeneration") === generation(object);
    if (!isSeen) {
      if (!isOf(event, watched.deployment)) this.#early.push(event);
      return;
    }
    this.#isReconciled = true;
    this.observe(event);
    for (const early of this.#early.splice(0)) this.observe(early);
  }

  #observeDeployment({ type, object }: Event): void {
    this.#conditions.clear();
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    if (generation(object) < generation(this.awaited.object)) return;
    if (type === "deleted") return;
    this.object = object;
    this.#revision = annotation(object, revisionKey);
    // Without one its controller has made no ReplicaSet yet.
    if (this.#revision === "") return;
    if (!Array.isArray(pluck(object, "status", "conditions"))) return;
    for (const condition of items(object, "status", "conditions")) {
      const isTrue = condition.status === "True";
      if (condition.type === "Progressing") {
        if (!isTrue && !this.#complain(condition)) continue;
        this.#isNewSetAvailable = condition.reason === "NewReplicaSetAvailable" && isTrue;
      }
      if (condition.type === "Available") {
        this.#isAvailable = isTrue;
        if (!isTrue) this.#complain(condition);
      }
    }
    this.#checkSet();
    this.#checkClaims();
  }

  /** @returns whether the condition says why */
  #complain({ reason, message }: Manifest): boolean {
    if (typeof reason !== "string" || typeof message !== "string") return false;
    const line = `[${reason}] ${message}`;
    this.#conditions.set(reason, line);
    this.awaited.progress("warning", line);
    return true;
  }

  #observeSet({ type, object }: Event): void {
    if (!isOwnedBy(object, this.awaited.object)) return;
    const revision = annotation(object, revisionKey);
    if (type === "deleted") {
      this.#sets.delete(revision);
      return;
    }
    this.#sets.set(revision, object);
    this.#checkSet();
  }

  #checkSet(): void {
    const set = this.#sets.get(this.#revision);
    if (this.#revision === "0" || !set) return;
    const { before } = this.awaited;
    // What runs is what counts: it may have been scaled since.
    const wanted = pluck(set, "spec", "replicas") === undefined ? 1 : number(set, "spec", "replicas");
    const hasReady = pluck(set, "status", "readyReplicas") !== undefined;
    const ready = number(set, "status", "readyReplicas");
    const isServed = hasReady ? ready >= wanted : wanted === 0;
    const last = before ? annotation(before, revisionKey) : "";
    const isRollout = !before || annotation(this.object, revisionKey) !== last;
    this.#isNewSetReady = isServed && (!isRollout || last !== this.#revision);
    if (!this.#isNewSetReady)
      this.awaited.progress(
        "info",
        `Waiting for app ReplicaSet to be available (${String(ready)}/${String(wanted)} Pods available)`,
      );
    else if (wanted === 0)
      this.awaited.progress("warning", `Replicas scaled to 0 for Deployment "${nameOf(this.object)}"`);
  }

  #observePod({ type, object }: Event): void {
    if (!isOwnedBy(object, this.#sets.get(this.#revision))) return;
    if (type === "deleted") this.#pods.delete(nameOf(object));
    else this.#pods.set(nameOf(object), object);
  }

  #observeClaim({ type, object }: Event): void {
    const uid = text(object, "metadata", "uid");
    if (type === "deleted") {
      this.#claims.delete(uid);
      return;
    }
    const isMounted = items(this.object, "spec", "template", "spec", "volumes").some(
      (volume) => text(volume, "persistentVolumeClaim", "claimName") === nameOf(object),
    );
    if (isMounted) this.#claims.set(uid, object);
    this.#checkClaims();
  }

  #checkClaims(): void {
    let areBound = true;
    for (const claim of this.#claims.values()) {
      const phase = pluck(claim, "status", "phase");
      if (phase === undefined) return;
      if (phase === "Bound") continue;
      areBound = false;
      this.awaited.progress(
        "warning",
        `PersistentVolumeClaim: [${nameOf(claim)}] is not ready. status.phase currently at: ${text(claim, "status", "phase")}`,
      );
    }
    this.#areClaimsBound = areBound;
  }

  #hasItsClaims(): boolean {
    return this.#claims.size === 0 || this.#areClaimsBound;
  }
}
