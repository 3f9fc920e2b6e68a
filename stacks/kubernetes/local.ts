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
import { areOfficial } from "./images";
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
        const { kubeconfig, ready } = await clusterStatus();
        if (!ready)
          throw new UserError(
            `the cluster of this machine does not run: ${npmRun("up", file.name.stack)} brings it up`,
          );
        return { kubeconfig };
      },
      prepare: async (log) => {
        await ensureDocker(log);
        const engine = await prepareEngine({ log, officialImages: defaultImages, plugins: ["kubernetes"] });
        const { kubeconfig } = await ensureCluster(log);
        const env = { ...engine.env, KUBECONFIG: kubeconfig };
        const { images } = engine;
        if (!images || areOfficial(images)) return { ...engine, env };
        // Python's is for builds alone, which are made by Docker.
        return { ...engine, env, images: { ...(await baseImages(log)), python: images.python } };
      },
    },
    file,
  );
}
