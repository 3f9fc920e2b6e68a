/** The maps of `auth.oidc` that take headers apart, in a real nginx: what it makes of a request is what it answers. */
import { once } from "node:events";
import * as http from "node:http";
import * as path from "node:path";
import * as fc from "fast-check";
import type { SiteArgs } from "../../../../components/spec/args";
import { checkSite } from "../../../../components/spec/check";
import { dockerConfig } from "../rendered";
import { TestNginx } from "../test-nginx";

/** Two sites that differ in where sessions are kept, by what is called in the URL. */
const kinds = ["redis", "cookie"] as const;
type Kind = (typeof kinds)[number];

function spec(kind: Kind): SiteArgs {
  return {
    host: "site.example.com",
    ports: { https: 9443, http: 8080 },
    apps: {
      sales: {
        source: "a",
        allow: { users: ["auth0|1.2", "Ann"], emails: ["Ann+x@example.com", "o'b{1}@example.com"] },
      },
      "live-view": { source: "a", route: "/live/view" },
    },
    auth: {
      oidc: {
        provider: "oidc",
        issuer: "https://id.example.com",
        clientId: "site",
        clientSecret: "x",
        bearer: kind === "redis",
      },
    },
    sessions: { [kind]: {} },
  };
}

const name = "__Host-oauth2_proxy_9443";

/** What the variables are that are asked for. */
const asked = [
  "session_cookie",
  "session_key",
  "app_cookies",
  "without_credentials",
  "leads_to_provider",
  "same_origin",
  "auth_label",
  "guest_sales",
] as const;
type Answer = Record<(typeof asked)[number], string>;

/** A server with the maps of a site, which takes from headers what oauth2-proxy would have said. */
function server(kind: Kind, folder: string): string {
  const maps = dockerConfig(checkSite(spec(kind), "docker")).match(/^ {2}map [^]*?^ {2}\}$/gm) ?? [];
  return `large_client_header_buffers 4 32k;
${maps.join("\n")}
  server {
    listen unix:${folder}/maps.sock;
    server_name site.example.com;
    set $auth_user $http_x_user;
    set $auth_email $http_x_email;
    set $auth_name $http_x_name;
    set $identity_user $http_x_user;
    set $identity_email $http_x_email;
    location / {
      # A header, because an answer to HEAD has nothing else.
      add_header X-Answer "[${asked.map((variable) => `$${variable}`).join("\\t")}]";
      return 204;
    }
  }`;
}

const running = Object.fromEntries(kinds.map((kind) => [kind, new TestNginx()])) as Record<Kind, TestNginx>;
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

beforeAll(async () => {
  for (const kind of kinds) await running[kind].start(server(kind, running[kind].folder));
}, 600_000);

afterAll(async () => {
  agent.destroy();
  for (const kind of kinds) await running[kind].stop();
});

interface Asked {
  kind?: Kind;
  method?: string;
  path?: string;
}

/** What nginx makes of a request; headers in any number and order. */
async function ask(
  headers: [string, string][],
  { kind = "redis", method = "GET", path: at = "/" }: Asked = {},
): Promise<Answer> {
  const request = http.request({
    agent,
    socketPath: path.join(running[kind].folder, "maps.sock"),
    method,
    path: at,
    headers: ["Host", "x", ...headers.flat()] as unknown as http.OutgoingHttpHeaders,
  });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  const values = String(response.headers["x-answer"]).slice(1, -1).split("\t");
  expect([response.statusCode, values.length]).toEqual([204, asked.length]);
  return Object.fromEntries(asked.map((variable, index) => [variable, values[index] ?? ""])) as Answer;
}

const cookies = (header: string, kind?: Kind): Promise<Answer> => ask([["Cookie", header]], kind && { kind });

/** The cookies of a header, as every server takes it apart. */
const parts = (header: string): string[] =>
  header
    .split(";")
    .map((part) => part.replace(/^ +/, ""))
    .filter((part) => part.trim() !== "");

