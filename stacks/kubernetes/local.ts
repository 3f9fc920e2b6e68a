/** The cluster of this machine, which the commands make. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { clusterStatus, ensureCluster } from "../../offline/cluster";
import { baseImages } from "../../offline/cluster/images";
import { ensureDocker } from "../../scripts/machine";
import { npmRun } from "../site-status";
import type { StackFile } from "../stack-file";
import type { StackTarget } from "../target";
import { UserError } from "../user-error";
import { targetOn } from "./target";

/**
 * Stacks on the cluster of this machine.
 *
 * @param file the stack's file: it says which namespace
 */
export function localTarget(file: StackFile): StackTarget {
  return targetOn(
    {
      settings: async () => {
        const { kubeconfig } = await clusterStatus();
        if (kubeconfig === undefined)
          throw new UserError(
            `the cluster of this machine is not up: ${npmRun("up", file.name.stack)} brings it up`,
          );
        return { kubeconfig };
      },
      prepare: async (log) => {
        await ensureDocker(log);
        const engine = await prepareEngine({ log, officialImages: defaultImages });
        const { kubeconfig } = await ensureCluster(log);
        const images = await baseImages(log);
        return { ...engine, images, env: { ...engine.env, KUBECONFIG: kubeconfig } };
      },
    },
    file,
  );
}
