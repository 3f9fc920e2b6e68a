/** An API server that answers what a test gives it. */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type * as Client from "@kubernetes/client-node";
import { fromOneFile } from "../../../../scripts/one-file";
import { ClusterClient } from "../../../../stacks/kubernetes/client";

/** What it answers to a request: an object, a status code that is an error, or whatever the test writes itself. */
export type Answer = object | number | ((answer: http.ServerResponse, url: URL) => void);

/** See the module. */
export class ApiServer {
  /** What was asked, `GET /api/v1/namespaces/shop/pods?labelSelector=…`, in that order. */
  readonly asked: string[] = [];
  /** By method and path without a query. What is not here is not there. */
  readonly answers = new Map<string, Answer>();

  private constructor(private readonly server: http.Server) {}

  /** Start one. */
  static async start(): Promise<ApiServer> {
    const server = http.createServer();
    const api = new ApiServer(server);
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      api.answer(request, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return api;
  }

  /** Its address. */
  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** A client of it. */
  client(): ClusterClient {
    const { KubeConfig } = fromOneFile<typeof Client, "KubeConfig">("@kubernetes/client-node", [
      "KubeConfig",
    ]);
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: "test", server: this.url, skipTLSVerify: true }, { name: "test" });
    return new ClusterClient(config);
  }

  /** Stop it. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private answer({ method = "", url = "" }: http.IncomingMessage, response: http.ServerResponse): void {
    const parsed = new URL(url, this.url);
    this.asked.push(`${method} ${url}`);
    const found = this.answers.get(`${method} ${parsed.pathname}`) ?? 404;
    if (typeof found === "function") {
      found(response, parsed);
      return;
    }
    const status = typeof found === "number" ? found : 200;
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify(
        typeof found === "number"
          ? { kind: "Status", code: status, message: `refused with ${String(status)}` }
          : found,
      ),
    );
  }
}