/** The first cookie of this name with a value; a space or a quotation mark ends it. */
function valueOf(header: string, name: string): string {
  return (
    parts(header)
      .map((part) => (part.startsWith(`${name}=`) ? (/^[^ "]*/.exec(part)?.[0] ?? "") : ""))
      .find((part) => part.length > name.length + 1) ?? ""
  );
}

/** Cookie headers with everything that comes close to the session's. */
const anyHeader: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom("", " ", "  "),
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom(
            name,
            `${name}_0`,
            `${name}_1`,
            `${name}_3`,
            `${name}_4`,
            `${name}_csrf_x`,
            "__Host-oauth2_proxy",
            "__Host-oauth2_proxy_443",
          ),
        },
        fc.constantFrom(
          "a",
          `x${name}`,
          name.toLowerCase(),
          `${name} `,
          "_streamlit_xsrf",
          "replica_sales",
          "",
          " ",
          `"${name}`,
        ),
      ),
      fc.constantFrom("=", "=", "=", "", "==", " = "),
      fc.constantFrom("", "abc", "a|1|b=", '"q"', "x y", `${name}=z`, "é", "a,b", "  "),
    ),
    { maxLength: 8 },
  )
  .chain((cookies) =>
    fc
      .constantFrom(";", "; ", ";  ")
      .map((separator) => cookies.map((cookie) => cookie.join("")).join(separator)),
  )
  // What Node sends is without spaces at the ends, too.
  .map((header) => header.trim());

describe("the session's cookie", () => {
  it.each<[string, string, string]>([
    ["alone", `${name}=abc|1|x=`, `${name}=abc|1|x=`],
    ["amid others", `a=b; ${name}=abc; c=d`, `${name}=abc`],
    ["without a space before it", `a=b;${name}=abc;c=d`, `${name}=abc`],
    ["with several", `a=b;   ${name}=abc`, `${name}=abc`],
    ["twice: the first, as oauth2-proxy has it", `${name}=abc; ${name}=def`, `${name}=abc`],
    ["with = in it", `${name}=a==b`, `${name}=a==b`],
    ["in quotation marks, which oauth2-proxy would take off", `${name}="abc"`, ""],
    ["before a quotation mark", `${name}=abc"; a=b`, `${name}=abc`],
    ["before a tab, which oauth2-proxy would take off", `${name}=abc\t`, `${name}=abc`],
    ["empty", `${name}=`, ""],
    ["empty and once more", `${name}=; ${name}=abc`, `${name}=abc`],
    ["without =", name, ""],
    ["in another case", `${name.toLowerCase()}=abc`, ""],
    ["with something before its name", `x${name}=abc; a=${name}=abc; a ${name}=abc; "${name}=abc`, ""],
    ["with something behind its name", `${name}x=abc; ${name} =abc; ${name}_csrf=abc`, ""],
    ["of another port", "__Host-oauth2_proxy=abc; __Host-oauth2_proxy_443=abc", ""],
    ["behind a tab, which no browser sends", `a=b;\t${name}=abc`, ""],
    ["not there", "a=b", ""],
  ])("is found %s", async (_, header, expected) => {
    const answer = await cookies(header);
    expect([answer.session_cookie, answer.without_credentials]).toEqual([
      expected,
      expected === "" ? "1" : "0",
    ]);
  });

  it("is not there without any cookie", async () => {
    for (const kind of kinds)
      expect(await ask([], { kind })).toMatchObject({
        session_cookie: "",
        app_cookies: "",
        without_credentials: "1",
      });
  });

  it("is found in any of several headers", async () => {
    const answer = await ask([
      ["Cookie", "a=b"],
      ["cookie", `${name}=abc`],
      ["COOKIE", "c=d"],
    ]);
    expect(answer).toMatchObject({ session_cookie: `${name}=abc`, app_cookies: "a=b; c=d" });
  });

  it.each<[string, Kind, string, string]>([
    ["kept in Redis", "redis", `${name}=`, ""],
    ["kept in one cookie", "cookie", `${name}=`, ""],
    ["kept in two", "cookie", `${name}_0=piece; ${name}_1=`, "; "],
  ])("has one key for the same signature, and for nothing else: %s", async (_, kind, start, separator) => {
    const keyOf = async (value: string): Promise<string> =>
      (await cookies(`a=b; ${start}${value}; c=d`, kind)).session_key;
    const signed = "djIuYWJj|1790000000|kRrW2Zp0b7Zt9o3oGk0Qw1x2y3z4A5B6C7D8E9F0a1";
    const signature = (text: string): Buffer => Buffer.from(text.split("|")[2] ?? "", "base64url");
    const [good, same] = [`${signed}g=`, `${signed}h=`];
    expect(signature(same)).toEqual(signature(good));
    const key = await keyOf(good);
    expect(key).toBe(`${separator}${start}${signed}`);
    expect(await keyOf(same)).toBe(key);
    for (const other of [`${signed.slice(0, -1)}2g=`, `x${good}`, good.replace("17", "18"), `${good}${good}`])
      expect(await keyOf(other)).not.toBe(key);
  });

  it("is the first one of its name, whatever the header", async () => {
    await fc.assert(
      fc.asyncProperty(anyHeader, async (header) => {
        expect((await cookies(header)).session_cookie).toBe(valueOf(header, name));
      }),
      { numRuns: 300 },
    );
  }, 300_000);

  it("is all its pieces where it is kept in cookies, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(anyHeader, async (header) => {
        const pieces = ["", "_0", "_1", "_2", "_3"].map((suffix) => valueOf(header, `${name}${suffix}`));
        const answer = await cookies(header, "cookie");
        expect(parts(answer.session_cookie)).toEqual(pieces.filter((piece) => piece !== ""));
        // What is remembered under it must not be the same for other pieces.
        expect(answer.session_cookie).toBe(pieces.join("") === "" ? "" : pieces.join("; "));
        expect(answer.session_key).toBe(
          /^(.+)[^=; ]=*[; ]*$/.exec(answer.session_cookie)?.[1] ?? answer.session_cookie,
        );
        expect(answer.without_credentials).toBe(pieces.join("") === "" ? "1" : "0");
      }),
      { numRuns: 300 },
    );
  }, 300_000);
});

