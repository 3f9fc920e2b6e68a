/** Who may connect to whom: nobody to anybody, but for one policy for each arrow of the site's diagram. */
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { oauth2ProxyPort } from "../gateway/oidc/oauth2-proxy";
import { redisPort } from "../gateway/oidc/redis";
import type { Labels } from "../shared/labels";
import type { Oidc, Site } from "../spec/site";
import { streamlitPort } from "../streamlit/streamlit";
import { frontProxy } from "./edge";
import { gatewayPorts } from "./platform";

type PolicySpec = kubernetes.types.input.networking.v1.NetworkPolicySpec;
type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;
type Port = kubernetes.types.input.networking.v1.NetworkPolicyPort;

/**
 * What is outside, but for the addresses at which clouds hand out credentials to their machines: the link's own, which nearly all of them
 * use; those of Alibaba and Azure; those of AWS and Google by IPv6.
 */
const outside: Peer[] = [
  { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32"] } },
  { ipBlock: { cidr: "::/0", except: ["fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128"] } },
];

const tcp = (...ports: number[]): Port[] => ports.map((port) => ({ protocol: "TCP", port }));

/** The cluster's DNS server. */
const toDns = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)],
};

/**
 * The policies of a site by their names: data, without Pulumi.
 *
 * @param site a checked spec
 * @param labels that all of the site's pods have
 */
export function networkPolicies(
  site: Pick<Site, "apps" | "auth" | "expose">,
  labels: Labels,
): Record<string, PolicySpec> {
  const part = (name: string): { podSelector: { matchLabels: Labels } } => ({
    podSelector: { matchLabels: { ...labels, "streamlit.part": name } },
  });
  const app = (name: string): { podSelector: { matchLabels: Labels } } => ({
    podSelector: { matchLabels: { ...labels, "streamlit.app": name } },
  });
  const gateway = part("gateway");
  const { oidc } = site.auth;
  const policies: Record<string, PolicySpec> = {
    // Whoever has no policy of its own has this.
    nobody: { podSelector: { matchLabels: { ...labels } }, policyTypes: ["Ingress", "Egress"] },
    gateway: {
      ...gateway,
      policyTypes: ["Ingress", "Egress"],
      ingress: [fromOutside(site)],
      egress: [
        toDns,
        ...site.apps.map(({ name }) => ({ to: [app(name)], ports: tcp(streamlitPort) })),
        ...(oidc ? [{ to: [part("oauth2-proxy")], ports: tcp(oauth2ProxyPort) }] : []),
      ],
    },
  };
  for (const { name, egress } of site.apps)
    policies[`app-${name}`] = {
      ...app(name),
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [gateway], ports: tcp(streamlitPort) }],
      ...(egress && { egress: [toDns, { to: outside }] }),
    };
  if (oidc)
    policies["oauth2-proxy"] = {
      ...part("oauth2-proxy"),
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [gateway], ports: tcp(oauth2ProxyPort) }],
      egress: [
        toDns,
        { to: outside, ports: tcp(...providerPorts(oidc)) },
        ...(oidc.sessions.store === "redis" ? [{ to: [part("redis")], ports: tcp(redisPort) }] : []),
      ],
    };
  if (oidc?.sessions.store === "redis")
    policies.redis = {
      ...part("redis"),
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [part("oauth2-proxy")], ports: tcp(redisPort) }],
    };
  return policies;
}

/** Who may connect to the gateway: everybody, or the proxy in front of it alone. */
function fromOutside(
  site: Pick<Site, "expose">,
): kubernetes.types.input.networking.v1.NetworkPolicyIngressRule {
  const proxy = frontProxy(site);
  if (!proxy) return { ports: tcp(gatewayPorts.https, gatewayPorts.http) };
  const { controllerNamespace: namespace, trustedProxies } = proxy;
  const from: Peer[] =
    namespace === undefined
      ? trustedProxies.map((cidr) => ({ ipBlock: { cidr } }))
      : [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }];
  return { from, ports: tcp(gatewayPorts.http) };
}

/** Where the provider listens. What its issuer leads to is at the same port, at every provider that there is a recipe for. */
function providerPorts({ issuer }: Oidc): number[] {
  const port = issuer === undefined ? "" : new URL(issuer).port;
  return [...new Set([443, ...(port === "" ? [] : [Number(port)])])];
}

/** Make the policies of a site. */
export function networkPolicyObjects(
  name: string,
  args: { site: Pick<Site, "apps" | "auth" | "expose">; namespace: pulumi.Input<string>; labels: Labels },
  opts: pulumi.CustomResourceOptions,
): kubernetes.networking.v1.NetworkPolicy[] {
  const { site, namespace, labels } = args;
  return Object.entries(networkPolicies(site, labels)).map(
    ([policy, spec]) =>
      new kubernetes.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        { metadata: { name: `${name}-${policy}`, namespace, labels }, spec },
        opts,
      ),
  );
}
