/** What an app finds in its secrets.toml. */
import * as fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import type { App } from "../../../components/spec/site";
import { type KnownSecrets, secretConflicts, streamlitSecrets } from "../../../components/streamlit/secrets";
import { anyText, nasty, secretTable } from "../arbitraries";
import { PythonTools } from "../python-tools";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

/** What the TOML parser of Python, which Streamlit uses, reads. */
const read = (secrets: KnownSecrets): Promise<unknown> => tools.ask("parse toml", streamlitSecrets(secrets));

const level = fc
  .oneof(anyText, fc.constantFrom(...nasty))
  .filter((text) => text !== "" && !text.includes(".") && !/\p{Cs}/u.test(text));
const value = fc.oneof(
  anyText,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);

/** A table without dots in its names, and the same with some of its levels in names with dots. */
const written: fc.Arbitrary<[KnownSecrets, KnownSecrets]> = fc
  .letrec<{ table: KnownSecrets }>((tie) => ({
    table: fc.dictionary(level, fc.oneof({ maxDepth: 3 }, value, tie("table")) as fc.Arbitrary<string>, {
      maxKeys: 3,
    }),
  }))
  .table.chain((table) => fc.infiniteStream(fc.boolean()).map((flatten) => [table, dotted(table, flatten)]));

function dotted(table: KnownSecrets, flatten: Iterator<boolean>): KnownSecrets {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, value]): [string, KnownSecrets[string]][] => {
      if (typeof value !== "object") return [[name, value]];
      const inner = dotted(value, flatten);
      const entries = Object.entries(inner);
      return entries.length > 0 && flatten.next().value === true
        ? entries.map(([below, one]) => [`${name}.${below}`, one])
        : [[name, inner]];
    }),
  );
}

/** -0 is 0 to JSON, by which the answers come. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("secrets.toml", () => {
  it("has exactly the secrets, however their levels are written", async () => {
    await fc.assert(
      fc.asyncProperty(written, async ([table, secrets]) => {
        expect(asJson(await read(secrets))).toEqual(asJson(table));
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it("has the tables that st.connection reads", async () => {
    const secrets = {
      TOKEN: "x",
      "connections.warehouse.url": "sqlite://",
      connections: { warehouse: { port: 5432, ssl: true }, "other one": { ratio: 0.5 } },
    };
    expect(await read(secrets)).toEqual({
      TOKEN: "x",
      connections: {
        warehouse: { url: "sqlite://", port: 5432, ssl: true },
        "other one": { ratio: 0.5 },
      },
    });
  });

  it("keeps a string that looks like a number a string", async () => {
    expect(await read({ a: "50", b: "true", c: "'x'" })).toEqual({ a: "50", b: "true", c: "'x'" });
  });

  it("is written of any secrets without a conflict, and of none with one", () => {
    fc.assert(
      fc.property(secretTable, (secrets) => {
        const spec = {
          host: "a",
          apps: { a: { source: "a", secrets: secrets as Record<string, string> } },
          auth: { basic: { generatedUsers: ["u"] } },
        };
        if (secretConflicts(secrets).length > 0)
          expect(() => checkSite(spec, "docker")).toThrow(SiteSpecError);
        else streamlitSecrets(checkSite(spec, "docker").apps[0]?.secrets as KnownSecrets);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a nested secret that is known later", () => {
  const app = (secret: unknown): App => {
    const args = {
      host: "a",
      apps: { a: { source: "a", secrets: { "x.y": "z", b: { c: secret } } } },
      auth: { basic: { generatedUsers: ["u"] } },
    };
    const [found] = checkSite(args as unknown as SiteArgs, "docker").apps;
    if (found === undefined) throw new Error("no app");
    return found;
  };
  const leaf = (secret: unknown): unknown => (app(secret).secrets.b as { c: unknown }).c;
  const known = async (secret: unknown): Promise<string> => {
    const later = leaf(secret);
    const value = await (pulumi.Output.isInstance(later)
      ? (later as unknown as { promise(): Promise<string> }).promise()
      : (later as Promise<string>));
    return streamlitSecrets({ b: { c: value } });
  };

  it("is written when it is known", async () => {
    expect(await known(pulumi.secret("later"))).toContain('c = "later"');
    expect(await known(Promise.resolve("later"))).toContain('c = "later"');
    expect(await known(pulumi.secret(5))).toContain("c = 5");
  });

  it("is rejected when it is wrong, by its path and without its value", async () => {
    const path = "apps.a.secrets.b.c";
    await expect(leaf(Promise.resolve("hunter2\0"))).rejects.toThrow(`${path}: must be valid Unicode`);
    await expect(leaf(Promise.resolve({ a: "hunter2" }))).rejects.toThrow(`${path}: must be a string`);
    await expect(leaf(Promise.resolve(["hunter2"]))).rejects.toThrow(`${path}: must be a string`);
  });
});
