/** What goes on in the cluster: one watch per kind and namespace, for all who want to know. */
import type { Informer as ClientInformer, KubernetesObject } from "@kubernetes/client-node";

import type { Api, Place } from "./api";
import { words } from "./api-error";
import { clientNode } from "./client-node";
import { type Gvk, type Manifest, text } from "./object";

/** What became of an object. */
export interface Event {
  readonly type: "added" | "modified" | "deleted";
  readonly object: Manifest;
}

type Handler = (event: Event) => void;

/** Objects are told of again after that many milliseconds: an event may have come before what it takes to understand it. */
const resync = 60_000;
/** Milliseconds before a watch that broke is started again. */
const pause = 1000;

/** See the module. */
export class Informers {
  readonly #informers = new Map<string, Promise<Informer>>();

  constructor(private readonly api: Api) {}

  /**
   * Tells of all objects of a kind in a namespace, first of those that are there.
   *
   * @returns ends it
   * @throws Error when the objects cannot be listed
   */
  async subscribe(gvk: Gvk, namespace: string, handler: Handler): Promise<() => void> {
    const place = await this.api.place(gvk, namespace);
    let informer = this.#informers.get(place.path);
    if (!informer) {
      informer = Informer.start(this.api, place);
      this.#informers.set(place.path, informer);
      informer.catch(() => this.#informers.delete(place.path));
    }
    return (await informer).subscribe(handler);
  }

  /** Ends all watches. */
  stop(): void {
    for (const informer of this.#informers.values())
      void informer.then(
        (started) => started.stop(),
        () => undefined,
      );
    this.#informers.clear();
  }
}

class Informer {
  readonly #objects = new Map<string, Manifest>();
  readonly #handlers = new Set<Handler>();
  readonly #timer: NodeJS.Timeout;

  private constructor(private readonly watch: ClientInformer<KubernetesObject>) {
    const put = (type: "added" | "modified", object: KubernetesObject): void => {
      const manifest = object as unknown as Manifest;
      this.#objects.set(text(manifest, "metadata", "name"), manifest);
      this.#tell({ type, object: manifest });
    };
    watch.on("add", (object) => {
      put("added", object);
    });
    watch.on("update", (object) => {
      put("modified", object);
    });
    watch.on("delete", (object) => {
      const manifest = object as unknown as Manifest;
      this.#objects.delete(text(manifest, "metadata", "name"));
      this.#tell({ type: "deleted", object: manifest });
    });
    this.#timer = setInterval(() => {
      for (const object of this.#objects.values()) this.#tell({ type: "modified", object });
    }, resync).unref();
  }

  /** @throws Error when the objects cannot be listed */
  static async start(api: Api, place: Place): Promise<Informer> {
    let failure: unknown;
    let isStarted = false;
    const list = async (): Promise<never> => {
      try {
        const listed = (await api.list(place)) as never;
        isStarted = true;
        return listed;
      } catch (error) {
        failure ??= error;
        throw error;
      }
    };
    const watch = clientNode().makeInformer(api.config, place.path, list);
    watch.on("error", () => {
      if (!isStarted) return;
      setTimeout(() => void watch.start(), pause).unref();
    });
    const informer = new Informer(watch);
    await watch.start();
    if (!isStarted) {
      informer.stop();
      throw new Error(`cannot list ${place.gvk.kind} objects: ${words(failure)}`, { cause: failure });
    }
    return informer;
  }

  subscribe(handler: Handler): () => void {
    for (const object of this.#objects.values()) handler({ type: "added", object });
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#handlers.clear();
    void this.watch.stop();
  }

  #tell(event: Event): void {
    for (const handler of [...this.#handlers]) handler(event);
  }
}
