import type { VolumeArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Resource } from "../shared/resource";
import type { Props } from "../shared/values";
import { bridged } from "./bridged";
import { docker, failed, ifExists, isStatus, labelList, labelMap, reason, sleep } from "./client";

type VolumeInputs = Unwrap<VolumeArgs> & { name: string };

/** A named Docker volume. */
export const volume: Resource<VolumeInputs> = bridged({
  type: "docker:index/volume:Volume",
  compares: "outputs",

  async create(inputs) {
    try {
      await docker.createVolume({
        Name: inputs.name,
        ...(inputs.driver !== undefined && { Driver: inputs.driver }),
        ...(inputs.driverOpts && { DriverOpts: inputs.driverOpts }),
        Labels: labelMap(inputs.labels),
      });
      return { id: inputs.name, outputs: await outputs(inputs.name) };
    } catch (error) {
      throw failed("Unable to create volume", error);
    }
  },

  async read(id) {
    const found = await ifExists(outputs(id));
    return found && { id, outputs: found };
  },

  async delete(id) {
    // Containers let go of a volume a moment after they are gone.
    const deadline = Date.now() + 30_000;
    for (;;) {
      try {
        await docker.getVolume(id).remove({ force: true });
        return;
      } catch (error) {
        if (isStatus(error, 404)) return;
        if (!/volume is in use/i.test(reason(error)) || Date.now() > deadline) {
          throw new Error(reason(error), { cause: error });
        }
        await sleep(250);
      }
    }
  },
});

async function outputs(name: string): Promise<Props> {
  const info = await docker.getVolume(name).inspect();
  const driverOpts = info.Options;
  return {
    name: info.Name,
    driver: info.Driver,
    driverOpts: driverOpts && Object.keys(driverOpts).length > 0 ? driverOpts : null,
    labels: labelList(info.Labels),
    mountpoint: info.Mountpoint,
    cluster: null,
  };
}
