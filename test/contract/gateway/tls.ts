/** Contract 6: TLS, the redirect, and the headers that every answer carries. */
import * as tls from "node:tls";
import { host, ownHostsOfApps } from "../support/apps";
import type { Answer } from "../support/client";
import type { ContractSite } from "../support/site";

type Version = NonNullable<tls.ConnectionOptions["minVersion"]>;

/** Register the tests. */
export function transport(contract: ContractSite): void {
  /** Shake hands; what was agreed on, or the error's code. */
  const handshake = (
    options: tls.ConnectionOptions,
  ): Promise<{ version?: string; cipher?: string; error?: string }> =>
    new Promise((resolve) => {
      const socket = contract.client.connect(options);
      socket.on("secureConnect", () => {
        resolve({ version: socket.getProtocol() ?? "", cipher: socket.getCipher().name });
        socket.destroy();
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        resolve({ error: error.code ?? error.message });
      });
    });
  // What the client itself would refuse must reach the server.
  const exactly = (version: Version): tls.ConnectionOptions => ({
    minVersion: version,
    maxVersion: version,
    ciphers: "ALL:@SECLEVEL=0",
  });

  test.each<Version>(["TLSv1", "TLSv1.1"])("%s is refused by the server", async (version) => {
    expect(await handshake(exactly(version))).toEqual({
      error: expect.stringMatching(/^(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION|ECONNRESET)$/) as string,
    });
  });

  test.each<Version>(["TLSv1.2", "TLSv1.3"])("%s is spoken", async (version) => {
    expect(await handshake({ minVersion: version, maxVersion: version })).toMatchObject({ version });
  });

  test("every cipher of TLS 1.2 has forward secrecy and authenticates what it encrypts", async () => {
    const accepted: string[] = [];
    for (const cipher of tls.getCiphers().map((name) => name.toUpperCase())) {
      if (cipher.startsWith("TLS_")) continue;
      const options = {
        ciphers: `${cipher}:@SECLEVEL=0`,
        minVersion: "TLSv1.2",
        maxVersion: "TLSv1.2",
      } as const;
      let agreed;
      try {
        agreed = await handshake(options);
      } catch {
        continue; // The client has no such cipher.
      }
      if (agreed.cipher !== undefined) accepted.push(agreed.cipher);
    }
    expect(accepted.length).toBeGreaterThan(0);
    for (const cipher of accepted) expect(cipher).toMatch(/^ECDHE-.*(GCM|CHACHA20)/);
  });

  test("the certificate is that of the site's own authority, for its hosts only", async () => {
    expect(await handshake({})).toHaveProperty("version");
    expect(await handshake({ ca: tls.rootCertificates as string[] })).toEqual({
      error: "SELF_SIGNED_CERT_IN_CHAIN",
    });
    const names = await new Promise<string | undefined>((resolve, reject) => {
      const socket = contract.client.connect().on("error", reject);
      socket.on("secureConnect", () => {
        resolve(socket.getPeerCertificate().subjectaltname);
        socket.destroy();
      });
    });
    const hosts = [host, ...(contract.hasOwnHosts ? Object.values(ownHostsOfApps) : [])];
    expect(names).toBe(hosts.map((name) => `DNS:${name}`).join(", "));
  });

  test.each(["/", "/open/?a=1&b=c%20d", "/open/_stcore/upload_file/x", "/open/%2e%2e/x?y=//z"])(
    "plain HTTP answers %s with a permanent redirect",
    async (path) => {
      const answer = await contract.client.plain(path, contract.client.signedIn("bob"));
      expect([answer.status, answer.headers.location]).toEqual([308, `${contract.client.origin}${path}`]);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    },
  );

  test("TLS is not spoken plain, nor the reverse", async () => {
    const { https, http } = contract.client.ports;
    expect(await handshake({ port: http })).toHaveProperty("error");
    const request = `GET / HTTP/1.1\r\nHost: ${contract.client.authority}\r\n\r\n`;
    const confused = await contract.client.rawPlain(request, https);
    // An address that was typed with http and the port of https leads to https, whoever asks.
    expect(confused).toMatch(/^HTTP\/1\.1 308/);
    expect(confused).toContain(`\r\nLocation: ${contract.client.origin}/\r\n`);
    expect(confused).not.toMatch(/streamlit/i);
  });

  test("the security headers are on the answer to a page request without a sign-in", async () => {
    const { status, headers } = await contract.client.request("/open/");
    expect([status, headers["strict-transport-security"]]).toEqual([
      contract.signIn.statusOfPageWithoutSignIn,
      "max-age=63072000",
    ]);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN" });
  });

  test.each<[string, number, string, { user?: string; method?: string }]>([
    ["a page", 200, "/open/", { user: "alice" }],
    ["an app's plain text", 200, "/open/_stcore/health", { user: "alice" }],
    ["an asset", 200, "asset", { user: "alice" }],
    ["the index page", 200, "/", { user: "alice" }],
    ["a redirect", 308, "/open", { user: "alice" }],
    ["no credentials", 401, "/open/_stcore/health", {}],
    ["an asset without credentials", 401, "/open/static/js/x.js", {}],
    ["not on the list", 403, "/limited/_stcore/stream", { user: "bob" }],
    ["what is internal", 404, "/open/_stcore/metrics", { user: "alice" }],
    ["what is not there", 404, "/nothing/", { user: "alice" }],
    ["a strange path", 400, "/open/%2e%2e/", { user: "alice" }],
    ["health of the gateway", 200, "/healthz", {}],
  ])("the security headers are on %s (%i), each once", async (_kind, status, path, options) => {
    const answer = await contract.client.request(path === "asset" ? await anAsset() : path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "strict-transport-security": "max-age=63072000",
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin-allow-popups",
    });
    const policies = String(answer.headers["content-security-policy"]).split(", ");
    expect(policies.pop()).toBe("frame-ancestors 'self'; object-src 'none'; base-uri 'self'");
    // The gateway's own pages have a stricter one besides.
    expect(policies.filter((policy) => !policy.startsWith("default-src 'none'; style-src 'sha256-"))).toEqual(
      [],
    );
    expect(policies.length).toBeLessThanOrEqual(1);
    expect(answer.headers.server).not.toMatch(/\d/);
  });

  test("every cookie is Secure, also an app's own; Streamlit's and the gateway's are SameSite=Lax, the gateway's HttpOnly", async () => {
    const answers = await Promise.all(
      ["/open/_stcore/health", "/echo/x"].map((path) => contract.client.request(path, { user: "alice" })),
    );
    const set = answers.flatMap(({ headers }) => headers["set-cookie"] ?? []);
    expect(set.map((cookie) => cookie.split("=")[0]).sort()).toEqual([
      "_streamlit_xsrf",
      "from_the_app",
      "replica_echo",
      "replica_open",
    ]);
    for (const cookie of set) {
      expect(cookie).toMatch(/; *secure/i);
      if (!cookie.startsWith("from_the_app")) expect(cookie).toMatch(/; *samesite=lax/i);
      if (cookie.startsWith("replica_")) expect(cookie).toMatch(/; *httponly/i);
    }
  });

  const anAsset = async (): Promise<string> => {
    const page: Answer = await contract.client.request("/open/", { user: "alice" });
    return `/open/${/static\/js\/index\.[\w-]+\.js/.exec(page.body.toString())?.[0] ?? ""}`;
  };
}
