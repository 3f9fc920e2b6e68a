import * as fc from "fast-check";
import { nameFaults, type SiteNames } from "../../../components/kubernetes/names";
import { KubernetesSite } from "../../../components/kubernetes";
import { SiteSpecError } from "../../../index";
import { run } from "../mocks";

const names: SiteNames = { project: "shop", stack: "test", name: "analytics" };
const paths = (own: Partial<SiteNames>, spec: unknown = {}): string[] =>
  nameFaults(spec, { ...names, ...own }).map(({ path }) => path);

describe("the names of a site's objects", () => {
  it.each(["a", "analytics", "a-1", "a".repeat(50)])("may begin with %s", (name) => {
    expect(paths({ name })).toEqual([]);
  });

  it.each(["", "Analytics", "an_app", "1a", "-a", "a-", "a.b", "a".repeat(51)])(
    "may not begin with '%s'",
    (name) => {
      expect(paths({ name })).toEqual(["(the name of the component)"]);
    },
  );

  it("have room for the names of apps", () => {
    const app = (length: number): object => ({ apps: { ["x".repeat(length)]: {} } });
    expect(paths({ name: "a".repeat(30) }, app(28))).toEqual([]);
    expect(paths({ name: "a".repeat(30) }, app(29))).toEqual([`apps.${"x".repeat(29)}`]);
  });

  it("have a namespace that follows from the project and the stack only where it can", () => {
    expect(paths({ project: "Shop" })).toEqual([]);
    expect(nameFaults({}, { ...names, project: "my_shop" })).toEqual([
      {
        path: "namespace.create",
        message:
          "must be set: my_shop-test, of the names of the project and the stack, is not such as a namespace may have",
      },
    ]);
    expect(paths({ project: "p".repeat(60) })).toEqual(["namespace.create"]);
    for (const namespace of [{ create: "x" }, { existing: "x" }])
      expect(paths({ project: "my_shop" }, { namespace })).toEqual([]);
  });

  it("are labelled with the project and the stack, which must be such as labels have", () => {
    const spec = { namespace: { existing: "x" } };
    expect(paths({ project: "p".repeat(64) }, spec)).toEqual(["(the name of the project)"]);
    expect(paths({ stack: "test-" }, spec)).toEqual(["(the name of the stack)"]);
  });

  it("are looked at whatever the spec is", () => {
    fc.assert(
      fc.property(fc.anything(), (spec) => {
        expect(nameFaults(spec, names)).toBeInstanceOf(Array);
      }),
    );
  });

  it("are refused with all other faults before anything is registered", async () => {
    const { result, registered } = await run((opts) => {
      try {
        const auth = { basic: { generatedUsers: ["anna"] } };
        return new KubernetesSite("An App", { host: "A", apps: { live: { image: "x" } }, auth }, opts);
      } catch (error) {
        return error;
      }
    });
    expect(registered).toEqual([]);
    expect((result as SiteSpecError).faults.map(({ path }) => path)).toEqual([
      "host",
      "expose",
      "(the name of the component)",
    ]);
  });
});
