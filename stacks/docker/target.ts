/** Docker, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { ensureDocker } from "../../scripts/machine";
import type { StackTarget } from "../target";
import { failedContainers, removeImages } from "./containers";
import { removeHalfMade } from "./half-made";
import { dockerStack } from "./program";
import { keptVolumes, removeVolumes } from "./volumes";

/** Stacks on one machine with Docker. */
export const dockerTarget: StackTarget = {
  program: dockerStack,
  prepare: async (log) => {
    await ensureDocker(log);
    return prepareEngine({ log, officialImages: defaultImages });
  },
  explainFailures: ({ project, stack }) => failedContainers(project, stack, 20),
  removeHalfMade,
  keptVolumes: ({ project, stack }) => keptVolumes(project, stack),
  removeVolumes: ({ project, stack }) => removeVolumes(project, stack),
  cleanUp: ({ project, stack }) => removeImages(project, stack),
};
