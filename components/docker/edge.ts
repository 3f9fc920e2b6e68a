import type * as docker from "@pulumi/docker";
import type { Site } from "../spec/site";
import { gatewayPorts } from "./platform";

/** The ports that the gateway publishes on the machine, and no other part does. */
export function publishedPorts({ ports }: Pick<Site, "ports">): NonNullable<docker.ContainerArgs["ports"]> {
  return [
    { internal: gatewayPorts.https, external: ports.https, ip: ports.address },
    { internal: gatewayPorts.http, external: ports.http, ip: ports.address },
  ];
}
