/** Slow lines to servers on this machine. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ensurePython, type Log } from "../../scripts/machine";

/** How good a line is. */
export interface Quality {
  /** Milliseconds there and back. */
  roundTrip: number;
  /** In each direction. */
  megabitsPerSecond: number;
}

/** Where a server listens. */
export interface Address {
  host: string;
  port: number;
}

/** What passed over a line. */
export interface Traffic {
  /** Bytes to the client, TLS and HTTP headers included. */
  down: number;
  /** Bytes to the server. */
  up: number;
  /** TCP connections that were opened. */
  connections: number;
}

/** One slow line. */
export interface Line {
  /** Where clients connect instead of to the server. */
  address: Address;
  /** What passed since the last call. */
  count: () => Promise<Traffic>;
}

/** The process that all lines run in: their own, so that nothing else holds up their clock. */
export class Lines {
  private readonly replies: Interface;

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    this.replies = createInterface({ input: child.stdout });
  }

  static async start(log: Log): Promise<Lines> {
    const python = await ensurePython(log);
    const script = path.join(__dirname, "line.py");
    return new Lines(spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** A line of its own to a server. */
  async to(target: Address, quality: Quality): Promise<Line> {
    const { line, port } = (await this.ask({ ...target, ...quality })) as { line: number; port: number };
    return {
      address: { host: "127.0.0.1", port },
      count: async () => (await this.ask({ count: line })) as Traffic,
    };
  }

  close(): void {
    this.child.stdin.end();
  }

  /** One question at a time: the answers carry no number. */
  private ask(question: object): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => {
      const ended = (): void => reject(new Error("the process of the slow lines has ended"));
      this.child.once("close", ended);
      this.replies.once("line", (text) => {
        this.child.off("close", ended);
        resolve(JSON.parse(text));
      });
    });
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    return answer;
  }
}
