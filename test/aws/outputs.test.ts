import { created } from "./outputs";
import { knownTypes } from "./plugin/replacements";
import { resourceSchema } from "./schema";

describe("what AWS would say of a resource", () => {
  test.each(knownTypes)(
    "%s: an id, outputs that the generated code knows, and nothing undefined",
    (token) => {
      const schema = resourceSchema(token);
      if (schema === undefined) throw new Error(`the generated code has no resource type ${token}`);
      // A version has the ARN of its secret.
      const inputs = "secretId" in schema.inputs ? { secretId: "arn:aws:secretsmanager:secret" } : {};
      const { id, outputs } = created({ schema, name: "app", inputs, seed: "a" });
      expect(id).not.toBe("");
      expect(outputs).toEqual(JSON.parse(JSON.stringify(outputs)));
      expect(Object.values(outputs)).not.toContain(undefined);
      expect(Object.keys(outputs).filter((key) => !(key in schema.outputs))).toEqual([]);
      // Where the provider computes an ARN there is one.
      expect(Object.keys(schema.computed).filter((key) => key === "arn" && !(key in outputs))).toEqual([]);
    },
  );

  test("a resource in another region is there", () => {
    const schema = resourceSchema("aws:sns/topic:Topic");
    const arn = (region: string, inputs: Record<string, unknown>) =>
      schema && created({ schema, name: "alarms", inputs, seed: "a", region }).outputs.arn;
    expect(arn("eu-west-1", { name: "a" })).toBe("arn:aws:sns:eu-west-1:123456789012:a");
    expect(arn("eu-west-1", { name: "a", region: "us-west-2" })).toBe("arn:aws:sns:us-west-2:123456789012:a");
  });
});
