/** Whom a step interrupts; `rolled.test.ts` and `lifecycle.test.ts` of the contract show that it is so. */
import { interruption } from "../../../../stacks/docker/interruptions";
import type { StackResource } from "../../../../stacks/operation/resource";
import type { State } from "../../../../stacks/state";

const container = "docker:index/container:Container";
const site = { type: "streamlit-site:index:DockerSite", name: "site" };
const inside = (kind: string, name: string, of: string, type = container): StackResource => ({
  type,
  name,
  ancestors: [{ type: `streamlit-site:index:${kind}`, name: of }, site],
});
const app = (name = "site-sales"): StackResource => inside("DockerApp", name, "site-sales");
const gateway = inside("DockerGateway", "site-gateway", "site-gateway");

const draining = (seconds: number, of = "site-sales"): State => ({
  deployment: {
    resources: [
      {
        type: container,
        urn: `urn:pulumi:dev::shop::streamlit-site:index:DockerSite$${container}::${of}.drain`,
        outputs: { destroyGraceSeconds: seconds },
      },
    ],
  },
});
const noDrain: State = { deployment: {} };

describe("what a step interrupts", () => {
  it.each<[string, StackResource, string, State, RegExp]>([
    ["a new gateway", gateway, "delete-replaced", noDrain, /^gateway: it is replaced, which cuts every conn/],
    [
      "a changed app that drains",
      app(),
      "create-replacement",
      draining(60),
      /^app sales: .*for 1 min at most/,
    ],
    ["one that drains for hours", app(), "replace", draining(7200), /^app sales: .*for 2 h at most/],
    ["one that drains for seconds", app(), "replace", draining(90), /^app sales: .*for 90 s at most/],
    [
      "one that does not",
      app(),
      "create-replacement",
      draining(60, "site-other"),
      /takes its place.*new session$/,
    ],
    [
      "one whose data is for one at a time",
      app(),
      "delete-replaced",
      draining(60),
      /stopped before.*sessions end/,
    ],
    ["an app that goes", app(), "delete", draining(60), /^app sales: it is removed, and its sessions end$/],
    [
      "a replica that goes",
      app("site-sales.3"),
      "delete",
      noDrain,
      /^app sales: container 3 is removed.*another one$/,
    ],
    [
      "a new oauth2-proxy",
      inside("DockerOauth2Proxy", "site-sign-in", "site-sign-in"),
      "create-replacement",
      noDrain,
      /^oauth2-proxy: .*once the new one is well/,
    ],
    [
      "a new Redis",
      inside("DockerOauth2Proxy", "site-sign-in-redis", "site-sign-in"),
      "delete-replaced",
      noDrain,
      /^redis: .*for some seconds nobody can sign in/,
    ],
    [
      "another list of what an app may reach",
      app("site-sales.egress"),
      "create-replacement",
      draining(60),
      /^app sales: its connections to what `egressTo` lists are cut once/,
    ],
  ])("is told of %s", (_what, resource, op, state, sentence) => {
    expect(interruption(resource, op, state)).toMatch(sentence);
  });

  it.each<[string, StackResource, string]>([
    ["what is made", app(), "create"],
    ["what stays", gateway, "same"],
    ["a changed limit, which leaves the container as it is", app(), "update"],
    ["what goes with a whole site", gateway, "delete"],
    [
      "what has the name of a host, with which the same is said",
      app("site-sales.egress-db.example.com"),
      "replace",
    ],
    ["a way out that is no longer asked for", app("site-sales.egress"), "delete"],
    ["what only looks whether another one will do", app("site-sales.check"), "create-replacement"],
    [
      "what waits for browsers to close",
      { ...app("site-sales.drain"), ancestors: [site] },
      "create-replacement",
    ],
    [
      "files, which their reader takes when it is replaced",
      {
        ...app("site-sales-files"),
        ancestors: [
          { type: "streamlit-site:index:DockerFiles", name: "site-sales-files" },
          ...app().ancestors,
        ],
      },
      "create-replacement",
    ],
    ["an image", inside("DockerApp", "site-sales", "site-sales", "docker:index/image:Image"), "update"],
  ])("is nothing for %s", (_what, resource, op) => {
    expect(interruption(resource, op, draining(60))).toBeUndefined();
  });
});
