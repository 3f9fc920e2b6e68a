/** The error that refuses a spec. */
import * as pulumi from "@pulumi/pulumi";
import { SiteSpecError } from "../../../components/spec/errors";

const faults = [
  { path: "host", message: "must be set (string)" },
  { path: "apps", message: "needs at least one app" },
];
const error = new SiteSpecError(faults);

it("is a RunError to Pulumi, which prints its message without a stack", () => {
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(pulumi.RunError.isInstance(new Error("x"))).toBe(false);
});

it("is an Error of its own class", () => {
  expect(error).toBeInstanceOf(SiteSpecError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe("SiteSpecError");
  expect(error.stack).toContain("errors.test.ts");
});

it("has every fault, and a line for each", () => {
  expect(error.faults).toEqual(faults);
  expect(error.message).toBe(
    "the site's spec has 2 faults:\n  host: must be set (string)\n  apps: needs at least one app",
  );
  expect(new SiteSpecError(faults.slice(1)).message).toBe(
    "the site's spec has a fault:\n  apps: needs at least one app",
  );
});
