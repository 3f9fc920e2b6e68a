import { targetOf } from "../../../stacks/targets";

const file = (config: Record<string, unknown>): Parameters<typeof targetOf>[0] => ({
  file: "stacks/Pulumi.prod.yaml",
  name: { project: "shop", stack: "prod" },
  spec: {},
  config,
});

test("a stack's file names its target, which is Docker when it does not", () => {
  expect(targetOf(file({}))).toBe("docker");
  expect(targetOf(file({ "shop:target": "kubernetes" }))).toBe("kubernetes");
  expect(targetOf(file({ "shop:target": "kubernetes-local" }))).toBe("kubernetes-local");
  expect(targetOf(file({ "shop:target": "aws" }))).toBe("aws");
});

test.each(["kubernets", "", "toString", 3, { secure: "v1:x" }])("%p is none", (target) => {
  expect(() => targetOf(file({ "shop:target": target }))).toThrow(
    /^stacks\/Pulumi\.prod\.yaml: shop:target is .*; it may be docker, kubernetes, kubernetes-local, aws$/,
  );
});
