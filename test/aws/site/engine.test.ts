/** Every kind of sign-in under the real engine, over the stand-in for AWS, from nothing to nothing. */
import type { SiteArgs } from "../../../index";
import { AwsStack } from "../plugin/stack";
import type { Stored } from "../plugin/store";
import { federated, image, oidc, plain, secretMark, type SiteCase, siteProgram } from "./sites";

const stacks: AwsStack[] = [];

afterAll(() => {
  for (const stack of stacks) stack.remove();
});

async function open(site: SiteCase): Promise<AwsStack> {
  const stack = await AwsStack.open({ program: () => siteProgram(site) });
  stacks.push(stack);
  return stack;
}

const other = ({ name, spec }: SiteCase, more: Partial<SiteArgs>): SiteCase => ({
  name,
  spec: { ...spec, ...more },
});

/** What is another than before, or was not there, or is there no longer: its type and name, in order. */
function differences(before: readonly Stored[], after: readonly Stored[]): string[] {
  const texts = (all: readonly Stored[]) => new Set(all.map((one) => JSON.stringify(one)));
  const [old, now] = [texts(before), texts(after)];
  const differing = [
    ...before.filter((one) => !now.has(JSON.stringify(one))),
    ...after.filter((one) => !old.has(JSON.stringify(one))),
  ];
  return [...new Set(differing.map(({ type, name }) => `${type.split(":").pop() ?? ""} ${name}`))].sort();
}

test.each<[string, SiteCase, string]>([
  ["accounts of Cognito", plain, "sales"],
  ["Cognito with all that it can have", other(federated, { deletionProtection: false }), "sales"],
  ["a provider of one's own", oidc, "home"],
])(
  "%s: comes up, stays as it is, changes in what was changed only, and goes without a trace",
  async (_, site, changed) => {
    const { name, spec } = site;
    const stack = await open(site);
    const { create: planned = 0 } = await stack.preview();
    expect(stack.existing()).toEqual([]);
    expect(await stack.up()).toEqual({ create: planned });
    expect(stack.existing().length).toBeGreaterThan(90);

    // AWS has the secrets; the state has them only encrypted.
    expect(JSON.stringify(stack.existing())).toContain(`${secretMark} ${changed}`);
    const state = stack.exported();
    expect(state).toContain(`${name}-${changed}`);
    expect(state).not.toContain(secretMark);
    expect(state).not.toContain("PRIVATE KEY");

    expect(await stack.up()).toEqual({ same: planned });

    // Another secret of one app, and one app more.
    const before = stack.existing();
    const apps = {
      ...spec.apps,
      [changed]: { ...spec.apps[changed], secrets: { KEY: `${secretMark} somebody else` } },
    };
    const more = { image: image("more") };
    stack.become(() => siteProgram(other(site, { apps: { ...apps, more } })));
    const { create = 0, ...others } = await stack.up();
    expect(create).toBeGreaterThan(15);
    const isOfMore = (one: string): boolean => / \w+-more(-|$)/.test(one);
    const touched = [
      // What lists all apps: the dashboard, and the page at `/` where no app is.
      `Dashboard ${name}`,
      ...("home" in apps ? [] : [`ListenerRule ${name}-index`]),
      `SecretVersion ${name}-${changed}`,
      `Service ${name}-${changed}`,
      `TaskDefinition ${name}-${changed}`,
    ];
    const differing = differences(before, stack.existing());
    expect(differing.filter((one) => !isOfMore(one))).toEqual(touched);
    expect(others).toEqual({ same: planned - touched.length, update: touched.length - 2, replace: 2 });
    // Each of the new app's has another name or type.
    expect(differing.filter(isOfMore)).toHaveLength(create - 1);

    stack.become(() => siteProgram(other(site, { apps })));
    expect((await stack.up()).delete).toBe(create);
    expect(stack.existing().filter((one) => isOfMore(` ${one.name}`))).toEqual([]);
    expect(stack.existing()).toHaveLength(before.length);

    expect(await stack.destroy()).toEqual({ delete: planned });
    expect(stack.existing()).toEqual([]);
  },
  400_000,
);
