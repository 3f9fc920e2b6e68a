/** How the gateway treats Streamlit's own files, and what it writes down. */
import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

interface LogLine {
  time: string;
  client: string;
  user: string;
  method: string;
  path: string;
  status: number;
  cache: string;
  agent: string;
}

/** Register the tests. */
export function assets(contract: ContractSite): void {
  const indexScript = async (): Promise<string> => {
    const page = await contract.client.request("/open/", { user: "bob" });
    return `/open/${/static\/js\/index\.[\w-]+\.js/.exec(page.body.toString())?.[0] ?? ""}`;
  };
  /** What the app that echoes answers; `peer` is another for each request that reaches it. */
  const answerOf = async (
    path: string,
  ): Promise<{ headers: IncomingHttpHeaders; body: { peer: string; line: string } }> => {
    const { headers, body } = await contract.client.request(`/echo/static/${path}`, { user: "bob" });
    return { headers, body: JSON.parse(body.toString()) as { peer: string; line: string } };
  };
  /** The lines that the gateway wrote about an agent's requests, once there are as many as expected. */
  const lines = async (agent: string, count: number): Promise<LogLine[]> => {
    for (let attempt = 0; ; attempt++) {
      const found = (await contract.target.log("gateway"))
        .split("\n")
        .flatMap((line) => /\{.*\}$/.exec(line)?.[0] ?? [])
        .map((line) => JSON.parse(line) as LogLine)
        .filter((line) => line.agent === agent);
      if (found.length >= count || attempt === 20) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test("a hashed file may be kept by the browser, and is compressed", async () => {
    const path = await indexScript();
    const plain = await contract.client.request(path, { user: "bob" });
    const compressed = await contract.client.request(path, {
      user: "bob",
      headers: { "Accept-Encoding": "gzip, br" },
    });
    for (const { status, headers } of [plain, compressed]) {
      expect(status).toBe(200);
      expect(headers["cache-control"]).toBe("private, max-age=31536000, immutable");
      expect(headers["content-type"]).toMatch(/javascript/);
      expect(headers.vary).toMatch(/Accept-Encoding/i);
      expect(headers["set-cookie"]).toBeUndefined();
    }
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(compressed.headers["content-encoding"]).toBe("gzip");
    expect(compressed.body.length).toBeLessThan(plain.body.length / 2);
    expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
  });

  test("the app is asked for it once only", async () => {
    const path = (await indexScript()).replace("/open/", "/limited/");
    for (const times of [1, 2, 3]) {
      const headers = { "User-Agent": "asks thrice" };
      const { status } = await contract.client.request(path, { user: "alice", headers });
      expect([times, status]).toEqual([times, 200]);
    }
    const caches = (await lines("asks thrice", 3)).map(({ cache }) => cache).slice(-2);
    expect(caches).toEqual(["HIT", "HIT"]);
  });

  test("a file that is not there is not kept, by anybody", async () => {
    for (const times of [1, 2]) {
      const answer = await contract.client.request("/open/static/js/gone.0123abcd.js", {
        user: "bob",
        headers: { "User-Agent": "asks twice" },
      });
      expect([times, answer.headers["cache-control"]]).toEqual([times, "no-cache"]);
    }
    const caches = (await lines("asks twice", 2)).map(({ cache }) => cache);
    expect(caches).toEqual(["MISS", "MISS"]);
  });

  test("what an own image has there is kept if it is immutable and has a hash in its name", async () => {
    const [first, second] = [
      await answerOf("immutable/a.DKN5MVff.js"),
      await answerOf("immutable/a.DKN5MVff.js"),
    ];
    expect(second.body).toEqual(first.body);
    for (const { headers } of [first, second]) {
      expect(headers["cache-control"]).toBe("private, max-age=31536000, immutable");
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });

  test.each([
    ["has no hash in its name", "immutable/a.js"],
    ["has a word there that is none", "immutable/a.something.js"],
    ["is not immutable", "kept/a.DKN5MVff.js"],
    ["is neither", "kept/a.js"],
    ["is asked for with a query", "immutable/b.DKN5MVff.js?version=2"],
  ])("what %s comes from the app each time, with its query", async (_kind, path) => {
    const [first, second] = [await answerOf(path), await answerOf(path)];
    expect(second.body.peer).not.toBe(first.body.peer);
    expect(first.body.line).toContain(`/echo/static/${path} HTTP`);
    expect(first.headers.vary).toMatch(/User-Agent/);
  });

  test("what is not hashed has the app's own headers", async () => {
    const { headers } = await answerOf("kept/a.js");
    expect(headers["cache-control"]).toBe("public, max-age=3600");
    expect(headers["set-cookie"]?.some((cookie) => cookie.startsWith("from_the_app="))).toBe(true);
    expect((await answerOf("kept/a.DKN5MVff.js")).headers["cache-control"]).toBe("public, max-age=3600");
  });

  test("pages of the app are not kept", async () => {
    const answer = await contract.client.request("/open/", { user: "bob" });
    expect(answer.headers["cache-control"]).toMatch(/no-cache|no-store/);
  });

  test("a line of the log is JSON with the user and without the query", async () => {
    const headers = { "User-Agent": 'quote " and \\ backslash', Referer: "https://x.test/not-to-be-logged" };
    await contract.client.request("/echo/logged?token=not-to-be-logged", { user: "bob", headers });
    await contract.client.request("/echo/logged?token=not-to-be-logged", { headers });
    // Each of nginx's workers writes when it comes to it.
    const [signedIn, not] = (await lines(headers["User-Agent"], 2)).sort((a, b) => a.status - b.status);
    expect(signedIn).toMatchObject({
      user: "bob",
      method: "GET",
      status: 200,
      protocol: "HTTP/1.1",
      path: "/echo/logged",
      client: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) as string,
    });
    expect(not).toMatchObject({ user: "", status: contract.signIn.statusOfPageWithoutSignIn });
    const everything = await contract.target.log("gateway");
    expect(everything).not.toContain("not-to-be-logged");
  });

  test("an app is told the address that the log has, and never the visitor's own word", async () => {
    const forged = "203.0.113.66";
    const headers = {
      "User-Agent": "says where it is",
      "X-Forwarded-For": forged,
      "X-Real-IP": forged,
      Forwarded: `for=${forged}`,
      "X-Client-IP": forged,
      "True-Client-IP": forged,
    };
    await contract.client.request("/open/", { user: "bob", headers });
    const [line] = await lines(headers["User-Agent"], 1);
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob", headers });
    const { address } = await session.page();
    await session.drop();
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(address).not.toBe(forged);
    expect(line).toMatchObject({ client: address });
  });
}
