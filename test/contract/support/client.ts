/** A client of a site under test: it finds the site's host name on this machine, and sends what it is told to. */
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as tls from "node:tls";
import { WebSocket } from "ws";
import { address as loopback } from "./apps";

/** An answer with its whole body. */
export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Headers as they go over the line: a list sends a header several times. */
export type Headers = Record<string, string | string[]>;

/** What {@link SiteClient.request} takes beside the path. */
export interface RequestOptions {
  method?: string;
  /** Sign in as this user. */
  user?: string;
  headers?: Headers;
  body?: string | Buffer;
}

/** A websocket that was refused before it was one. */
export class Refused extends Error {
  constructor(readonly answer: Answer) {
    super(`the websocket was refused with ${String(answer.status)}`);
  }
}

/** See the module. */
export class SiteClient {
  readonly origin: string;
  readonly authority: string;

  constructor(
    readonly host: string,
    readonly ports: { https: number; http: number },
    readonly ca: string,
    /** What a request of a user has on it: the one header by which they are signed in. */
    readonly signedIn: (user: string) => Record<string, string>,
  ) {
    this.authority = `${host}:${String(ports.https)}`;
    this.origin = `https://${this.authority}`;
  }

  /** {@link signedIn} as a line of a request's head. */
  headerLine(user: string): string {
    return Object.entries(this.signedIn(user))
      .map(([name, value]) => `${name}: ${value}`)
      .join("\r\n");
  }

  /** One HTTPS request on a connection of its own. */
  request(path: string, options: RequestOptions = {}): Promise<Answer> {
    const server = { host: this.host, port: this.ports.https, ca: this.ca };
    return request(server, path, { ...options, headers: this.withCredentials(options) });
  }

  /** One request to the plain HTTP port. */
  plain(path: string, headers: Headers = {}): Promise<Answer> {
    const { http: port } = this.ports;
    return send(http.request, {
      ...local(port),
      path,
      method: "GET",
      headers: { Host: `${this.host}:${String(port)}`, ...headers },
    });
  }

  /**
   * Send bytes over a TLS connection and read until the other side closes it, or has answered and is silent.
   *
   * @returns what came back; empty when the connection was closed without a word
   */
  raw(bytes: string | Buffer, options: tls.ConnectionOptions = {}): Promise<string> {
    return readAll(this.connect(options), bytes);
  }

  /** The same without TLS. */
  rawPlain(bytes: string | Buffer, port = this.ports.http): Promise<string> {
    return readAll(net.connect(local(port)), bytes);
  }

  /** A TLS connection. */
  connect(options: tls.ConnectionOptions = {}): tls.TLSSocket {
    return tls.connect({ ...this.tlsOptions(), ...options });
  }

  /**
   * Open a websocket.
   *
   * @throws {@link Refused} when the server answers with anything but 101
   */
  socket(
    path: string,
    options: { user?: string; headers?: Headers; protocols?: string[] } = {},
  ): Promise<WebSocket> {
    const socket = new WebSocket(`wss://${this.authority}${path}`, options.protocols ?? [], {
      ca: this.ca,
      lookup: toThisMachine,
      headers: this.withCredentials(options),
    });
    // What comes with the handshake must not be lost before there is a listener.
    socket.pause();
    return new Promise((resolve, reject) => {
      socket.once("open", () => {
        resolve(socket);
        setImmediate(() => {
          socket.resume();
        });
      });
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => {
        collect(response).then((answer) => {
          reject(new Refused(answer));
        }, reject);
      });
    });
  }

  private withCredentials({ user, headers }: RequestOptions): Headers {
    if (user === undefined) return headers ?? {};
    const { Cookie: session, ...signedIn } = this.signedIn(user);
    const cookie = [session, headers?.Cookie].filter((value) => value !== undefined).flat();
    return { ...signedIn, ...headers, ...(cookie.length > 0 && { Cookie: cookie.join("; ") }) };
  }

  private tlsOptions(): TlsOptions {
    return tlsOptions({ host: this.host, port: this.ports.https, ca: this.ca });
  }
}

/** A server on this machine. */
export interface Server {
  /** The name that it is asked for. */
  host: string;
  port: number;
  /** The certificate authority that it is to be known by, PEM; none for plain HTTP. */
  ca?: string | undefined;
  /** Where it is, if not at its port on the {@link loopback} address. */
  address?: { host: string; port: number } | undefined;
}

/**
 * One request on a connection of its own, sent as it is given.
 *
 * @param path not changed in any way: an attacker's is sent as it is
 */
export function request(
  server: Server,
  path: string,
  { method = "GET", headers, body }: Omit<RequestOptions, "user"> = {},
): Promise<Answer> {
  return send(server.ca === undefined ? http.request : https.request, {
    ...tlsOptions(server),
    path,
    method,
    headers: { Host: `${server.host}:${String(server.port)}`, ...headers },
    body,
  });
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookies(answer: Answer): string {
  return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
}

/** The cookies that a browser has after an answer. */
export function withCookiesOf(answer: Answer, before = ""): string {
  const jar = new Map<string, string>();
  for (const cookie of `${before}; ${cookies(answer)}`.split("; "))
    if (cookie !== "") jar.set(cookie.split("=", 1)[0] ?? "", cookie);
  return [...jar.values()].join("; ");
}

/** The status of an answer that {@link SiteClient.raw} gave; 0 for a connection that was closed without one. */
export function statusOf(raw: string): number {
  return Number(/^HTTP\/\d\.\d (\d{3})/.exec(raw)?.[1] ?? 0);
}

interface TlsOptions {
  host: string;
  port: number;
  servername: string;
  ca: string | undefined;
  agent: false;
}

const tlsOptions = ({ host, port, ca, address = local(port) }: Server): TlsOptions => ({
  ...address,
  servername: host,
  ca,
  agent: false,
});

const local = (port: number): { host: string; port: number } => ({ host: loopback, port });

const toThisMachine: net.LookupFunction = (_name, options, callback) => {
  if (options.all) callback(null, [{ address: loopback, family: 4 }]);
  else callback(null, loopback, 4);
};

type Send = https.RequestOptions & { headers: Headers; body?: string | Buffer | undefined };

function send(start: typeof https.request, { body, ...options }: Send): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = start(options);
    let answered = false;
    request.on("response", (response) => {
      answered = true;
      collect(response).then(resolve, reject);
    });
    // A server that refuses an upload closes while the client still sends; its answer counts.
    request.on("error", (error) => {
      if (!answered) reject(error);
    });
    request.end(body);
  });
}

async function collect(response: http.IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
}

/** How long a connection may be silent after an answer began, in milliseconds. */
const silence = 500;

function readAll(socket: net.Socket, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const text = (): string => Buffer.concat(pieces).toString("latin1");
    socket.setTimeout(20_000);
    socket.on("data", (piece) => {
      pieces.push(piece);
      socket.setTimeout(silence);
    });
    socket.on("timeout", () => {
      if (pieces.length > 0) resolve(text());
      else reject(new Error("neither an answer nor an end"));
      socket.destroy();
    });
    socket.on("close", () => {
      resolve(text());
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") resolve(text());
      else reject(error);
    });
    socket.write(bytes);
  });
}
