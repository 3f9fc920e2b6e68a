/**
 * A slow line in a process of its own, so that nothing else holds up its clock. Talks to `line.ts` over IPC.
 *
 * It stands between client and server as a TCP proxy, because `tc netem` is not in every kernel and because Chromium's
 * own throttling leaves out websockets and the setting up of connections. Modelled are: the delay, also that of TCP's
 * handshake; the rate, shared by all connections; packet headers; and a congestion window per connection that starts at
 * ten packets and grows with what is acknowledged, until the queue at the bottleneck is one round trip long. Not
 * modelled: loss.
 */
import * as net from "node:net";
import { performance } from "node:perf_hooks";
import type { LineReply, LineRequest, Quality } from "./line";

const payload = 1448;
const packetHeaders = 52;
const initialWindow = 10 * payload;

/** One direction of the line, shared by all connections. */
class Direction {
  bytes = 0;
  private free = 0;
  private readonly queue: { at: number; run: () => void }[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bytesPerMillisecond: number,
    readonly delay: number,
  ) {}

  /** How long a packet would wait at the bottleneck. */
  get backlog(): number {
    return Math.max(0, this.free - performance.now());
  }

  /** Send a packet; `arrived` is called when it is at the other end. */
  send(size: number, arrived: () => void): void {
    this.bytes += size;
    this.free = Math.max(performance.now(), this.free) + (size + packetHeaders) / this.bytesPerMillisecond;
    this.queue.push({ at: this.free + this.delay, run: arrived });
    this.wait();
  }

  private wait(): void {
    const next = this.queue[0];
    if (this.timer !== undefined || next === undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        for (let first = this.queue[0]; first && first.at <= performance.now() + 0.5; first = this.queue[0]) {
          this.queue.shift();
          first.run();
        }
        this.wait();
      },
      Math.max(0, next.at - performance.now()),
    );
  }
}

/** What one socket says to the other, on its way over a direction of the line. */
class Stream {
  private readonly pending: Buffer[] = [];
  private waiting = 0;
  private inFlight = 0;
  private window = initialWindow;
  private open = false;
  private ended = false;

  constructor(
    private readonly from: net.Socket,
    private readonly to: net.Socket,
    private readonly line: Direction,
    setup: number,
  ) {
    setTimeout(() => {
      this.open = true;
      this.pump();
    }, setup);
    from.on("end", () => {
      this.ended = true;
      this.pump();
    });
  }

  take(chunk: Buffer): void {
    this.pending.push(chunk);
    this.waiting += chunk.length;
    // No more than a kernel would take that has not sent what it has: what is here cannot be overtaken.
    if (this.waiting >= initialWindow) this.from.pause();
    this.pump();
  }

  private pump(): void {
    while (this.open && this.inFlight < this.window) {
      const chunk = this.pending[0];
      if (chunk === undefined) break;
      const packet = chunk.subarray(0, payload);
      if (packet.length < chunk.length) this.pending[0] = chunk.subarray(payload);
      else this.pending.shift();
      this.waiting -= packet.length;
      this.inFlight += packet.length;
      this.line.send(packet.length, () => {
        if (this.to.writable) this.to.write(packet);
        setTimeout(() => {
          this.acknowledged(packet.length);
        }, this.line.delay);
      });
    }
    if (this.waiting < initialWindow && this.from.isPaused()) this.from.resume();
    if (this.ended && this.pending.length === 0) {
      this.ended = false;
      this.line.send(0, () => this.to.end());
    }
  }

  private acknowledged(size: number): void {
    this.inFlight -= size;
    if (this.line.backlog < 2 * this.line.delay) this.window += size;
    this.pump();
  }
}

class Line {
  private readonly down: Direction;
  private readonly up: Direction;
  private connections = 0;

  constructor(
    private readonly target: net.TcpNetConnectOpts,
    private readonly quality: Quality,
  ) {
    const rate = (quality.megabitsPerSecond * 1000) / 8;
    this.down = new Direction(rate, quality.roundTrip / 2);
    this.up = new Direction(rate, quality.roundTrip / 2);
  }

  async listen(): Promise<number> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.accept(client);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return (server.address() as net.AddressInfo).port;
  }

  /** What passed since the last call. */
  count(): LineReply {
    const counts = { down: this.down.bytes, up: this.up.bytes, connections: this.connections };
    this.down.bytes = this.up.bytes = this.connections = 0;
    return counts;
  }

  private accept(client: net.Socket): void {
    this.connections += 1;
    let down: Stream | undefined;
    const server = net.connect({
      ...this.target,
      allowHalfOpen: true,
      noDelay: true,
      // Otherwise it reads 64 kB at once.
      onread: {
        buffer: Buffer.alloc(initialWindow),
        callback: (length, buffer) => {
          down?.take(Buffer.from(buffer.subarray(0, length)));
          return true;
        },
      },
    });
    // The client got its answer to SYN at once: what it sends has to wait for as long as that would have taken.
    const up = new Stream(client, server, this.up, this.quality.roundTrip);
    client.on("data", (chunk) => up.take(chunk));
    down = new Stream(server, client, this.down, 0);
    const both = [client, server];
    for (const socket of both) {
      socket.on("error", () => {
        for (const each of both) each.destroy();
      });
    }
  }
}

const lines: Line[] = [];

async function answer(request: LineRequest): Promise<LineReply> {
  if ("target" in request) {
    const line = new Line(request.target, request.quality);
    lines.push(line);
    return { line: lines.length - 1, port: await line.listen() };
  }
  const line = lines[request.count];
  if (line === undefined) throw new Error(`no line ${request.count}`);
  return line.count();
}

process.on("message", (request: LineRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches every process of the terminal; this one ends with the one that started it.
process.on("SIGINT", () => undefined);
