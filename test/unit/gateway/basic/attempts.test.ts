/** Attempts to sign in by password, at the nginx of a gateway and the one that checks passwords: real ones on this machine. */
import * as fs from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import * as https from "node:https";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../../components/spec/args";
import { type LoneGateway, startGateway } from "../../../browser/gateway";

const host = "attempts.test";
const users = { anna: "anna's long password", ben: "ben's long password", carl: "carl's long password" };
type User = keyof typeof users;

const spec = (port: number): SiteArgs => ({
  host,
  ports: { https: port, http: port + 1 },
  apps: { one: { source: "x" }, two: { source: "x", allow: { users: ["anna"] } } },
  auth: { basic: { realm: "It's ours", users } },
});

let gateway: LoneGateway;
beforeAll(async () => {
  gateway = await startGateway(spec(28_843));
}, 600_000);
afterAll(() => gateway.close());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  heading: string;
  body: string;
}

/** @param from the client's address, one of this machine's */
function ask(path: string, from: string, authorization?: string, at = gateway): Promise<Answer> {
  const { port, host: authority } = new URL(at.origin);
  return new Promise((resolve, reject) => {
    https
      .get(
        {
          ...{ host: "127.0.0.1", port, localAddress: from, servername: host, path },
          ...{ agent: false, rejectUnauthorized: false },
          headers: { host: authority, ...(authorization !== undefined && { authorization }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on("data", (chunk: Buffer) => chunks.push(chunk))
            .on("end", () => {
              const body = Buffer.concat(chunks).toString();
              const heading = /<h1>(.*)<\/h1>/.exec(body)?.[1] ?? "";
              resolve({ status: response.statusCode ?? 0, headers: response.headers, heading, body });
            });
        },
      )
      .on("error", reject);
  });
}

const credentials = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const signedIn = (user: User): string => credentials(user, users[user]);
const statusOf = async (user: User, from: string): Promise<number> =>
  (await ask("/", from, signedIn(user))).status;

/** The process that checks passwords. */
const checkerId = (): number => Number(fs.readFileSync(path.join(gateway.folder, "passwords.pid"), "utf8"));

/** What a process has spent, in hundredths of a second (proc(5)): 14 and 15 are the fields utime and stime. */
function spent(pid: number): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(fields[14 - 3]) + Number(fields[15 - 3]);
}

// Before the limits are used up.
test("a name that nobody has costs the same check as one that somebody has", async () => {
  const cost = async (name: string): Promise<number> => {
    const before = spent(checkerId());
    for (let attempt = 0; attempt < 3; attempt++)
      expect((await ask("/", "127.0.1.1", credentials(name, `wrong ${attempt}`))).status).toBe(401);
    return spent(checkerId()) - before;
  };
  const known = await cost("anna");
  expect(known).toBeGreaterThan(5);
  // A line break or another case makes another name.
  for (const name of ["zoe", "", "*", "Anna", "anna\n", "x".repeat(2000)]) {
    const unknown = await cost(name);
    expect([name, unknown > known / 2, unknown < known * 2]).toEqual([name, true, true]);
  }
}, 300_000);

test("nobody can be nobody", async () => {
  for (const password of ["x", "", "."])
    expect((await ask("/", "127.0.1.2", credentials("*", password))).status).toBe(401);
});

test("who signs in is told from who is not on a guest list, and each by their name", async () => {
  expect((await ask("/", "127.0.1.3", signedIn("anna"))).body).toContain("Signed in as anna");
  const refused = await ask("/two/", "127.0.1.3", signedIn("ben"));
  expect([refused.status, refused.heading]).toEqual([403, "Not allowed"]);
  expect(refused.body).toContain("Signed in as ben");
  expect((await ask("/two/", "127.0.1.3", signedIn("anna"))).status).toBe(502);
});

test("without credentials: 401 with the challenge, however often", async () => {
  for (let attempt = 0; attempt < 40; attempt++) {
    const { status, headers } = await ask("/", "127.0.1.4");
    expect([status, headers["www-authenticate"]]).toEqual([401, `Basic realm="It's ours"`]);
  }
});

test("too many attempts from one address: 429 with a page of its own, and not for who is remembered there", async () => {
  expect(await statusOf("anna", "127.0.1.5")).toBe(200);
  const guesses = Promise.all(
    Array.from({ length: 40 }, (_, guess) => ask("/", "127.0.1.5", credentials(`user-${guess}`, "wrong"))),
  );
  expect(await statusOf("anna", "127.0.1.5")).toBe(200);
  const answers = await guesses;
  expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([401, 429]);
  const tooMany = answers.filter(({ status }) => status === 429);
  // 21 at once, two more a second.
  expect(tooMany.length).toBeGreaterThan(5);
  for (const { headers, heading } of tooMany) {
    expect(heading).toBe("Too many attempts");
    expect(headers).toMatchObject({ "retry-after": "5", "cache-control": "no-store" });
    expect(headers["strict-transport-security"]).toBeDefined();
    expect(headers["www-authenticate"]).toBeUndefined();
  }
  expect(await statusOf("anna", "127.0.1.5")).toBe(200);
}, 300_000);

test("who asks again and again with one and the same wrong password, as an open page does, costs one check", async () => {
  await delay(3000); // Until there is room for all names again.
  const before = spent(checkerId());
  expect((await ask("/", "127.0.1.9", credentials("ben", "until yesterday"))).status).toBe(401);
  const once = spent(checkerId()) - before;
  for (let attempt = 0; attempt < 60; attempt++) {
    const { status, headers } = await ask("/", "127.0.1.9", credentials("ben", "until yesterday"));
    expect([status, headers["www-authenticate"]]).toEqual([401, `Basic realm="It's ours"`]);
  }
  expect(spent(checkerId()) - before).toBeLessThan(once + 10);
  expect(await statusOf("ben", "127.0.1.9")).toBe(200);
}, 300_000);

test("too many attempts at one name: 429 where they come from, and its owner gets in from elsewhere", async () => {
  await delay(3000); // Until there is room for all names again.
  const statuses: number[] = [];
  for (let guess = 0; guess < 18; guess++)
    statuses.push((await ask("/", "127.0.1.6", credentials("carl", `guess ${guess}`))).status);
  expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(statuses.slice(-3)).toContain(429);
  expect((await ask("/", "127.0.1.6", credentials("carl", "one more"))).status).toBe(429);
  expect(await statusOf("carl", "127.0.1.7")).toBe(200);
  // And from anywhere, now that the password is known to be right.
  expect(await statusOf("carl", "127.0.1.6")).toBe(200);
}, 300_000);

test("while passwords are checked, nobody waits who does not sign in at that moment", async () => {
  await delay(3000);
  expect(await statusOf("anna", "127.0.1.8")).toBe(200);
  const checker = checkerId();
  process.kill(checker, "SIGSTOP");
  try {
    const waiting = ask("/", "127.0.1.8", credentials("anna", "wrong"));
    expect(await statusOf("anna", "127.0.1.8")).toBe(200);
    expect((await ask("/healthz", "127.0.1.8")).status).toBe(200);
    expect((await ask("/", "127.0.1.8")).status).toBe(401);
    process.kill(checker, "SIGCONT");
    expect((await waiting).status).toBe(401);
  } finally {
    process.kill(checker, "SIGCONT");
  }
}, 300_000);

describe("what the caches keep of a check", () => {
  const kept = (): [file: string, text: string][] =>
    ["auth", "passwords"].flatMap((cache) => {
      const folder = path.join(gateway.folder, cache);
      return fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((name) => path.join(folder, name))
        .filter((file) => fs.statSync(file).isFile())
        .map((file): [string, string] => [file, fs.readFileSync(file, "latin1")]);
    });

  test("is the answer, under a name that says nothing of the password", () => {
    expect(kept().length).toBeGreaterThan(3);
    for (const [file, text] of kept()) {
      const key = /^KEY: (.*)$/m.exec(text)?.[1];
      expect([file, key]).toEqual([
        file,
        expect.stringMatching(/^((one|two|index_page) )?[A-Za-z0-9_-]{43}$/),
      ]);
      const [head = ""] = text.slice(text.indexOf("HTTP/1.1")).split("\r\n\r\n");
      const names = head
        .split("\r\n")
        .slice(1)
        .map((line) => line.replace(/:.*/, "").toLowerCase());
      for (const name of names)
        expect([
          ...["server", "date", "content-type", "content-length", "connection"],
          ...["x-auth-request-user", "x-accel-expires", "www-authenticate"],
        ]).toContain(name);
    }
  });

  test("has neither a password nor what a browser sends for it", () => {
    const all = kept()
      .map(([, text]) => text)
      .join("\n");
    for (const [user, password] of Object.entries(users)) {
      expect(all).not.toContain(password);
      expect(all).not.toContain(credentials(user, password).slice("Basic ".length, -4));
    }
  });
});

test("without a key, should the script fail, nothing is remembered, least of all for somebody else", async () => {
  const failing = 'export default { of: () => { throw new Error("it fails"); } };';
  const other = await startGateway(spec(28_845), undefined, { "hash-credentials.js": failing });
  try {
    for (const user of ["anna", "ben"] as const)
      expect((await ask("/", "127.0.1.9", signedIn(user), other)).body).toContain(`Signed in as ${user}`);
    expect((await ask("/", "127.0.1.9", undefined, other)).status).toBe(401);
    for (const cache of ["auth", "passwords"])
      expect(fs.readdirSync(path.join(other.folder, cache))).toEqual([]);
  } finally {
    await other.close();
  }
}, 300_000);
