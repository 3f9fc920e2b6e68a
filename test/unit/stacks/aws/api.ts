/**
 * AWS's APIs on this machine. What they answer is made by hand in the shapes of the API references of ECS, CloudWatch Logs and Elastic Load
 * Balancing; nothing of it was recorded from an account, so that a test over it does not prove that AWS answers so.
 */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An answer: JSON, or for Elastic Load Balancing the XML within the result. */
export type Answer = object | string | ApiFault;

/** AWS refuses. */
export class ApiFault {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly status = 400,
  ) {}
}

/** A question: its action, for instance `ListClusters`, and what it brings along. */
export interface Question {
  action: string;
  input: Record<string, unknown>;
}

/** See the module. */
export class Aws {
  /** What was asked, in that order. */
  readonly asked: Question[] = [];
  /** By action. */
  readonly answers = new Map<string, Answer | ((input: Record<string, unknown>) => Answer)>();
  private readonly before = { ...process.env };

  private constructor(private readonly server: http.Server) {}

  /** Start it, and have the SDK of this process ask here as somebody. */
  static async start(): Promise<Aws> {
    const server = http.createServer();
    const aws = new Aws(server);
    server.on("request", (request, response) => void aws.answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/nonexistent/config",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    });
    return aws;
  }

  /** Its address. */
  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Stop it, and have the SDK look where it did before. */
  async stop(): Promise<void> {
    for (const key of Object.keys(process.env)) if (key.startsWith("AWS_")) delete process.env[key];
    Object.assign(process.env, this.before);
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await text(request);
    const target = request.headers["x-amz-target"];
    const isJson = typeof target === "string";
    const form = new URLSearchParams(body);
    const action = isJson ? (target.split(".")[1] ?? "") : (form.get("Action") ?? "");
    const input = isJson ? (JSON.parse(body) as Record<string, unknown>) : Object.fromEntries(form);
    this.asked.push({ action, input });
    const found = this.answers.get(action) ?? new ApiFault("UnknownOperation", `no answer to ${action}`);
    const answer = typeof found === "function" ? (found as (input: object) => Answer)(input) : found;
    if (answer instanceof ApiFault) {
      response.statusCode = answer.status;
      response.end(
        isJson
          ? JSON.stringify({ __type: answer.code, message: answer.message })
          : `<ErrorResponse><Error><Code>${answer.code}</Code><Message>${answer.message}</Message></Error></ErrorResponse>`,
      );
      return;
    }
    response.setHeader("content-type", isJson ? "application/x-amz-json-1.1" : "text/xml");
    response.end(
      typeof answer === "string"
        ? `<${action}Response><${action}Result>${answer}</${action}Result></${action}Response>`
        : JSON.stringify(answer),
    );
  }
}
