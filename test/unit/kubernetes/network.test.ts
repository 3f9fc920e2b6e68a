/** Who reaches whom on the network of a site: the arrows of the diagram in docs/kubernetes.md, and no other. */
import * as fc from "fast-check";
import { networkPolicies } from "../../../components/kubernetes/network";
import { checkSite } from "../../../components/spec/check";
import type { ExposeArgs, SiteArgs } from "../../../index";
import { validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";
import { type Listener, type Party, type Policy, reaches } from "./firewall";
import { deploy, onKubernetes, type Parts } from "./parts";

const namespace = "shop-test";
const issuer = "https://id.example.com:8444";

const spec: SiteArgs = {
  host: "site.example.com",
  expose: { loadBalancer: {} },
  apps: {
    sales: { image: "registry.example.com/sales:1" },
    live: { image: "registry.example.com/live:1", egress: true },
  },
  auth: { oidc: { provider: "oidc", issuer, clientId: "site", clientSecret: "secret of the client" } },
};

/** Every place where a part listens, and some where none does. */
const listeners: Listener[] = [
  ...[22, 80, 443, 4180, 6379, 6443, 8080, 8443, 8444, 8501, 10250].map((port) => ({
    protocol: "TCP" as const,
    port,
  })),
  { protocol: "TCP", port: 53 },
  { protocol: "UDP", port: 53 },
  { protocol: "UDP", port: 443 },
];

/** The parts of a site as its pods are, and everybody else. */
function parties(parts: Parts): Record<string, Party> {
  const pods = Object.entries(parts.pods).map(([name, { metadata }], index): [string, Party] => [
    name.replace(/^analytics-(app-)?/, ""),
    { address: `10.244.0.${10 + index}`, namespace, labels: metadata.labels },
  ]);
  const gateway = parts.pod("analytics-gateway").metadata.labels;
  return {
    ...Object.fromEntries(pods),
    "a pod beside": { address: "10.244.0.100", namespace, labels: { app: "other" } },
    "another site's gateway": {
      address: "10.244.0.101",
      namespace,
      labels: { ...gateway, "streamlit.site": "other" },
    },
    "a pod elsewhere": { address: "10.244.0.102", namespace: "other", labels: gateway },
    DNS: { address: "10.244.0.2", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
    "another of kube-system": { address: "10.244.0.3", namespace: "kube-system", labels: { "k8s-app": "x" } },
    "the internet": { address: "203.0.113.7" },
    "the internet by IPv6": { address: "2001:db8::7" },
    "a cloud's credentials": { address: "169.254.169.254" },
    "a cloud's credentials by IPv6": { address: "fd00:ec2::254" },
  };
}

const policiesOf = (parts: Parts): Policy[] =>
  Object.values(parts.kind("NetworkPolicy")).map(({ spec }) => spec as unknown as Policy);

/** What anybody may connect to that is, or asks, a part of the site. */
function arrows(parts: Parts): string[] {
  const all = parties(parts);
  const policies = policiesOf(parts);
  const own = ({ labels = {}, namespace: of }: Party): boolean =>
    of === namespace && labels["streamlit.site"] === "analytics";
  return Object.entries(all)
    .flatMap(([from, source]) =>
      Object.entries(all).flatMap(([to, target]) => {
        if (from === to || !(own(source) || own(target))) return [];
        const at = listeners.filter((listener) => reaches(policies, namespace, source, target, listener));
        if (at.length === 0) return [];
        const where =
          at.length === listeners.length
            ? "everything"
            : at.map(({ protocol, port }) => `${protocol} ${port}`).join(", ");
        return [`${from} → ${to}: ${where}`];
      }),
    )
    .sort();
}

const anybody = [
  "DNS",
  "a cloud's credentials",
  "a cloud's credentials by IPv6",
  "a pod beside",
  "a pod elsewhere",
  "another of kube-system",
  "another site's gateway",
  "the internet",
  "the internet by IPv6",
];
const toTheGateway = [...anybody, "live"].map((who) => `${who} → gateway: TCP 8080, TCP 8443`);
const fromTheGateway = [
  "gateway → DNS: TCP 53, UDP 53",
  "gateway → live: TCP 8501",
  "gateway → sales: TCP 8501",
];
/** What has no policies of its own takes whatever comes. */
const fromAnAppWithEgress = anybody
  .filter((who) => !who.includes("credentials"))
  .map((who) => `live → ${who}: everything`);

describe("the arrows of a site", () => {
  it("with single sign-on are these", async () => {
    const { parts } = await deploy(spec);
    const others = anybody.filter((who) => !who.includes("credentials") && who !== "DNS");
    expect(arrows(parts)).toEqual(
      [
        ...toTheGateway,
        ...fromTheGateway,
        ...fromAnAppWithEgress,
        "gateway → oauth2-proxy: TCP 4180",
        "oauth2-proxy → DNS: TCP 443, TCP 8444, TCP 53, UDP 53",
        "oauth2-proxy → redis: TCP 6379",
        ...others.map((who) => `oauth2-proxy → ${who}: TCP 443, TCP 8444`),
      ].sort(),
    );
  });

  it("without Redis have none to it", async () => {
    const { parts } = await deploy({ ...spec, sessions: { cookie: {} } });
    expect(arrows(parts).join("\n")).not.toContain("redis");
    expect(Object.keys(parts.kind("NetworkPolicy"))).not.toContain("analytics-redis");
  });

  it("with passwords are these", async () => {
    const auth = { basic: { users: { anna: `$2b$11$${"a".repeat(53)}` } } };
    const { parts } = await deploy({ ...spec, auth });
    expect(arrows(parts)).toEqual([...toTheGateway, ...fromTheGateway, ...fromAnAppWithEgress].sort());
  });

  it.each<[string, ExposeArgs, string[]]>([
    [
      "behind a controller of a namespace, only from its pods to the gateway",
      { ingress: { className: "nginx", controllerNamespace: "other", trustedProxies: ["10.244.0.0/16"] } },
      ["a pod elsewhere"],
    ],
    [
      "behind a Gateway on the nodes' network, only from there to the gateway",
      { gatewayApi: { gateway: "public", trustedProxies: ["203.0.113.0/24", "2001:db8::/64"] } },
      ["the internet by IPv6", "the internet"],
    ],
  ])("lead, %s", async (_, expose, who) => {
    const { parts } = await deploy({ ...spec, expose });
    expect(arrows(parts).filter((arrow) => arrow.includes("→ gateway"))).toEqual(
      who.map((from) => `${from} → gateway: TCP 8080`),
    );
  });

  it("are there before any pod", async () => {
    const { parts } = await deploy(spec);
    const policies = Object.keys(parts.kind("NetworkPolicy")).sort();
    expect(policies).toEqual(
      ["app-live", "app-sales", "gateway", "nobody", "oauth2-proxy", "redis"].map(
        (name) => `analytics-${name}`,
      ),
    );
    const components = [
      ["KubernetesGateway", "analytics-gateway"],
      ["KubernetesOauth2Proxy", "analytics-sign-in"],
      ["KubernetesApp", "analytics-sales"],
      ["KubernetesApp", "analytics-live"],
    ] as const;
    for (const [type, name] of components)
      expect([name, parts.waitsFor(type, name)]).toEqual([name, expect.arrayContaining(policies)]);
  });
});

describe("whatever the spec is", () => {
  const labels = { "streamlit.project": "shop", "streamlit.stack": "test", "streamlit.site": "analytics" };
  const pod = (own: Record<string, string>): Party => ({
    address: "10.244.0.9",
    namespace,
    labels: { ...labels, ...own },
  });

  it("an app is reached by the gateway alone, and reaches nobody unless it was asked for", () => {
    fc.assert(
      fc.property(fc.oneof(validSpec, validOidcSpec), fc.constantFrom(...listeners), (args, listener) => {
        const site = checkSite(onKubernetes(args), "kubernetes");
        const policies = Object.values(networkPolicies(site, labels));
        const apps = site.apps.map((app) => ({ ...app, pod: pod({ "streamlit.app": app.name }) }));
        const others = ["oauth2-proxy", "redis", "x"].map((part) => pod({ "streamlit.part": part }));
        const gateway = pod({ "streamlit.part": "gateway" });
        const outside = { address: "203.0.113.7" };
        for (const app of apps) {
          const reached = (from: Party): boolean => reaches(policies, namespace, from, app.pod, listener);
          expect(reached(gateway)).toBe(listener.protocol === "TCP" && listener.port === 8501);
          for (const from of [...apps.map((other) => other.pod), ...others, outside])
            expect(reached(from)).toBe(false);
          expect(reaches(policies, namespace, app.pod, outside, listener)).toBe(app.egress);
          for (const to of others) expect(reaches(policies, namespace, app.pod, to, listener)).toBe(false);
        }
      }),
    );
  });
});
