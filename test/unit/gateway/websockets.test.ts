/** What ends websockets, in a real nginx: between websockets of `ws`, with a sign-in check of the test's own. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import {
  type WebsocketCheck,
  websocketHttp,
  websocketLocation,
  websocketLocations,
  websocketScript,
} from "../../../components/gateway/websockets";
import { authServerUrl } from "../../../components/gateway/auth-server";
import type { Host } from "../../../components/gateway/hosts";
import { lines } from "../../../components/gateway/text";
import { PythonTools } from "../python-tools";

let tools: PythonTools;
let folder: string;
let nginx: ChildProcess;
let errors = "";
let check: WebsocketCheck;
let platform: { folders: { config: string; scratch: string } };

/** In place of a status: the sign-in check never answers. */
const hangs = -1;

/** What the sign-in check answers to a cookie; 0 is a connection that is lost, and 200 the default. */
const answers = new Map<string, number>();
/** Emits the path and the headers of each question, under the name of its cookie. */
const questions = new EventEmitter();
/** Emits each websocket that reaches the app, with the headers of its request, under the name of its cookie. */
const arrivals = new EventEmitter();
arrivals.setMaxListeners(0);

const signIn = http.createServer((request, response) => {
  const cookie = request.headers.cookie ?? "";
  const status = answers.get(cookie) ?? 200;
  if (status === 0) request.socket.destroy();
  else if (status !== hangs) response.writeHead(status).end();
  questions.emit(cookie, request.url, request.headers);
});

const app = http.createServer((request, response) => {
  response.writeHead(Number(request.headers["x-answer"]), { "x-from": "app" }).end("no");
});
const echo = new WebSocketServer({ server: app, maxPayload: 64e6, perMessageDeflate: false });
echo.on("connection", (socket, request) => {
  arrivals.emit(request.headers.cookie ?? "", socket, request);
  socket.on("message", (data, isBinary) => {
    socket.send(data, { binary: isBinary });
  });
});

/** @param at the folder of its own of one nginx */
/** The host that the apps are at. */
const host = {
  app: undefined,
  apps: ["sales", "gone"].map((name) => ({ name })),
} as unknown as Host;

function config(at = folder): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${at}/${name};`,
  );
  const apps = { sales: "app", gone: "none" };
  const locations = Object.entries(apps).map(
    ([name, socket]) => `location = /${name}/_stcore/stream {
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_buffering off;
      ${websocketLocation(name)}
      proxy_pass http://unix:${folder}/${socket}.sock;
    }`,
  );
  return `${process.getuid?.() === 0 ? "user root;" : ""}
