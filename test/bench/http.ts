/** Single requests to a contender. */
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Way } from "./contender";

/** An answer. */
export interface Reply {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** By what a request is signed in, where a contender asks for that: `Authorization: Basic …`, or the session's cookies. */
export function signInHeaders({ credentials, session }: Way): Record<string, string> {
  if (session !== undefined) return { cookie: session };
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

/**
 * GET a path of a contender, signed in where it asks for that.
 *
 * @param path relative to the contender's URL
 */
export function get(contender: Way, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  const { url, address, caCertificate } = contender;
  const { protocol, host, hostname, pathname, search } = new URL(path, url);
  const { request } = protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    request(
      {
        host: address.host,
        port: address.port,
        servername: hostname,
        ca: caCertificate,
        path: pathname + search,
        headers: { host, ...signInHeaders(contender), ...headers },
        agent: false,
        timeout: 30_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on("data", (chunk: Buffer) => chunks.push(chunk))
          .on("end", () => {
            resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
          })
          .on("error", reject);
      },
    )
      .on("timeout", () => reject(new Error(`${url}${path} does not answer`)))
      .on("error", reject)
      .end();
  });
}

/**
 * Wait until a contender answers.
 *
 * @param path what is asked for, relative to its URL
 * @throws Error when it does not answer with 200 within a minute
 */
export async function untilHealthy(contender: Way, path = "_stcore/health"): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const status = await get(contender, path).then(
      (reply) => reply.status,
      (error: unknown) => String(error),
    );
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`${contender.url} does not come up: ${status}`);
    await delay(200);
  }
}
