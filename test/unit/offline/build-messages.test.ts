import path from "node:path";

import { load } from "protobufjs";

import { BuildMessages } from "../../../offline/providers/docker/build-messages";

/** A message as BuildKit sends it. */
async function trace(status: object): Promise<{ id: string; aux: string }> {
  const definition = path.join(path.dirname(require.resolve("dockerode")), "proto", "buildkit_status.proto");
  const type = (await load(definition)).lookupType("moby.buildkit.v1.StatusResponse");
  const aux = Buffer.from(type.encode(type.fromObject(status)).finish()).toString("base64");
  return { id: "moby.buildkit.trace", aux };
}

test("each message of the daemon is one, with all of its lines", async () => {
  const messages = await BuildMessages.create();
  const step = { digest: "sha256:a", name: "[1/2] RUN pip install", started: { seconds: 1 } };
  expect(messages.of(await trace({ vertexes: [step, { digest: "sha256:b", error: "no" }] }))).toBe(
    "digest: sha256:a\n[1/2] RUN pip install\ndigest: sha256:b\n\nerror: no",
  );
  const logs = ["  File app.py\n", "SyntaxError: here\n"].map((text) => ({ msg: Buffer.from(text) }));
  expect(messages.of(await trace({ logs }))).toBe("File app.py\n\nSyntaxError: here");
  expect(messages.of(await trace({ statuses: [{ ID: "exporting layers" }] }))).toBe("exporting layers");
  expect(messages.of({ stream: "Successfully tagged a:b\n" })).toBe("Successfully tagged a:b");
});

test("the id of the image is told, and is no output of the build", async () => {
  const messages = await BuildMessages.create();
  const event = { id: "moby.image.id", aux: { ID: "sha256:0" } };
  expect(messages.imageId(event)).toBe("sha256:0");
  expect(messages.of(event)).toBe("Built image with ID sha256:0");
});

test("what carries nothing says nothing", async () => {
  const messages = await BuildMessages.create();
  expect(messages.of({ id: "moby.buildkit.trace", aux: "" })).toBe("");
  expect(messages.imageId(await trace({}))).toBeUndefined();
});
