import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { listeningInodes, processesOn, wantedPort } from "../../../../stacks/docker/ports";

describe("a port that could not be had", () => {
  it.each([
    [
      "container site-gateway could not be started: driver failed programming external connectivity on endpoint site-gateway (0ab): Bind for 127.0.0.1:8443 failed: port is already allocated",
      8443,
    ],
    [
      "Unable to start container: Error response from daemon: driver failed programming external connectivity on endpoint x (0ab): Error starting userland proxy: listen tcp4 0.0.0.0:443: bind: address already in use",
      443,
    ],
    ["listen tcp6 [::]:8080: bind: address already in use", 8080],
    ["failed to bind host port for 0.0.0.0:18443:172.17.0.2:8443/tcp: something else", undefined],
  ])("is read from Docker's message", (message, port) => {
    expect(wantedPort(message)).toBe(port);
  });

  it("is found in the kernel's table by who listens, not by who is connected", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0",
      "   1: 0100007F:20FB 0100007F:ABCD 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0",
      "   2: 0100007F:20FC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0",
    ].join("\n");
    expect(listeningInodes(table, 8443)).toEqual(["4711"]);
  });

  it("is held by this very process when it listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(processesOn(port).map(({ pid }) => pid)).toContain(process.pid);
    server.close();
    await once(server, "close");
    expect(processesOn(port)).toEqual([]);
  });
});
