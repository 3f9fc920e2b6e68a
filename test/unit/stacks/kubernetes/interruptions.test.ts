/** Whom a step interrupts on Kubernetes. */
import { interruption } from "../../../../stacks/kubernetes/interruptions";
import type { StackResource } from "../../../../stacks/operation/resource";
import type { State } from "../../../../stacks/state";

const deployment = "kubernetes:apps/v1:Deployment";
const site = { type: "streamlit-site:index:KubernetesSite", name: "site" };
const inside = (kind: string, name: string, type = deployment): StackResource => ({
  type,
  name,
  urn: `urn:pulumi:dev::shop::x$${type}::${name}`,
  ancestors: [{ type: `streamlit-site:index:Kubernetes${kind}`, name }, site],
});
const app = inside("App", "site-sales");
const gateway = inside("Gateway", "site-gateway");
const signIn = { type: "streamlit-site:index:KubernetesOauth2Proxy", name: "site-sign-in" };
const redis: StackResource = {
  type: "kubernetes:apps/v1:StatefulSet",
  name: "site-sign-in-redis",
  ancestors: [signIn, site],
};
const proxy = inside("Oauth2Proxy", "site-sign-in");
const changing = (resource: StackResource, ...changedProperties: string[]): StackResource => ({
  ...resource,
  changedProperties,
});
const draining = (seconds: number): State => ({
  deployment: {
    resources: [
      {
        type: deployment,
        urn: app.urn ?? "",
        outputs: {
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    ...(seconds > 0 && {
                      lifecycle: {
                        preStop: { exec: { command: ["python3", "-c", "…", "8501", String(seconds)] } },
                      },
                    }),
                  },
                ],
              },
            },
          },
        },
      },
    ],
  },
});
const none: State = { deployment: {} };

describe("what a step interrupts", () => {
  it.each<[string, StackResource, string, State, RegExp]>([
    [
      "a changed gateway",
      changing(gateway, "spec.template.metadata.annotations"),
      "update",
      none,
      /^gateway: its pods are replaced one after the other/,
    ],
    ["a gateway of which no details are told", gateway, "update", none, /^gateway: its pods/],
    ["a gateway that is made anew", gateway, "replace", none, /^gateway: it is removed and made anew/],
    [
      "a changed app that drains",
      changing(app, "spec.template.spec.containers[0].image"),
      "update",
      draining(3600),
      /^app sales: new visits .* for 1 h at most/,
    ],
    ["a changed app that does not", app, "update", draining(0), /takes its place.*new session$/],
    ["an app that goes", app, "delete", draining(60), /^app sales: it is removed, and its sessions end$/],
    ["an app that is made anew", app, "delete-replaced", draining(60), /its sessions end$/],
    ["a changed Redis", redis, "update", none, /^redis: its pod is replaced; for some seconds nobody/],
    ["a changed oauth2-proxy", proxy, "update", none, /^oauth2-proxy: .* stays so/],
    [
      "another namespace",
      inside("Site", "site", "kubernetes:core/v1:Namespace"),
      "replace",
      none,
      /^site: its namespace is replaced/,
    ],
  ])("%s", (_what, resource, op, state, sentence) => {
    expect(interruption(resource, op, state)).toMatch(sentence);
  });

  it.each<[string, StackResource, string]>([
    ["more replicas", changing(app, "spec.replicas"), "update"],
    ["other labels", changing(gateway, "metadata.labels"), "update"],
    ["what is new", app, "create"],
    ["a Service", inside("Gateway", "site-gateway", "kubernetes:core/v1:Service"), "update"],
    ["what stays", app, "same"],
    ["a gateway that goes with its site", gateway, "delete"],
  ])("is nothing for %s", (_what, resource, op) => {
    expect(interruption(resource, op, draining(60))).toBeUndefined();
  });
});
