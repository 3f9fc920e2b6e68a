/** When a Pod is ready: `provider/pkg/await/pod.go` of the official plugin. */
import type { Event } from "../informers";
import { type Gvk, type Manifest, nameOf } from "../object";
import { type Awaited, type Awaiter, watched } from "./awaiter";
import { checkPod } from "./pod-check";

/** See the module. */
export class PodAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[] = [watched.pod];
  readonly isPatient = true;
  object: Manifest;
  #isReady = false;
  #complaint: string | undefined;

  constructor(private readonly awaited: Awaited) {
    this.object = awaited.object;
  }

  observe({ object }: Event): void {
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    const { isReady, steps, complaint } = checkPod(object);
    this.#isReady = isReady;
    this.#complaint = complaint;
    for (const step of steps) this.awaited.progress("info", step);
    this.object = object;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  reasons(): string[] {
    return this.#complaint === undefined ? [] : [this.#complaint];
  }
}
