/** The API server that the engine's configuration names. */
import * as fs from "node:fs";

import {
  ApiException,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from "@kubernetes/client-node";

import type { Props } from "../shared/values";

/** What the stand-in takes of the official plugin's settings. */
const known = ["kubeconfig", "context", "namespace", "version", "pluginDownloadURL"];

/** See the module. */
export class Cluster {
  private settings: Props = {};
  private opened?: { api: KubernetesObjectApi; config: KubeConfig };

  /**
   * Take the settings.
   *
   * @throws Error for one that the stand-in does not have
   */
  configure(settings: Props): void {
    const unknown = Object.keys(settings).filter((name) => !known.includes(name) && !name.startsWith("__"));
    if (unknown.length > 0)
      throw new Error(`kubernetes:${unknown.join(", kubernetes:")}: not supported by the offline stand-in`);
    this.settings = settings;
    delete this.opened;
  }

  /** Where objects go that name no namespace. */
  get namespace(): string {
    const { namespace } = this.settings;
    if (typeof namespace === "string" && namespace !== "") return namespace;
    const { config } = this.open();
    return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
  }

  /** What is there by that name; undefined when there is none. */
  async read(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    try {
      return await this.open().api.read(object as never);
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw plain(error);
    }
  }

  /** Server-side apply: the API server says what becomes of what others have set. */
  async apply(object: KubernetesObject, fieldManager: string, force: boolean): Promise<KubernetesObject> {
    try {
      return await this.open().api.patch(
        object as never,
        undefined,
        undefined,
        fieldManager,
        force,
        PatchStrategy.ServerSideApply,
      );
    } catch (error) {
      throw plain(error);
    }
  }

  /** Ask for an object to go. @returns whether it was there */
  async delete(object: KubernetesObject): Promise<boolean> {
    try {
      await this.open().api.delete(object, undefined, undefined, undefined, undefined, "Foreground");
      return true;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return false;
      throw plain(error);
    }
  }

  /** The objects of a kind in a namespace that have some labels. */
  async list(
    apiVersion: string,
    kind: string,
    namespace: string,
    selector: string,
  ): Promise<KubernetesObject[]> {
    const { items } = await this.open().api.list(
      apiVersion,
      kind,
      namespace,
      undefined,
      undefined,
      undefined,
      undefined,
      selector,
    );
    return items;
  }

  private open(): { api: KubernetesObjectApi; config: KubeConfig } {
    if (!this.opened) {
      const config = new KubeConfig();
      const { kubeconfig, context } = this.settings;
      if (typeof kubeconfig !== "string" || kubeconfig === "") config.loadFromDefault();
      else if (fs.existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
      else config.loadFromString(kubeconfig);
      if (typeof context === "string" && context !== "") config.setCurrentContext(context);
      this.opened = { api: KubernetesObjectApi.makeApiClient(config), config };
    }
    return this.opened;
  }
}

/** The API server's own words. */
function plain(error: unknown): unknown {
  if (!(error instanceof ApiException)) return error;
  const body = error.body as string | { message?: string };
  let message = typeof body === "string" ? body : body.message;
  try {
    if (typeof body === "string") message = (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    // It is no JSON.
  }
  return new Error(message ?? error.message, { cause: error });
}
