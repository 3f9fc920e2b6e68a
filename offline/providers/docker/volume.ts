import type { VolumeArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";

import type { Resource } from "../shared/resource";
import type { Props } from "../shared/values";
import { docker, failed, ifExists, labelList, labelMap } from "./client";

type VolumeInputs = Unwrap<VolumeArgs> & { name: string };

/** A named Docker volume. */
export const volume: Resource<VolumeInputs> = {
  type: "docker:index/volume:Volume",

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
      throw failed(`volume ${inputs.name} could not be created`, error);
    }
  },

  async read(id) {
    const found = await ifExists(outputs(id));
    return found && { id, outputs: found };
  },

  async delete(id) {
    await ifExists(docker.getVolume(id).remove());
  },
};

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
