/** What an attacker tries who knows oauth2-proxy: each of these was a vulnerability once. */
import { cookieHeader } from "../../oidc/sign-in";
import type { OidcSignIn } from "../sign-ins/oidc";
import { appNames, ports } from "../support/apps";
import { connect } from "../support/connect";
import type { ContractSite } from "../support/site";

/** Register the tests. */
export function oidcAttacks(contract: ContractSite<OidcSignIn>): void {
  const evil = "https://evil.test";

  test.each([
    "/oauth2/start?rd=https://evil.test/",
    "/oauth2/sign_in?rd=https://evil.test/",
    "/oauth2/auth",
    "/oauth2/auth?allowed_groups=",
    "/oauth2/userinfo",
    "/oauth2/static/css/bulma.min.css",
    "/oauth2/",
    "/oauth2/callback/",
    "/oauth2/callback/x",
    "/oauth2/sign_out/x",
    "/oauth2/../oauth2/auth",
    "/OAuth2/auth",
    "/ping",
    "/ready",
    "/metrics",
    "/robots.txt",
  ])("%s of oauth2-proxy is not public", async (path) => {
    for (const user of [undefined, "bob"]) {
      const answer = await contract.client.request(path, user === undefined ? {} : { user });
      expect([302, 400, 403, 404]).toContain(answer.status);
      expect(answer.headers.location ?? "").not.toContain("evil");
      if (answer.status === 302)
        expect(new URL(answer.headers.location ?? "").origin).toBe(contract.signIn.provider.issuer);
      expect(answer.body.toString()).not.toMatch(/bulma|"email"|User-agent|go_goroutines|^OK$/);
    }
  });

  test.each([
    { "X-Forwarded-Uri": "/healthz" },
    { "X-Forwarded-Uri": "//evil.test/" },
    { "X-Forwarded-Host": "evil.test" },
    { "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80" },
    { "X-Forwarded-Method": "GET", "X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz" },
    { "X-Auth-Request-Redirect": `${evil}/` },
    { "X-Auth-Request-Redirect": "//evil.test" },
    { "X-Real-IP": "127.0.0.1", "X-Forwarded-For": "127.0.0.1" },
    { "User-Agent": "GoogleHC/1.0" },
    { "User-Agent": "kube-probe/1.31" },
    {
      "X-Forwarded-User": "alice",
      "X-Auth-Request-User": "alice",
      "X-Auth-Request-Email": "alice@example.com",
    },
    { "GAP-Auth": "alice@example.com" },
  ])("headers that a proxy would send change nothing: %j", async (headers) => {
    const page = await contract.client.request("/limited/?x=1", { headers });
    expect(page.status).toBe(302);
    const location = new URL(page.headers.location ?? "");
    expect(location.origin).toBe(contract.signIn.provider.issuer);
    expect(location.searchParams.get("redirect_uri")).toBe(`${contract.client.origin}/oauth2/callback`);
    expect(location.searchParams.get("state")).toMatch(
      new RegExp(`:https://analytics\\.test:${ports.https}/limited/\\?x=1$`),
    );
    for (const path of ["/limited/_stcore/health", "/limited/_stcore/agent/interact"])
      expect((await contract.client.request(path, { headers })).status).toBe(401);
    // With bob's session it is still bob, and he is not on the guest list.
    expect((await contract.client.request("/limited/_stcore/health", { user: "bob", headers })).status).toBe(
      403,
    );
  });

  test("the place to come back to is not for others to choose", async () => {
    for (const rd of [`${evil}/`, "//evil.test/", "/\\evil.test", "/%09/evil.test", "@evil.test"]) {
      const { last } = await contract.signIn.signInAs("bob", `/open/?rd=${encodeURIComponent(rd)}`);
      expect([last.status, new URL(last.url).origin]).toEqual([200, contract.client.origin]);
    }
    // A state that was tampered with: its second half is the place.
    const start = await contract.client.request("/open/");
    const state = new URL(start.headers.location ?? "").searchParams.get("state") ?? "";
    const cookie = (start.headers["set-cookie"] ?? []).map((set) => set.split(";")[0]).join("; ");
    const tampered = `${state.split(":")[0] ?? ""}:${evil}/`;
    const answer = await contract.client.request(
      `/oauth2/callback?code=x&state=${encodeURIComponent(tampered)}`,
      { headers: { Cookie: cookie } },
    );
    expect(answer.headers.location ?? "").not.toContain("evil");
    expect([403, 500]).toContain(answer.status);
  });

  test("a cookie of another site, or of another purpose, is no session", async () => {
    const start = await contract.client.request("/open/");
    const csrf = (start.headers["set-cookie"] ?? []).map((set) => /=([^;]*)/.exec(set)?.[1] ?? "");
    const { jar } = await contract.signIn.signInAs("bob");
    const [, value = ""] = cookieHeader(jar, contract.client.origin).split(/=(.*)/);
    for (const headers of [
      ...csrf.map((text) => ({ Cookie: `__Host-oauth2_proxy_${ports.https}=${text}` })),
      { Cookie: `_oauth2_proxy=${value}` },
      { Cookie: `__Host-oauth2_proxy=${value}` },
      { Cookie: `__Host-oauth2_proxy_${ports.https + 1}=${value}` },
      { Cookie: `__host-oauth2_proxy_${ports.https}=${value}` },
    ])
      expect((await contract.client.request("/open/_stcore/health", { headers })).status).toBe(401);
  });

  test("a second cookie of the same name does not make one person of two", async () => {
    const bob = contract.client.signedIn("bob").Cookie ?? "";
    const alice = contract.client.signedIn("alice").Cookie ?? "";
    for (const cookie of [`${bob}; ${alice}`, `${alice}; ${bob}`]) {
      const answer = await contract.client.request("/echo/x", { headers: { Cookie: cookie } });
      expect(answer.status).toBe(200);
      const { headers } = JSON.parse(answer.body.toString()) as { headers: [string, string][] };
      const value = (name: string): string | undefined =>
        headers.find(([header]) => header.toLowerCase() === name)?.[1];
      expect(value("x-forwarded-email")).toBe(`${value("x-forwarded-user") ?? ""}@example.com`);
      expect(answer.body.toString()).not.toContain("__Host-oauth2");
    }
  });

  test("oauth2-proxy and Redis are not reached from an app, nor from outside the site", async () => {
    const attempts = await Promise.all(
      contract.signIn.parts.map(async (part) =>
        (await contract.target.endpointsOf(part)).map((endpoint) => ({
          ...endpoint,
          ...(part === "redis"
            ? { send: "PING\r\n", expect: "+PONG\r\n" }
            : { send: "GET /ping HTTP/1.0\r\n\r\n", expect: "\r\n\r\nOK" }),
        })),
      ),
    );
    expect(attempts.flat().length).toBeGreaterThan(0);
    // These are the words: oauth2-proxy gives them to itself. Redis is asked for its own below.
    const ping = await contract.target.exec("oauth2-proxy", "wget", "-qO-", "http://127.0.0.1:4180/ping");
    expect(ping).toEqual({ code: 0, output: "OK" });
    for (const app of appNames) {
      const { answered } = await connect(contract.inside(app), attempts.flat());
      expect([app, answered]).toEqual([app, []]);
    }
    await contract.target.fromOutside(async (exec) => {
      expect((await connect(exec, attempts.flat())).answered).toEqual([]);
    });
  });

  test("Redis asks for a password, and its user without one may do nothing", async () => {
    if (!contract.signIn.parts.includes("redis")) {
      expect(await contract.target.parts()).not.toContain("redis");
      return;
    }
    for (const command of [
      ["keys", "*"],
      ["get", "x"],
      ["config", "get", "*"],
      ["flushall"],
      ["acl", "list"],
    ]) {
      const { output } = await contract.target.exec("redis", "redis-cli", ...command);
      expect(output).toMatch(/NOPERM/);
    }
    expect((await contract.target.exec("redis", "redis-cli", "ping")).output.trim()).toBe("PONG");
  });
}
