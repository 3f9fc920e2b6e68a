/** The volumes of apps as they are registered with Pulumi. */
import * as fs from "node:fs";
import type { SiteArgs } from "../../../index";
import { deploy, type Parts } from "./parts";

const hash = "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
const spec: SiteArgs = {
  host: "localhost",
  apps: {
    ledger: {
      image: "ledger:1",
      volumes: { data: { path: "/app/data" }, cache: { path: "/cache", shared: true } },
    },
    models: { image: "models:1", replicas: 2, volumes: { data: { path: "/models", shared: true } } },
    plain: { image: "plain:1" },
  },
  auth: { basic: { users: { anna: hash } } },
};

let parts: Parts;
beforeAll(async () => ({ parts } = await deploy(spec)), 60_000);

/** The volumes that apps write to, in the order of their names in Pulumi. */
const data = (of: Parts): { name: string; labels: { label: string; value: string }[] }[] =>
  of
    .of("Volume")
    .map(({ name, inputs }) => ({ name: String(inputs.name), labels: inputs.labels as [], resource: name }))
    .filter(({ labels }) => labels.some(({ label }: { label: string }) => label === "streamlit.volume"));

it("have names that follow from project, stack, site, app and volume alone, so that a later site finds them", () => {
  expect(data(parts).map(({ name }) => name)).toEqual([
    expect.stringMatching(/^shop-test-ledger-data-[0-9a-f]{8}$/),
    expect.stringMatching(/^shop-test-ledger-cache-[0-9a-f]{8}$/),
    expect.stringMatching(/^shop-test-models-data-[0-9a-f]{8}$/),
  ]);
});

it("have other names where only the hyphens between the names differ", async () => {
  const volumes = (name: string): SiteArgs["apps"][string] => ({
    image: "x",
    volumes: { [name]: { path: "/data" } },
  });
  const { parts } = await deploy({ ...spec, apps: { "a-b": volumes("c"), a: volumes("b-c") } });
  const names = data(parts).map(({ name }) => name);
  expect(names.map((name) => name.replace(/-[0-9a-f]{8}$/, ""))).toEqual([
    "shop-test-a-b-c",
    "shop-test-a-b-c",
  ]);
  expect(new Set(names).size).toBe(2);
});

it("are found by their labels", () => {
  expect(
    data(parts).map(({ labels }) => Object.fromEntries(labels.map(({ label, value }) => [label, value]))),
  ).toEqual(
    ["ledger/data", "ledger/cache", "models/data"].map((volume) => ({
      "streamlit.project": "shop",
      "streamlit.stack": "test",
      "streamlit.site": "analytics",
      "streamlit.app": volume.split("/")[0],
      "streamlit.volume": volume,
    })),
  );
});

it("stay when they are taken out of the program", () => {
  const retained = parts.declared
    .filter(({ retainOnDelete }) => retainOnDelete)
    .map(({ urn }) => urn.replace(/^.*::/, ""));
  expect(retained).toEqual([
    "analytics-ledger.volume-data",
    "analytics-ledger.volume-cache",
    "analytics-models.volume-data",
  ]);
});

it("are mounted, to be written to, by every container of their app and by no other that runs", () => {
  const writable = parts.running.map(([name, { volumes }]) => [
    name,
    (volumes ?? []).filter(({ readOnly }) => readOnly !== true).map(({ containerPath }) => containerPath),
  ]);
  expect(Object.fromEntries(writable)).toEqual({
    "analytics-ledger": ["/app/data", "/cache"],
    "analytics-models": ["/models"],
    "analytics-models.2": ["/models"],
    "analytics-models.drain": [],
    "analytics-plain": [],
    "analytics-plain.drain": [],
    "analytics-gateway": [],
  });
});

it("get their owner from containers that are never started and reach nothing, before the app comes", () => {
  const owners = parts.of("Container").filter(({ name }) => name.includes(".volume-"));
  expect(owners).toHaveLength(3);
  for (const { name } of owners)
    expect(parts.container(name)).toMatchObject({
      image: "sha256:built-analytics-volumes.image",
      start: false,
      mustRun: false,
      networkMode: "none",
      volumes: [{ containerPath: "/volume" }],
    });
  const waiting = (container: string): string[] | undefined =>
    parts.declared.find(({ urn }) => urn.endsWith(`:Container::${container}`))?.dependsOn;
  expect(waiting("analytics-ledger")).toEqual([
    "analytics-ledger.volume-data",
    "analytics-ledger.volume-cache",
  ]);
  expect(waiting("analytics-models")).toEqual(["analytics-models.volume-data"]);
});

it("take it from an image in which there is nothing to run", () => {
  expect(parts.named("Image", "analytics-volumes.image")).toMatchObject({
    skipPush: true,
    build: { context: "components/docker/volume-image" },
  });
  expect(fs.readFileSync("components/docker/volume-image/Dockerfile", "utf8")).toMatch(/^FROM scratch$/m);
});

it("that are not shared: the app's old container goes before the new one comes, and nothing drains it", () => {
  const replaced = (container: string): boolean | undefined =>
    parts.declared.find(({ urn }) => urn.endsWith(`:Container::${container}`))?.deleteBeforeReplace;
  expect([replaced("analytics-ledger"), replaced("analytics-models"), replaced("analytics-plain")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(parts.running.map(([name]) => name)).not.toContain("analytics-ledger.drain");
});

it("are no part of a site without any, nor is their image", async () => {
  const { parts } = await deploy({ ...spec, apps: { plain: { image: "plain:1" } } });
  expect(data(parts)).toEqual([]);
  expect(parts.of("Image")).toEqual([]);
});
