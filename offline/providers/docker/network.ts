import type { NetworkArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Resource } from "../shared/resource";
import type { Props } from "../shared/values";
import { bridged } from "./bridged";
import { docker, failed, ifExists, isStatus, labelList, labelMap, reason, sleep } from "./client";

type NetworkInputs = Unwrap<NetworkArgs> & { name: string };

/** A Docker network. */
export const network: Resource<NetworkInputs> = bridged({
  type: "docker:index/network:Network",
  compares: "outputs",

  async create(inputs) {
    try {
      const { id } = await docker.createNetwork({
        Name: inputs.name,
        // Docker would take a second network of the same name, and containers could not tell them apart.
        CheckDuplicate: true,
        Driver: inputs.driver ?? "bridge",
        Internal: inputs.internal ?? false,
        Attachable: inputs.attachable ?? false,
        EnableIPv6: inputs.ipv6 ?? false,
        Labels: labelMap(inputs.labels),
        Options: inputs.options ?? {},
        IPAM: {
          Driver: inputs.ipamDriver ?? "default",
          ...(inputs.ipamOptions && { Options: inputs.ipamOptions }),
          Config: (inputs.ipamConfigs ?? []).map((config) => ({
            ...(config.subnet !== undefined && { Subnet: config.subnet }),
            ...(config.gateway !== undefined && { Gateway: config.gateway }),
            ...(config.ipRange !== undefined && { IPRange: config.ipRange }),
            ...(config.auxAddress !== undefined && { AuxiliaryAddresses: config.auxAddress }),
          })),
        },
      });
      return { id, outputs: await outputs(id) };
    } catch (error) {
      throw failed("Unable to create network", error);
    }
  },

  async read(id) {
    const found = await ifExists(outputs(id));
    return found && { id, outputs: found };
  },

  async delete(id) {
    // Containers leave a network a moment after they are gone.
    const deadline = Date.now() + 30_000;
    for (;;) {
      try {
        await docker.getNetwork(id).remove();
        return;
      } catch (error) {
        if (isStatus(error, 404)) return;
        if (!/has active endpoints/i.test(reason(error)) || Date.now() > deadline) {
          throw new Error(reason(error), { cause: error });
        }
        await sleep(250);
      }
    }
  },
});

interface NetworkInspection {
  Name: string;
  Driver: string;
  Scope: string;
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  EnableIPv6: boolean;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
  IPAM: {
    Driver: string;
    Options: Record<string, string> | null;
    Config: { Subnet?: string; Gateway?: string; IPRange?: string; AuxiliaryAddresses?: Props }[] | null;
  };
}

async function outputs(id: string): Promise<Props> {
  const info = (await docker.getNetwork(id).inspect()) as NetworkInspection;
  return {
    name: info.Name,
    driver: info.Driver,
    scope: info.Scope,
    internal: info.Internal,
    attachable: info.Attachable,
    ingress: info.Ingress,
    ipv6: info.EnableIPv6,
    labels: labelList(info.Labels),
    options: info.Options ?? {},
    ipamDriver: info.IPAM.Driver,
    ipamOptions: info.IPAM.Options,
    ipamConfigs: (info.IPAM.Config ?? []).map((config) => ({
      auxAddress: config.AuxiliaryAddresses ?? {},
      gateway: config.Gateway ?? "",
      ipRange: config.IPRange ?? "",
      subnet: config.Subnet ?? "",
    })),
  };
}
