/** Leads ports of this machine to a node: the contract's clients look for every site at a loopback address. */
import * as net from "node:net";
import { address as loopback } from "../support/apps";

/** What leads there, until it is closed. */
export interface Forwarding {
  close(): Promise<void>;
}

/**
 * Lead TCP connections to a port of the tests' loopback address to the same port of another one. What one side ends, or breaks off, ends or
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
    server.once("error", reject).listen(port, loopback, resolve);
  });
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
