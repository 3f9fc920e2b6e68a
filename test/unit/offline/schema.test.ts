import type { PropertySchemas } from "../../../offline/providers/shared/schema";
import official from "./fixtures/schema.json";
import { schemas } from "./stand-ins";

type Official = Record<
  string,
  {
    resources: Record<string, Record<"inputs" | "outputs", PropertySchemas>>;
    types: Record<string, PropertySchemas>;
  }
>;

/** What both schemas have in common. */
function facts(properties: PropertySchemas): Record<string, object> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, { type, replace = false, required = false, secret = false }]) => [
      key,
      { type, replace, required, secret },
    ]),
  );
}

describe.each(Object.keys(schemas))("the schema of %s", (pkg) => {
  const ours = schemas[pkg]!;
  const theirs = (official as unknown as Official)[pkg]!;

  test.each(Object.keys(ours.resources))("%s says what the official one says", (type) => {
    const { inputs, outputs } = ours.resources[type]!;
    const expected = facts(theirs.resources[type]!.inputs);
    for (const [key, fact] of Object.entries(facts(inputs))) {
      // The schema says nothing of tls and random; measured, every input replaces.
      expect({ [key]: fact }).toEqual({
        [key]: pkg === "docker" ? expected[key] : { ...expected[key], replace: true },
      });
    }
    expect(facts(outputs)).toEqual(facts(theirs.resources[type]!.outputs));
  });

  test("nested types say what the official ones say", () => {
    for (const [type, properties] of Object.entries(ours.types)) {
      expect(facts(theirs.types[type]!)).toMatchObject(facts(properties));
    }
  });
});
