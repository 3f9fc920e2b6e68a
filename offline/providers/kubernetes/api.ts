/** The API server, asked with plain JSON: the client's own types would leave out what they do not know. */
import type { IncomingMessage, RequestOptions } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { text as read } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";

import type { Props } from "../shared/values";
import { ApiError, NoMatchError, UnreachableError, words } from "./api-error";
import { type Gvk, items, type Manifest } from "./object";

/** Where the objects of a kind are. */
export interface Place {
  /** The path of the objects of that kind: of a namespace, or of the cluster. */
  readonly path: string;
  readonly gvk: Gvk;
}

/** What becomes of a request. */
export interface WriteOptions {
  readonly fieldManager?: string;
  /** Only tell what would come of it. */
  readonly dryRun?: boolean;
}

/** See {@link Api.apply}. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields from others that manage them. */
  readonly force: boolean;
}

interface ApiResource {
  readonly plural: string;
  readonly namespaced: boolean;
}

interface Request {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** How long credentials and connections are used without asking the kubeconfig again, in milliseconds. */
const freshness = 60_000;

/** See the module. */
export class Api {
  readonly #groups = new Map<string, Promise<Map<string, ApiResource>>>();
  #options?: { readonly value: Promise<https.RequestOptions>; readonly until: number };

  constructor(readonly config: KubeConfig) {}

  /**
   * Makes sure that it is there.
   *
   * @throws Error that says why it is not
   */
  async ping(): Promise<void> {
    await this.#request("GET", "/version");
    await this.#request("GET", "/apis");
  }

  /**
   * Where the objects of a kind are.
   *
   * @param namespace that is looked at, where the kind has one
   * @throws {@link NoMatchError} when the server has no such kind
   */
  async place(gvk: Gvk, namespace: string): Promise<Place> {
    const { plural, namespaced } = await this.#resource(gvk);
    const above = namespaced ? `namespaces/${namespace === "" ? "default" : namespace}/` : "";
    return { path: `${groupPath(gvk.apiVersion)}/${above}${plural}`, gvk };
  }

  /** Tells whether objects of a kind are in namespaces; undefined when the server has no such kind. */
  async isNamespaced(gvk: Gvk): Promise<boolean | undefined> {
    try {
      return (await this.#resource(gvk)).namespaced;
    } catch (error) {
      if (error instanceof NoMatchError) return undefined;
      throw error;
    }
  }

  /** Forgets which kinds there are: there are more now. */
  forgetKinds(): void {
    this.#groups.clear();
  }

  async get(place: Place, name: string): Promise<Manifest> {
    return this.#request("GET", `${place.path}/${name}`);
  }

  /** All objects, and the version of the list from which a watch goes on. */
  async list({ path, gvk }: Place): Promise<{ items: Manifest[]; metadata: Props }> {
    const answer = await this.#request("GET", path);
    // A list says once what all of it is.
    return {
      items: items(answer, "items").map((item) => ({ ...gvk, ...item })),
      metadata: answer.metadata as Props,
    };
  }

  async create(place: Place, object: Manifest, options: WriteOptions): Promise<Manifest> {
    return this.#request("POST", place.path, { body: object, query: queryOf(options) });
  }

  /** Server-side apply: the server says what becomes of what others have set. */
  async apply(place: Place, name: string, object: Manifest, options: ApplyOptions): Promise<Manifest> {
    return this.#request("PATCH", `${place.path}/${name}`, {
      body: object,
      contentType: "application/apply-patch+yaml",
      query: { ...queryOf(options), force: String(options.force) },
    });
  }

  async replace(place: Place, name: string, object: Manifest, options: WriteOptions): Promise<Manifest> {
    return this.#request("PUT", `${place.path}/${name}`, { body: object, query: queryOf(options) });
  }

  /** A JSON patch (RFC 6902). */
  async patch(place: Place, name: string, operations: readonly Props[]): Promise<Manifest> {
    return this.#request("PATCH", `${place.path}/${name}`, {
      body: operations,
      contentType: "application/json-patch+json",
    });
  }

  async delete(place: Place, name: string, propagationPolicy: string): Promise<void> {
    await this.#request("DELETE", `${place.path}/${name}`, {
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
    });
  }

  async #resource({ apiVersion, kind }: Gvk): Promise<ApiResource> {
    let found = (await this.#kinds(apiVersion)).get(kind);
    if (!found) {
      // It may be new.
      this.#groups.delete(apiVersion);
      found = (await this.#kinds(apiVersion)).get(kind);
    }
    if (!found) throw new NoMatchError(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return found;
  }

  #kinds(apiVersion: string): Promise<Map<string, ApiResource>> {
    const known = this.#groups.get(apiVersion);
    if (known) return known;
    const asked = this.#request("GET", groupPath(apiVersion)).then(
      (list) =>
        new Map(
          items(list, "resources")
            // The others are parts of objects.
            .filter(({ name }) => !String(name).includes("/"))
            .map(({ kind, name, namespaced }) => [
              String(kind),
              { plural: String(name), namespaced: namespaced === true },
            ]),
        ),
      (error: unknown) => {
        this.#groups.delete(apiVersion);
        if (error instanceof ApiError && error.code === 404) return new Map<string, ApiResource>();
        throw error;
      },
    );
    this.#groups.set(apiVersion, asked);
    return asked;
  }

  async #request(
    method: string,
    path: string,
    { query = {}, body, contentType }: Request = {},
  ): Promise<Manifest> {
    const url = new URL((this.config.getCurrentCluster()?.server ?? "").replace(/\/$/, "") + path);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, value);
    const options = await this.#credentials();
    const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...(options.headers as http.OutgoingHttpHeaders | undefined),
      accept: "application/json",
      "user-agent": "pulumi-kubernetes (offline stand-in)",
      ...(sent && { "content-type": contentType ?? "application/json", "content-length": sent.length }),
    };
    let answer: IncomingMessage;
    let said: string;
    try {
      answer = await send(url, { ...options, method, headers }, sent);
      said = await read(answer);
    } catch (error) {
      throw new UnreachableError(`${method} "${url.origin}${url.pathname}": ${words(error)}`, {
        cause: error,
      });
    }
    const { statusCode = 0 } = answer;
    if (statusCode < 200 || statusCode >= 300) throw ApiError.of(statusCode, said);
    return JSON.parse(said) as Manifest;
  }

  #credentials(): Promise<https.RequestOptions> {
    if (this.#options && this.#options.until > Date.now()) return this.#options.value;
    const options: https.RequestOptions = {};
    const value = this.config.applyToHTTPSOptions(options).then(() => options);
    this.#options = { value, until: Date.now() + freshness };
    return value;
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function queryOf({ fieldManager, dryRun }: WriteOptions): Record<string, string | undefined> {
  return { fieldManager, dryRun: dryRun ? "All" : undefined };
}

function send(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(url, options);
    request.once("response", resolve);
    request.once("error", reject);
    request.end(body);
  });
}
