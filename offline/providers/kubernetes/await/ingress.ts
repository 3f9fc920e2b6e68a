/** When an Ingress is ready: `provider/pkg/await/ingress.go` of the official plugin. */
import type { Event } from "../informers";
import { type Gvk, items, type Manifest, nameOf, text } from "../object";
import { type Awaited, type Awaiter, isOf, watched } from "./awaiter";

/** Seconds in which endpoints settle after a change. */
const settling = 10;
/** Seconds after which nobody waits for endpoints of which nothing was heard. */
const patience = 60;

/** See the module. */
export class IngressAwaiter implements Awaiter {
  readonly kinds: readonly Gvk[] = [watched.ingress, watched.endpoints, watched.service];
  object: Manifest;

  #hasAddress = false;
  #areEndpointsSettled = false;
  #endpointEvents = 0;
  readonly #endpoints = new Set<string>();
  readonly #externalNames = new Set<string>();
  #after: (seconds: number, what: () => void) => void = () => undefined;

  constructor(private readonly awaited: Awaited) {
    this.object = awaited.object;
    awaited.progress("info", "[1/3] Finding a matching service for each Ingress path");
  }

  timers(after: (seconds: number, what: () => void) => void): void {
    this.#after = after;
    after(patience, () => {
      if (this.#endpointEvents === 0) this.settle();
    });
  }

  observe(event: Event): void {
    if (isOf(event, watched.ingress)) this.#observeIngress(event);
    else if (isOf(event, watched.endpoints)) this.#observeEndpoints(event);
    else this.#observeService(event);
  }

  isReady(): boolean {
    const isServed = this.#isServed();
    const isReady = this.#hasAddress && isServed;
    if (isReady) this.awaited.progress("info", "Ingress initialization complete");
    else if (isServed)
      this.awaited.progress("info", "[2/3] Waiting for update of .status.loadBalancer with hostname/IP");
    return isReady;
  }

  isWellAtLast(): boolean {
    return this.#hasAddress && this.#isServed();
  }

  reasons(): string[] {
    return [
      ...(this.#isServed() ? [] : ["Ingress has at least one rule with an unavailable target endpoint."]),
      ...(this.#hasAddress
        ? []
        : [
            "Ingress .status.loadBalancer field was not updated with a hostname/IP address. \n    for more information about this error, see https://pulumi.io/xdv72s",
          ]),
    ];
  }

  /** Takes the endpoints for what they are, without a wait. */
  settle(): void {
    this.#areEndpointsSettled = true;
  }

  #observeIngress({ type, object }: Event): void {
    if (nameOf(object) !== nameOf(this.awaited.object)) return;
    this.#hasAddress = false;
    if (type === "deleted") return;
    this.object = object;
    this.#hasAddress = items(object, "status", "loadBalancer", "ingress").length > 0;
  }

  #observeEndpoints({ type, object }: Event): void {
    this.#endpointEvents++;
    if (type === "deleted") this.#endpoints.delete(nameOf(object));
    else this.#endpoints.add(nameOf(object));
    this.#areEndpointsSettled = false;
    this.#after(settling, () => {
      this.settle();
    });
  }

  #observeService({ type, object }: Event): void {
    if (type === "deleted") this.#externalNames.delete(nameOf(object));
    else if (text(object, "spec", "type") === "ExternalName") this.#externalNames.add(nameOf(object));
  }

  /** Whether the Services of all paths have endpoints, or none is waited for any more. */
  #isServed(): boolean {
    for (const rule of items(this.object, "spec", "rules"))
      for (const path of items(rule, "http", "paths")) {
        const service = text(path, "backend", "service", "name");
        if (service === "" || this.#externalNames.has(service) || this.#endpoints.has(service)) continue;
        if (!this.#areEndpointsSettled) return false;
        const where = text(rule, "host") + text(path, "path");
        this.awaited.progress(
          "warning",
          `No matching service found for ingress rule: ${where === "" ? '"" (default path)' : JSON.stringify(where)} -> ${JSON.stringify(service)}`,
        );
      }
    return true;
  }
}
