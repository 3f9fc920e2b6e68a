/** Contract 11 for `oidc`: sign-out signs out, here and at the provider. */
import { setTimeout as delay } from "node:timers/promises";
import { cookieHeader } from "../../oidc/sign-in";
import { ports } from "../support/apps";
import { type Headers, Refused } from "../support/client";
import type { OidcSignIn } from "../sign-ins/oidc";
import type { ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** The character that follows in base64's alphabet. */
const nextCharacter = (character: string): string => String.fromCharCode(character.charCodeAt(0) + 1);

/** What a browser says of a link on a page of the site. */
const ownPage = { "Sec-Fetch-Site": "same-origin" };

/** Register the tests. */
export function signOut(contract: ContractSite<OidcSignIn>): void {
  const keepsSessions = contract.signIn.parts.includes("redis");
  const statuses = async (cookie: string): Promise<(number | string)[]> => {
    const headers = { Cookie: cookie };
    const answers = await Promise.all(
      ["/open/", "/open/_stcore/health", "/echo/x", "/"].map((path) =>
        contract.client.request(path, { headers }),
      ),
    );
    const socket = await contract.client
      .socket("/open/_stcore/stream", { headers, protocols: ["streamlit"] })
      .then(
        (opened) => {
          opened.terminate();
          return 101;
        },
        (error: unknown) => (error instanceof Refused ? error.answer.status : String(error)),
      );
    return [...answers.map(({ status }) => status), socket];
  };
  const signedIn = [200, 200, 200, 200, 101];
  const signedOut = [302, 401, 302, 302, 401];

  test("the browser ends on a page that says so, without a cookie, and signed out at the provider", async () => {
    const { visitor, jar } = await contract.signIn.signInAs("bob", "/open/");
    const page = await visitor.open(`${contract.client.origin}/oauth2/sign_out`);
    expect([page.status, new URL(page.url).pathname]).toEqual([200, "/oauth2/signed_out"]);
    expect(page.body.toString()).toContain("You are signed out");
    expect(cookieHeader(jar, contract.client.origin)).not.toContain("oauth2_proxy");
    const again = await visitor.open(`${contract.client.origin}/open/`);
    // Without the sign-out at the provider, a user with a session there would be back at once.
    if (keepsSessions) expect(again.url).toContain(contract.signIn.provider.issuer);
    else expect(again.status).toBe(200);
  });

  test("a copy of the cookie opens nothing, at once, although it was just used", async () => {
    const { visitor, jar } = await contract.signIn.signInAs("bob", "/open/");
    const copy = cookieHeader(jar, contract.client.origin);
    // The last bits of base64 count for nothing.
    const altered = copy.replace(/(.)=(?=;|$)/, (_, last: string) => `${nextCharacter(last)}=`);
    expect(altered).not.toBe(copy);
    for (const cookie of [copy, altered]) expect(await statuses(cookie)).toEqual(signedIn);
    await visitor.open(`${contract.client.origin}/oauth2/sign_out`);
    for (const cookie of [copy, altered]) expect(await statuses(cookie)).toEqual(signedOut);
    // What is said in the spec of sessions in a cookie: whoever has a copy has the session, for as long as it lasts. The
    // sign-out is remembered for as long as a check; nginx counts whole seconds and takes the last one in.
    await delay(6_500);
    expect(await statuses(copy)).toEqual(keepsSessions ? signedOut : signedIn);
  });

  test("another session of the same person, and other people's, go on", async () => {
    const { visitor } = await contract.signIn.signInAs("bob");
    const other = await contract.signIn.signInAs("bob");
    const session = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await session.click();
    await visitor.open(`${contract.client.origin}/oauth2/sign_out`);
    expect(await statuses(cookieHeader(other.jar, contract.client.origin))).toEqual(signedIn);
    expect((await session.click()).clicks).toBe(2);
    await session.drop();
  });

  test("a link on another site's page signs nobody out: the site asks, and its button does", async () => {
    const { visitor, jar } = await contract.signIn.signInAs("bob", "/open/");
    const cookie = cookieHeader(jar, contract.client.origin);
    const asked = await visitor.follow(`${contract.client.origin}/oauth2/sign_out`, "https://evil.test");
    expect([asked.status, asked.url]).toEqual([200, `${contract.client.origin}/oauth2/sign_out`]);
    expect(asked.body.toString()).toContain("Sign out?");
    expect(asked.headers["set-cookie"]).toBeUndefined();
    expect(await statuses(cookie)).toEqual(signedIn);
    const page = await visitor.submit(asked);
    expect(new URL(page.url).pathname).toBe("/oauth2/signed_out");
    expect(await statuses(cookie)).toEqual(signedOut);
  });

  test.each<[kind: string, headers: Headers, method?: string]>([
    ["a page elsewhere", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }],
    ["a page elsewhere, by a form", { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.test" }, "POST"],
    ["a page of a neighbour's", { "Sec-Fetch-Site": "same-site" }],
    ["a page elsewhere, in a browser without Fetch Metadata", { Referer: "https://evil.test/" }],
    ["a page elsewhere, without Fetch Metadata, by a form", { Origin: "https://evil.test" }, "POST"],
    ["a page that hides where it is", { Origin: "null" }, "POST"],
    [
      "a page whose address begins as the site's",
      { Referer: `https://analytics.test:${ports.https}.evil.test/` },
    ],
    ["who does not say", {}],
    ["two at once", { "Sec-Fetch-Site": ["cross-site", "same-origin"] }],
  ])("a request of %s is asked about", async (_kind, headers, method = "GET") => {
    const answer = await contract.client.request("/oauth2/sign_out", { method, user: "bob", headers });
    // Where another site may show an app in a frame, its POST is refused altogether; where apps have hosts of their own, all but a
    // visit of the page is.
    const refusable = contract.hasOwnHosts || (contract.signIn.sameSite === "None" && method === "POST");
    expect(refusable ? [200, 403] : [200]).toContain(answer.status);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect((await contract.client.request("/open/_stcore/health", { user: "bob" })).status).toBe(200);
  });

  test.each<[kind: string, headers: Headers, method?: string]>([
    ["a page of the site", { "Sec-Fetch-Site": "same-origin" }],
    ["its user", { "Sec-Fetch-Site": "none" }],
    [
      "a page of the site, without Fetch Metadata",
      { Referer: `https://analytics.test:${ports.https}/open/` },
    ],
    [
      "a page of the site, without Fetch Metadata, by a form",
      { Origin: `https://analytics.test:${ports.https}` },
      "POST",
    ],
  ])("a request of %s is not", async (_kind, headers, method = "GET") => {
    const { status, headers: answered } = await contract.client.request("/oauth2/sign_out", {
      method,
      headers,
    });
    expect([status, answered.location]).toEqual([302, "/oauth2/signed_out"]);
  });

  test("sign-out without a session, or by another method, does no harm", async () => {
    for (const method of ["GET", "POST", "HEAD"]) {
      const { status, headers } = await contract.client.request("/oauth2/sign_out", {
        method,
        headers: ownPage,
      });
      expect([status, headers.location]).toEqual([302, "/oauth2/signed_out"]);
    }
    // A check that is remembered is forgotten by these methods alone.
    for (const method of ["PUT", "DELETE", "OPTIONS"]) {
      const answer = await contract.client.request("/oauth2/sign_out", { method, headers: ownPage });
      expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
    }
  });

  test.each(["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "/open/"])(
    "a request cannot choose the URL to go to afterwards: %s",
    async (rd) => {
      const answer = await contract.client.request(`/oauth2/sign_out?rd=${encodeURIComponent(rd)}`, {
        headers: { ...ownPage, "X-Auth-Request-Redirect": rd },
      });
      expect(answer.headers.location).toBe("/oauth2/signed_out");
    },
  );

  test("a connection that is open ends, its own within the bound and no other", async () => {
    await contract.signIn.remember("bob");
    const bobs = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    const alices = await StreamlitSession.open(contract.client, "/open", { user: "alice" });
    await bobs.click();
    await alices.click();
    await contract.client.request("/oauth2/sign_out", { user: "bob", headers: ownPage });
    if (keepsSessions) await bobs.closed;
    else await delay(5_000); // A copy of the cookie is good, and so is what was opened with it.
    expect((await alices.click()).clicks).toBe(2);
    if (keepsSessions) await expect(bobs.click()).rejects.toThrow();
    else expect((await bobs.click()).clicks).toBe(2);
    await contract.signIn.remember("bob");
    await alices.drop();
  });
}
