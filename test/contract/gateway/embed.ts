/** Which pages may show an app in a frame, and what that changes for its cookies and for requests of other sites. */
import { type Answer, Refused, type RequestOptions } from "../support/client";
import type { ContractSite } from "../support/site";

/** Register the tests. The app `limited` may be shown in frames, the others not. */
export function embed(contract: ContractSite): void {
  const { sameSite, statusOfPageWithoutSignIn } = contract.signIn;
  const inFrame = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "iframe",
  };
  /** Who may show an answer in a frame: by the policy, and by the older header. */
  const framedBy = ({ headers }: Answer): [string[], unknown] => {
    const policies = String(headers["content-security-policy"]).split(/[,;] */);
    return [policies.filter((policy) => policy.startsWith("frame-ancestors")), headers["x-frame-options"]];
  };
  const byListed = (): [string[], unknown] => [
    [`frame-ancestors 'self' ${contract.signIn.terms.framedBy.join(" ")}`],
    undefined,
  ];
  const byTheSiteOnly: [string[], unknown] = [["frame-ancestors 'self'"], "SAMEORIGIN"];

  test.each<[string, number, string, RequestOptions]>([
    ["its page", 200, "/limited/", { user: "alice" }],
    ["a deep link", 200, "/limited/page?id=1", { user: "alice" }],
    ["the page in another spelling", 200, "/%6cimited/", { user: "alice" }],
    ["the way to its page", 308, "/limited", { user: "alice" }],
    ["a media file that is not there", 404, "/limited/media/x.png", { user: "alice" }],
    ["the page that says: not allowed", 403, "/limited/", { user: "bob" }],
    ["the page that asks to sign in", statusOfPageWithoutSignIn, "/limited/", {}],
  ])("of an app for frames, the listed pages may show %s (%i)", async (_what, status, path, options) => {
    const answer = await contract.client.request(path, options);
    expect(answer.status).toBe(status);
    expect(framedBy(answer)).toEqual(byListed());
  });

  test.each<[string, number, string, RequestOptions]>([
    ["another app", 200, "/open/", { user: "alice" }],
    ["another app in another spelling", 200, "/%6fpen/", { user: "alice" }],
    ["an app with a name that begins like it", 404, "/limitedx/", { user: "alice" }],
    ["the index page", 200, "/", { user: "alice" }],
    ["what is not there", 404, "/nothing/", { user: "alice" }],
    ["the sign-in of another app", statusOfPageWithoutSignIn, "/open/", {}],
    ["what is internal of the app itself", 404, "/limited/_stcore/metrics", { user: "alice" }],
    ["a strange path", 400, "/limited/%2e%2e/open/", { user: "alice" }],
  ])("no page elsewhere may show %s (%i)", async (_what, status, path, options) => {
    const answer = await contract.client.request(path, options);
    expect(answer.status).toBe(status);
    expect(framedBy(answer)).toEqual(byTheSiteOnly);
  });

  test("who is not signed in gets a page in the frame with a link that opens a tab, and nothing of the app", async () => {
    const answer = await contract.client.request("/limited/", { headers: inFrame });
    expect(answer.status).toBe(401);
    expect(framedBy(answer)).toEqual(byListed());
    expect(answer.headers.location).toBeUndefined();
    const page = answer.body.toString();
    expect(page).toContain('<base target="_blank">');
    expect(page).toContain('<a class="button" href="">Sign in</a>');
    expect(page).toContain('<a href="" target="_self">load this page again</a>');
    expect(page).not.toMatch(/streamlit|<!--#/i);
  });

  test("outside a frame its links open no tab", async () => {
    for (const path of ["/limited/", "/"]) {
      const user = path === "/" ? "alice" : "bob";
      const page = (await contract.client.request(path, { user })).body.toString();
      expect(page).toContain("Signed in as");
      expect(page).not.toContain("<base");
      const framed = await contract.client.request(path, { user, headers: { "Sec-Fetch-Dest": "iframe" } });
      expect(framed.body.toString()).toContain('<base target="_blank">');
    }
  });

  test("its cookies, and no other app's, are for the frame", async () => {
    for (const [app, expected] of [
      ["limited", sameSite],
      ["open", "Lax"],
    ]) {
      const { headers } = await contract.client.request(`/${app}/_stcore/health`, { user: "alice" });
      const own = (headers["set-cookie"] ?? []).filter((cookie) => /^(replica|_streamlit_xsrf)/.test(cookie));
      expect(own).toHaveLength(2);
      for (const cookie of own) {
        expect(cookie).toMatch(new RegExp(`; *samesite=${expected}(;|$)`, "i"));
        expect(cookie.match(/samesite/gi)).toHaveLength(1);
        expect(cookie).toMatch(/; *secure/i);
      }
    }
  });

  test("its websocket opens from the app's own page in the frame, and not from the page around it", async () => {
    const open = async (origin: string): Promise<number> => {
      const opening = contract.client.socket("/limited/_stcore/stream", {
        user: "alice",
        headers: { Origin: origin },
        protocols: ["streamlit"],
      });
      try {
        (await opening).terminate();
        return 101;
      } catch (error) {
        if (error instanceof Refused) return error.answer.status;
        throw error;
      }
    };
    expect(await open(contract.client.origin)).toBe(101);
    for (const origin of contract.signIn.terms.framedBy) expect(await open(origin)).toBe(403);
  });

  // Where cookies are Lax, browsers send none with these, and the gateway need not look, unless hosts of apps' own are the same site.
  const refused = sameSite === "None" || contract.hasOwnHosts ? 403 : 200;
  test.each<[string, number, string, Record<string, string>, string?]>([
    ["a link to an app", 200, "/open/", { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }],
    ["a frame with the app for frames", 200, "/limited/", inFrame],
    ["a frame with another app", refused, "/open/", inFrame],
    ["a frame with the index page", refused, "/", inFrame],
    ["a frame with another app in another spelling", refused, "/%6fpen/", inFrame],
    ["an image", refused, "/limited/page", { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }],
    ["a fetch", refused, "/limited/_stcore/health", { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }],
    ["a form", refused, "/echo/x", { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }, "POST"],
  ])("from another site, %s gets %i", async (_what, status, path, headers, method = "GET") => {
    const from = (site: string): Promise<Answer> =>
      contract.client.request(path, {
        user: "alice",
        method,
        headers: { ...headers, "Sec-Fetch-Site": site },
      });
    expect((await from("cross-site")).status).toBe(status);
    expect((await from("same-site")).status).toBe(contract.hasOwnHosts ? status : 200);
    for (const site of ["same-origin", "none"]) expect((await from(site)).status).toBe(200);
  });
}
