/** The identity provider for the tests of single sign-on, and the visitor that signs in at it. */
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { identityProject } from "../../leftovers";
import { createNetwork, dockerRunner, type IdentityNetwork } from "../../oidc/docker";
import { accounts } from "../../oidc/provider/accounts";
import { TestProvider } from "../../oidc/provider/provider";
import { cookieHeader, signIn, type SignedIn, type SignInArgs } from "../../oidc/sign-in";
import { RelyingParty, type SessionPage, type Tokens } from "../support/relying-party";
import { type Answer, request } from "../support/client";
import { containersOf, python } from "./docker";

const project = "contract-oidc-provider";
const port = 19543;
const issuer = `https://id.test:${String(port)}`;

let site: RelyingParty;
let network: IdentityNetwork;
let provider: TestProvider;

beforeAll(async () => {
  site = await RelyingParty.start();
  network = await createNetwork(project);
  provider = await TestProvider.start({
    runner: dockerRunner(project, [network.name]),
    port,
    clients: [site.client],
  });
  Object.assign(site.provider, { host: "id.test", port, ca: provider.ca });
}, 60_000);

afterAll(async () => {
  await site.stop();
  await provider.stop();
  await network.remove();
});

const enter = (user: string, options: Partial<SignInArgs> = {}): Promise<SignedIn> =>
  signIn({ site, provider, user, ...options });

const json = <T>({ body }: Answer): T => JSON.parse(body.toString("utf8")) as T;

const ask = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  request(site.provider, path, { headers });

/** The claims of a token, whose signature, issuer, audience and times are right. */
async function verified(token: string): Promise<JWTPayload> {
  const keys = createLocalJWKSet(json<JSONWebKeySet>(await ask("/jwks")));
  const { payload } = await jwtVerify(token, keys, { issuer, audience: site.client.id });
  return payload;
}

const refresh = ({ refresh_token }: Tokens): Promise<Answer> =>
  site.token({ grant_type: "refresh_token", refresh_token });

/** The URL at which a visitor leaves the provider. */
function farewell(parameters: Record<string, string>): string {
  return `${issuer}/session/end?${new URLSearchParams(parameters).toString()}`;
}

