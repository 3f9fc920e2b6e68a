import { isDeepStrictEqual } from "node:util";

import dockerSchema from "../../../offline/providers/docker/schema.json";
import { volume } from "../../../offline/providers/docker/volume";
import { StandIn } from "../../../offline/providers/shared/provider";
import { type Context, Incomplete, type Resource } from "../../../offline/providers/shared/resource";
import { type Props, secret } from "../../../offline/providers/shared/values";
import { check, standIn, TYPES, urn } from "./stand-ins";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("check", () => {
  test("names a resource after itself, and keeps the name that it has", async () => {
    const first = await check(TYPES.volume, {});
    expect(first.inputs.name).toMatch(/^it-[0-9a-f]{7}$/);
    expect(first.inputs.__defaults).toEqual(["name"]);
    expect((await check(TYPES.volume, {}, first.inputs)).inputs).toEqual(first.inputs);
    expect((await check(TYPES.volume, {})).inputs.name).not.toBe(first.inputs.name);
    expect((await check(TYPES.volume, { name: "mine" }, first.inputs)).inputs).toEqual({ name: "mine" });
    expect((await check(TYPES.volume, {}, { name: "mine" })).inputs.name).not.toBe("mine");
  });

  test("takes the name that the engine proposes, and keeps the one that it has", async () => {
    const named = (proposed: string | undefined): StandIn =>
      new StandIn("0.0.0", dockerSchema, [volume], {
        progress: () => undefined,
        isGone: () => false,
        proposedName: () => proposed,
      });
    const first = await named("shop-prod-it-1234567").check(urn(TYPES.volume), {}, {});
    expect(first.inputs).toEqual({ name: "shop-prod-it-1234567", __defaults: ["name"] });
    const next = await named("shop-prod-it-7654321").check(urn(TYPES.volume), first.inputs, {});
    expect(next.inputs.name).toBe("shop-prod-it-1234567");
    expect((await named(undefined).check(urn(TYPES.volume), {}, {})).inputs.name).toMatch(/^it-[0-9a-f]{7}$/);
    expect((await named("proposed").check(urn(TYPES.volume), {}, { name: "mine" })).inputs.name).toBe("mine");
  });

  test.each([
    ["a property", { image: "a", gpus: "all" }, 'property "gpus" is not supported by the offline stand-in'],
    [
      "a nested property",
      { image: "a", uploads: [{ file: "/a", content: "", source: "b" }] },
      'property "uploads[0].source" is not supported by the offline stand-in',
    ],
    ["a missing property", {}, 'property "image" is required'],
    ["a wrong type", { image: 1 }, 'property "image" must be a string'],
    ["a wrong item", { image: "a", envs: [1] }, 'property "envs[0]" must be a string'],
    ["a fraction", { image: "a", memory: 1.5 }, 'property "memory" must be a whole number'],
    [
      "a mode that is none",
      { image: "a", uploads: [{ file: "/a", content: "x", permissions: "444" }] },
      "'444' doesn't match the pattern '^0[0-7]{3}$'",
    ],
    ["no number", { image: "a", cpus: "half" }, 'property "cpus" must be a number of CPUs such as "0.5"'],
    [
      "no duration",
      { image: "a", healthcheck: { interval: "2" } },
      'property "healthcheck.interval" must be a duration such as "2s" or "1m30s"',
    ],
  ])("refuses %s", async (_, inputs, fault) => {
    expect((await check(TYPES.container, inputs)).faults).toEqual([fault]);
  });

  test("refuses a resource type that it does not have", async () => {
    await expect(check("docker:index/service:Service", {})).rejects.toThrow("docker:index/service:Service");
  });

  test("takes what is not known yet, at any depth", async () => {
    const inputs = {
      image: UNKNOWN,
      envs: UNKNOWN,
      memory: UNKNOWN,
      uploads: [{ file: "/a", content: UNKNOWN }],
    };
    const checked = await check(TYPES.container, inputs);
    expect(checked).toMatchObject({ inputs, faults: [] });
    const build = await check(TYPES.image, { imageName: "a", skipPush: true, build: { context: UNKNOWN } });
    expect(build).toEqual({
      inputs: { imageName: "a", skipPush: true, build: { context: UNKNOWN } },
      faults: [],
    });
  });

  test("keeps secrets secret, and the whole property with them", async () => {
    const uploads = [{ file: "/a", content: secret("x") }];
    const { inputs } = await check(TYPES.container, { image: "a", uploads });
    expect(inputs.uploads).toEqual(secret([{ file: "/a", content: "x" }]));
    expect(inputs.image).toBe("a");
  });
});

