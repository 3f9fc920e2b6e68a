/** Contract 4: the identity that the app is told. `echo` shows what arrives to the byte, the probe what `st.user` has. */
import { once } from "node:events";
import { ports } from "../support/apps";
import type { Headers } from "../support/client";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Names by which proxies pass an identity on. */
const names = [
  "X-Forwarded-User",
  "X-Forwarded-Email",
  "X-Forwarded-Preferred-Username",
  "X-Forwarded-Groups",
  "X-Forwarded-Access-Token",
  "X-Auth-Request-User",
  "X-Auth-Request-Email",
  "X-Auth-Request-Groups",
  "X-Auth-Request-Preferred-Username",
  "X-Auth-Request-Access-Token",
  "Remote-User",
  "Remote-Email",
  "Remote-Groups",
  "Remote-Name",
  "X-Remote-User",
  "X-User",
  "X-Streamlit-User",
  "X-WebAuth-User",
  "Cf-Access-Authenticated-User-Email",
  "Cf-Access-Jwt-Assertion",
  "X-Goog-Authenticated-User-Email",
  "X-Goog-Iap-Jwt-Assertion",
  "X-Amzn-Oidc-Data",
  "X-Amzn-Oidc-Identity",
  "X-MS-Client-Principal-Name",
  "Tailscale-User-Login",
  "X-Real-IP",
  "Forwarded",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "X-Forwarded-Port",
  "X-Forwarded-Prefix",
  "X-Forwarded-Server",
];

const spellings: [kind: string, spell: (name: string) => string][] = [
  ["as they are written", (name) => name],
  ["in lower case", (name) => name.toLowerCase()],
  ["in upper case", (name) => name.toUpperCase()],
  ["with underscores", (name) => name.replaceAll("-", "_")],
  ["with one underscore", (name) => name.replace(/-(?=[^-]*$)/, "_")],
  ["as CGI names them", (name) => `HTTP_${name.replaceAll("-", "_").toUpperCase()}`],
];

const forged = "forged-by-mallory";

interface Arrived {
  line: string;
  headers: [name: string, value: string][];
}

