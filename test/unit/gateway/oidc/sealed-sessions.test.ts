/** Sign-in at hosts of apps' own, in a real nginx with the gateway's whole configuration: oauth2-proxy and the apps are the test's. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gatewayFiles } from "../../../../components/gateway/gateway";
import { sealKeyFile } from "../../../../components/gateway/oidc/sealed-sessions";
import type { GatewayPlatform } from "../../../../components/gateway/platform";
import type { SiteArgs } from "../../../../components/spec/args";
import { checkSite } from "../../../../components/spec/check";
import { PythonTools } from "../../python-tools";
import { onDocker } from "../platforms";

const spec: SiteArgs = {
  host: "site.example.com",
  apps: {
    sales: { source: "x", host: "sales.example.net", allow: { emails: ["alice@example.com"] } },
    hostile: { source: "x", host: "hostile.example.net" },
    shared: { source: "x" },
  },
  auth: {
    oidc: {
      provider: "oidc",
      issuer: "https://id.example.com",
      clientId: "site",
      clientSecret: "x",
      bearer: true,
      endSessionEndpoint: "https://id.example.com/end",
    },
  },
  sessions: { redis: { checkInterval: "60s" } },
};
const site = "site.example.com";
const sales = "sales.example.net";
const hostile = "hostile.example.net";
const name = "__Host-oauth2_proxy_8443";

let tools: PythonTools;
let folder: string;
let nginx: ChildProcess;
let key: string;

/** The sessions of the test's oauth2-proxy: by the value of their cookie, who it is, and the cookie that it sets anew. */
const sessions = new Map<string, { user: string; renewed?: string }>();

const oauth2Proxy = http.createServer((request, response) => {
  const value = new RegExp(`${name}=([^;]*)`).exec(request.headers.cookie ?? "")?.[1] ?? "";
  const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
  const bearer = request.headers.authorization === "Bearer good" ? { user: "robot" } : undefined;
  const session: { user: string; renewed?: string } | undefined = sessions.get(value) ?? bearer;
  if (pathname === "/oauth2/userinfo") {
    if (session)
      response
        .writeHead(200, {
          ...(session.renewed && { "Set-Cookie": `${name}=${session.renewed}; Path=/; HttpOnly; Secure` }),
        })
        .write(
          JSON.stringify({
            user: session.user,
            email: `${session.user}@example.com`,
            preferredUsername: `${session.user} é`,
            groups: ["g".repeat(6000)],
          }),
        );
    else response.writeHead(401);
    response.end();
  } else if (pathname === "/oauth2/sign_out") {
    const to = (searchParams.get("rd") ?? "").replace("{id_token}", session ? "the-token" : "{id_token}");
    sessions.delete(value);
    response.writeHead(302, { Location: to, "Set-Cookie": `${name}=; Path=/; Max-Age=0` }).end();
  } else response.writeHead(302, { Location: "https://id.example.com/auth" }).end();
});

const app = http.createServer((request, response) => {
  response.end(JSON.stringify(request.headers));
});

beforeAll(async () => {
  tools = await PythonTools.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "sealed-"));
  fs.mkdirSync(`${folder}/pages`);
  const checked = checkSite(spec, "docker");
  const docker: GatewayPlatform = onDocker(checked);
  delete docker.upstreamsFile;
  const platform = {
    ...docker,
    listen: { http: 8000 },
    folders: { config: folder, scratch: folder },
    workers: 1,
  };
  key = randomBytes(32).toString("base64");
  for (const { name: file, text } of [...gatewayFiles(checked, platform), sealKeyFile(key)])
    fs.writeFileSync(
      path.join(folder, file),
      text
        .replace("/etc/nginx/mime.types", `${folder}/mime.types`)
        .replace(/^/, process.getuid?.() === 0 && file === "nginx.conf" ? "user root root;\n" : "")
        .replaceAll("listen 8000", `listen unix:${folder}/site.sock`)
        .replaceAll(/server oauth2-proxy:4180 resolve/g, `server unix:${folder}/proxy.sock`)
        .replaceAll(/server app-\w+:8501 resolve/g, `server unix:${folder}/app.sock`),
    );
  fs.writeFileSync(`${folder}/mime.types`, "types { text/html html; }");
  await Promise.all([
    once(oauth2Proxy.listen(`${folder}/proxy.sock`), "listening"),
    once(app.listen(`${folder}/app.sock`), "listening"),
  ]);
  const binary = await tools.ask("nginx binary", "");
  nginx = spawn(binary, ["-c", `${folder}/nginx.conf`, "-g", "daemon off;"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!fs.existsSync(`${folder}/nginx.pid`) && nginx.exitCode === null) await delay(20);
}, 600_000);

