/** When a Service is ready: `provider/pkg/await/service.go` of the official plugin. */
import type { Event } from "../informers";
import { type Gvk, items, type Manifest, nameOf, pluck } from "../object";
import { isObject } from "../../shared/values";
import { type Awaited, type Awaiter, isOf, watched } from "./awaiter";

/** Seconds in which endpoints settle after a change. */
const settling = 10;

/** See the module. */
export class ServiceAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[] = [watched.service, watched.endpoints];
  object: Manifest;

  #isReadyItself = false;
  #hasReadyEndpoint = false;
  #hasUnreadyEndpoint = false;
  #areEndpointsSettled = false;
  #after: (seconds: number, what: () => void) => void = () => undefined;
  readonly #type: string;

  constructor(private readonly awaited: Awaited) {
    this.object = awaited.object;
    const type = pluck(awaited.object, "spec", "type");
    this.#type = typeof type === "string" ? type : "ClusterIP";
    awaited.progress("info", "[1/3] Finding Pods to direct traffic to");
  }

  timers(after: (seconds: number, what: () => void) => void): void {
    this.#after = after;
  }

  observe(event: Event): void {
    if (isOf(event, watched.service)) this.#observeService(event);
    else this.#observeEndpoints(event);
  }

  isReady(): boolean {
    if (!this.#awaitsPods()) return this.#isReadyItself;
    const isReady = this.#isReadyItself && this.#areEndpointsSettled && !this.#hasUnreadyEndpoint;
    if (isReady) this.awaited.progress("info", "Service initialization complete");
    else if (this.#areEndpointsSettled && this.#hasReadyEndpoint)
      this.awaited.progress("info", "[2/3] Attempting to allocate IP address to Service");
    return isReady;
  }

  isWellAtLast(): boolean {
    return this.#isReadyItself && !this.#hasUnreadyEndpoint;
  }

  reasons(): string[] {
    if (this.#isHeadless() || this.#type === "ExternalName") return [];
    return [
      ...(this.#hasReadyEndpoint
        ? []
        : [
            "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
          ]),
      ...(this.#type === "LoadBalancer" && !this.#isReadyItself
        ? ["Service was not allocated an IP address; does your cloud provider support this?"]
        : []),
    ];
  }

  /** Takes the endpoints for what they are, without a wait. */
  settle(): void {
    this.#areEndpointsSettled = true;
  }

  #observeService({ type, object }: Event): void {
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    this.#isReadyItself = false;
    if (type === "deleted") return;
    this.object = object;
    this.#isReadyItself =
      this.#type !== "LoadBalancer" || items(object, "status", "loadBalancer", "ingress").length > 0;
  }

  #observeEndpoints({ type, object }: Event): void {
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    this.#areEndpointsSettled = false;
    this.#after(settling, () => {
      this.settle();
    });
    this.#hasReadyEndpoint = false;
    this.#hasUnreadyEndpoint = false;
    if (type === "deleted") return;
    const subsets = items(object, "subsets");
    this.#hasReadyEndpoint = subsets.some((subset) => items(subset, "addresses").length > 0);
    this.#hasUnreadyEndpoint = subsets.some((subset) => items(subset, "notReadyAddresses").length > 0);
  }

  #isHeadless(): boolean {
    return pluck(this.object, "spec", "clusterIP") === "None";
  }

  #awaitsPods(): boolean {
    const selector = pluck(this.object, "spec", "selector");
    const hasSelector = isObject(selector) && Object.keys(selector).length > 0;
    return hasSelector && this.#type !== "ExternalName" && !this.#isHeadless();
  }
}
