/**
 * A browser's session with the probe app, over Streamlit's own websocket.
 *
 * The numbers are those of the messages' fields in `streamlit/proto/{BackMsg,ForwardMsg,ClientState,Common}.proto`, 1.67.
 */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import type { WebSocket } from "ws";
import { type Answer, type Headers, type SiteClient, withCookiesOf } from "./client";
import { encode, find, type Field } from "./protobuf";

/** What `apps/probe` shows. */
export interface Page {
  user: Record<string, unknown>;
  /** The headers of the websocket's handshake as the app got them, by lower-case name. */
  headers: Record<string, string[]>;
  clicks: number;
  file: { name: string; size: number; sha256: string } | null;
  container: string;
  /** `st.context.ip_address`. */
  address: string | null;
  secret: string;
}

/** How a session is opened. */
export interface SessionOptions {
  user: string;
  headers?: Headers;
  /** An earlier session to go on with. */
  resume?: StreamlitSession;
}

const patience = 20_000;

/** See the module. */
export class StreamlitSession {
  /** Streamlit's name for the session. */
  id = "";
  /** Every frame that has arrived. */
  private readonly frames: Buffer[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<number>;

  private constructor(
    private readonly client: SiteClient,
    private readonly app: string,
    private readonly options: SessionOptions,
    /** The cookies that the browser has. */
    readonly cookie: string,
    readonly socket: WebSocket,
  ) {
    socket.on("message", (frame: Buffer) => this.frames.push(frame));
    socket.on("error", () => undefined); // Its end is what counts.
    this.closed = once(socket, "close").then(([code]) => code as number);
  }

  /**
   * Open a session as a browser does: with the cookies of an earlier request, an Origin, and the script run once.
   *
   * @param app the path of the app
   */
  static async open(client: SiteClient, app: string, options: SessionOptions): Promise<StreamlitSession> {
    const { user, headers, resume } = options;
    const health = await client.request(`${app}/_stcore/health`, {
      user,
      ...(resume && { headers: { Cookie: resume.cookie } }),
    });
    if (health.status !== 200) throw new Error(`${app} answers ${String(health.status)}`);
    const cookie = withCookiesOf(health, resume?.cookie);
    const socket = await client.socket(`${app}/_stcore/stream`, {
      user,
      headers: { Origin: client.origin, Cookie: cookie, ...headers },
      // An empty one cannot be sent; a browser without the cookie sends this as well.
      protocols: ["streamlit", xsrfToken(cookie) || "PLACEHOLDER_AUTH_TOKEN", ...(resume ? [resume.id] : [])],
    });
    const session = new StreamlitSession(client, app, options, cookie, socket);
    session.send([11, encode()]);
    session.id = (await session.next((frame) => find(frame, 4, 1, 6))).toString();
    await session.page();
    return session;
  }

  /** The page as it was shown last. */
  async page(): Promise<Page> {
    const shown = (frame: Buffer): string | undefined =>
      /<probe>(.*)<\/probe>/s.exec(frame.toString("utf8"))?.[1];
    return JSON.parse(await this.next(shown)) as Page;
  }

  /** Everything that the app has sent, for a search of words in it. */
  text(): string {
    return Buffer.concat(this.frames).toString("utf8");
  }

  /** Press the button, and read the page that comes of it. */
  async click(): Promise<Page> {
    const button = await this.widget("count");
    return this.rerun(encode([1, button], [2, 1]));
  }

  /** Choose a file, as the page's file uploader does, and read the page that comes of it. */
  async upload(name: string, data: Buffer): Promise<{ answer: Answer; page?: Page }> {
    const uploader = await this.widget("file");
    const urls = await this.uploadUrls(name);
    const answer = await this.put(urls.path, name, data);
    if (answer.status !== 204) return { answer };
    const info = encode([2, name], [3, data.length], [4, urls.id], [5, urls.message]);
    return { answer, page: await this.rerun(encode([1, uploader], [13, encode([2, info])])) };
  }

  /** Where the app wants a file to be uploaded to. */
  async uploadUrls(name: string): Promise<{ id: string; path: string; message: Buffer }> {
    const from = this.frames.length;
    this.send([16, encode([1, randomUUID()], [2, name], [3, this.id])]);
    const message = await this.next((frame) => find(frame, 19, 2), from);
    const path = String(find(message, 2));
    return {
      id: String(find(message, 1)),
      path: path.startsWith(this.app) ? path : `${this.app}${path}`,
      message,
    };
  }

  /** Send a file to such a URL. */
  put(path: string, name: string, data: Buffer, headers: Headers = {}): Promise<Answer> {
    return this.client.request(path, {
      method: "PUT",
      user: this.options.user,
      ...multipart(name, data, { Cookie: this.cookie, "X-Xsrftoken": xsrfToken(this.cookie), ...headers }),
    });
  }

  /** Ask the app to stop, by the message that Streamlit's own tests have for it. */
  askToStop(): void {
    this.send([15, 1]);
  }

  /** End the connection, as a browser does that loses the network: the session waits for it to come back. */
  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  private send(...fields: Field[]): void {
    this.socket.send(encode(...fields));
  }

  private async rerun(widget: Buffer): Promise<Page> {
    this.frames.length = 0;
    this.send([11, encode([2, encode([1, widget])])]);
    return this.page();
  }

  /** Streamlit's id of the widget with a key. */
  private async widget(key: string): Promise<string> {
    const id = new RegExp(`\\$\\$ID-[0-9a-f]+-${key}`);
    return this.next((frame) => id.exec(frame.toString("latin1"))?.[0]);
  }

  /** The newest thing that is found in a frame, waiting for it if need be. */
  private async next<T>(look: (frame: Buffer) => T | undefined, from = 0): Promise<T> {
    const deadline = AbortSignal.timeout(patience);
    for (;;) {
      for (let index = this.frames.length - 1; index >= from; index--) {
        const found = look(this.frames[index] ?? Buffer.of());
        if (found !== undefined) return found;
      }
      if (this.socket.readyState !== this.socket.OPEN) throw new Error("the websocket was closed");
      await Promise.race([
        once(this.socket, "message", { signal: deadline }),
        this.closed.then(() => {
          throw new Error("the websocket was closed");
        }),
      ]);
    }
  }
}

/** A multipart body with one file, and its headers. */
export function multipart(
  name: string,
  data: Buffer,
  headers: Headers = {},
): { headers: Headers; body: Buffer } {
  const boundary = createHash("sha256").update(data).digest("hex");
  return {
    headers: { "Content-Type": `multipart/form-data; boundary=${boundary}`, ...headers },
    body: Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
          "Content-Type: application/octet-stream\r\n\r\n",
      ),
      data,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

function xsrfToken(cookie: string): string {
  return /_streamlit_xsrf=([^;]*)/.exec(cookie)?.[1] ?? "";
}