afterAll(async () => {
  if (nginx.kill()) await once(nginx, "exit");
  oauth2Proxy.close();
  app.close();
  tools.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  location: string;
  cookies: string[];
  body: string;
}

/** One request to a host. */
function ask(
  host: string,
  to: string,
  headers: http.OutgoingHttpHeaders = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: `${folder}/site.sock`,
      path: to,
      method,
      headers: { Host: `${host}:8443`, ...headers },
    };
    http
      .request(options, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location ?? "",
            cookies: response.headers["set-cookie"] ?? [],
            body: Buffer.concat(pieces).toString(),
          });
        });
      })
      .on("error", reject)
      .end();
  });
}

/** A browser: it keeps each host's cookies, and goes where it is led within the site. */
class Browser {
  readonly jars = new Map<string, Map<string, string>>();
  readonly visited: string[] = [];

  jar(host: string): Map<string, string> {
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    return jar;
  }

  cookie(host: string): string {
    return [...this.jar(host)].map(([cookie, value]) => `${cookie}=${value}`).join("; ");
  }

  async once(host: string, to: string): Promise<Answer> {
    const answer = await ask(host, to, {
      Cookie: this.cookie(host),
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Site": "none",
    });
    this.visited.push(`${host}${to}`);
    for (const cookie of answer.cookies) {
      const [, key = "", value = ""] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
      if (cookie.includes("Max-Age=0")) this.jar(host).delete(key);
      else this.jar(host).set(key, value);
    }
    return answer;
  }

  /** As far as the site leads; the last answer. */
  async open(host: string, to: string, until = /^$/): Promise<Answer> {
    let answer = await this.once(host, to);
    for (
      let count = 0;
      count < 8 && answer.location.startsWith("https://") && !until.test(answer.location);
      count++
    ) {
      const url = new URL(answer.location);
      if (url.hostname === "id.example.com") break;
      answer = await this.once(url.hostname, url.pathname + url.search);
    }
    return answer;
  }
}

/** A browser that is signed in at the site's host. */
function signedIn(user: string): { browser: Browser; ticket: string } {
  const ticket = `${randomBytes(9).toString("base64url")}==|1|${randomBytes(6).toString("base64url")}=`;
  sessions.set(ticket, { user });
  const browser = new Browser();
  browser.jar(site).set(name, ticket);
  return { browser, ticket };
}

describe("somebody who is signed in at the site's host", () => {
  it("comes to the page at the app's host, without typing, and is known to the app", async () => {
    const { browser, ticket } = signedIn("alice");
    const { status, body } = await browser.open(sales, "/page?a=1&b=%20x");
    expect(status).toBe(200);
    expect(browser.visited.at(-1)).toBe(`${sales}/page?a=1&b=%20x`);
    expect(JSON.parse(body)).toMatchObject({
      host: "sales.example.net:8443",
      "x-forwarded-user": "alice",
      "x-forwarded-groups": JSON.stringify(["g".repeat(6000)]),
    });
    expect(
      Buffer.from(
        (JSON.parse(body) as Record<string, string>)["x-forwarded-preferred-username"] ?? "",
        "latin1",
      ).toString(),
    ).toBe("alice é");
    // Neither the app, nor the browser at this host, has the session's cookie.
    expect(body).not.toContain(name);
    expect([...browser.jar(sales).keys()].sort()).toEqual([`${name}_sealed`, "replica_sales"]);
    expect(JSON.stringify([...browser.jar(sales)])).not.toContain(ticket.slice(0, 12));
    expect(JSON.stringify(browser.visited)).not.toContain(ticket.slice(0, 12));
  });

  it("is refused at the app's host who is not on its guest list, and let into another", async () => {
    const { browser } = signedIn("bob");
    expect((await browser.open(sales, "/")).status).toBe(403);
    expect((await browser.open(hostile, "/")).status).toBe(200);
  });

  it("gets cookies that no script reads and no other host gets", async () => {
    const { browser } = signedIn("alice");
    const start = await browser.once(sales, "/");
    expect(start.cookies).toEqual([
      expect.stringMatching(
        /^__Host-oauth2_proxy_8443_sealed_nonce=[\w-]{43}; Path=\/; Max-Age=900; Secure; HttpOnly; SameSite=Lax$/,
      ),
    ]);
    const { location } = await browser.once(site, start.location.replace(/^https:\/\/[^/]*/, ""));
    const { cookies } = await browser.once(sales, location.replace(/^https:\/\/[^/]*/, ""));
    expect(cookies).toEqual([
      expect.stringMatching(
        /^__Host-oauth2_proxy_8443_sealed=[\w-]+; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Lax$/,
      ),
      expect.stringMatching(/^__Host-oauth2_proxy_8443_sealed_nonce=; Path=\/; Max-Age=0; /),
    ]);
  });

  it("may open two pages at once", async () => {
    const { browser } = signedIn("alice");
    const one = await browser.once(sales, "/one");
    const two = await browser.once(sales, "/two");
    const path = ({ location }: Answer): string => location.replace(/^https:\/\/[^/]*/, "");
    const [codeOne, codeTwo] = [await browser.once(site, path(one)), await browser.once(site, path(two))];
    expect((await browser.once(sales, path(codeOne))).location).toBe("https://sales.example.net:8443/one");
    expect((await browser.once(sales, path(codeTwo))).location).toBe("https://sales.example.net:8443/two");
  });
});