describe("what is said of an operation", () => {
  const silent: Resource<object> = {
    type: TYPES.volume,
    create: (_inputs, { progress }) => {
      progress("making it");
      return Promise.resolve({ id: "it", outputs: {} });
    },
  };

  test("has reached the engine before its end", async () => {
    const order: string[] = [];
    let arrive = (): void => undefined;
    const provider = new StandIn("0.0.0", dockerSchema, [silent], {
      progress: (_urn, line) => order.push(line),
      flushed: () =>
        new Promise((resolve) => {
          arrive = () => {
            order.push("arrived");
            resolve();
          };
        }),
      isGone: () => false,
    });
    const created = provider.create(urn(TYPES.volume), { name: "it" }).then(() => order.push("created"));
    await new Promise(setImmediate);
    arrive();
    await created;
    expect(order).toEqual(["making it", "arrived", "created"]);
  });
});

describe("diff", () => {
  /** What a change of inputs comes to. */
  async function diff(type: string, olds: Props, news: Props, state: Props = olds): Promise<object> {
    const provider = standIn(type);
    const { inputs } = await provider.check(urn(type), olds, news);
    // Without a word on changes the engine compares the inputs.
    const { changes = !isDeepStrictEqual(olds, inputs), ...rest } = await provider.diff(
      "id",
      urn(type),
      state,
      inputs,
    );
    return { changes, ...rest };
  }
  const web = { image: "a", memory: 256, memorySwap: 256 };
  const inputsOf = async (news: Props): Promise<Props> => (await check(TYPES.container, news)).inputs;

  test.each([
    ["an environment variable", { envs: ["A=1"] }, ["envs"]],
    ["a network", { networksAdvanced: [{ name: "n" }] }, ["networksAdvanced"]],
    ["what is not known yet", { image: UNKNOWN }, ["image"]],
    ["a secret", { uploads: secret([{ file: "/a", content: "x" }]) }, ["uploads"]],
  ])("%s replaces a container, the old one first", async (_, change, replaces) => {
    const found = await diff(TYPES.container, await inputsOf(web), { ...web, ...change });
    expect(found).toEqual({ changes: true, replaces, deleteBeforeReplace: true });
  });

  test("what is not asked for any more and is there replaces it as well, unless the daemon may choose it", async () => {
    const olds = await inputsOf({
      ...web,
      sysctls: { a: "1" },
      labels: [{ label: "a", value: "b" }],
      hostname: "h",
    });
    expect(await diff(TYPES.container, olds, web)).toMatchObject({ replaces: ["sysctls"] });
    const aliased = await inputsOf({ ...web, networksAdvanced: [{ name: "n", aliases: ["b"] }] });
    expect(await diff(TYPES.container, aliased, { ...web, networksAdvanced: [{ name: "n" }] })).toMatchObject(
      { replaces: ["networksAdvanced"] },
    );
  });

  test.each([
    ["memory", { memory: 300, memorySwap: 300 }],
    ["a health check", { healthcheck: { tests: ["CMD", "true"], interval: "5s" } }],
    ["a tmpfs", { tmpfs: { "/tmp": "size=1m" } }],
    ["an init process", { init: true }],
  ])("%s is changed in place", async (_, change) => {
    const found = await diff(TYPES.container, await inputsOf(web), { ...web, ...change });
    expect(found).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
  });

  test("what the daemon made of it is a difference, on every run", async () => {
    const inputs = await inputsOf({ ...web, cpus: "1", healthcheck: { startPeriod: "60s" } });
    const state = {
      ...inputs,
      cpus: "1.0",
      healthcheck: {
        interval: "0s",
        retries: 0,
        startInterval: "0s",
        startPeriod: "1m0s",
        tests: [],
        timeout: "0s",
      },
    };
    const news = { ...web, cpus: "1", healthcheck: { startPeriod: "60s" } };
    expect(await diff(TYPES.container, inputs, news, state)).toMatchObject({ replaces: ["cpus"] });
    const spelled = { ...news, cpus: "1.0", healthcheck: { startPeriod: "1m0s" } };
    expect(await diff(TYPES.container, inputs, spelled, state)).toMatchObject({ changes: false });
  });

  test("a drift that a refresh found is put right", async () => {
    const olds = await inputsOf(web);
    const found = await diff(TYPES.container, olds, web, { ...olds, memory: 128 });
    expect(found).toMatchObject({ changes: true, replaces: [] });
    const stopped = await diff(TYPES.container, olds, web, { ...olds, mustRun: false });
    expect(stopped).toMatchObject({ changes: true, replaces: [] });
  });

  test("a container that did not come up shows no difference", async () => {
    const inputs = await inputsOf(web);
    expect(await diff(TYPES.container, inputs, web, inputs)).toMatchObject({ changes: false });
  });

  test("the order of a set means nothing, that of a command everything", async () => {
    const port = (internal: number): Props => ({ internal, external: internal });
    const olds = await inputsOf({
      image: "a",
      envs: ["A=1", "B=2"],
      command: ["a", "b"],
      ports: [port(1), port(2)],
    });
    const swapped = { image: "a", envs: ["B=2", "A=1"], command: ["a", "b"], ports: [port(2), port(1)] };
    expect(await diff(TYPES.container, olds, swapped)).toMatchObject({ changes: false });
    const other = { ...swapped, command: ["b", "a"] };
    expect(await diff(TYPES.container, olds, other)).toMatchObject({ replaces: ["command"] });
  });

  test("what says nothing is nothing", async () => {
    const empty = { image: "a", envs: [], readOnly: false, logOpts: {}, user: null };
    expect(await diff(TYPES.container, await inputsOf({ image: "a" }), empty)).toMatchObject({
      changes: false,
    });
  });

  test("an explicit name is given up before it is taken again, and so is one that was changed", async () => {
    const olds = (await check(TYPES.network, { name: "n", labels: [{ label: "a", value: "b" }] })).inputs;
    const found = await diff(TYPES.network, olds, { name: "n" });
    expect(found).toEqual({ changes: true, replaces: ["labels"], deleteBeforeReplace: true });
    const renamed = await diff(TYPES.network, olds, { name: "m" });
    expect(renamed).toMatchObject({ changes: true, deleteBeforeReplace: true });
    const given = (await check(TYPES.network, {})).inputs;
    const anew = await diff(TYPES.network, given, { labels: [{ label: "a", value: "b" }] });
    expect(anew).toEqual({ changes: true, replaces: ["labels"], deleteBeforeReplace: false });
  });

  test("every input of tls and random replaces", async () => {
    expect(await diff(TYPES.password, { length: 8 }, { length: 9 })).toMatchObject({ replaces: ["length"] });
    const keepers = await diff(TYPES.id, { byteLength: 4, keepers: { a: "1" } }, { byteLength: 4 });
    expect(keepers).toMatchObject({ replaces: ["keepers"] });
  });
});