describe("the cookies that apps get", () => {
  it.each<[string, string, string]>([
    ["no cookie of the sign-in alone", `${name}=abc`, ""],
    ["the others", `a=b; ${name}=abc; c=d`, "a=b; c=d"],
    ["the others, without spaces", `a=b;${name}=abc;c=d`, "a=b;c=d"],
    ["those before it", `a=b; ${name}=abc`, "a=b; "],
    ["no pieces and no sign-in that was begun", `${name}_0=a; ${name}_1=b; x=y; ${name}_csrf_z=c`, "x=y; "],
    ["no second one of the same name", `${name}=a; b=c; ${name}=d`, "b=c; "],
    ["no empty one", `${name}=; a=b`, "a=b"],
    ["none of a site at another port", "__Host-oauth2_proxy=a; b=c; __Host-oauth2_proxy_8443=d", "b=c; "],
    ["one that only has the name in it", `a=${name}; x${name}=b`, `a=${name}; x${name}=b`],
    ["quotes as they are", `a="b c"; ${name}="x"; d='e'`, `a="b c"; d='e'`],
    ["none at all when one is behind a tab", `a=b;\t${name}=abc`, ""],
    ["none at all when one has no value", `a=b; ${name}`, ""],
  ])("are %s", async (_, header, expected) => {
    expect((await cookies(header)).app_cookies).toBe(expected);
  });

  it("have none of the sign-in's even if there are very many", async () => {
    const many = (count: number, between = ""): string =>
      `a=1; ${Array.from({ length: count }, (_, index) => `${name}_${index}=${index}; ${between}`).join("")}z=1`;
    expect((await cookies(many(300))).app_cookies).toBe("a=1; z=1");
    expect((await cookies(many(6, "x=y; "))).app_cookies).toBe(`a=1; ${"x=y; ".repeat(6)}z=1`);
    // None at all rather than one of them.
    expect((await cookies(many(7, "x=y; "))).app_cookies).toBe("");
    expect((await cookies(many(100, "x=y; "))).app_cookies).toBe("");
  });

  it("are all but the sign-in's, whatever the header", async () => {
    await fc.assert(
      fc.asyncProperty(anyHeader, async (header) => {
        const ofSignIn = (part: string): boolean => part.startsWith("__Host-oauth2_proxy");
        const expected = parts(header).some((part) => ofSignIn(part) && !part.includes("="))
          ? []
          : parts(header).filter((part) => !ofSignIn(part));
        for (const kind of kinds)
          expect(parts((await cookies(header, kind)).app_cookies).map((part) => part.trim())).toEqual(
            expected.map((part) => part.trim()),
          );
      }),
      { numRuns: 300 },
    );
  }, 300_000);
});

