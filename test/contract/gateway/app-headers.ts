/** What reaches an app of a request, and what an app can say to browsers and to the gateway: `echo` shows the one and says the other. */
import { once } from "node:events";
import { clientHeaders } from "../../../components/spec/request-headers";
import { ports } from "../support/apps";
import { type Headers, statusOf } from "../support/client";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

interface Arrived {
  headers: [name: string, value: string][];
}

/** Every way to an app, and a method that goes it. */
const ways = [
  ["a page", "/echo/page", "GET"],
  ["an upload", "/echo/_stcore/upload_file/a/b", "PUT"],
  ["the agent API", "/echo/_stcore/agent/interact", "POST"],
  ["another file below /static/", "/echo/static/own.txt", "GET"],
  ["a file of Streamlit's own", "/echo/static/js/own.DKN5MVff.js", "GET"],
] as const;

/** What the gateway itself says in a request. */
const gateways = [
  "connection",
  "content-length",
  "cookie",
  "host",
  "upgrade",
  "x-forwarded-email",
  "x-forwarded-for",
  "x-forwarded-groups",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-preferred-username",
  "x-forwarded-proto",
  "x-forwarded-user",
  "x-real-ip",
];

/** Register the tests. */
export function appHeaders(contract: ContractSite): void {
  const client = (): ContractSite["client"] => contract.client;
  const arrivedBy = async (path: string, method: string, headers: Headers): Promise<[string, string][]> => {
    const answer = await client().request(path, {
      method,
      user: "bob",
      headers,
      ...(method === "GET" ? {} : { body: "x" }),
    });
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.body.toString()) as Arrived).headers.map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]);
  };

  const sent = Object.fromEntries(
    [...clientHeaders, "traceparent", "tracestate", "X-Request-Id", "X-Anything", "Via", "Sec-Purpose", "Expect-CT"]
      // Of what it has an opinion about, a client of the test's own cannot say anything at will.
      .filter((name) => !/^(origin|content-encoding|sec-websocket-.*)$/i.test(name))
      .map((name) => [name, `sent as ${name}`]),
  ); // prettier-ignore

  test.each(ways)("nothing reaches an app by %s but what is on the list", async (_way, path, method) => {
    // What the gateway itself can keep, it also answers conditions about.
    const headers = path.includes("/static/")
      ? Object.fromEntries(Object.entries(sent).filter(([name]) => !/^if-/i.test(name)))
      : sent;
    const arrived = await arrivedBy(path, method, headers);
    const allowed = [
      ...clientHeaders.map((name) => name.toLowerCase()),
      ...gateways,
      "traceparent",
      "x-request-id",
    ];
    expect(arrived.map(([name]) => name).filter((name) => !allowed.includes(name))).toEqual([]);
    // Once each.
    expect(new Set(arrived.map(([name]) => name)).size).toBe(arrived.length);
  });

  test.each(ways.slice(0, 3))("what is on it arrives as it was sent by %s", async (_way, path, method) => {
    const arrived = Object.fromEntries(await arrivedBy(path, method, sent));
    for (const name of [...clientHeaders, "traceparent", "X-Request-Id"])
      if (name in sent) expect(arrived).toHaveProperty(name.toLowerCase(), `sent as ${name}`);
  });

  test("an app that asks for no more gets no more", async () => {
    const session = await StreamlitSession.open(client(), "/open", {
      user: "bob",
      headers: { traceparent: "of-nobody", "Accept-Language": "de" },
    });
    const { headers } = await session.page();
    await session.drop();
    expect(headers).toMatchObject({ "accept-language": ["de"] });
    expect(headers).not.toHaveProperty("traceparent");
  });

  describe("an empty Origin", () => {
    const handshake = (path: string, user: string): Promise<string> =>
      client().raw(
        [
          `GET ${path} HTTP/1.1`,
          `Host: ${client().authority}`,
          client().headerLine(user),
          "Origin:",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Protocol: streamlit",
          "",
          "",
        ].join("\r\n"),
      );

    test("reaches no app", async () => {
      for (const path of ["/echo/_stcore/stream", "/echo/any/socket"]) {
        const answer = await handshake(path, "bob");
        expect(statusOf(answer)).toBe(101);
        expect(answer).toContain('"headers"');
        expect(answer).not.toMatch(/"origin"/i);
      }
    });

    test("does not make an app without a way out look up its own address, and stand still meanwhile", async () => {
      const began = Date.now();
      const [answer, health] = await Promise.all([
        handshake("/limited/_stcore/stream", "alice"),
        client().request("/limited/_stcore/health", { user: "alice" }),
      ]);
      expect([statusOf(answer), health.status]).toEqual([101, 200]);
      expect(Date.now() - began).toBeLessThan(5000);
      expect(await contract.target.log("limited")).not.toMatch(/external IP|Rejecting WebSocket/);
    });
  });

  describe("cookies of sign-ins", () => {
    const others = [
      "__Host-oauth2_proxy=stolen",
      "__Host-oauth2_proxy_9443=stolen",
      "__Host-oauth2_proxy_9443_0=stolen",
      "__Host-oauth2_proxy_abcdefgh_csrf=stolen",
    ];
    const mixed = `a=1; ${others[0] ?? ""}; ${others[1] ?? ""}; b=2; ${others[2] ?? ""}; ${others[3] ?? ""}`;

    test.each(ways)("of any site on the host reach no app by %s", async (_way, path, method) => {
      for (const cookie of [...others, mixed]) {
        const arrived = JSON.stringify(await arrivedBy(path, method, { Cookie: cookie }));
        expect(arrived).not.toMatch(/stolen|oauth2/);
        if (cookie === mixed) expect(arrived).toMatch(/a=1; b=2/);
      }
    });

    test("of any site on the host reach no app with the websocket", async () => {
      const socket = await client().socket("/echo/_stcore/stream", {
        user: "bob",
        headers: { Cookie: mixed },
      });
      const [message] = (await once(socket, "message")) as [Buffer];
      expect(message.toString()).toMatch(/a=1; b=2/);
      expect(message.toString()).not.toMatch(/stolen|oauth2/);
    });
  });

  /** The path with what `echo` is to say. */
  const saying = (path: string, headers: readonly string[], status = 200): string =>
    `${path}?status=${String(status)}${headers.map((header) => `&say=${encodeURIComponent(header)}`).join("")}`;

  /** Every way on which an app answers, with the head of the answer as it comes. */
  const answersOf = async (headers: readonly string[]): Promise<string[]> => {
    const head = (request: string, ...more: string[]): Promise<string> =>
      client()
        .raw(
          [
            request,
            `Host: ${client().authority}`,
            client().headerLine("bob"),
            ...(more.length === 0 ? ["Connection: close"] : more),
            "",
            "",
          ].join("\r\n"),
        )
        .then((answer) => answer.split("\r\n\r\n", 1)[0] ?? "");
    const upgrade = [
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    const answers = [
      await head(`GET ${saying("/echo/page", headers)} HTTP/1.1`),
      await head(`GET ${saying("/echo/page", headers, 404)} HTTP/1.1`),
      await head(`GET ${saying("/echo/page", headers, 401)} HTTP/1.1`),
      await head(`GET ${saying("/echo/page", headers, 500)} HTTP/1.1`),
      await head(`PUT ${saying("/echo/_stcore/upload_file/a/b", headers)} HTTP/1.1`, "Content-Length: 0", "Connection: close"),
      await head(`GET ${saying("/echo/static/js/hostile.DKN5MVff.js", headers)} HTTP/1.1`),
      await head(`GET ${saying("/echo/static/hostile.txt", headers)} HTTP/1.1`),
      await head(`GET ${saying("/echo/_stcore/stream", headers)} HTTP/1.1`, ...upgrade),
      await head(`GET ${saying("/echo/any/socket", headers)} HTTP/1.1`, ...upgrade),
    ]; // prettier-ignore
    expect(answers.map(statusOf)).toEqual([200, 404, 401, 500, 200, 200, 200, 101, 101]);
    return answers;
  };

  const named = (head: string, name: string): string[] =>
    head
      .split("\r\n")
      .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((line) => line.slice(name.length + 1).trim());

  test("an app sets and deletes no cookie of a sign-in, on no path", async () => {
    const cookies = [
      `__Host-oauth2_proxy_${ports.https}=of-mallory; Path=/; Secure; HttpOnly`,
      "__Host-oauth2_proxy=of-mallory; Path=/; Secure",
      `__Host-oauth2_proxy_${ports.https}=; Path=/; Secure; Max-Age=0; x=of-mallory`,
      `__HOST-OAUTH2_PROXY_${ports.https}=of-mallory; Path=/; Secure`,
      `=__Host-oauth2_proxy_${ports.https}=of-mallory; Path=/; Secure`,
      `\t__Host-oauth2_proxy_${ports.https} =of-mallory; Path=/; Secure`,
      "replica_open=of-mallory; Path=/open/",
    ].map((cookie) => `Set-Cookie:${cookie}`);
    for (const head of await answersOf(["X-Said:1", ...cookies, "set-cookie:kept=1"])) {
      expect(named(head, "X-Said")).toEqual(["1"]);
      expect(head).not.toContain("of-mallory");
    }
  });

  test("a cookie that an app sets comes back to that app only", async () => {
    const answers = await answersOf([
      "Set-Cookie:everywhere=1; Path=/; Domain=test",
      "Set-Cookie:others=1; Path=/open/; HttpOnly",
      "Set-Cookie:own=1; Path=/echo/below",
      "Set-Cookie:default=1",
    ]);
    for (const head of answers) {
      const cookies = named(head, "Set-Cookie");
      for (const cookie of cookies) {
        expect(cookie).not.toMatch(/;\s*domain/i);
        if (!cookie.startsWith("default=")) expect(cookie).toMatch(/;\s*path=\/echo\/(below)?(;|$)/i);
      }
      // Where an app may set cookies at all, it may set its own.
      if (cookies.some((cookie) => cookie.startsWith("own=")))
        expect(cookies.map((cookie) => cookie.split("=")[0])).toEqual(
          expect.arrayContaining(["everywhere", "others", "own", "default"]),
        );
    }
    const [page = "", , , , upload = ""] = answers;
    for (const head of [page, upload]) expect(head).toMatch(/own=1/);
  });

  const ofTheOrigin = [
    "Accept-CH:Sec-CH-UA-Model",
    'Alt-Svc:h2="evil.test:443"',
    'Clear-Site-Data:"*"',
    "Cross-Origin-Opener-Policy:unsafe-none",
    'NEL:{"report_to":"x","max_age":1}',
    "Origin-Agent-Cluster:?0",
    "Referrer-Policy:unsafe-url",
    'Report-To:{"group":"x","max_age":1,"endpoints":[{"url":"https://evil.test"}]}',
    'Reporting-Endpoints:x="https://evil.test"',
    "Service-Worker-Allowed:/",
    "Set-Login:logged-out",
    "Strict-Transport-Security:max-age=0",
    'WWW-Authenticate:Basic realm="evil"',
    "X-Content-Type-Options:none",
    "X-Frame-Options:ALLOWALL",
  ];

  test("what an app says of the whole origin is dropped, on every path and at every status", async () => {
    for (const head of await answersOf(["X-Said:1", ...ofTheOrigin])) {
      expect(named(head, "X-Said")).toEqual(["1"]);
      for (const header of ofTheOrigin) {
        const name = header.slice(0, header.indexOf(":"));
        expect([name, named(head, name)]).not.toEqual([name, expect.arrayContaining([header.slice(name.length + 1)])]);
        // The gateway's own, once.
        expect(named(head, name).length).toBeLessThanOrEqual(1);
      }
      if (statusOf(head) !== 101)
        expect(named(head, "Strict-Transport-Security")).toEqual(["max-age=63072000"]);
    }
  }); // prettier-ignore

  test("an app's own policy for its pages stays, beside the gateway's", async () => {
    const [head = ""] = await answersOf(["Content-Security-Policy:script-src 'none'"]);
    expect(named(head, "Content-Security-Policy")).toEqual(
      expect.arrayContaining(["script-src 'none'", expect.stringContaining("frame-ancestors")]),
    );
  });

  test("an app does not have the files of another delivered, nor those of the gateway", async () => {
    for (const [path, to] of [
      ["/echo/static/js/a.DKN5MVff.js", "/limited/static/index.html"],
      ["/echo/static/js/b.DKN5MVff.js", "/open/static/index.html"],
      ["/echo/static/a.txt", "/limited/static/index.html"],
      ["/echo/page", "/open/"],
      ["/echo/page", "/_gateway/403.html"],
      ["/echo/page", "/_gateway/auth/open"],
      ["/echo/page", "@open_slash"],
    ] as const) {
      const answer = await client().request(saying(path, [`X-Accel-Redirect:${to}`]), { user: "bob" });
      expect([to, answer.status]).toEqual([to, 200]);
      expect((JSON.parse(answer.body.toString()) as Arrived).headers).not.toHaveLength(0);
    }
  });

  test.each([
    ["an app's page", "/open/"],
    ["an app's own file", "/echo/worker.js"],
    ["a file of Streamlit's own", "/open/static/js/index.js"],
    ["the index page", "/"],
  ])("no script may become a service worker: %s", async (_kind, path) => {
    for (const user of ["bob", undefined])
      expect(
        (
          await client().request(path, {
            ...(user !== undefined && { user }),
            headers: { "Service-Worker": "script" },
          })
        ).status,
      ).toBe(403);
  });
}
