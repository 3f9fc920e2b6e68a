/** Contract 8, and the ways in which a path or a request could be read differently by the gateway and an app. */
import { statusOf } from "../support/client";
import type { ContractSite } from "../support/site";

/** Register the tests. */
export function paths(contract: ContractSite): void {
  /** A request to the letter; Node's client would mend it. */
  const raw = (line: string, user?: string, ...headers: string[]): Promise<string> =>
    contract.client.raw(
      [
        line,
        `Host: ${contract.client.authority}`,
        ...(user === undefined ? [] : [contract.client.headerLine(user)]),
        "Connection: close",
        ...headers,
        "",
        "",
      ].join("\r\n"),
    );

  describe.each([
    ["metrics", "/open/_stcore/metrics"],
    ["metrics, a query", "/open/_stcore/metrics?families=active_sessions"],
    ["metrics, a slash", "/open/_stcore/metrics/"],
    ["metrics, encoded", "/open/_stcore/%6detrics"],
    ["metrics, encoded twice", "/open/_stcore/%256detrics"],
    ["metrics, doubled slash", "/open/_stcore//metrics"],
    ["metrics, doubled slash before", "//open/_stcore/metrics"],
    ["metrics, by a dot", "/open/_stcore/./metrics"],
    ["metrics, by two dots", "/open/_stcore/x/../metrics"],
    ["metrics, by encoded dots", "/open/_stcore/x/%2e%2e/metrics"],
    ["metrics, encoded slash", "/open/_stcore%2fmetrics"],
    ["metrics, backslash", "/open/_stcore\\metrics"],
    ["metrics, encoded backslash", "/open/_stcore%5cmetrics"],
    ["metrics, a parameter", "/open/_stcore/metrics;x=1"],
    ["metrics, a NUL", "/open/_stcore/metrics%00"],
    ["metrics of the limited app", "/limited/_stcore/metrics"],
    ["the script's health check", "/open/_stcore/script-health-check"],
    ["the script's health check, encoded", "/open/_stcore/script%2dhealth-check"],
    ["the gateway's sign-in check", "/_gateway/auth/open"],
    ["the gateway's sign-in check of the index", "/_gateway/auth/index_page"],
    ["the gateway's sign-in check, doubled slash", "//_gateway/auth/open"],
    ["the gateway's pages", "/_gateway/403.html"],
    ["the gateway's folder", "/_gateway/"],
    ["the gateway's files", "/_gateway/../tls.key"],
    ["the gateway's files, encoded", "/_gateway/%2e%2e/tls.key"],
    ["the gateway's files by the alias", "/_gateway../tls.key"],
    ["a named location", "/@open_guest"],
    ["nginx's status", "/nginx_status"],
    ["nginx's other status", "/stub_status"],
  ])("%s", (_kind, path) => {
    test.each(["nobody", "alice"])("is no answer for %s", async (user) => {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const answer = await raw(`${method} ${path} HTTP/1.1`, user === "nobody" ? undefined : user);
        expect([
          400,
          401,
          404,
          ...(user === "nobody" ? [contract.signIn.statusOfPageWithoutSignIn] : []),
        ]).toContain(statusOf(answer));
        expect(answer).not.toMatch(/active_sessions|openmetrics|<div id="root"|BEGIN|x-auth-request/i);
        if (user === "nobody") expect(answer).not.toMatch(/set-cookie: *(_streamlit|replica|from_the_app)/i);
      }
    });
  });

  test("/healthz says ok to anybody, on both ports, and nothing else", async () => {
    for (const answer of [
      await contract.client.request("/healthz"),
      await contract.client.plain("/healthz"),
    ]) {
      expect([answer.status, answer.body.toString()]).toEqual([200, "ok\n"]);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
    for (const path of ["/healthz/x", "/healthzx"])
      expect((await contract.client.request(path)).status).toBe(contract.signIn.statusOfPageWithoutSignIn);
  });

  test.each([
    ["/open/../limited/"],
    ["/open/..%2flimited/"],
    ["/open/%2e%2e/limited/"],
    ["/open/%2e%2e%2flimited/"],
    ["/open/.%2e/limited/"],
    ["/open/..;/limited/"],
    ["/open/..\\limited/"],
    ["/open/..%5climited/"],
    ["/open/%252e%252e/limited/"],
    ["/open//limited/"],
    ["//limited/"],
    ["/open/..//limited/"],
    ["/open;/../limited/"],
    ["/./limited/"],
    ["/limited/."],
    ["/open/static/../../limited/static/index.html"],
    ["/open/static/%2e%2e/%2e%2e/limited/"],
    ["/open/_stcore/upload_file/../../../limited/"],
    ["/echo/../limited/_stcore/health"],
  ])("bob does not come from his app to another by %s", async (path) => {
    for (const line of [`GET ${path} HTTP/1.1`, `GET ${contract.client.origin}${path} HTTP/1.1`]) {
      const answer = await raw(line, "bob");
      expect([400, 403, 404]).toContain(statusOf(answer));
      expect(answer).not.toMatch(/<div id="root"|streamlit/i);
    }
  });

  test("names that only look like an app's lead nowhere", async () => {
    for (const path of ["/Open/", "/openx/", "/open.html", "/open%20/", "/limited%20/"])
      expect([path, statusOf(await raw(`GET ${path} HTTP/1.1`, "bob"))]).toEqual([path, 404]);
  });

  const smuggled = "GET /echo/smuggled HTTP/1.1\r\nHost: analytics.test\r\n\r\n";
  test.each([
    ["a length and chunks", ["Content-Length: 6", "Transfer-Encoding: chunked"]],
    ["chunks and a length", ["Transfer-Encoding: chunked", "Content-Length: 6"]],
    ["two lengths", ["Content-Length: 6", "Content-Length: 0"]],
    ["a list of lengths", ["Content-Length: 6, 0"]],
    ["a negative length", ["Content-Length: -1"]],
    ["a signed length", ["Content-Length: +6"]],
    ["a hexadecimal length", ["Content-Length: 0x6"]],
    ["two encodings", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"]],
    ["an unknown encoding", ["Transfer-Encoding: xchunked"]],
    ["an encoding after a line feed", ["X: 1\nTransfer-Encoding: chunked", "Content-Length: 6"]],
    ["an encoding with a tab", ["Transfer-Encoding:\tchunked", "Content-Length: 6"]],
    ["a space before the colon", ["Transfer-Encoding : chunked", "Content-Length: 6"]],
  ])("%s: one request is never read as two", async (_kind, headers) => {
    const answer = await contract.client.raw(
      [
        "POST /echo/outer HTTP/1.1",
        `Host: ${contract.client.authority}`,
        contract.client.headerLine("bob"),
        ...headers,
        "",
        `0\r\n\r\n${smuggled}`,
      ].join("\r\n"),
    );
    // Whatever is read as a second request has no credentials, so it must not reach the app.
    expect(answer).not.toContain("/echo/smuggled");
    expect([0, 200, 400, 501]).toContain(statusOf(answer));
    for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d{3}) /g))
      expect(["200", "400", "401", "501", String(contract.signIn.statusOfPageWithoutSignIn)]).toContain(
        status,
      );
  });

  test("chunks that lie about their length are refused", async () => {
    const answer = await raw("POST /echo/x HTTP/1.1", "bob", "Transfer-Encoding: chunked", "", "zz", "x");
    expect(statusOf(answer)).toBe(400);
  });

  test("very long requests are refused, and long ones pass", async () => {
    expect(statusOf(await raw(`GET /echo/${"a".repeat(20_000)} HTTP/1.1`, "bob"))).toBe(414);
    expect(statusOf(await raw("GET /echo/x HTTP/1.1", "bob", `X-Long: ${"a".repeat(20_000)}`))).toBe(400);
    const many = Array.from({ length: 40 }, (_, index) => `X-Many-${String(index)}: ${"a".repeat(2000)}`);
    expect(statusOf(await raw("GET /echo/x HTTP/1.1", "bob", ...many))).toBe(400);
    expect(statusOf(await raw("GET /echo/x HTTP/1.1", "bob", `Cookie: ${"a".repeat(12_000)}`))).toBe(200);
  });

  test.each(["TRACE", "CONNECT"])("%s is refused", async (method) => {
    const answer = await raw(`${method} /echo/x HTTP/1.1`, "bob");
    expect([400, 405]).toContain(statusOf(answer));
    expect(answer).not.toContain("Authorization");
  });

  test("a line break in a query does not become a header of a redirect", async () => {
    for (const answer of [
      await raw("GET /open?x=%0d%0aSet-Cookie:%20evil=1 HTTP/1.1", "bob"),
      await contract.client.rawPlain(
        "GET /%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nHost: analytics.test\r\nConnection: close\r\n\r\n",
      ),
    ])
      expect(answer).not.toMatch(/^set-cookie: *evil/im);
  });
}
