/** Against real servers on this machine. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as tls from "node:tls";
import { probe } from "../../../stacks/probe";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "probe-"));
const read = (name: string): string => fs.readFileSync(path.join(folder, name), "utf8");
beforeAll(() => {
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10"],
      ...["-subj", "/CN=shop.test", "-keyout", "key.pem", "-out", "certificate.pem"],
    ],
    { cwd: folder, stdio: "ignore" },
  );
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function listening<Server extends net.Server>(
  server: Server,
  use: (port: number) => Promise<void>,
): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
  }
}

const at = (protocol: "https" | "http", port: number) => ({ protocol, address: "127.0.0.1", port }) as const;

test("the certificate that is served for the host, and an answer for another host", async () => {
  const context = tls.createSecureContext({ key: read("key.pem"), cert: read("certificate.pem") });
  const server = tls.createServer({
    SNICallback: (name, done) => {
      if (name === "shop.test") done(null, context);
      else done(new Error("another host"));
    },
  });
  server.on("tlsClientError", () => undefined);
  await listening(server, async (port) => {
    const { certificate, error } = await probe(at("https", port), "shop.test");
    expect(error).toBeUndefined();
    expect(certificate?.issuer).toBe("CN=shop.test");
    const days = (Date.parse(certificate?.until ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(9);
    expect(days).toBeLessThan(11);
  });
});

test("an alert of TLS is an answer without a certificate", async () => {
  // No certificate at all, as the gateway has none for another host.
  const server = tls.createServer({});
  server.on("tlsClientError", () => undefined);
  await listening(server, async (port) => {
    expect(await probe(at("https", port), "other.test")).toEqual({});
  });
});

test("any HTTP answer will do", async () => {
  const server = http.createServer((_, response) => response.writeHead(421).end());
  await listening(server, async (port) => {
    expect(await probe(at("http", port), "shop.test")).toEqual({});
  });
});

test.each(["https", "http"] as const)(
  "a port that nobody listens at, and one that hangs up: %s",
  async (protocol) => {
    let free = 0;
    await listening(net.createServer(), (port) => {
      free = port;
      return Promise.resolve();
    });
    expect(await probe(at(protocol, free), "shop.test")).toEqual({ error: "ECONNREFUSED" });
    await listening(
      net.createServer((socket) => socket.destroy()),
      async (port) => {
        expect((await probe(at(protocol, port), "shop.test")).error).toMatch(/./);
      },
    );
  },
);