describe("signing in", () => {
  test.each(Object.keys(accounts))("the ID token and the user info have the claims of %s", async (user) => {
    const { last } = await enter(user);
    const page = json<SessionPage>(last);
    const claims = await verified(page.id_token);
    expect(claims).toMatchObject(accounts[user] ?? {});
    expect(claims.nonce).toBe(page.nonce);
    const info = await ask("/me", { Authorization: `Bearer ${page.access_token}` });
    expect(json(info)).toEqual(accounts[user]);
  });

  test("the accounts are of the kinds that the tests need", () => {
    expect(accounts.alice).toMatchObject({ name: "Alice Archer", groups: ["staff", "finance"] });
    expect(accounts.jose).toMatchObject({ preferred_username: "josé", groups: ["staff", "küche"] });
    expect(accounts.many?.groups).toHaveLength(200);
    expect(new Set(accounts.many?.groups).size).toBe(200);
    expect(accounts.many?.groups?.every((group) => group.length === 20)).toBe(true);
    expect(accounts.unverified?.email_verified).toBe(false);
    expect(accounts.nogroups).not.toHaveProperty("groups");
  });

  test("it leads to the page that was asked for, over both hosts", async () => {
    const { last, steps, jar } = await enter("alice", { path: "/open/?a=1&b=2" });
    expect(last.status).toBe(200);
    expect(last.url).toBe(`${site.origin}/open/?a=1&b=2`);
    expect(json<SessionPage>(last).url).toBe("/open/?a=1&b=2");
    expect(
      steps.map(({ method, url, status }) => `${method} ${new URL(url).host} ${String(status)}`),
    ).toEqual([
      `GET ${new URL(site.origin).host} 302`,
      `GET id.test:${String(port)} 303`,
      `GET id.test:${String(port)} 200`,
      `POST id.test:${String(port)} 303`,
      `GET id.test:${String(port)} 303`,
      `GET ${new URL(site.origin).host} 302`,
      `GET ${new URL(site.origin).host} 200`,
    ]);
    expect(cookieHeader(jar, site.origin)).toMatch(/__Host-session=/);
    expect(cookieHeader(jar, site.origin.replace("https", "http"))).toBe("");
    expect(cookieHeader(jar, issuer)).not.toMatch(/__Host-session=/);
  });

  test("a user who is signed in at the provider is not asked again", async () => {
    const { jar, visitor, last } = await enter("bob");
    await visitor.open(`${site.origin}/goodbye`);
    const again = await enter("bob", { jar, password: "not the password" });
    expect(again.last.url).toBe(last.url);
    expect(again.last.status).toBe(200);
  });

  test.each([
    ["a wrong password", "alice", "not the password"],
    ["a name without an account", "nobody", undefined],
  ])("with %s it ends on the sign-in page", async (_what, user, password) => {
    const { last } = await enter(user, password === undefined ? {} : { password });
    expect(last.status).toBe(401);
    expect(last.url).toMatch(`${issuer}/interaction/`);
    expect(last.body.toString("utf8")).toContain("Wrong user or password.");
  });

  test("a cookie that breaks the rules of its prefix is an error", async () => {
    await expect(enter("alice", { path: "/broken" })).rejects.toThrow("__Host");
  });

  test("a redirect to an unknown server is an error", async () => {
    await expect(
      signIn({ site, provider: { ...provider, issuer: "https://other.test" }, user: "alice" }),
    ).rejects.toThrow(`sent to ${issuer}/auth`);
  });

  test("each path is counted", async () => {
    const before = await provider.requests();
    await enter("alice");
    const after = await provider.requests();
    const more = Object.entries(after).map(([path, count]) => [path, count - (before[path] ?? 0)]);
    expect(Object.fromEntries(more)).toMatchObject({
      "/auth": 1,
      "/auth/:uid": 1,
      "/interaction/:uid": 2,
      "/token": 1,
    });
  });
});

describe("what the provider refuses", () => {
  test("a client with a wrong secret", async () => {
    const answer = await site.token(
      { grant_type: "refresh_token", refresh_token: "any" },
      { ...site.client, secret: "another" },
    );
    expect(answer.status).toBe(401);
    expect(json(answer)).toMatchObject({ error: "invalid_client" });
  });

  test("a way back that is not registered", async () => {
    const answer = await ask(site.authorization({ redirect_uri: "https://rp.test/elsewhere" }));
    expect(answer.status).toBe(400);
    expect(answer.body.toString("utf8")).toMatch(/^invalid_redirect_uri: /);
  });

  test.each([
    ["no PKCE", {}],
    ["PKCE with the plain method", { code_challenge: "x".repeat(43), code_challenge_method: "plain" }],
  ])("%s", async (_what, parameters) => {
    const answer = await ask(site.authorization(parameters));
    const { origin, pathname, searchParams } = new URL(answer.headers.location ?? "");
    expect(origin + pathname).toBe(`${site.origin}/callback`);
    expect(searchParams.get("error")).toBe("invalid_request");
  });

  test("control without the key", async () => {
    expect((await ask("/control")).status).toBe(401);
  });
});

