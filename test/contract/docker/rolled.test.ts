/**
 * Contract 10 on Docker for a site whose only app is at `/`, under providers that delete first unless they are told not to; with
 * names that the engine gives, and with explicit ones, of which the daemon takes none twice.
 */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RolledSite, rolledAtRoot } from "../gateway/rolled";
import { containersOf } from "./docker";
import { DockerTarget } from "./target";

jest.setTimeout(600_000);

const project = "contract-rolled";

/** Names each container after what it is made of. */
const explicitNames: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
  if (type !== "docker:index/container:Container") return undefined;
  const digest = pulumi
    .output(props as Record<string, unknown>)
    .apply((inputs) => createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 8));
  return { props: { ...props, name: pulumi.unsecret(pulumi.interpolate`explicit-${name}-${digest}`) }, opts };
};

describe.each<[string, pulumi.ComponentResourceOptions]>([
  ["the names that it has", {}],
  ["explicit names", { transformations: [explicitNames] }],
])("an app at / with %s", (_, opts) => {
  const target = new DockerTarget(project, opts);
  const site = new RolledSite(target);
  beforeAll(() => site.up());
  afterAll(() => site.down());

  test("has them", async () => {
    for (const { Name } of await containersOf(project))
      expect(Name.startsWith("/explicit-")).toBe(opts.transformations !== undefined);
  });

  rolledAtRoot(site);

  test("a second up has nothing to do, nor have a refresh and one after it", async () => {
    const nothing = async (): Promise<void> => {
      const { resourceChanges = {} } = (await target.site.up()).summary;
      expect(Object.keys(resourceChanges)).toEqual(["same"]);
    };
    await nothing();
    await target.site.stack.refresh();
    const { changeSummary } = await target.site.stack.preview();
    expect(Object.keys(changeSummary)).toEqual(["same"]);
    await nothing();
  });
});
