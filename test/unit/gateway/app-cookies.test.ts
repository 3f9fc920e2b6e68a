/** What an app can set and say, in a real nginx: an app of the test's own answers behind the directives for such locations. */
import { once } from "node:events";
import * as http from "node:http";
import * as path from "node:path";
import * as fc from "fast-check";
import { heardOfApps } from "../../../components/gateway/app-answers";
import { appCookieHttp, appCookieScript, confineCookies } from "../../../components/gateway/app-cookies";
import { block } from "../../../components/gateway/text";
import { TestNginx } from "./test-nginx";

const nginx = new TestNginx();

/** What the app answers next. */
let answer: [name: string, value: string][] = [];
const app = http.createServer((_request, response) => {
  response.writeHead(200, answer.flat()).end("ok");
});

beforeAll(async () => {
  const { folder } = nginx;
  nginx.write(appCookieScript());
  app.listen(path.join(folder, "app.sock"));
  await once(app, "listening");
  const apps = [
    { name: "sales", path: "/sales" },
    { name: "live-view", path: "" },
  ];
  await nginx.start(`map_hash_bucket_size 512;
${appCookieHttp({ folders: { config: folder, scratch: folder } })}
upstream app_sales {
  zone app_sales 64k;
  server unix:${folder}/app.sock;
  sticky cookie replica_sales path=/sales/ secure httponly samesite=lax;
}
upstream app_live_view { server unix:${folder}/app.sock; }
server {
listen unix:${folder}/site.sock;
${heardOfApps()}
${apps
  .map((one) =>
    block(
      `location ${one.path}/`,
      confineCookies(one),
      "add_header Set-Cookie __Host-oauth2_proxy=refreshed always;",
      `proxy_pass http://app_${one.name.replace("-", "_")};`,
    ),
  )
  .join("\n")}
