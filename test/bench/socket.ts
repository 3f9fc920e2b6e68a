/** Round trips over Streamlit's websocket, without a browser. */
import { once } from "node:events";
import * as net from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import * as tls from "node:tls";
import { WebSocket } from "ws";
import type { Way } from "./contender";
import { signInHeaders } from "./http";

/** Milliseconds of each round trip. */
export interface RoundTrips {
  /** From the click of a button until the text that the app draws for it is there. */
  clicks: number[];
  /** From a websocket ping, which the app's server answers by itself, to its pong. */
  pings: number[];
}

/** Connect as the page does and click its button, and ping, that many times. */
export async function roundTrips(contender: Way, times: number): Promise<RoundTrips> {
  const { socket, page } = await openSession(contender);
  try {
    const button = buttonId(page);
    const result: RoundTrips = { clicks: [], pings: [] };
    for (let count = 1; count <= times; count++) {
      await delay(20); // The script has to end before it is run again.
      result.clicks.push(
        await timed(async () => {
          const drawn = arrival(socket, `Count: ${count}`);
          socket.send(rerun(button));
          await drawn;
        }),
      );
      await delay(20);
      result.pings.push(
        await timed(async () => {
          const pong = once(socket, "pong");
          socket.ping();
          await pong;
        }),
      );
    }
    return result;
  } finally {
    socket.terminate();
  }
}

/** A session of Streamlit: its websocket, and the messages that drew its page. */
export interface Session {
  socket: WebSocket;
  page: Buffer;
}

/** Connect as the page does and have the script run. */
export async function openSession(contender: Way): Promise<Session> {
  const { url, address, caCertificate } = contender;
  const { origin, protocol, host, hostname } = new URL(url);
  const socket = new WebSocket(new URL("_stcore/stream", url.replace(/^http/, "ws")), ["streamlit"], {
    createConnection: () =>
      protocol === "https:"
        ? tls.connect({ ...address, servername: hostname, ca: caCertificate })
        : net.connect({ ...address, noDelay: true }),
    origin,
    headers: { host, ...signInHeaders(contender) },
    handshakeTimeout: 10_000,
  });
  try {
    await once(socket, "open");
    const page = arrival(socket, "Count: 0");
    socket.send(rerun());
    return { socket, page: await page };
  } catch (error) {
    socket.terminate();
    throw error;
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Everything that came until a message has the text. */
function arrival(socket: WebSocket, text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const messages: Buffer[] = [];
    const timer = setTimeout(() => done(new Error(`"${text}" did not come`)), 20_000);
    const listen = (data: Buffer): void => {
      messages.push(data);
      if (data.includes(text)) done();
    };
    const done = (error?: Error): void => {
      clearTimeout(timer);
      socket.off("message", listen);
      if (error) reject(error);
      else resolve(Buffer.concat(messages));
    };
    socket.on("message", listen);
  });
}

function buttonId(messages: Buffer): string {
  const id = /\$\$ID-[0-9a-f]+-click/.exec(messages.toString("latin1"))?.[0];
  if (id === undefined) throw new Error("the page has no button");
  return id;
}

/**
 * Streamlit's message "run the script again", in Protocol Buffers (`streamlit/proto/BackMsg.proto` 1.67).
 *
 * @param button the id of a button that was clicked
 */
function rerun(button?: string): Buffer {
  const clicked = Buffer.from([trigger << 3, 1]);
  const states =
    button === undefined
      ? Buffer.alloc(0)
      : field(widgetStates, field(widgets, Buffer.concat([field(id, Buffer.from(button)), clicked])));
  return field(rerunScript, states);
}

const [rerunScript, widgetStates, widgets, id, trigger] = [11, 2, 1, 1, 2];

/** A field that has a length. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
