/** The API server of a cluster, with `@kubernetes/client-node` for what a kubeconfig may ask for. */
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../user-error";
import { inWords } from "./connection";

/** What a request asks for besides its path. */
export type Query = Record<string, string | number | boolean | undefined>;

/** The API server refused something. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The status code of its answer. */
    readonly statusCode: number,
  ) {
    super(message);
  }
}

/** Milliseconds that an answer is waited for; a stream may then take as long as it likes. */
const patience = 20_000;

/** Asks one API server. Its objects are plain JSON: any kind may be asked for by its path. */
export class ClusterClient {
  /** @param config where the API server is and who asks */
  constructor(private readonly config: KubeConfig) {}

  /** The address of the API server. */
  get server(): string {
    return this.config.getCurrentCluster()?.server ?? "";
  }

  /**
   * Read an object.
   *
   * @param path for instance `/api/v1/namespaces/shop`
   * @throws {@link ApiError} when the server refuses; {@link UserError} when it does not answer
   */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return JSON.parse(await text(await this.request("GET", path, query))) as T;
  }

  /** Read an object that may not be there. */
  async find<T>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch(ifMissing);
  }

  /** Read a list; an empty one where the kind or the namespace is not there. */
  async list<T>(path: string, query: Query = {}): Promise<T[]> {
    const found = await this.get<{ items: T[] | null }>(path, query).catch(ifMissing);
    return found?.items ?? [];
  }

  /**
   * Remove an object, and in the background what it owns.
   *
   * @returns whether it was there
   */
  async delete(path: string): Promise<boolean> {
    const query = { propagationPolicy: "Background" };
    const answer = await this.request("DELETE", path, query).catch(ifMissing);
    if (answer) await text(answer);
    return answer !== undefined;
  }

  /**
   * Read what goes on for a while: a log, or what a watch tells.
   *
   * @param signal ends it
   */
  stream(path: string, query: Query, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.request("GET", path, query, signal);
  }

  private async request(
    method: string,
    path: string,
    query: Query,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(this.server.replace(/\/$/, "") + path);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    const options: https.RequestOptions = {};
    await this.config.applyToHTTPSOptions(options).catch((error: unknown) => {
      throw new UserError(
        `the kubeconfig's user cannot sign in: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const answer = await this.answerTo(url, { ...options, method, ...(signal && { signal }) });
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return answer;
    const body = await text(answer);
    throw new ApiError(messageOf(body) ?? `the API server answers ${String(statusCode)}`, statusCode);
  }

  private answerTo(url: URL, options: RequestOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request: ClientRequest = (url.protocol === "https:" ? https : http).request(url, options);
      const limit = setTimeout(() => {
        request.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
      }, patience);
      request.once("response", (answer) => {
        clearTimeout(limit);
        resolve(answer);
      });
      request.once("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(limit);
        reject(options.signal?.aborted ? error : new UserError(inWords(this.server, error)));
      });
      request.end();
    });
  }
}

function ifMissing(error: unknown): undefined {
  if (error instanceof ApiError && error.statusCode === 404) return undefined;
  throw error;
}

/** The server's own words, where its answer has some. */
function messageOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
