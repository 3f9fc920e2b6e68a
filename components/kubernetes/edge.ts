/** How the site is reached from outside the cluster: the one Service that leads to the gateway, and what leads there in turn. */
import type * as kubernetes from "@pulumi/kubernetes";
import { hostNames } from "../spec/hosts";
import type { Site } from "../spec/site";

/** Something in front of the gateway that ends TLS and names the client. */
export interface FrontProxy {
  /** The subnets whose word on the client's address is taken. */
  trustedProxies: string[];
  /** The namespace of the pods that may connect; undefined where the subnets say who may. */
  controllerNamespace?: string;
}

/** What is in front of the gateway; undefined where connections come to it as they are, and TLS ends there. */
export function frontProxy({ expose }: Pick<Site, "expose">): FrontProxy | undefined {
  if ("ingress" in expose) return expose.ingress;
  return "gatewayApi" in expose ? expose.gatewayApi : undefined;
}

/**
 * What the gateway's Service says of the outside.
 *
 * @param site a checked spec
 * @returns its annotations, and its `spec` without a selector
 */
export function edge({ expose, ports }: Pick<Site, "expose" | "ports">): {
  annotations: Record<string, string>;
  spec: kubernetes.types.input.core.v1.ServiceSpec;
} {
  if (frontProxy({ expose }))
    return {
      annotations: {},
      spec: { type: "ClusterIP", ports: [{ name: "http", port: servicePort, targetPort: "http" }] },
    };
  const common = {
    // Connections keep the address that they come from, which the log and the limits by address go by.
    externalTrafficPolicy: "Local",
    // Each gateway remembers for itself who is signed in: whoever comes from one address is known where they were before.
    sessionAffinity: "ClientIP",
  };
  if ("loadBalancer" in expose) {
    const { annotations = {}, className, sourceRanges } = expose.loadBalancer;
    return {
      annotations,
      spec: {
        ...common,
        type: "LoadBalancer",
        ...(className !== undefined && { loadBalancerClass: className }),
        ...(sourceRanges !== undefined && { loadBalancerSourceRanges: sourceRanges }),
        ports: [
          { name: "https", port: ports.https, targetPort: "https" },
          { name: "http", port: ports.http, targetPort: "http" },
        ],
      },
    };
  }
  return {
    annotations: {},
    spec: {
      ...common,
      type: "NodePort",
      ports: [
        { name: "https", port: 443, targetPort: "https", nodePort: ports.https },
        { name: "http", port: 80, targetPort: "http", nodePort: ports.http },
      ],
    },
  };
}

/** `spec` of an Ingress, whose Secret's name may be known later. */
interface IngressSpec<SecretName> {
  ingressClassName: string;
  tls: { hosts: string[]; secretName: SecretName }[];
  rules: {
    host: string;
    http: {
      paths: {
        path: string;
        pathType: string;
        backend: { service: { name: string; port: { number: number } } };
      }[];
    };
  }[];
}

/** The port of the gateway's Service behind a proxy. */
const servicePort = 80;

/**
 * The Ingress of a site, its `metadata.annotations` and its `spec`.
 *
 * @param site a checked spec
 * @param service the name of the gateway's Service
 * @param secretName of the certificate
 * @returns undefined when the site is not reached by one
 */
export function ingress<SecretName>(
  site: Pick<Site, "apps" | "expose" | "host">,
  service: string,
  secretName: SecretName,
): { annotations: Record<string, string>; spec: IngressSpec<SecretName> } | undefined {
  if (!("ingress" in site.expose)) return undefined;
  const { className, annotations = {} } = site.expose.ingress;
  const hosts = hostNames(site);
  const backend = { service: { name: service, port: { number: servicePort } } };
  return {
    annotations,
    spec: {
      ingressClassName: className,
      tls: [{ hosts, secretName }],
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    },
  };
}

/**
 * The `spec` of a site's HTTPRoute.
 *
 * @param site a checked spec
 * @param service the name of the gateway's Service
 * @returns undefined when the site is not reached by one
 */
export function httpRoute(site: Pick<Site, "apps" | "expose" | "host">, service: string): object | undefined {
  if (!("gatewayApi" in site.expose)) return undefined;
  const { gateway, namespace, listener } = site.expose.gatewayApi;
  return {
    parentRefs: [
      {
        name: gateway,
        ...(namespace !== undefined && { namespace }),
        ...(listener !== undefined && { sectionName: listener }),
      },
    ],
    hostnames: hostNames(site),
    // Streamlit's websockets are open for as long as a page is.
    rules: [{ backendRefs: [{ name: service, port: servicePort }], timeouts: { request: "0s" } }],
  };
}
