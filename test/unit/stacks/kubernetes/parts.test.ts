import fc from "fast-check";
import { isLeaving, partNames, partOf, type NamedPod } from "../../../../stacks/kubernetes/parts";

const site = { type: "streamlit-site:index:KubernetesSite", name: "analytics" };
const component = (kind: string, name: string): { type: string; name: string } => ({
  type: `streamlit-site:index:Kubernetes${kind}`,
  name,
});

describe("the part that a resource belongs to", () => {
  const app = component("App", "analytics-live");
  it.each([
    ["kubernetes:apps/v1:Deployment", "analytics-live", [app, site], "app live", "deployment"],
    ["kubernetes:core/v1:Service", "analytics-live-all", [app, site], "app live", "service"],
    ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "analytics-live", [app, site], "app live", "network"],
    ["docker:index/image:Image", "analytics-live", [app, site], "app live", "image"],
    ["kubernetes:core/v1:Namespace", "analytics", [site], "site", "namespace"],
    [
      "kubernetes:apps/v1:Deployment",
      "analytics-gateway",
      [component("Gateway", "analytics-gateway"), site],
      "gateway",
      "deployment",
    ],
    [
      "kubernetes:apps/v1:StatefulSet",
      "analytics-sign-in-redis",
      [component("Oauth2Proxy", "analytics-sign-in"), site],
      "redis",
      "deployment",
    ],
    [
      "kubernetes:apps/v1:Deployment",
      "analytics-sign-in",
      [component("Oauth2Proxy", "analytics-sign-in"), site],
      "oauth2-proxy",
      "deployment",
    ],
    ["tls:index/privateKey:PrivateKey", "analytics-ca", [site], "certificates", "certificate"],
    ["random:index/randomPassword:RandomPassword", "analytics-ben", [site], "passwords", "password"],
  ])("%s %s", (type, name, ancestors, part, piece) => {
    expect(partOf({ type, name, ancestors })).toMatchObject({ name: part, piece });
  });
});

describe("the names of pods", () => {
  const pod = (
    name: string,
    created: string,
    labels: Record<string, string>,
    more: object = {},
  ): NamedPod => ({
    metadata: { name, labels, creationTimestamp: created, ...more },
    status: { phase: "Running" },
  });
  const named = (pods: NamedPod[]): Record<string, string | undefined> =>
    Object.fromEntries([...partNames(pods)].map(([part, { metadata }]) => [part, metadata?.name]));

  it("are those of parts and apps, the oldest first and those that go last", () => {
    const gateway = { "streamlit.part": "gateway" };
    const sales = { "streamlit.app": "sales" };
    expect(
      named([
        pod("c", "2026-11-27T12:00:02Z", gateway),
        pod("b", "2026-11-27T12:00:01Z", gateway),
        pod("e", "2026-11-27T11:00:00Z", sales, { deletionTimestamp: "2026-11-27T13:00:00Z" }),
        pod("d", "2026-11-27T12:00:00Z", sales),
        pod("x", "2026-11-27T12:00:00Z", { "streamlit.site": "site" }),
      ]),
    ).toEqual({ gateway: "b", "gateway.2": "c", sales: "d", "sales.2": "e" });
  });

  it("do not depend on the order of a list, and times may be dates", () => {
    const pods = fc.array(
      fc.record({
        metadata: fc.record({
          name: fc.stringMatching(/^[a-z]{1,8}$/),
          labels: fc.constantFrom(
            { "streamlit.part": "gateway" },
            { "streamlit.app": "a" },
            { "streamlit.app": "b" },
          ),
          creationTimestamp: fc.constantFrom(
            "2026-11-27T12:00:00Z",
            new Date("2026-11-27T12:00:00Z"),
            "2026-11-27T12:00:01Z",
          ),
        }),
        status: fc.record({ phase: fc.constantFrom("Running", "Pending", "Failed") }),
      }),
    );
    fc.assert(
      fc.property(pods, (list) => {
        const unique = [...new Map(list.map((one) => [one.metadata.name, one])).values()];
        expect(named(unique)).toEqual(named([...unique].reverse()));
        expect(partNames(unique).size).toBe(unique.length);
      }),
    );
  });

  it("is one of a pod that counts no more when it was evicted", () => {
    expect(isLeaving({ status: { phase: "Failed" } })).toBe(true);
    expect(isLeaving({ metadata: {}, status: { phase: "Running" } })).toBe(false);
  });
});