# The connections of both workers are asked about, by one of them.
worker_processes 2;
pid ${at}/nginx.pid;
error_log stderr error;
events {
  worker_connections 512;
}
http {
  ${temporary.join("\n  ")}
  access_log off;
  ${websocketHttp(check, platform)}
  server {
    listen unix:${at}/site.sock;
    ${locations.join("\n    ")}
    location = /other {
      return 200 "other\n";
    }
    ${lines(websocketLocations(check, host))}
  }
}
`;
}

/** The script's questions carry what the client sent. */
const terms: Omit<WebsocketCheck, "interval"> = {
  credentials: () => ({ cookie: "$http_cookie", authorization: "$http_authorization" }),
  authUrl: ({ name }) => authServerUrl(platform, name),
};

beforeAll(async () => {
  tools = await PythonTools.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "sockets-"));
  check = { ...terms, interval: 1 };
  platform = { folders: { config: folder, scratch: folder } };
  fs.writeFileSync(`${folder}/${websocketScript().name}`, websocketScript().text);
  await Promise.all([
    once(signIn.listen(`${folder}/auth.sock`), "listening"),
    once(app.listen(`${folder}/app.sock`), "listening"),
  ]);

  nginx = await startNginx(folder);
}, 600_000);

afterAll(async () => {
  nginx.kill();
  await once(nginx, "exit");
  signIn.close();
  echo.close();
  app.close();
  tools.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Run an nginx with the configuration of the moment, and with files and sockets in a folder of its own. */
async function startNginx(at: string): Promise<ChildProcess> {
  fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync(`${at}/nginx.conf`, config(at));
  const started = await start(["nginx", "-c", `${at}/nginx.conf`, "-g", "daemon off;"]);
  started.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  while (!fs.existsSync(`${at}/nginx.pid`) && started.exitCode === null) await delay(20);
  return started;
}

/** Run a command that finds nginx on its path. */
async function start([program, ...rest]: string[]): Promise<ChildProcess> {
  const bin = path.dirname(await tools.ask("nginx binary", ""));
  return spawn(program ?? "", rest, {
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** A websocket at both its ends. */
async function open(
  cookie: string,
  headers: Record<string, string> = {},
  at = folder,
): Promise<{ client: WebSocket; server: WebSocket; request: http.IncomingMessage }> {
  const arrived = once(arrivals, cookie) as Promise<[WebSocket, http.IncomingMessage]>;
  const client = new WebSocket(`ws+unix:${at}/site.sock:/sales/_stcore/stream`, {
    headers: { host: "site.example.com:8443", cookie, ...headers },
    perMessageDeflate: false,
  });
  await once(client, "open");
  const [server, request] = await arrived;
  return { client, server, request };
}

/** That many more questions about a cookie: its path and headers each time. */
async function asked(cookie: string, times: number): Promise<[string, http.IncomingHttpHeaders][]> {
  const seen: [string, http.IncomingHttpHeaders][] = [];
  while (seen.length < times)
    seen.push((await once(questions, cookie)) as [string, http.IncomingHttpHeaders]);
  return seen;
}

async function echoed(socket: WebSocket, message: Buffer): Promise<Buffer> {
  const answer = once(socket, "message") as Promise<[Buffer]>;
  socket.send(message);
  return (await answer)[0];
}

describe("the end of a websocket", () => {
  it("comes when the sign-in check answers 401, 403 or anything else that is no yes, on both sides, and for nobody else", async () => {
    const stays = await open("stays=1");
    const end = async (status: number): Promise<void> => {
      const cookie = `gone=${status}`;
      const { client, server } = await open(cookie);
      await asked(cookie, 2);
      expect(client.readyState).toBe(WebSocket.OPEN);

      answers.set(cookie, status);
      await Promise.all([once(client, "close"), once(server, "close")]);
    };
    await Promise.all([401, 403, 302, 400].map(end));

    // Two more, so that the connection has looked what came of one of them.
    await asked("stays=1", 2);
    expect(await echoed(stays.client, Buffer.from("here"))).toEqual(Buffer.from("here"));
    stays.client.close();
  }, 20_000);

  it("does not come when the sign-in check answers 200 or 5xx, or not at all", async () => {
    const keep = async (status: number): Promise<void> => {
      const cookie = `kept=${status}`;
      answers.set(cookie, status);
      const { client } = await open(cookie);
      await asked(cookie, 3);
      expect(await echoed(client, Buffer.from("here"))).toEqual(Buffer.from("here"));

      // An outage that is over is no excuse.
      answers.set(cookie, 401);
      await once(client, "close");
    };
    await Promise.all([200, 500, 503, 0].map(keep));
  }, 20_000);

  it("comes for every connection of a session, which is asked about once", async () => {
    const sockets = await Promise.all(Array.from({ length: 6 }, () => open("many=1")));
    let times = 0;
    questions.on("many=1", () => times++);
    const other = await open("one=1");
    const [rounds] = await Promise.all([asked("one=1", 3), asked("many=1", 3)]);
    expect(times).toBeLessThanOrEqual(rounds.length + 1);

    answers.set("many=1", 401);
    await Promise.all(sockets.map(({ client }) => once(client, "close")));
    other.client.close();
  }, 20_000);

  it("is asked about with the session's credentials and the location's guest list, whatever the client says", async () => {
    const { client, request } = await open("anna=1", {
      authorization: "Bearer token",
      "x-guest-list": "other",
    });
    const [[url, headers]] = (await asked("anna=1", 1)) as [[string, http.IncomingHttpHeaders]];
    expect(url).toBe("/sales");
    expect(headers).toMatchObject({ cookie: "anna=1", authorization: "Bearer token" });
    expect(request.headers).toMatchObject({ cookie: "anna=1", host: "site.example.com:8443" });
    client.close();
  }, 20_000);

  it("comes although the answers for many others take longer than a round may", async () => {
    const slow = Array.from({ length: 80 }, (_, i) => `slow=${i}`);
    const ended = Array.from({ length: 5 }, (_, i) => `ended=${i}`);
    for (const cookie of slow) answers.set(cookie, hangs);
    const waiting = await Promise.all(slow.map((cookie) => open(cookie)));
    const ending = await Promise.all(ended.map((cookie) => open(cookie)));
    // Now all of them are on the list.
    await delay(1500);
    let count = 0;
    for (const cookie of [...slow, ...ended]) questions.on(cookie, () => count++);
    for (const cookie of ended) answers.set(cookie, 401);
    await Promise.all(ending.map(({ client }) => once(client, "close")));
    // Of 32 questions that a round has, more than half of a minute's would be without an order of their own.
    expect(count).toBeLessThan(30 * 32);
    for (const { client } of waiting) client.terminate();
    for (const cookie of slow) answers.delete(cookie);
  }, 120_000);

  it("comes for credentials with bytes that are no text, which reach the app as they are", async () => {
    const cookie = "bytes=1; \xe9=\xff";
    const { client, request } = await open(cookie);
    expect(request.headers.cookie).toBe(cookie);
    answers.set("bytes=1; ?=?", 401);
    await once(client, "close");
  }, 20_000);
});

describe("a websocket that is open when nginx reads its configuration anew", () => {
  it("stays open, and still ends with its session", async () => {
    const { client } = await open("reload=1");
    nginx.kill("SIGHUP");
    await asked("reload=1", 3);
    expect(await echoed(client, Buffer.from("here"))).toEqual(Buffer.from("here"));

    answers.set("reload=1", 401);
    await once(client, "close");
  }, 20_000);
});

describe("a client that is in the middle of a message when its session ends", () => {
  it("cannot send another byte to the app", async () => {
    const arrived = once(arrivals, "half=1");
    const request = http.get({
      socketPath: `${folder}/site.sock`,
      path: "/sales/_stcore/stream",
      headers: {
        cookie: "half=1",
        upgrade: "websocket",
        connection: "upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    });
    const [, socket] = (await once(request, "upgrade")) as [unknown, net.Socket];
    const [server] = (await arrived) as [WebSocket];
    const received = jest.fn();
    server.on("message", received);
    // 200 bytes are to come, masked with zeros.
    socket.write(Buffer.from([0x82, 0xfe, 0, 200, 0, 0, 0, 0]));
    socket.on("error", () => undefined);
    socket.resume();
    // Neither side does anything for it.
    const closed = [once(socket, "close"), once(server, "close")];
    answers.set("half=1", 401);
    await Promise.all(closed);
    socket.write(Buffer.alloc(200));
    expect(received).not.toHaveBeenCalled();
  }, 20_000);
});

describe("the way through", () => {
  it("leaves a large message as it is, both ways", async () => {
    const { client } = await open("large=1");
    const message = randomBytes(10e6);
    expect((await echoed(client, message)).equals(message)).toBe(true);
    client.close();
  }, 20_000);

  it("leaves many small messages as they are, in their order", async () => {
    const { client } = await open("small=1");
    const sent = Array.from({ length: 5000 }, (_, i) => `${i} ${randomBytes(i % 40).toString("hex")}`);
    const received: string[] = [];
    const all = new Promise<void>((resolve) =>
      client.on("message", (data: Buffer) => {
        if (received.push(data.toString()) === sent.length) resolve();
      }),
    );
    for (const message of sent) client.send(message);
    await all;
    expect(received).toEqual(sent);
    client.close();
  }, 20_000);

  it.each([401, 403, 404, 502])("shows the app's %i as it is", async (status) => {
    const request = http.get({
      socketPath: `${folder}/site.sock`,
      path: "/sales/_stcore/stream",
      headers: { "x-answer": status },
    });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response).toMatchObject({ statusCode: status, headers: { "x-from": "app" } });
    expect((await response.toArray()).join("")).toBe("no");
  });

  it("answers 502 when the app is down", async () => {
    const [response] = (await once(
      http.get({ socketPath: `${folder}/site.sock`, path: "/gone/_stcore/stream" }),
      "response",
    )) as [http.IncomingMessage];
    expect(response.statusCode).toBe(502);
    response.resume();
  });
});

describe("a websocket that ends while its session goes on", () => {
  let hourly: ChildProcess;
  let at: string;

  // Nobody looks at a session within the time of a test: what ends here, does so by itself.
  beforeAll(async () => {
    check = { ...terms, interval: 3600 };
    at = `${folder}/hourly`;
    hourly = await startNginx(at);
  });
  afterAll(async () => {
    hourly.kill();
    await once(hourly, "exit");
  });

  /** The connections that the nginx has open to the app. */
  const toApp = (): Promise<number> =>
    new Promise((resolve, reject) => {
      app.getConnections((error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });

  it("is closed for the client when the app closes it, with a word or without", async () => {
    const left = await open("left=1", {}, at);
    left.server.close(1012);
    expect((await once(left.client, "close"))[0]).toBe(1012);

    const lost = await open("lost=1", {}, at);
    lost.server.terminate();
    expect((await once(lost.client, "close"))[0]).toBe(1006);
  }, 20_000);

  it("is closed for the app when the client closes it, with a word or without", async () => {
    const left = await open("leaves=1", {}, at);
    left.client.close(1001);
    expect((await once(left.server, "close"))[0]).toBe(1001);

    const lost = await open("vanishes=1", {}, at);
    lost.client.terminate();
    expect((await once(lost.server, "close"))[0]).toBe(1006);
  }, 20_000);

  it.each([
    ["the app refuses it", "sales", 403],
    ["the app is down", "gone", 502],
  ])(
    "leaves no connection when %s",
    async (_, name, status) => {
      const before = await toApp();
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (requestPath: string): Promise<http.IncomingMessage> => {
        const request = http.get({
          socketPath: `${at}/site.sock`,
          path: requestPath,
          headers: { "x-answer": status },
          agent,
        });
        const [response] = (await once(request, "response")) as [http.IncomingMessage];
        await response.toArray();
        return response;
      };
      const refused = await ask(`/${name}/_stcore/stream`);
      expect(refused).toMatchObject({ statusCode: status, headers: { connection: "close" } });
      if (!refused.socket.destroyed) await once(refused.socket, "close");
      expect((await ask("/other")).statusCode).toBe(200);
      expect(await toApp()).toBeLessThanOrEqual(before);
      agent.destroy();
    },
    20_000,
  );
});

describe("the configuration", () => {
  it.each([30, 5, 3600])("is accepted by nginx with an interval of %i s", async (interval) => {
    check = { ...terms, interval };
    expect(await tools.ask("nginx -t", config())).toBe("");
  });

  it("is refused by nginx when it is wrong, so that the test above can fail", async () => {
    expect(await tools.ask("nginx -t", config().replace("js_import", "js_imports"))).not.toBe("");
  });
});

describe("nginx's log", () => {
  it("has nothing about connections that ended, nor anything else but the app that is down", () => {
    // Of rounds that take longer than the second between them: where the sign-in check hangs, and on a machine with much to do.
    const late = /js periodic "websockets\.check" is already running|\]\s\d+#\d+: pending events$/;
    const lines = errors.split("\n").filter((line) => line !== "" && !late.test(line));
    expect(lines.filter((line) => !line.includes("none.sock"))).toEqual([]);
  });
});