describe("operations", () => {
  const TYPE = "docker:index/volume:Volume";
  const schema = {
    resources: { [TYPE]: { inputs: { driver: { type: "string" } }, outputs: {} } },
    types: {},
  };

  function provider(resource: Partial<Resource<Props>>, isGone = false, lines: string[] = []): StandIn {
    const all = { type: TYPE, create: () => Promise.resolve({ id: "1", outputs: {} }), ...resource };
    const engine = { progress: (_: string, line: string) => lines.push(line), isGone: () => isGone };
    return new StandIn("0.0.0", schema, [all], engine);
  }

  test("an output that repeats a secret is secret", async () => {
    const create = (inputs: Props): Promise<{ id: string; outputs: Props }> =>
      Promise.resolve({ id: "1", outputs: { ...inputs, other: "x", missing: undefined } });
    const { outs } = await provider({ create }).create(urn(TYPE), { driver: secret("top") });
    expect(outs).toStrictEqual({ driver: secret("top"), other: "x" });
  });

  test("neither an error nor progress gives a secret away", async () => {
    const lines: string[] = [];
    const create = (inputs: Props, context: Context): never => {
      context.progress(`using ${inputs.driver as string}`);
      throw new Error(`cannot use second secret line`);
    };
    const result = provider({ create }, false, lines).create(urn(TYPE), {
      driver: secret("first\nsecond secret line"),
    });
    await expect(result).rejects.toThrow(/^cannot use \[secret\]$/);
    expect(lines).toEqual(["using [secret]"]);
  });

  test("a creation that left something behind is recorded with its secrets marked", async () => {
    const create = (inputs: Props): never => {
      throw new Incomplete("1", inputs, "only half");
    };
    const result = provider({ create }).create(urn(TYPE), { driver: secret("top") });
    await expect(result).rejects.toMatchObject({
      id: "1",
      properties: { driver: secret("top") },
      reasons: ["only half"],
    });
  });

  test("a creation that failed half-way for an engine that is gone is removed", async () => {
    const remove = jest.fn(() => Promise.resolve());
    const create = (inputs: Props): never => {
      throw new Incomplete("1", inputs, "only half");
    };
    await expect(provider({ create, delete: remove }, true).create(urn(TYPE), {})).rejects.toThrow(
      "only half",
    );
    expect(remove).toHaveBeenCalledWith("1", {});
  });

  test("what is gone has no id", async () => {
    const { id } = await provider({ read: () => Promise.resolve(undefined) }).read("1", urn(TYPE), {});
    expect(id).toBe("");
  });

  test("a refresh keeps secrets secret", async () => {
    const read = (id: string, outputs: Props): Promise<{ id: string; outputs: Props }> =>
      Promise.resolve({ id, outputs });
    const { props } = await provider({ read }).read("1", urn(TYPE), { driver: secret("top") });
    expect(props).toEqual({ driver: secret("top") });
  });

  test("what was created for an engine that is gone is removed", async () => {
    const remove = jest.fn(() => Promise.resolve());
    await expect(provider({ delete: remove }, true).create(urn(TYPE), {})).rejects.toThrow(
      "the engine is gone",
    );
    expect(remove).toHaveBeenCalledWith("1", {});
  });

  test("the end of the engine reaches what is running, and keeps more from starting", async () => {
    const create = (_: Props, { signal }: Context): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const abandoned = provider({ create });
    const running = abandoned.create(urn(TYPE), {});
    abandoned.abandon();
    await expect(running).rejects.toThrow("the engine is gone");
    await abandoned.idle();
    await expect(abandoned.create(urn(TYPE), {})).rejects.toThrow("the engine is gone");
  });

  // Whoever interrupts an `up` has to wait, or to interrupt it once more.
  test("a cancellation reaches nothing, as with the official plugins", async () => {
    let signal: AbortSignal | undefined;
    const create = (_: Props, context: Context): Promise<{ id: string; outputs: Props }> => {
      ({ signal } = context);
      return Promise.resolve({ id: "1", outputs: {} });
    };
    const asked = provider({ create });
    await asked.cancel();
    await expect(asked.create(urn(TYPE), {})).resolves.toMatchObject({ id: "1" });
    await asked.cancel();
    expect(signal?.aborted).toBe(false);
  });
});