describe("a token", () => {
  it("counts instead of the cookie, where tokens are taken", async () => {
    const session: [string, string] = ["Cookie", `${name}=abc`];
    const without = async (authorization: string, cookie: boolean): Promise<string> =>
      (await ask([...(cookie ? [session] : []), ["Authorization", authorization]])).without_credentials;
    for (const token of ["Bearer x", "bearer x", "BEARER x"]) expect(await without(token, false)).toBe("0");
    for (const other of ["Basic eDp5", "Bearerx", "Bearer", "x Bearer y"]) {
      expect(await without(other, false)).toBe("1");
      expect(await without(other, true)).toBe("0");
    }
  });

  it("counts for nothing where they are not", async () => {
    expect((await ask([["Authorization", "Bearer x"]], { kind: "cookie" })).without_credentials).toBe("1");
  });
});

describe("who is sent to sign in", () => {
  const sent = async (request: Asked, headers: [string, string][] = []): Promise<boolean> =>
    (await ask(headers, request)).leads_to_provider === "1";

  it.each([
    "/",
    "/sales",
    "/sales/",
    "/sales/page",
    "/sales/page?x=/_stcore/health",
    "/sales/mediathek",
    "/sales/_stcorex",
    "/sales/app/page",
    "/live/view/",
    "/live/view/static.html",
    "/live/static/x",
    "/other/static/x",
  ])("is whoever opens %s", async (at) => {
    expect(await sent({ path: at })).toBe(true);
    expect(await sent({ path: at, method: "HEAD" })).toBe(true);
    expect(await sent({ path: at }, [["Sec-Fetch-Mode", "navigate"]])).toBe(true);
    // With a token, a password, from a script, or to change something.
    for (const authorization of ["Bearer x", "Basic eDp5", "x"])
      expect(await sent({ path: at }, [["Authorization", authorization]])).toBe(false);
    for (const mode of ["cors", "no-cors", "same-origin", "websocket", "x navigate", "navigate x"])
      expect(await sent({ path: at }, [["Sec-Fetch-Mode", mode]])).toBe(false);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect(await sent({ path: at, method })).toBe(false);
  });

  it.each([
    "/sales/_stcore/health",
    "/sales/_stcore",
    "/sales/_stcore/stream?x=1",
    "/sales/_stcore/agent/x",
    "/sales/media/x.png",
    "/sales/static/js/a.js",
    "/sales/static",
    "/sales/component/x/index.html",
    "/sales/app/static/x.png",
    "/live/view/_stcore/host-config",
    "/live/view/static/x",
  ])("is nobody who asks for %s", async (at) => {
    expect(await sent({ path: at })).toBe(false);
    expect(await sent({ path: at }, [["Sec-Fetch-Mode", "navigate"]])).toBe(false);
  });
});

