/** Single requests to a contender. */
import * as http from "node:http";
import * as https from "node:https";
import type { Contender, Credentials } from "./contenders";

/** An answer. */
export interface Reply {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** `Authorization: Basic …`, for a contender that wants it. */
export function authorization(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

/**
 * GET a path of a contender, signed in where it asks for that.
 *
 * @param path relative to the contender's URL
 */
export function get(
  { url, address, credentials, caCertificate }: Contender,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
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
        headers: { host, ...authorization(credentials), ...headers },
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
