/** moto on this machine: a program that answers as the APIs of AWS do, from what it was asked before. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { defaultRegion } from "../outputs";
import { ensureAwsPythonTools } from "../python";

// That the SDK will want a newer Node one day is no news for a test.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** It ends with whoever started it, however that one ends: then its standard input does. */
const program = `
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])
`;

/** See the module. */
export class Moto {
  /** Of EC2. */
  readonly ec2: EC2Client;
  /** Of Elastic Load Balancing. */
  readonly balancing: ElasticLoadBalancingV2Client;

  private constructor(
    private readonly server: ChildProcess,
    private readonly endpoint: string,
  ) {
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
    // What is wrong is not tried again.
    const options = { endpoint, region: defaultRegion, credentials, maxAttempts: 1 };
    this.ec2 = new EC2Client(options);
    this.balancing = new ElasticLoadBalancingV2Client(options);
  }

  /** Start it, on any free port. */
  static async start(): Promise<Moto> {
    const bin = await ensureAwsPythonTools();
    const server = spawn(path.join(bin, "python3"), ["-c", program], { stdio: ["pipe", "ignore", "pipe"] });
    const said: string[] = [];
    // It goes on writing: a line for each request.
    for await (const line of createInterface({ input: server.stderr })) {
      const [, endpoint] = /Running on (http:\S+)/.exec(line) ?? [];
      if (endpoint !== undefined) {
        server.stderr.resume();
        return new Moto(server, endpoint);
      }
      said.push(line);
    }
    throw new Error(`moto did not start:\n${said.join("\n")}`);
  }

  /**
   * A certificate, as ACM has it.
   *
   * @returns its ARN
   */
  async certificate(region = defaultRegion): Promise<string> {
    const response = await fetch(this.endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "CertificateManager.RequestCertificate",
        // Not checked, but the region and the service are read from it.
        Authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261128/${region}/acm/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ DomainName: "site.example.com", ValidationMethod: "DNS" }),
    });
    const { CertificateArn } = (await response.json()) as { CertificateArn: string };
    return CertificateArn;
  }

  /** Forget everything. */
  async reset(): Promise<void> {
    await fetch(`${this.endpoint}/moto-api/reset`, { method: "POST" });
  }

  /** End it. */
  async stop(): Promise<void> {
    this.ec2.destroy();
    this.balancing.destroy();
    const ended = once(this.server, "exit");
    this.server.stdin?.end();
    await ended;
  }
}
