/** What an attacker tries who knows oauth2-proxy: each of these was somebody's way in. */
import { identityProject } from "../../leftovers";
import { cookieHeader } from "../../oidc/sign-in";
import { docker, run } from "../support/docker";
import type { OidcContract } from "../support/site";

/** Register the tests. */
export function oidcAttacks(contract: OidcContract): void {
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
        expect(new URL(answer.headers.location ?? "").origin).toBe(contract.provider.issuer);
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
    expect(location.origin).toBe(contract.provider.issuer);
    expect(location.searchParams.get("redirect_uri")).toBe(`${contract.client.origin}/oauth2/callback`);
    expect(location.searchParams.get("state")).toMatch(/:https:\/\/analytics\.test:18443\/limited\/\?x=1$/);
    for (const path of ["/limited/_stcore/health", "/limited/_stcore/agent/interact"])
      expect((await contract.client.request(path, { headers })).status).toBe(401);
    // With bob's session it is still bob, who may not.
    expect((await contract.client.request("/limited/_stcore/health", { user: "bob", headers })).status).toBe(
      403,
    );
  });

  test("the place to come back to is not for others to choose", async () => {
    for (const rd of [`${evil}/`, "//evil.test/", "/\\evil.test", "/%09/evil.test", "@evil.test"]) {
      const { last } = await contract.signIn("bob", `/open/?rd=${encodeURIComponent(rd)}`);
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
    const { jar } = await contract.signIn("bob");
    const [, value = ""] = cookieHeader(jar, contract.client.origin).split(/=(.*)/);
    for (const headers of [
      ...csrf.map((text) => ({ Cookie: `__Host-oauth2_proxy_18443=${text}` })),
      { Cookie: `_oauth2_proxy=${value}` },
      { Cookie: `__Host-oauth2_proxy=${value}` },
      { Cookie: `__Host-oauth2_proxy_18444=${value}` },
      { Cookie: `__host-oauth2_proxy_18443=${value}` },
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
      const who = (name: string): string | undefined =>
        headers.find(([header]) => header.toLowerCase() === name)?.[1];
      expect(who("x-forwarded-email")).toBe(`${who("x-forwarded-user") ?? ""}@example.com`);
      expect(answer.body.toString()).not.toContain("__Host-oauth2");
    }
  });

  test("who reaches oauth2-proxy by another network than the gateway's has no say in who asks", async () => {
    const name = identityProject(contract.project);
    const info = await docker.getContainer(contract.container("oauth2-proxy")).inspect();
    const address = info.NetworkSettings.Networks[name]?.IPAddress ?? "";
    expect(address).not.toBe("");
    const stranger = await docker.createContainer({
      Image: (await docker.getContainer(contract.container("echo")).inspect()).Image,
      Cmd: ["sleep", "60"],
      Labels: { "streamlit.project": contract.project },
      HostConfig: { NetworkMode: name, AutoRemove: true, Init: true },
    });
    await stranger.start();
    try {
      const { output } = await run(
        stranger.id,
        "python3",
        "-c",
        [
          "import http.client",
          `c = http.client.HTTPConnection(${JSON.stringify(address)}, 4180, timeout=5)`,
          "for path in ['/oauth2/auth', '/oauth2/start']:",
          "    c.request('GET', path, headers={'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Uri': '/ping', 'X-Forwarded-User': 'alice'})",
          "    r = c.getresponse(); r.read(); print(r.status, r.getheader('Location', ''))",
        ].join("\n"),
      );
      expect(output).toMatch(/^401 \n302 /);
      // Where to come back to is in the state: were its word taken, it would be there.
      expect(decodeURIComponent(output)).not.toMatch(/evil|\/ping/);
    } finally {
      await stranger.remove({ force: true });
    }
  });

  test("Redis is reached by nobody but oauth2-proxy, and asks it for a password", async () => {
    if (!contract.signInContainers.includes("redis")) {
      expect(contract.outputs.containers).not.toHaveProperty("redis");
      return;
    }
    const redis = await docker.getContainer(contract.container("redis")).inspect();
    const networks = Object.values(redis.NetworkSettings.Networks);
    expect(networks).toHaveLength(1);
    const network = (await docker.getNetwork(networks[0]?.NetworkID ?? "").inspect()) as {
      Containers: Record<string, unknown>;
      Internal: boolean;
    };
    const proxy = await docker.getContainer(contract.container("oauth2-proxy")).inspect();
    expect(Object.keys(network.Containers).sort()).toEqual([proxy.Id, redis.Id].sort());
    expect(network.Internal).toBe(true);
    for (const command of [
      ["keys", "*"],
      ["get", "x"],
      ["config", "get", "*"],
      ["flushall"],
      ["acl", "list"],
    ]) {
      const { output } = await run(contract.container("redis"), "redis-cli", ...command);
      expect(output).toMatch(/NOPERM/);
    }
    expect((await run(contract.container("redis"), "redis-cli", "ping")).output.trim()).toBe("PONG");
  });
}