location /secret { internal; return 200 secret; }
}`);
}, 600_000);

afterAll(async () => {
  await nginx.stop();
  app.close();
});

/** What comes of an app's answer. */
async function ask(
  at: string,
  ...headers: [name: string, value: string][]
): Promise<{ headers: http.IncomingHttpHeaders; body: string }> {
  answer = headers;
  const request = http.request({ socketPath: path.join(nginx.folder, "site.sock"), path: at, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let body = "";
  for await (const piece of response) body += String(piece);
  return { headers: response.headers, body };
}

const replica = /^replica_sales=[0-9a-f]{32}; /;
const gateways = "__Host-oauth2_proxy=refreshed";

/** The cookies that an app can set, besides those of the gateway itself. */
async function set(at: string, ...cookies: string[]): Promise<string[]> {
  const { headers } = await ask(at, ...cookies.map((cookie): [string, string] => ["Set-Cookie", cookie]));
  const all = headers["set-cookie"] ?? [];
  expect(all.at(-1)).toBe(gateways);
  if (at.startsWith("/sales")) expect(all[0]).toMatch(replica);
  return all.slice(at.startsWith("/sales") ? 1 : 0, -1);
}

describe("the cookies of an app", () => {
  it.each<[what: string, cookie: string, kept: string]>([
    ["has the app's path already", "a=1; Path=/sales/; HttpOnly", "a=1; HttpOnly; Path=/sales/"],
    ["has one below it", "a=1; Path=/sales/x", "a=1; Path=/sales/x"],
    ["has the path without its slash", "a=1; Path=/sales", "a=1; Path=/sales"],
    ["has no path", "a=1; Secure", "a=1; Secure"],
    ["has a path that is none", "a=1; Path=x", "a=1"],
    ["has an empty path", "a=1; Path=; SameSite=Lax", "a=1; SameSite=Lax"],
    ["is for every path", "a=1; Path=/", "a=1; Path=/sales/"],
    ["is for another app", "a=1; path=/live/", "a=1; Path=/sales/"],
    ["is for a path that begins as the app's", "a=1; Path=/salesx", "a=1; Path=/sales/"],
    ["has two paths, of which the last counts", "a=1; Path=/sales/; PATH = /", "a=1; Path=/sales/"],
    ["has a path with spaces around it", "a=1;  Path  =  /live/ ", "a=1; Path=/sales/"],
    ["has a path behind a tab", "a=1;\tPath\t=\t/", "a=1; Path=/sales/"],
    ["is for the domain", "a=1; Domain=example.com; Path=/sales/", "a=1; Path=/sales/"],
    ["is for the domain without a value", "a=1; domain; Path=/sales/x", "a=1; Path=/sales/x"],
    ["has no name", "=1; Path=/", "=1; Path=/sales/"],
    ["is a name alone", "a; Path=/", "a; Path=/sales/"],
    ["has = in it", "a=b=c; Path=/", "a=b=c; Path=/sales/"],
    ["only looks like a sign-in's", "x__Host-oauth2_proxy=1", "x__Host-oauth2_proxy=1"],
    ["is the app's own replica cookie", "replica_sales=x; Path=/", "replica_sales=x; Path=/sales/"],
  ])("stay the app's: one that %s", async (_, cookie, kept) => {
    expect(await set("/sales/x", cookie)).toEqual([kept]);
  });

  it.each<[what: string, cookie: string]>([
    ["a sign-in's", "__Host-oauth2_proxy=x; Path=/; Secure"],
    ["a sign-in's of another port", "__Host-oauth2_proxy_9443=x; Path=/; Secure"],
    ["a piece of a sign-in's", "__Host-oauth2_proxy_0=x; Path=/; Secure"],
    ["a sign-in that is under way", "__Host-oauth2_proxy_abcdefgh_csrf=x; Path=/; Secure"],
    ["a sign-in's, to delete it", "__Host-oauth2_proxy=; Path=/; Secure; Max-Age=0"],
    ["a sign-in's in another case", "__HOST-OAuth2_Proxy=x; Path=/; Secure"],
    ["a sign-in's with spaces", "  __Host-oauth2_proxy  =x; Path=/; Secure"],
    ["a sign-in's behind a tab", "\t__Host-oauth2_proxy=x; Path=/; Secure"],
    ["a sign-in's as a value without a name", "=__Host-oauth2_proxy=x; Path=/; Secure"],
    ["a sign-in's as a value without a name and with spaces", " = __Host-oauth2_proxy=x; Path=/; Secure"],
    ["a sign-in's without a value", "__Host-oauth2_proxy; Path=/; Secure"],
    ["another app's replica cookie", "replica_live_view=x; Path=/"],
  ])("never are %s", async (_, cookie) => {
    expect(await set("/sales/x", cookie)).toEqual([]);
    if (!cookie.startsWith("replica_live_view")) expect(await set("/x", cookie)).toEqual([]);
    expect(await set("/sales/x", "a=1", cookie, "b=2; Path=/", cookie)).toEqual(["a=1", "b=2; Path=/sales/"]);
  });

  it("may be for every path where the app is at /", async () => {
    expect(await set("/x", "a=1; Path=/; Domain=x", "b=2; Path=/deep")).toEqual([
      "a=1; Path=/",
      "b=2; Path=/deep",
    ]);
  });

  it("are confined whatever they are, and the gateway's own stay", async () => {
    const word = fc.constantFrom(
      "__Host-oauth2_proxy", "replica_", "sales", "live", "=", "=", ";", "; ", " ", "\t", "Path", "path", "Domain", "/",
      "/sales", "/sales/", "a", "é", ",", '"',
    ); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(word, { maxLength: 9 }).map((words) => Buffer.from(words.join("")).toString("latin1")),
          { maxLength: 4 },
        ),
        async (cookies) => {
          for (const cookie of await set("/sales/x", ...cookies)) {
            // As browsers take it apart.
            const [pair = "", ...attributes] = cookie.split(";");
            expect(pair.replace(/^\s*=/, "")).not.toMatch(/^\s*__Host-oauth2_proxy/i);
            const named = (wanted: string): string[] =>
              attributes
                .filter((attribute) => attribute.split("=", 1)[0]?.trim().toLowerCase() === wanted)
                .map((attribute) => attribute.slice(attribute.indexOf("=") + 1).trim());
            expect(named("domain")).toEqual([]);
            for (const at of named("path")) expect(at).toMatch(/^\/sales(\/|$)/);
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 300_000);
});

describe("what an app says", () => {
  it.each([
    "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Critical-CH", "NEL", "Origin-Agent-Cluster", "Public-Key-Pins", "Report-To",
    "Reporting-Endpoints", "Service-Worker-Allowed", "Set-Login", "Strict-Transport-Security", "X-Frame-Options",
    "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Content-Type-Options", "WWW-Authenticate", "X-Accel-Expires",
  ])("of the origin in %s is dropped", async (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()])
      expect((await ask("/sales/x", [spelled, "a"], [spelled, "b"])).headers).not.toHaveProperty(
        name.toLowerCase(),
      );
  }); // prettier-ignore

  it("of its own page stays", async () => {
    const { headers } = await ask(
      "/sales/x",
      ["Content-Security-Policy", "default-src 'self'"],
      ["X-Own", "1"],
    );
    expect(headers).toMatchObject({ "content-security-policy": "default-src 'self'", "x-own": "1" });
  });

  it("does not lead nginx to another location", async () => {
    expect((await ask("/sales/x", ["X-Accel-Redirect", "/secret"])).body).toBe("ok");
  });
});
