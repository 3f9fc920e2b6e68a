/**
 * Every kind of sign-in under the real engine, over the stand-in for AWS, from nothing to nothing. They are in one stack, because each operation of the
 * engine takes longer to start than to do what it does for one more site.
 */
import { AwsStack } from "../plugin/stack";
import type { Stored } from "../plugin/store";
import { federated, image, oidc, plain, secretMark, type SiteCase, siteProgram } from "./sites";

/** Each site, and the app of it that has secrets. */
const sites: readonly (readonly [SiteCase, string])[] = [
  [plain, "sales"],
  [{ name: federated.name, spec: { ...federated.spec, deletionProtection: false } }, "sales"],
  [oidc, "home"],
];

type Change = (site: SiteCase, app: string) => SiteCase;

const program =
  (...changes: Change[]) =>
  (): Record<string, unknown> =>
    Object.fromEntries(
      sites.map(([site, app]) => {
        const changed = changes.reduce((one, change) => change(one, app), site);
        return [site.name, siteProgram(changed)];
      }),
    );

const otherSecret: Change = ({ name, spec }, app) => {
  const apps = {
    ...spec.apps,
    [app]: { ...spec.apps[app], secrets: { KEY: `${secretMark} somebody else` } },
  };
  return { name, spec: { ...spec, apps } };
};

const oneMore: Change = ({ name, spec }) => ({
  name,
  spec: { ...spec, apps: { ...spec.apps, more: { image: image("more") } } },
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

const isOfMore = (one: string): boolean => / \w+-more(-|$)/.test(one);

test("sites come up, stay as they are, change in what was changed only, and go without a trace", async () => {
  const stack = await AwsStack.open({ program: program() });
  try {
    const { create: planned = 0 } = await stack.preview();
    expect(planned).toBeGreaterThan(300);
    expect(stack.existing()).toEqual([]);
    expect(await stack.up()).toEqual({ create: planned });

    // AWS has the secrets; the state has them only encrypted.
    const [there, state] = [JSON.stringify(stack.existing()), stack.exported()];
    for (const [{ name }, app] of sites) {
      expect(there).toContain(`${secretMark} ${app}`);
      expect(state).toContain(`${name}-${app}`);
    }
    expect(state).not.toContain(secretMark);
    expect(state).not.toContain("PRIVATE KEY");

    expect(await stack.up()).toEqual({ same: planned });

    // In each, another secret of one app, whose version its tasks name, and one app more.
    const before = stack.existing();
    stack.become(program(otherSecret, oneMore));
    const { create: added = 0, ...others } = await stack.up();
    const changed = sites.flatMap(([{ name }, app]) =>
      ["SecretVersion", "Service", "TaskDefinition"].map((type) => `${type} ${name}-${app}`),
    );
    // What lists all apps: the dashboard, and the page at `/` where no app is.
    const listing = [
      ...sites.map(([{ name }]) => `Dashboard ${name}`),
      ...[plain, federated].map(({ name }) => `ListenerRule ${name}-index`),
    ];
    const differing = differences(before, stack.existing());
    expect(differing.filter((one) => !isOfMore(one))).toEqual([...changed, ...listing].sort());
    expect(others).toEqual({
      same: planned - changed.length - listing.length,
      update: sites.length + listing.length,
      replace: 2 * sites.length,
    });
    // All but the components.
    expect(differing.filter(isOfMore)).toHaveLength(added - sites.length);

    stack.become(program(otherSecret));
    expect((await stack.up()).delete).toBe(added);
    expect(differences(before, stack.existing())).toEqual(changed.sort());

    expect(await stack.destroy()).toEqual({ delete: planned });
    expect(stack.existing()).toEqual([]);
  } finally {
    stack.remove();
  }
}, 600_000);