/** Register the tests. */
export function identity(contract: ContractSite): void {
  const { email, groups } = contract.signIn.bob;
  /** What the gateway itself says about a request of bob's. */
  const own = {
    "x-forwarded-user": ["bob"],
    "x-forwarded-preferred-username": ["bob"],
    ...(email !== null && { "x-forwarded-email": [email] }),
    ...(groups !== null && { "x-forwarded-groups": [groups] }),
    "x-forwarded-host": [`analytics.test:${ports.https}`],
    "x-forwarded-port": [`${ports.https}`],
    "x-forwarded-proto": ["https"],
    host: [`analytics.test:${ports.https}`],
  };

  const expectOnlyTheTruth = (arrived: Arrived): void => {
    expect(JSON.stringify(arrived)).not.toContain(forged);
    for (const secret of Object.values(contract.client.signedIn("bob")))
      expect(JSON.stringify(arrived)).not.toContain(secret);
    const byName: Record<string, string[]> = {};
    for (const [name, value] of arrived.headers) (byName[name.toLowerCase()] ??= []).push(value);
    expect(byName).toMatchObject(own);
    expect(byName["x-real-ip"]).toEqual(byName["x-forwarded-for"]);
    for (const name of names)
      if (!(name.toLowerCase() in own) && !["x-real-ip", "x-forwarded-for"].includes(name.toLowerCase()))
        expect([name, byName[name.toLowerCase()]]).toEqual([name, undefined]);
    for (const name of Object.keys(byName)) expect(name).not.toContain("_");
    expect(byName.authorization).toBeUndefined();
  };

  const lies = (spell: (name: string) => string, times: number): Headers =>
    Object.fromEntries(names.map((name) => [spell(name), Array.from({ length: times }, () => forged)]));

  describe.each(spellings)("headers sent %s", (_kind, spell) => {
    test.each([
      ["a page", "/echo/page?x=1", "GET"],
      ["an upload", "/echo/_stcore/upload_file/a/b", "PUT"],
      ["the agent API", "/echo/_stcore/agent/interact", "POST"],
      ["a deletion", "/echo/_stcore/upload_file/a/b", "DELETE"],
    ])("never arrive with %s", async (_path, path, method) => {
      for (const times of [1, 2]) {
        const answer = await contract.client.request(path, {
          method,
          user: "bob",
          headers: lies(spell, times),
          ...(method === "GET" ? {} : { body: "x" }),
        });
        expect(answer.status).toBe(200);
        expectOnlyTheTruth(JSON.parse(answer.body.toString()) as Arrived);
      }
    });

    test("never arrive with the websocket", async () => {
      for (const times of [1, 2]) {
        const socket = await contract.client.socket("/echo/_stcore/stream", {
          user: "bob",
          headers: lies(spell, times),
        });
        const [message] = (await once(socket, "message")) as [Buffer];
        expectOnlyTheTruth(JSON.parse(message.toString()) as Arrived);
      }
    });
  });

  test("an asset is asked for without lies or passwords as well", async () => {
    const answer = await contract.client.request("/echo/static/unknown.js", {
      user: "bob",
      headers: lies(String, 1),
    });
    const text = answer.body.toString();
    expect(text).not.toContain(forged);
    expect(text).not.toMatch(/authorization/i);
  });

  test.each([
    ["a space before the colon", "X-Forwarded-User : "],
    ["a space before the name", " X-Forwarded-User: "],
    ["a tab after the name", "X-Forwarded-User\t: "],
    ["a folded line", "X-Folded: 1\r\n X-Forwarded-User: "],
    ["a NUL in the name", "X-Forwarded-User\0: "],
    ["a carriage return alone", "X-Other: 1\rX-Forwarded-User: "],
    ["a line feed alone", "X-Other: 1\nX-Forwarded-User: "],
    ["an empty name", ": 1\r\nX-Forwarded-User: "],
    ["the connection's own header", "Connection: X-Forwarded-User, close\r\nX-Forwarded-User: "],
    ["a chunked body's trailer", ""],
  ])("%s does not slip through", async (kind, start) => {
    const head = (more: string): string =>
      `Host: ${contract.client.authority}\r\n${contract.client.headerLine("bob")}\r\n${more}\r\n`;
    const answer = await contract.client.raw(
      kind === "a chunked body's trailer"
        ? `POST /echo/page HTTP/1.1\r\n${head("Transfer-Encoding: chunked\r\nTrailer: X-Forwarded-User\r\n")}1\r\nx\r\n0\r\nX-Forwarded-User: ${forged}\r\n\r\n`
        : `GET /echo/page HTTP/1.1\r\n${head(`${start}${forged}\r\n`)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (200|400)/);
    expect(answer).not.toContain(forged);
    if (answer.startsWith("HTTP/1.1 200")) expect(answer).toContain('["X-Forwarded-User", "bob"]');
  });

  test("st.user has the name without a line of code in the app, and nothing that a client made up", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", {
      user: "bob",
      headers: lies(String, 2),
    });
    const { user, headers } = await session.page();
    expect(user).toEqual({ user: "bob", name: "bob", email, groups });
    expect(JSON.stringify(headers)).not.toContain(forged);
    expect(headers).toMatchObject(own);
    expect(headers).not.toHaveProperty("authorization");
    await session.drop();
  });

  test("the agent API tells the app the same", async () => {
    const answer = await contract.client.request("/open/_stcore/agent/interact", {
      method: "POST",
      user: "bob",
      headers: {
        "Content-Type": "application/json",
        ...lies(String, 1),
        ...lies((name) => name.toLowerCase(), 1),
      },
      body: "{}",
    });
    const text = answer.body.toString();
    expect(answer.status).toBe(200);
    expect(text.replaceAll("\\", "")).toContain('"user": "bob"');
    expect(text).not.toContain(forged);
  });

  test("a session is not handed to another user", async () => {
    const alices = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await alices.click();
    await alices.drop();
    const bobs = await StreamlitSession.open(contract.client, "/open", { user: "bob", resume: alices });
    expect(await bobs.page()).toMatchObject({ user: { user: "bob" }, clicks: 0 });
    await bobs.drop();
  });
}
