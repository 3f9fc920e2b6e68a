/** Leads ports of this machine to a node: the contract's clients look for every site at 127.0.0.1. */
import * as net from "node:net";

/** What leads there, until it is closed. */
export interface Forwarding {
  close(): Promise<void>;
}

/**
 * Lead TCP connections to a port of 127.0.0.1 to the same port of another address. What one side ends, or breaks off, ends or
 * breaks off at the other.
 */
export async function forward(port: number, address: string): Promise<Forwarding> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = net.connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.resetAndDestroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroySoon();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
