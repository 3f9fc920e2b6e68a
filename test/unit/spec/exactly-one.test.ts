/** What is said of a choice. */
import * as fc from "fast-check";
import { exactlyOne } from "../../../components/spec/exactly-one";

const kinds = ["a", "b", "c"];
const messages = (value: unknown): string[] => exactlyOne("x.y", value, kinds).map(({ message }) => message);

it.each<[string, unknown, string[]]>([
  ["one kind", { a: {} }, []],
  ["one kind, and a field that is none", { a: {}, z: {} }, []],
  ["another that is undefined", { a: {}, b: undefined }, []],
  ["a kind that is false", { a: false }, []],
  ["no choice at all", undefined, []],
  ["what is no object, of which the field itself is told", "a", []],
  ["no kind", {}, ["must have exactly one of a, b, c"]],
  ["a field that is no kind", { z: {} }, ["must have exactly one of a, b, c"]],
  ["two kinds, in their order", { b: {}, a: {} }, ["must have exactly one of a, b, c, not b and a"]],
  ["three", { a: 1, b: 2, c: 3 }, ["must have exactly one of a, b, c, not a and b and c"]],
])("of %s", (_, value, expected) => {
  expect(messages(value)).toEqual(expected);
});

it("names the path of the choice", () => {
  expect(exactlyOne("x.y", {}, kinds)).toEqual([{ path: "x.y", message: expect.any(String) as string }]);
});

it("is a fault unless exactly one is set", () => {
  fc.assert(
    fc.property(fc.subarray(kinds), fc.constantFrom({}, 0, "", null, false), (set, chosen) => {
      const value = Object.fromEntries(set.map((kind) => [kind, chosen]));
      expect(messages(value)).toHaveLength(set.length === 1 ? 0 : 1);
    }),
  );
});
