/** Contract 7: only the site's own host name. */
import { ports } from "../support/apps";
import { statusOf } from "../support/client";
import type { ContractSite } from "../support/site";

/** Register the tests. */
export function hosts(contract: ContractSite): void {
  const request = (line: string, ...headers: string[]): string =>
    `${[line, ...headers].join("\r\n")}\r\n\r\n`;
  const signedIn = (): string => contract.client.headerLine("alice");
  const nothingOfTheApp = (answer: string): void => {
    expect([0, 400, 421]).toContain(statusOf(answer));
    expect(answer).not.toMatch(/streamlit|set-cookie|www-authenticate|location:/i);
  };

  test.each([
    ["another name", ["Host: evil.test"]],
    ["an IP address", [`Host: 127.0.0.1:${ports.https}`]],
    ["localhost", ["Host: localhost"]],
    ["a name above", ["Host: test"]],
    ["a name below", ["Host: www.analytics.test"]],
    ["an empty name", ["Host: "]],
    ["no Host", []],
    ["two hosts", [`Host: analytics.test:${ports.https}`, "Host: evil.test"]],
    ["two hosts, the other way round", ["Host: evil.test", `Host: analytics.test:${ports.https}`]],
    ["a name with a path", ["Host: analytics.test/evil"]],
    ["a user and a name", ["Host: evil@analytics.test"]],
    ["the catch-all's name", ["Host: _"]],
  ])("%s: nothing of the app, signed in or not", async (_kind, headers) => {
    for (const credentials of [[signedIn()], []])
      nothingOfTheApp(
        await contract.client.raw(
          request("GET /open/ HTTP/1.1", ...headers, ...credentials, "Connection: close"),
        ),
      );
  });

  test.each(["GET /open/ HTTP/1.0", "GET / HTTP/1.0"])(
    "%s without a Host: nothing of the app",
    async (line) => {
      nothingOfTheApp(await contract.client.raw(request(line, signedIn())));
      nothingOfTheApp(await contract.client.raw(request(line)));
    },
  );

  test("HTTP/0.9: nothing of the app", async () => {
    nothingOfTheApp(await contract.client.raw("GET /open/\r\n"));
  });

  test("the whole URL in the request line counts, not the Host header", async () => {
    const own = `Host: ${contract.client.authority}`;
    nothingOfTheApp(
      await contract.client.raw(
        request("GET https://evil.test/open/ HTTP/1.1", own, signedIn(), "Connection: close"),
      ),
    );
    const right = `GET ${contract.client.origin}/echo/x HTTP/1.1`;
    const answer = await contract.client.raw(request(right, own, signedIn(), "Connection: close"));
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain(`["Host", "analytics.test:${ports.https}"]`);
  });

  // Each is the same name, and the app is told the one spelling that its settings have.
  test.each([
    "analytics.test",
    "analytics.test:1",
    `ANALYTICS.TEST:${ports.https}`,
    `analytics.test.:${ports.https}`,
  ])("Host: %s is the site's name", async (host) => {
    const answer = await contract.client.raw(
      request("GET /echo/x HTTP/1.1", `Host: ${host}`, signedIn(), "Connection: close"),
    );
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain(`["Host", "analytics.test:${ports.https}"]`);
    expect(answer).toContain(`["X-Forwarded-Host", "analytics.test:${ports.https}"]`);
  });

  test.each(["evil.test", "localhost", "www.analytics.test"])(
    "a client that asks for %s when it shakes hands gets no certificate",
    async (servername) => {
      const socket = contract.client.connect({ servername, rejectUnauthorized: false });
      const how = await new Promise<string>((resolve) => {
        socket.on("secureConnect", () => {
          resolve("secure");
        });
        socket.on("error", (error: Error) => {
          resolve(error.message);
        });
      });
      socket.destroy();
      expect(how).toMatch(/unrecognized name|ECONNRESET/i);
    },
  );

  test("a client that names no server gets no certificate", async () => {
    const answer = contract.client.raw(request("GET /open/ HTTP/1.1", `Host: ${contract.client.authority}`), {
      servername: "",
      rejectUnauthorized: false,
    });
    await expect(answer).rejects.toThrow(/unrecognized name|ECONNRESET/i);
  });

  test("plain HTTP for another name, or none: 421 and no redirect", async () => {
    for (const line of [
      request("GET /open/ HTTP/1.1", "Host: evil.test", "Connection: close"),
      request("GET http://evil.test/ HTTP/1.1", "Host: analytics.test", "Connection: close"),
      request("GET /open/ HTTP/1.0"),
    ])
      nothingOfTheApp(await contract.client.rawPlain(line));
  });

  test("Streamlit's own list of hosts agrees", async () => {
    const { output } = await contract.python(
      "open",
      "import urllib.request as u, urllib.error as e",
      "for host in ['analytics.test', 'evil.test']:",
      "    r = u.Request('http://127.0.0.1:8501/open/_stcore/agent/interact', b'{}', {'Host': host})",
      "    try: print(host, u.urlopen(r).status)",
      "    except e.HTTPError as error: print(host, error.code)",
    );
    expect(output).toContain("analytics.test 200");
    expect(output).toContain("evil.test 403");
  });
}
