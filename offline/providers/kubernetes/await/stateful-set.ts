/** When a StatefulSet is ready: `provider/pkg/await/statefulset.go` of the official plugin. */
import type { Event } from "../informers";
import { generation, type Gvk, isOwnedBy, type Manifest, nameOf, number, pluck, text } from "../object";
import { type Awaited, type Awaiter, isOf, watched } from "./awaiter";
import { checkPod } from "./pod-check";

/** See the module. */
export class StatefulSetAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[] = [watched.statefulSet, watched.pod];
  object: Manifest;

  #isRevisionReady = false;
  #areReplicasReady = false;
  #generation = 0;
  #replicas = { ready: 0, wanted: 0 };
  #revisions = { current: "", update: "" };
  readonly #pods = new Map<string, Manifest>();

  constructor(private readonly awaited: Awaited) {
    this.object = awaited.object;
  }

  observe(event: Event): void {
    if (isOf(event, watched.statefulSet)) this.#observeSet(event);
    else this.#observePod(event);
  }

  isReady(): boolean {
    if (this.#areReplicasReady && this.#isRevisionReady) {
      this.awaited.progress("info", "StatefulSet initialization complete");
      return true;
    }
    const pods = `(${String(this.#replicas.ready)}/${String(this.#replicas.wanted)} Pods ready)`;
    if (this.#generation <= 1)
      this.awaited.progress("info", `[1/2] Waiting for StatefulSet to create Pods ${pods}`);
    else if (!this.#areReplicasReady)
      this.awaited.progress("info", `[1/3] Waiting for StatefulSet update to roll out ${pods}`);
    else this.awaited.progress("info", "[2/3] Waiting for StatefulSet to update .status.currentRevision");
    return false;
  }

  reasons(): string[] {
    const { ready, wanted } = this.#replicas;
    const { current, update } = this.#revisions;
    return [
      ...(this.#areReplicasReady
        ? []
        : [`${String(ready)} out of ${String(wanted)} replicas succeeded readiness checks`]),
      ...(this.#isRevisionReady
        ? []
        : [
            `StatefulSet controller failed to advance from revision ${JSON.stringify(current)} to revision ${JSON.stringify(update)}`,
          ]),
      ...this.complaints(),
    ];
  }

  complaints(): string[] {
    return [...this.#pods.values()]
      .filter((pod) => isOwnedBy(pod, this.object))
      .flatMap((pod) => checkPod(pod).complaint ?? []);
  }

  #observeSet({ type, object }: Event): void {
    this.#isRevisionReady = false;
    this.#areReplicasReady = false;
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    if (generation(object) < generation(this.awaited.object)) return;
    if (type === "deleted") return;
    this.object = object;
    this.#generation = generation(object);
    if (this.#generation === 0) return;
    // What the controller says is of an earlier generation until it has seen this one.
    if (number(object, "status", "observedGeneration") < this.#generation) return;

    const current = text(object, "status", "currentRevision");
    const update = text(object, "status", "updateRevision");
    this.#revisions = { current, update };
    const wanted = number(object, "spec", "replicas");
    const ready = number(object, "status", "readyReplicas");
    const areThere = wanted === number(object, "status", "replicas") && wanted === ready;
    if (this.#generation > 1 && pluck(object, "spec", "updateStrategy", "type") === "OnDelete") {
      this.#isRevisionReady = true;
      this.#areReplicasReady = areThere;
    } else {
      this.#isRevisionReady = current !== "" && current === update;
      this.#areReplicasReady = areThere && wanted === number(object, "status", "currentReplicas");
    }
    // While it rolls out, some of those that are ready are of the revision before.
    const updated = number(object, "status", "updatedReplicas");
    this.#replicas = { wanted, ready: this.#isRevisionReady ? ready : Math.min(ready, updated) };
  }

  #observePod({ type, object }: Event): void {
    if (!isOwnedBy(object, this.object)) return;
    if (type === "deleted") this.#pods.delete(nameOf(object));
    else this.#pods.set(nameOf(object), object);
  }
}
