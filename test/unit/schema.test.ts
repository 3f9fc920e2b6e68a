/** The package's schema for other languages, as Pulumi's own analyzer makes it of the sources. */
import * as path from "node:path";
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";
import { exec } from "../../scripts/exec";
import { fields } from "./spec/schema-fields";

const root = path.resolve(__dirname, "../..");
const name = "streamlit-site";

const components = ["DockerSite", "KubernetesSite", "AwsSite"];

let schema: PackageSpec;
beforeAll(async () => {
  const program = ["scripts/run.mjs", "test/unit/package-schema.ts", name, ...components];
  const { stdout } = await exec(process.execPath, program, { cwd: root, seconds: 300 });
  schema = JSON.parse(stdout) as PackageSpec;
}, 300_000);

/** What the schema says of a property, as far as it is read here. */
interface Definition {
  type?: string;
  $ref?: string;
  description?: string;
  plain?: boolean;
  additionalProperties?: Definition;
  items?: Definition;
}

const site = (component = "DockerSite"): PackageSpec["resources"][string] => {
  const found = schema.resources[`${name}:index:${component}`];
  if (found === undefined) throw new Error(`no ${component}`);
  return found;
};

interface Property {
  path: string;
  definition: Definition;
}

/** Every property of the component's arguments; `*` is any key of a map or any index of a list. */
function properties(of: Record<string, Definition>, at: readonly string[] = []): Property[] {
  return Object.entries(of).flatMap(([key, definition]): Property[] => {
    const below = [...at, key];
    const reference = definition.$ref?.replace("#/types/", "") ?? "";
    const type = schema.types[reference] as { properties?: Record<string, Definition> } | undefined;
    const entries = definition.additionalProperties ?? definition.items;
    return [
      { path: below.join("."), definition },
      ...properties(type?.properties ?? (entries ? { "*": entries } : {}), below),
    ];
  });
}

const inputs = (): Property[] => properties(site().inputProperties ?? {});

it("has every field that a spec may have, and no other", () => {
  const expected = fields().map(({ path }) => path);
  expect(expected).toContain("apps.*.streamlit.*");
  expect(
    inputs()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(expected.sort());
});

it("lets those values be known later that are checked when they are known", () => {
  const expected = fields().filter(({ input }) => input);
  expect(
    inputs()
      .filter(({ definition }) => definition.plain !== true)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(expected.map(({ path }) => path).sort());
});

it("has a type for each of them", () => {
  const untyped = inputs().filter(
    ({ definition: { type, $ref = "pulumi.json#/Any" } }) =>
      type === undefined && $ref.includes("pulumi.json"),
  );
  expect(untyped).toEqual([]);
  expect(inputs().find(({ path }) => path === "apps.*.streamlit.*")?.definition.type).toBe("string");
  expect(inputs().find(({ path }) => path === "auth.cognito")?.definition.$ref).toMatch(/:CognitoArgs$/);
});

it("describes each of them, in words that other languages can show", () => {
  const own = inputs().filter(({ path }) => !path.endsWith("*"));
  for (const { path, definition } of own)
    // A docstring with an inline link is no string to the analyzer.
    expect([path, definition.description ?? ""]).toEqual([
      path,
      expect.stringMatching(/^(?!.*\[object Object\]).{10}/s),
    ]);
});

it("is the same spec for every target", () => {
  for (const component of components)
    expect([component, site(component).inputProperties]).toEqual([component, site().inputProperties]);
});

it.each(components)("has the outputs of %s, each described", (component) => {
  const outputs = site(component).properties ?? {};
  expect(Object.keys(outputs)).toEqual(expect.arrayContaining(["url", "apps", "caCertificate", "passwords"]));
  for (const output of Object.values(outputs)) expect(output.description ?? "").not.toBe("");
});
