/** The auth server of `auth.oidc` in a real nginx, before a stand-in for oauth2-proxy. */
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import * as fc from "fast-check";
import { authServerScript } from "../../../../components/gateway/oidc/auth-server";
import { checkSite } from "../../../../components/spec/check";
import { wholeConfig } from "../rendered";
import { TestNginx } from "../test-nginx";

const nginx = new TestNginx();

interface Session {
  user?: string;
  email?: string;
  preferredUsername?: string;
  groups?: string[];
}

/** What oauth2-proxy knows of whoever comes; a number is a status with which it fails. */
let session: Session | number = 401;
/** What it was asked. */
const asked: string[] = [];
const oauth2Proxy = http.createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://oauth2-proxy");
  asked.push(url.pathname);
  if (typeof session === "number") response.writeHead(session).end("no");
  else if (url.pathname === "/oauth2/userinfo")
    // As Go's: in chunks when it is long.
    response
      .writeHead(200, { "Content-Type": "application/json", "Set-Cookie": "refreshed=1" })
      .end(JSON.stringify(session));
  else {
    const allowed = url.searchParams.get("allowed_groups")?.split(",") ?? [];
    response.writeHead((session.groups ?? []).some((group) => allowed.includes(group)) ? 202 : 403).end();
  }
});

beforeAll(async () => {
  const { folder } = nginx;
  fs.mkdirSync(path.join(folder, "pages"));
  nginx.write(authServerScript());
  oauth2Proxy.listen(path.join(folder, "oauth2-proxy.sock"));
  await once(oauth2Proxy, "listening");
  const site = checkSite(
    {
      host: "site.example.com",
      apps: {
        open: { source: "a", route: "/" },
        sales: { source: "a", route: "/sales", allow: { groups: ["finance", "R&D (all)"], users: ["ann"] } },
      },
      auth: {
        oidc: { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" },
      },
    },
    "docker",
  );
  const config = wholeConfig(site);
  const part = (pattern: RegExp): string => config.match(pattern)?.join("\n") ?? "";
  await nginx.start(
    `variables_hash_bucket_size 512;
map_hash_bucket_size 512;
upstream oauth2_proxy { server unix:${folder}/oauth2-proxy.sock; }
${part(/^ {2}js_import identity .*$/m).replace("/etc/nginx/site", folder)}
${part(/^ {2}map [^\n]*guest_sales \{[^]*?^ {2}\}$/gm)}
${part(/^ {2}server \{\n {4}listen unix:[^;]*auth\.sock;[^]*?^ {2}\}$/m)
  .replaceAll("/etc/nginx/site", folder)
  .replace(/listen unix:[^;]*/, `listen unix:${folder}/auth.sock`)}`,
    "crit",
  );
}, 600_000);

afterAll(async () => {
  await nginx.stop();
  oauth2Proxy.close();
});

interface Answer {
  status: number;
  user: string | undefined;
  email: string | undefined;
  name: string | undefined;
  groups: unknown;
  cookie: string | undefined;
}

async function ask(guestList: string, who: Session | number): Promise<Answer> {
  session = who;
  asked.length = 0;
  const request = http.request({
    socketPath: path.join(nginx.folder, "auth.sock"),
    path: `/${guestList}`,
    headers: { Host: "sign-in", Cookie: "a=1" },
    agent: false,
    maxHeaderSize: 65536,
  });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  const text = (header: string): string | undefined => {
    const value = response.headers[`x-auth-request-${header}`] as string | undefined;
    return value === undefined ? undefined : Buffer.from(value, "latin1").toString();
  };
  const groups = text("groups");
  if (groups !== undefined) expect(groups).toMatch(/^[ -~]{1,7000}$/);
  return {
    status: response.statusCode ?? 0,
    user: text("user"),
    email: text("email"),
    name: text("preferred-username"),
    groups: groups === undefined ? undefined : (JSON.parse(groups) as unknown),
    cookie: response.headers["set-cookie"]?.join(),
  };
}

describe("who it is", () => {
  it("is told with everything that is known", async () => {
    const who = { user: "ann", email: "ann@example.com", preferredUsername: "Änn 🦊", groups: ["a", "b"] };
    expect(await ask("open", who)).toEqual({
      status: 204,
      user: "ann",
      email: "ann@example.com",
      name: "Änn 🦊",
      groups: ["a", "b"],
      cookie: "refreshed=1",
    });
    expect(asked).toEqual(["/oauth2/userinfo"]);
  });

  it("is told without what is not known", async () => {
    expect(await ask("open", { user: "ann" })).toEqual({
      status: 204,
      user: "ann",
      cookie: "refreshed=1",
    });
  });

  it.each([[{}], [{ user: "" }], [401]])("is nobody: %j", async (who) => {
    expect(await ask("open", who)).toMatchObject({ status: 401, user: undefined });
    expect(await ask("sales", who)).toMatchObject({ status: 401, user: undefined });
  });

  it("is not told while oauth2-proxy fails, and nobody gets in then", async () => {
    for (const status of [500, 503, 302]) {
      expect((await ask("open", status)).status).toBe(500);
      expect((await ask("sales", status)).status).toBe(500);
    }
  });

  it("does not become another header by a line break in a name", async () => {
    const who = { user: "ann\r\nX-Auth-Request-Email: ceo@example.com", groups: ["a\r\nb"] };
    expect(await ask("open", who)).toMatchObject({
      user: "ann  X-Auth-Request-Email: ceo@example.com",
      email: undefined,
      groups: ["a\r\nb"],
    });
  });
});

describe("groups", () => {
  it("are what they are, whatever their names", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string({ unit: "grapheme-composite" }),
            fc.string({ unit: "binary", maxLength: 5 }).map((text) => Buffer.from(text).toString()),
            fc.constantFrom("x,finance", '"', "\\", "\u2028", "🦊", "é", "a\0b", "</script>", "[]", ","),
          ),
          { minLength: 1, maxLength: 6 },
        ),
        async (groups) => {
          expect((await ask("open", { user: "ann", groups })).groups).toEqual(groups);
        },
      ),
      { numRuns: 60 },
    );
  }, 300_000);

  it("of somebody who is in more than an app can be told are left out, and count for the guest list", async () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `group-${String(index).padStart(30, "0")}`);
    expect(await ask("sales", { user: "bob", groups: [...groups, "finance"] })).toMatchObject({
      status: 204,
      user: "bob",
      groups: undefined,
    });
    const fitting = ["x".repeat(6996)];
    expect((await ask("open", { user: "bob", groups: fitting })).groups).toEqual(fitting);
    expect((await ask("open", { user: "bob", groups: ["x".repeat(6997)] })).groups).toBeUndefined();
  });

  it.each<[string, Session, number]>([
    ["a member", { user: "bob", groups: ["staff", "finance"] }, 204],
    ["a member of a group with a name that needs encoding", { user: "bob", groups: ["R&D (all)"] }, 204],
    ["who is on it by name", { user: "ann", groups: ["staff"] }, 204],
    ["a member of others", { user: "bob", groups: ["staff"] }, 403],
    ["a member of none", { user: "bob" }, 403],
    ["a member of a group with a comma in its name", { user: "bob", groups: ["x,finance"] }, 403],
  ])("decide about %s", async (_, who, status) => {
    expect(await ask("sales", who)).toMatchObject({ status, user: who.user, cookie: "refreshed=1" });
    expect(asked).toEqual(["/oauth2/userinfo", "/oauth2/auth"]);
  });
});
