import path from "node:path";

import { load } from "protobufjs";

import { BuildLog } from "../../../offline/providers/docker/build-log";

/** A message as BuildKit sends it. */
async function trace(status: object): Promise<{ id: string; aux: string }> {
  const definition = path.join(path.dirname(require.resolve("dockerode")), "proto", "buildkit_status.proto");
  const type = (await load(definition)).lookupType("moby.buildkit.v1.StatusResponse");
  const aux = Buffer.from(type.encode(type.fromObject(status)).finish()).toString("base64");
  return { id: "moby.buildkit.trace", aux };
}

const output = (text: string): object => ({ logs: [{ msg: Buffer.from(text) }] });

test("a build is told step by step, with what its commands print", async () => {
  const log = await BuildLog.create();
  const started = { digest: "a", name: "[1/2] RUN pip install", started: { seconds: 1 } };
  expect(log.add(await trace({ vertexes: [started] }))).toEqual(["[1/2] RUN pip install"]);
  expect(log.add(await trace(output("ERROR: no match")))).toEqual([]);
  expect(log.add(await trace(output("ing distribution\nnext\n")))).toEqual([
    "ERROR: no matching distribution",
    "next",
  ]);
  expect(log.add(await trace({ vertexes: [{ ...started, completed: { seconds: 2 } }] }))).toEqual([]);
  expect(log.add(await trace({ vertexes: [{ digest: "b", name: "[2/2] COPY", cached: true }] }))).toEqual([
    "[2/2] COPY (cached)",
  ]);
  expect(log.add({ stream: "Successfully tagged a:b\n" })).toEqual(["Successfully tagged a:b"]);
  log.add(await trace(output("no newline")));
  expect(log.tail(2)).toBe("Successfully tagged a:b\nno newline");
});

test("what carries nothing adds nothing", async () => {
  const log = await BuildLog.create();
  expect(log.add({ id: "moby.buildkit.trace", aux: "" })).toEqual([]);
  expect(log.add({ id: "moby.image.id", aux: { ID: "sha256:0" } })).toEqual([]);
  expect(log.lines).toEqual([]);
});
