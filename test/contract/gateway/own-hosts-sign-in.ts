/** Sign-in at hosts of apps' own by the session of the site's host, and its end. */
import { setTimeout as delay } from "node:timers/promises";
import { cookieHeader, type Visitor } from "../../oidc/sign-in";
import { ownHostsOfApps, ports } from "../support/apps";
import { type Answer, type Headers, SiteClient } from "../support/client";
import type { OidcSignIn } from "../sign-ins/oidc";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function ownHostsSignIn(contract: ContractSite<OidcSignIn>): void {
  const [own, other] = [ownHostsOfApps.own, ownHostsOfApps.other].map(
    (host) => `https://${host}:${String(ports.https)}`,
  ) as [string, string];
  const at = (origin: string): SiteClient =>
    new SiteClient(new URL(origin).hostname, ports, contract.client.ca, () => ({}));
  const status = async (origin: string, cookie: string, path = "/_stcore/health"): Promise<number> =>
    (await at(origin).request(path, { headers: { Cookie: cookie } })).status;
  const site = (): string => contract.client.origin;
  const pathOf = (url: string): string => url.slice(new URL(url).origin.length);

  /** Somebody who is signed in at the site's host, and has not been at any other. */
  const signedIn = async (user: string): Promise<Visitor> => {
    const { jar } = await contract.signIn.signInAs(user);
    return contract.signIn.visitor(jar, own, other);
  };
  const cookieAt = (visitor: Visitor, origin: string): string => cookieHeader(visitor.jar, origin);

  test("nobody types a second time: from the site's host to each of the others", async () => {
    const visitor = await signedIn("alice");
    for (const page of [`${own}/page?a=1&b=%20x`, `${other}/x`]) {
      const last = await visitor.open(page);
      expect([last.status, last.url]).toEqual([200, page]);
    }
    expect(visitor.steps.map(({ url }) => new URL(url).origin)).not.toContain(
      new URL(contract.signIn.provider.issuer).origin,
    );
    // No address that a page is at has a code.
    for (const { url, status } of visitor.steps) if (status === 200) expect(url).not.toMatch(/code=|state=/);
  });

  test("a deep link at an app's host survives the sign-in at the provider", async () => {
    const visitor = contract.signIn.visitor(undefined, own, other);
    const form = await visitor.open(`${own}/page?id=7`);
    expect(new URL(form.url).origin).toBe(new URL(contract.signIn.provider.issuer).origin);
    const last = await contract.signIn.typeIn(visitor, form, "alice");
    expect([last.status, last.url]).toEqual([200, `${own}/page?id=7`]);
  });

  test("somebody who is not on its guest list is refused there, and still signed in elsewhere", async () => {
    const visitor = await signedIn("bob");
    const refused = await visitor.open(`${own}/`);
    expect(refused.status).toBe(403);
    expect(refused.body.toString()).toMatch(/Signed in as bob ?</);
    expect((await visitor.open(`${other}/`)).status).toBe(200);
  });

  test("the cookie of a host is of no use at any other, and hides the session", async () => {
    const visitor = await signedIn("alice");
    await visitor.open(`${own}/`);
    await visitor.open(`${other}/`);
    const [ofOwn, ofOther, ofSite] = [
      cookieAt(visitor, own),
      cookieAt(visitor, other),
      cookieAt(visitor, site()),
    ];
    expect([await status(own, ofOwn), await status(other, ofOther)]).toEqual([200, 200]);
    expect([await status(own, ofOther), await status(other, ofOwn)]).toEqual([401, 401]);
    expect([await status(own, ofSite), await status(other, ofSite)]).toEqual([401, 401]);
    for (const cookie of [ofOwn, ofOther, ofOther.replace("_sealed=", "=")])
      expect(await status(site(), cookie, "/open/_stcore/health")).toBe(401);
    const ticket = new RegExp(`__Host-oauth2_proxy_${ports.https}=([^;]*)`).exec(ofSite)?.[1] ?? "";
    expect(ticket.length).toBeGreaterThan(40);
    expect(JSON.stringify(visitor.steps)).not.toContain(ticket.slice(0, 30));
  });

  test("nothing of oauth2-proxy is public at an app's host", async () => {
    for (const path of [
      "/oauth2/auth",
      "/oauth2/start",
      "/oauth2/callback",
      "/oauth2/app",
      "/oauth2/userinfo",
    ])
      expect([path, (await at(own).request(path)).status]).toEqual([path, 404]);
  });

  describe("a code", () => {
    /** The answer of the site's host to a start of somebody's, visited by somebody who is signed in. */
    const issued = async (start: Answer, visitor: Visitor): Promise<string> => {
      const { headers } = await at(site()).request(pathOf(start.headers.location ?? ""), {
        headers: { Cookie: cookieAt(visitor, site()) },
      });
      return headers.location ?? "";
    };
    const begun = async (origin: string): Promise<{ start: Answer; nonce: string }> => {
      const start = await at(origin).request("/");
      const nonce = (start.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
      return { start, nonce };
    };
    const redeemed = async (
      code: string,
      cookie: string,
      origin = own,
    ): Promise<[number, string, boolean]> => {
      const headers: Headers = cookie === "" ? {} : { Cookie: cookie };
      const answer = await at(origin).request(pathOf(code), { headers });
      const set = (answer.headers["set-cookie"] ?? []).join();
      return [answer.status, answer.headers.location ?? "", /_sealed=[^;]/.test(set)];
    };
    const refusedAt = (origin: string): [number, string, boolean] => [
      302,
      `${origin}/oauth2/not_signed_in`,
      false,
    ];

    test("signs in the browser that began, and no other", async () => {
      const victim = await signedIn("alice");
      const attacker = await begun(own);
      const code = await issued(attacker.start, victim);
      expect(await redeemed(code, "")).toEqual(refusedAt(own));
      expect(await redeemed(code, (await begun(own)).nonce)).toEqual(refusedAt(own));
      expect(await redeemed(code, attacker.nonce)).toEqual([302, `${own}/`, true]);
    });

    test("is for one app, and cannot be made up", async () => {
      const visitor = await signedIn("alice");
      const { start, nonce } = await begun(other);
      const code = await issued(start, visitor);
      expect(await redeemed(code, nonce, own)).toEqual(refusedAt(own));
      const altered = code.replace(
        /code=(.{20})(.)/,
        (_, head: string, at: string) => `code=${head}${at === "A" ? "B" : "A"}`,
      );
      expect(await redeemed(altered, nonce, other)).toEqual(refusedAt(other));
      const state = new URL(start.headers.location ?? "").searchParams.get("state") ?? "";
      for (const made of [state, "AAAA", ""])
        expect(await redeemed(`${other}/oauth2/signed_in?code=${made}`, nonce, other)).toEqual(
          refusedAt(other),
        );
    });

    test("is not given to a script, or in a frame", async () => {
      const visitor = await signedIn("alice");
      const { start } = await begun(other);
      for (const headers of [
        { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site" },
        { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "same-site" },
        { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-site" },
      ]) {
        const answer = await at(site()).request(pathOf(start.headers.location ?? ""), {
          headers: { Cookie: cookieAt(visitor, site()), ...headers },
        });
        expect([answer.status, answer.headers.location]).toEqual([403, undefined]);
      }
    });
  });

  // nginx counts the five seconds of a check whole, and takes the last one in.
  const checkInterval = 6_500;

  test("a token opens an app's host, to those on its guest list", async () => {
    for (const [user, expected] of [
      ["alice", 200],
      ["bob", 403],
    ] as const) {
      const headers = { Authorization: `Bearer ${await contract.signIn.provider.token(user)}` };
      expect((await at(own).request("/_stcore/health", { headers })).status).toBe(expected);
    }
    const headers = { Authorization: "Bearer x" };
    expect((await at(own).request("/", { headers })).status).toBe(401);
  });

  test("sign-out at an app's host ends all of it: there at once, elsewhere within a check", async () => {
    const visitor = await signedIn("alice");
    await visitor.open(`${own}/`);
    await visitor.open(`${other}/`);
    const copies = [cookieAt(visitor, own), cookieAt(visitor, other), cookieAt(visitor, site())] as const;
    const page = await visitor.open(`${own}/oauth2/sign_out`);
    expect([page.status, page.url]).toEqual([200, `${site()}/oauth2/signed_out`]);
    expect(cookieAt(visitor, own)).not.toContain("_sealed");
    expect(await status(own, copies[0])).toBe(401);
    await delay(checkInterval);
    expect(await status(other, copies[1])).toBe(401);
    expect(await status(site(), copies[2], "/open/_stcore/health")).toBe(401);
    // At the provider as well, or somebody with a session there would be back at once.
    expect((await visitor.open(`${other}/`)).url).toContain(contract.signIn.provider.issuer);
  });

  test("sign-out at the site's host ends what is open at an app's", async () => {
    const visitor = await signedIn("alice");
    await visitor.open(`${own}/`);
    const cookie = cookieAt(visitor, own);
    const client = new SiteClient(ownHostsOfApps.own, ports, contract.client.ca, () => ({ Cookie: cookie }));
    const session = await StreamlitSession.open(client, "", { user: "alice" });
    await session.click();
    await visitor.open(`${site()}/oauth2/sign_out`);
    await session.closed;
    await delay(checkInterval);
    expect(await status(own, cookie)).toBe(401);
  });
}
