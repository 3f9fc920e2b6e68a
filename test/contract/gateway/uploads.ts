/** Contract 9: uploads pass up to the configured size, as they arrive. */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { maxUploadSize } from "../support/apps";
import { keptBodies } from "../support/kept-bodies";
import { sha256 } from "../support/sha256";
import type { ContractSite } from "../support/site";
import { multipart, StreamlitSession } from "../support/streamlit";

const megabyte = 1024 * 1024;
const limit = maxUploadSize * megabyte;

/** Register the tests. */
export function uploads(contract: ContractSite): void {
  test.each([
    ["a small file", 1000],
    ["a file just below the limit", limit - 1000],
  ])("%s reaches the app unchanged", async (_kind, size) => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    const data = randomBytes(size);
    const { answer, page } = await session.upload("data.bin", data);
    expect(answer.status).toBe(204);
    expect(page?.file).toEqual({ name: "data.bin", size, sha256: sha256(data) });
    await session.drop();
  });

  test.each([
    ["a little", limit + 1],
    ["much", 4 * limit],
  ])("a file that is %s too large: 413", async (_kind, size) => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    expect((await session.upload("data.bin", Buffer.alloc(size))).answer.status).toBe(413);
    await session.drop();
  });

  test("one that is too large and does not say how large it is: cut off by the gateway", async () => {
    const size = 3 * limit;
    const socket = contract.client.connect();
    const answer = readToEnd(socket);
    socket.write(head("Transfer-Encoding: chunked"));
    for (let sent = 0; sent < size && !socket.destroyed; sent += 65536)
      if (!socket.write(`10000\r\n${"x".repeat(65536)}\r\n`)) await drained(socket);
    expect(await answer).toMatch(/^(HTTP\/1\.1 413|$)/);
    const seen = await contract.client.request("/echo/seen", { user: "bob" });
    expect((JSON.parse(seen.body.toString()) as { bytes: number }).bytes).toBeLessThanOrEqual(
      limit + megabyte,
    );
  });

  test("no other path takes as much", async () => {
    for (const path of ["/open/", "/open/_stcore/agent/interact", "/echo/x"]) {
      const answer = await contract.client.request(path, {
        method: "POST",
        user: "bob",
        body: Buffer.alloc(2 * megabyte),
      });
      expect([path, answer.status]).toEqual([path, 413]);
    }
  });

  test("without the page's token, or with a foreign one: 403, and the app has no file", async () => {
    const session = await StreamlitSession.open(contract.client, "/open", { user: "bob" });
    const { path } = await session.uploadUrls("data.bin");
    const data = Buffer.from("x");
    for (const headers of [{}, { "X-Xsrftoken": "2|aaaaaaaa|bbbbbbbb|1" }]) {
      const answer = await contract.client.request(path, {
        method: "PUT",
        user: "bob",
        ...multipart("f", data, headers),
      });
      expect(answer.status).toBe(403);
    }
    expect((await session.click()).file).toBeNull();
    await session.drop();
  });

  test("a part reaches the app before the rest is sent, and nothing is written to disk", async () => {
    const half = 2 * megabyte;
    const socket = contract.client.connect();
    const answer = readToEnd(socket);
    socket.write(head(`Content-Length: ${String(2 * half)}`));
    socket.write(Buffer.alloc(half));
    const seen = async (): Promise<number> => {
      const { body } = await contract.client.request("/echo/seen", { user: "bob" });
      return (JSON.parse(body.toString()) as { bytes: number }).bytes;
    };
    const deadline = Date.now() + 10_000;
    while ((await seen()) !== half && Date.now() < deadline) await delay(50);
    expect(await seen()).toBe(half);
    expect(await keptBodies(contract)).toBe(0);
    socket.write(Buffer.alloc(half));
    expect(await answer).toMatch(new RegExp(`^HTTP/1\\.1 200[^]*"body": ${String(2 * half)}`));
  });

  const head = (length: string): string =>
    [
      "PUT /echo/_stcore/upload_file/session/file HTTP/1.1",
      `Host: ${contract.client.authority}`,
      contract.client.headerLine("bob"),
      "Connection: close",
      length,
      "",
      "",
    ].join("\r\n");
}

type Socket = ReturnType<ContractSite["client"]["connect"]>;

function readToEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("error", () => undefined); // It may close while bytes are still under way.
    socket.on("close", () => {
      resolve(Buffer.concat(pieces).toString("latin1"));
    });
  });
}

/** Resolves when more can be sent, or nothing any more. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
