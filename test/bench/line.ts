/** Slow lines to servers on this machine. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";

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

export type LineRequest = { target: Address; quality: Quality } | { count: number };
export type LineReply = { line: number; port: number } | Traffic;

/** One slow line. */
export interface Line {
  /** Where clients connect instead of to the server. */
  address: Address;
  /** What passed since the last call. */
  count: () => Promise<Traffic>;
}

/** The process that all lines run in. */
export class Lines {
  private constructor(private readonly child: ChildProcess) {}

  static start(): Lines {
    const child = fork(path.join(__dirname, "line-process.ts"), {
      execArgv: ["--require", require.resolve("tsx/cjs")],
    });
    return new Lines(child);
  }

  /** A line of its own to a server. */
  async to(target: Address, quality: Quality): Promise<Line> {
    const { line, port } = (await this.ask({ target, quality })) as { line: number; port: number };
    return {
      address: { host: "127.0.0.1", port },
      count: async () => (await this.ask({ count: line })) as Traffic,
    };
  }

  close(): void {
    this.child.disconnect();
  }

  /** One question at a time: the answers carry no number. */
  private async ask(request: LineRequest): Promise<LineReply> {
    const reply = once(this.child, "message") as Promise<[LineReply]>;
    this.child.send(request);
    return (await reply)[0];
  }
}
