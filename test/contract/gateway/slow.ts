/** Clients that send half of something and then nothing. */
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { address } from "../support/apps";
import { keptBodies } from "../support/kept-bodies";
import type { ContractSite } from "../support/site";

/** As many as an address has of the plain port at once (`plainConnections` in `gateway/nginx.ts`). */
const most = 100;

/** Register the tests. */
export function slow(contract: ContractSite): void {
  const sockets: net.Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  /** A connection on which the first part of a request was sent. */
  const halfSent = async (socket: net.Socket, connected: string, text: string): Promise<net.Socket> => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, connected);
    socket.write(text);
    return socket;
  };
  const opened = (): net.Socket[] => sockets.filter(({ closed }) => !closed);

  test("an address has no more than so many connections to the plain port, and the site goes on", async () => {
    for (let count = 0; count < 3 * most; count += 20)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          halfSent(
            net.connect({ host: address, port: contract.client.ports.http }),
            "connect",
            "GET / HTTP/1.1\r\nHost: ",
          ),
        ),
      );
    for (const socket of sockets) socket.resume();
    // Before those that are let in are given up, too.
    for (let attempt = 0; attempt < 30 && opened().length > most; attempt++) await delay(100);
    expect(opened().length).toBeLessThanOrEqual(most);
    expect((await contract.client.request("/open/_stcore/health", { user: "bob" })).status).toBe(200);
    // What is half sent is given up after 5 s.
    const deadline = Date.now() + 30_000;
    while (opened().length > 0 && Date.now() < deadline) await delay(100);
    expect(opened()).toHaveLength(0);
    expect((await contract.client.plain("/")).status).toBe(308);
  });

  test("a body that stops takes no memory of the gateway, of an app's visitor or of anybody", async () => {
    const head = (line: string, ...headers: string[]): string =>
      [line, `Host: ${contract.client.authority}`, ...headers, "", ""].join("\r\n");
    const body = Buffer.alloc(900 * 1024);
    const length = `Content-Length: ${String(body.length + 1)}`;
    for (const text of [
      head("POST /echo/x HTTP/1.1", contract.client.headerLine("bob"), length),
      head("POST /echo/static/immutable/c.DKN5MVff.js HTTP/1.1", contract.client.headerLine("bob"), length),
      head("POST /oauth2/callback HTTP/1.1", length),
      head("POST /oauth2/sign_out HTTP/1.1", "Sec-Fetch-Site: same-origin", length),
      head("GET /open/ HTTP/1.1", length),
    ]) {
      const socket = await halfSent(contract.client.connect(), "secureConnect", text);
      socket.resume();
      socket.write(body);
    }
    await delay(1000);
    expect(await keptBodies(contract)).toBe(0);
  });
}