describe("a request of the site's own pages, or of its user", () => {
  const origin = "https://site.example.com:9443";
  const isOwn = async (headers: [string, string][]): Promise<boolean> =>
    (await ask(headers)).same_origin === "1";

  it.each<[string, [string, string][]]>([
    ["by Fetch Metadata", [["Sec-Fetch-Site", "same-origin"]]],
    [
      "by Fetch Metadata, whatever else it says",
      [
        ["Sec-Fetch-Site", "same-origin"],
        ["Origin", "null"],
      ],
    ],
    ["typed", [["Sec-Fetch-Site", "none"]]],
    ["without Fetch Metadata, by the origin", [["Origin", origin]]],
    ["without Fetch Metadata, by the page", [["Referer", `${origin}/sales/`]]],
  ])("is known %s", async (_, headers) => {
    expect(await isOwn(headers)).toBe(true);
  });

  it.each<[string, [string, string][]]>([
    ["of another site", [["Sec-Fetch-Site", "cross-site"]]],
    [
      "of another site that names this one",
      [
        ["Sec-Fetch-Site", "cross-site"],
        ["Origin", origin],
        ["Referer", `${origin}/`],
      ],
    ],
    ["of a neighbour", [["Sec-Fetch-Site", "same-site"]]],
    ["of nobody who says so", []],
    [
      "of two at once",
      [
        ["Sec-Fetch-Site", "cross-site"],
        ["Sec-Fetch-Site", "same-origin"],
      ],
    ],
    ["with a word that begins so", [["Sec-Fetch-Site", "none-of-these"]]],
    [
      "of another origin",
      [
        ["Origin", "https://evil.test"],
        ["Referer", `${origin}/`],
      ],
    ],
    ["of an origin that begins so", [["Origin", `${origin}.evil.test`]]],
    ["of an origin that fits the pattern only", [["Origin", "https://siteXexample.com:9443"]]],
    ["of another port", [["Origin", "https://site.example.com"]]],
    ["of a page that begins so", [["Referer", `${origin}.evil.test/`]]],
    ["of a page with this one in its query", [["Referer", `https://evil.test/?${origin}/`]]],
  ])("is none %s", async (_, headers) => {
    expect(await isOwn(headers)).toBe(false);
  });
});

describe("identity", () => {
  const told = (headers: Record<string, string>): Promise<Answer> => ask(Object.entries(headers));

  it("has the name by which people know themselves", async () => {
    const all = { "X-Name": "Anna", "X-Email": "anna@example.com", "X-User": "1" };
    expect((await told(all)).auth_label).toBe("Anna");
    expect((await told({ "X-Email": all["X-Email"], "X-User": "1" })).auth_label).toBe("anna@example.com");
    expect((await told({ "X-User": "1" })).auth_label).toBe("1");
  });

  it.each<[string, Record<string, string>, boolean]>([
    ["a user on the list", { "X-User": "auth0|1.2" }, true],
    ["a user in another case", { "X-User": "ann" }, false],
    ["a user whose name fits the pattern only", { "X-User": "auth0|1x2" }, false],
    ["half of a name", { "X-User": "auth0" }, false],
    ["more than a name", { "X-User": "Annx" }, false],
    ["an address in another case", { "X-User": "1", "X-Email": "ANN+X@example.com" }, true],
    ["an address with signs", { "X-Email": "o'b{1}@example.com" }, true],
    ["an address that fits the pattern only", { "X-Email": "Annx@example.com" }, false],
    ["an address with more before it", { "X-Email": "xAnn+x@example.com" }, false],
    ["an address on the list of users", { "X-User": "Ann+x@example.com" }, false],
    ["a user on the list of addresses", { "X-Email": "Ann" }, false],
    ["nobody", {}, false],
  ])("of %s: %j, on the guest list: %s", async (_, headers, guest) => {
    expect((await told(headers)).guest_sales).toBe(guest ? "1" : "0");
  });
});
