/** The stack files that come with the repository. */
import * as path from "node:path";
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { sourceFaults } from "../../../components/streamlit/source";
import { readStackFile } from "../../../stacks/stack-file";
import { targetOf } from "../../../stacks/targets";

const before = process.cwd();
beforeAll(() => {
  // Folders in the files are relative to this one.
  process.chdir(path.resolve(__dirname, "..", "..", "..", "stacks"));
});
afterAll(() => {
  process.chdir(before);
});

test.each([
  ["dev", "docker", "docker"],
  ["kubernetes", "kubernetes", "kubernetes"],
  ["kubernetes-local", "kubernetes-local", "kubernetes"],
  ["aws", "aws", "aws"],
] as const)("%s is a good spec for %s", (stack, target, capabilities) => {
  const file = readStackFile(stack);
  const spec = file.spec as SiteArgs;
  expect(targetOf(file)).toBe(target);
  expect(() => checkSite(spec, capabilities, [...sourceFaults(spec)])).not.toThrow();
});