describe("tokens", () => {
  test("are good for as long as was asked, and are refreshed, each refresh token once", async () => {
    const first = json<SessionPage>((await enter("alice")).last);
    const { iat = 0, exp } = await verified(first.id_token);
    expect([first.expires_in, exp]).toEqual([300, iat + 300]);

    const second = json<Tokens>(await refresh(first));
    expect(await verified(second.id_token)).toMatchObject(accounts.alice ?? {});
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(json(await refresh(first))).toMatchObject({ error: "invalid_grant" });
  });

  test("are neither refreshed nor given to a user who is disabled", async () => {
    const { last, visitor } = await enter("carol");
    const tokens = json<SessionPage>(last);
    await provider.disable("carol");
    try {
      const refused = await refresh(tokens);
      expect(refused.status).toBe(400);
      expect(json(refused)).toMatchObject({ error: "invalid_grant" });
      expect((await enter("carol")).last.status).toBe(401);
      // A session at the provider is of no use either.
      await visitor.open(`${site.origin}/goodbye`);
      const again = await visitor.open(site.origin);
      expect([again.status, again.url]).toEqual([200, expect.stringMatching(`${issuer}/interaction/`)]);
    } finally {
      await provider.enable("carol");
    }
    expect((await enter("carol")).last.status).toBe(200);
  });

  test("that the test makes are as good as the provider's own, unless they are not meant to be", async () => {
    const { iat, exp, ...claims } = await verified(await provider.token("jose"));
    expect(claims).toEqual({ ...accounts.jose, iss: issuer, aud: site.client.id });
    expect((exp ?? 0) - (iat ?? 0)).toBe(300);

    const now = Math.floor(Date.now() / 1000);
    const refusals: [string, Parameters<TestProvider["token"]>[1]][] = [
      ['"aud"', { claims: { aud: "another" } }],
      ['"iss"', { claims: { iss: "https://other.test" } }],
      ['"exp"', { claims: { exp: now - 3600 } }],
      ["signature verification failed", { foreignKey: true }],
    ];
    for (const [message, overrides] of refusals)
      await expect(verified(await provider.token("jose", overrides))).rejects.toThrow(message);
    expect(() => provider.token("nobody")).toThrow("does not know nobody");
  });
});

describe("signing out at the provider", () => {
  test("with an ID token it ends the session at once and leads back", async () => {
    const { last, visitor } = await enter("alice");
    const { id_token, ...tokens } = json<SessionPage>(last);
    const back = `${site.origin}/goodbye`;
    const end = await visitor.open(farewell({ id_token_hint: id_token, post_logout_redirect_uri: back }));
    expect(end.url).toBe(back);
    expect((await visitor.open(site.origin)).url).toMatch(`${issuer}/interaction/`);
    expect(json(await refresh({ id_token, ...tokens }))).toMatchObject({ error: "invalid_grant" });
  });

  test("without one it asks first", async () => {
    const { visitor } = await enter("alice");
    const page = await visitor.open(farewell({}));
    expect(page.body.toString("utf8")).toContain("<button>Sign out</button>");
    const end = await visitor.submit(page);
    expect(end.url).toBe(`${issuer}/session/end/success`);
    await visitor.open(`${site.origin}/goodbye`);
    expect((await visitor.open(site.origin)).url).toMatch(`${issuer}/interaction/`);
  });

  test("it does not lead to a URL that is not registered", async () => {
    const { last, visitor } = await enter("alice");
    const { id_token } = json<SessionPage>(last);
    const elsewhere = farewell({ id_token_hint: id_token, post_logout_redirect_uri: "https://evil.test/" });
    expect((await visitor.open(elsewhere)).status).toBe(400);
  });
});

test("containers on the provider's network find it under its issuer's name", async () => {
  const [container] = await containersOf(identityProject(project));
  const { code, output } = await python(
    container?.Id ?? "",
    "import json, socket, ssl, urllib.request",
    `context = ssl.create_default_context(cadata=${JSON.stringify(provider.ca)})`,
    `answer = urllib.request.urlopen("${issuer}/.well-known/openid-configuration", context=context)`,
    'print(json.load(answer)["issuer"], socket.gethostbyname("id.test"))',
  );
  const address = container?.NetworkSettings.Networks[network.name]?.IPAddress ?? "none";
  expect({ code, output: output.trim() }).toEqual({ code: 0, output: `${issuer} ${address}` });
});
