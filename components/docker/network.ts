import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../shared/labels";
import { labelList } from "./hardening";

/** A network without a way out. "Internal" alone leaves one to whatever listens on the machine itself, by the bridge's address. */
export function internalNetwork(
  name: string,
  labels: Labels,
  opts: pulumi.CustomResourceOptions,
): docker.Network {
  return new docker.Network(
    name,
    {
      driver: "bridge",
      labels: labelList(labels),
      internal: true,
      options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    },
    opts,
  );
}
