/** How the site is reached from outside the cluster: the one Service that leads to the gateway. */
import type * as kubernetes from "@pulumi/kubernetes";
import type { Site } from "../spec/site";

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
  const common = {
    // Connections keep the address that they come from, which the log and the limits by address go by.
    externalTrafficPolicy: "Local",
    // Each gateway remembers for itself who is signed in: whoever comes from one address is known where they were before.
    sessionAffinity: "ClientIP",
  };
  if ("nodePort" in expose)
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