describe("somebody who is not signed in", () => {
  it("is sent to the provider by way of the site's host", async () => {
    const browser = new Browser();
    const { location } = await browser.open(sales, "/page");
    expect(location).toBe("https://id.example.com/auth");
    expect(browser.visited.at(-1)).toMatch(/^site\.example\.com\/oauth2\/app\?state=/);
  });

  it.each([
    ["a script", { "Sec-Fetch-Mode": "cors" }, "/"],
    ["an asset", {}, "/static/x.js"],
    ["a program with a wrong token", { Authorization: "Bearer bad" }, "/"],
  ])("is refused: %s", async (_kind, headers, to) => {
    const { status, location } = await ask(sales, to, headers);
    expect([status, location]).toEqual([401, ""]);
  });

  it("but a program with a good token gets in", async () => {
    expect((await ask(hostile, "/", { Authorization: "Bearer good" })).status).toBe(200);
  });
});

describe("what an attacker has is of no use", () => {
  const cookie = (browser: Browser, host: string): string => browser.jar(host).get(`${name}_sealed`) ?? "";
  const statusWith = async (host: string, header: string): Promise<number> =>
    (await ask(host, "/_stcore/health", { Cookie: header })).status;

  it("a sealed cookie at another app's host, at the site's, or in place of the session's", async () => {
    const { browser } = signedIn("alice");
    await browser.open(sales, "/");
    await browser.open(hostile, "/");
    const stolen = cookie(browser, hostile);
    expect(await statusWith(hostile, `${name}_sealed=${stolen}`)).toBe(200);
    expect(await statusWith(sales, `${name}_sealed=${stolen}`)).toBe(401);
    expect(await statusWith(sales, `${name}=${stolen}`)).toBe(401);
    for (const header of [`${name}_sealed=${stolen}`, `${name}=${stolen}`])
      expect((await ask(site, "/shared/_stcore/health", { Cookie: header })).status).toBe(401);
  });

  it("the session's cookie itself at an app's host", async () => {
    const { ticket } = signedIn("alice");
    expect(await statusWith(hostile, `${name}=${ticket}`)).toBe(401);
    expect(await statusWith(hostile, `${name}_sealed=${ticket}`)).toBe(401);
  });

  it("a sealed cookie that was changed", async () => {
    const { browser } = signedIn("alice");
    await browser.open(sales, "/");
    const good = cookie(browser, sales);
    for (const bad of [
      `${good.slice(0, 20)}${good[20] === "A" ? "B" : "A"}${good.slice(21)}`,
      good.slice(0, -4),
      `${good}AAAA`,
      `${good}.`,
      "AAAA",
      "%00",
    ])
      expect(await statusWith(sales, `${name}_sealed=${bad}`)).toBe(401);
  });

  /** The code that somebody gets who is led through the site's host with a start of somebody else's. */
  const codeFor = async (starter: Browser, victim: Browser, host: string): Promise<string> => {
    const { location } = await starter.once(host, "/");
    const answer = await victim.once(site, location.replace(/^https:\/\/[^/]*/, ""));
    return answer.location;
  };
  const pathOf = (url: string): string => url.replace(/^https:\/\/[^/]*/, "");

  it("a code that another browser began: it signs nobody in, and is in no address where a page is", async () => {
    const { browser: attacker } = signedIn("mallory");
    const { browser: victim } = signedIn("alice");
    const code = await codeFor(attacker, victim, hostile);
    const answer = await victim.once(hostile, pathOf(code));
    expect([answer.status, answer.location, answer.cookies]).toEqual([
      302,
      "https://hostile.example.net:8443/oauth2/not_signed_in",
      [],
    ]);
  });

  it("a code for one app at another, however it was begun", async () => {
    const { browser } = signedIn("alice");
    const code = await codeFor(browser, browser, hostile);
    // A browser that is the attacker's sends what it likes.
    browser.jar(sales).set(`${name}_sealed_nonce`, browser.jar(hostile).get(`${name}_sealed_nonce`) ?? "");
    const { location, cookies } = await browser.once(sales, pathOf(code));
    expect([location, cookies]).toEqual(["https://sales.example.net:8443/oauth2/not_signed_in", []]);
  });

  it.each([
    ["none", ""],
    ["an empty one", "?code="],
    ["one that is no code", "?code=AAAA"],
    ["one with other characters", "?code=%0d%0aSet-Cookie:x=1"],
    ["two", "?code=a&code=b"],
  ])("a code that nobody sealed: %s", async (_kind, query) => {
    const { browser } = signedIn("alice");
    await browser.once(sales, "/");
    const { status, location, cookies } = await browser.once(sales, `/oauth2/signed_in${query}`);
    expect([status, location, cookies]).toEqual([
      302,
      "https://sales.example.net:8443/oauth2/not_signed_in",
      [],
    ]);
  });

  it("a start or a sealed cookie in the place of a code, and the other way round", async () => {
    const { browser } = signedIn("alice");
    const { location } = await browser.once(sales, "/");
    const state = new URL(location).searchParams.get("state") ?? "";
    const code =
      new URL((await browser.once(site, pathOf(location))).location).searchParams.get("code") ?? "";
    expect((await browser.once(sales, `/oauth2/signed_in?code=${state}`)).cookies).toEqual([]);
    expect((await browser.once(site, `/oauth2/app?state=${code}`)).location).toMatch(/not_signed_in$/);
    expect(await statusWith(sales, `${name}_sealed=${code}`)).toBe(401);
    await browser.open(sales, `/oauth2/signed_in?code=${code}`);
    expect((await browser.once(sales, `/oauth2/signed_in?code=${cookie(browser, sales)}`)).cookies).toEqual(
      [],
    );
  });

  it.each(["start", "code"])("a %s that is too old", async (kind) => {
    const { browser } = signedIn("alice");
    const { location } = await browser.once(sales, "/");
    const answer = kind === "code" ? await browser.once(site, pathOf(location)) : undefined;
    const parameter = kind === "code" ? "code" : "state";
    const sealed = new URL(answer?.location ?? location).searchParams.get(parameter) ?? "";
    const aged = await reseal(kind, sealed, (value) => ({ ...value, until: Date.now() - 1 }));
    const fresh = await reseal(kind, sealed, (value) => value);
    const [host, to] = kind === "code" ? [sales, "/oauth2/signed_in?code="] : [site, "/oauth2/app?state="];
    expect((await browser.once(host, to + aged)).location).toMatch(/not_signed_in$/);
    expect((await browser.once(host, to + fresh)).location).not.toMatch(/not_signed_in$/);
  });

  it("a service worker at any host, and a request to be sent on that is no visit of a page", async () => {
    for (const host of [site, sales, hostile])
      expect((await ask(host, "/app/static/sw.js", { "Service-Worker": "script" })).status).toBe(403);
    const { browser } = signedIn("alice");
    const { location } = await browser.once(sales, "/");
    const Cookie = browser.cookie(site);
    for (const headers of [
      { "Sec-Fetch-Mode": "no-cors" },
      { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
    ])
      expect((await ask(site, pathOf(location), { Cookie, ...headers })).status).toBe(403);
  });
});

describe("a session", () => {
  it("that was refreshed: the cookie is sealed anew, and never goes to the app's host as it is", async () => {
    const renewed = "renewed==|2|abcdef=";
    sessions.set(renewed, { user: "alice" });
    const again = signedIn("alice");
    sessions.set(again.ticket, { user: "alice", renewed });
    const first = await again.browser.open(sales, "/");
    expect(first.status).toBe(200);
    expect(first.cookies.filter((cookie) => cookie.startsWith(name))).toEqual([
      expect.stringMatching(/^__Host-oauth2_proxy_8443_sealed=[\w-]+; Path=\/; /),
    ]);
    expect(first.cookies.join()).not.toContain("renewed");
    sessions.delete(again.ticket);
    expect((await again.browser.once(sales, "/_stcore/health")).status).toBe(200);
  });

  it("ends at an app's host: at once there, at oauth2-proxy, and at the provider", async () => {
    const { browser, ticket } = signedIn("alice");
    await browser.open(sales, "/");
    await browser.open(hostile, "/");
    const old = browser.cookie(sales);
    const { location, cookies } = await browser.once(sales, "/oauth2/sign_out");
    expect(sessions.has(ticket)).toBe(false);
    expect(location).toBe(
      "https://id.example.com/end?post_logout_redirect_uri=https%3A%2F%2Fsite.example.com%3A8443%2Foauth2%2Fsigned_out&id_token_hint=the-token",
    );
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-oauth2_proxy_8443_sealed=; Path=\/; Max-Age=0; /),
    ]);
    expect((await ask(sales, "/_stcore/health", { Cookie: old })).status).toBe(401);
  });

  it("is not ended by a page elsewhere, which is asked about first", async () => {
    const { browser, ticket } = signedIn("alice");
    await browser.open(sales, "/");
    for (const headers of [
      { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate" },
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" },
      { Referer: "https://hostile.example.net:8443/" },
    ]) {
      const asked = await ask(sales, "/oauth2/sign_out", { Cookie: browser.cookie(sales), ...headers });
      expect([asked.status, asked.location]).toEqual([200, ""]);
      expect(asked.body).toContain("<form");
      expect(sessions.has(ticket)).toBe(true);
    }
    const Referer = "https://sales.example.net:8443/page";
    const { status } = await ask(sales, "/oauth2/sign_out", { Cookie: browser.cookie(sales), Referer });
    expect([status, sessions.has(ticket)]).toEqual([302, false]);
  });

  it("ends at once by the button of the page that asks, too", async () => {
    const { browser, ticket } = signedIn("alice");
    await browser.open(sales, "/");
    const headers = { Cookie: browser.cookie(sales) };
    expect((await ask(sales, "/_stcore/health", headers)).status).toBe(200);
    const pressed = await ask(
      sales,
      "/oauth2/sign_out",
      { ...headers, "Sec-Fetch-Site": "same-origin" },
      "POST",
    );
    expect([pressed.status, sessions.has(ticket)]).toEqual([302, false]);
    expect((await ask(sales, "/_stcore/health", headers)).status).toBe(401);
  });

  it("that is none ends on the site's page", async () => {
    const { location } = await ask(sales, "/oauth2/sign_out", {
      Cookie: `${name}_sealed=AAAA`,
      "Sec-Fetch-Site": "none",
    });
    expect(location).toBe("https://site.example.com:8443/oauth2/signed_out");
  });
});

/** What the gateway sealed, opened with its key, changed, and sealed again. */
async function reseal(purpose: string, sealed: string, change: (value: object) => object): Promise<string> {
  const bytes = Buffer.from(sealed, "base64url");
  const terms = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData: Buffer.from(purpose) };
  const { subtle } = globalThis.crypto;
  const secret = await subtle.importKey("raw", Buffer.from(key, "base64"), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  const text = Buffer.from(await subtle.decrypt(terms, secret, bytes.subarray(12))).toString();
  const changed = JSON.stringify(change(JSON.parse(text) as object));
  return Buffer.concat([
    terms.iv,
    Buffer.from(await subtle.encrypt(terms, secret, Buffer.from(changed))),
  ]).toString("base64url");
}
