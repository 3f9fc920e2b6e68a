/** Docker, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { ensureDocker } from "../../scripts/machine";
import type { StackTarget } from "../target";
import { failedContainers, removeImages } from "./containers";
import { removeHalfMade } from "./half-made";
import { partOf } from "./parts";
import { explainPort } from "./ports";
import { dockerStack } from "./program";

/** Stacks on one machine with Docker. */
export const dockerTarget: StackTarget = {
  program: dockerStack,
  prepare: async (log) => {
    await ensureDocker(log);
    return prepareEngine({ log, officialImages: defaultImages });
  },
  partOf,
  failures: ({ project, stack }, only) => failedContainers(project, stack, 20, only),
  explainFault: explainPort,
  removeHalfMade,
  cleanUp: ({ project, stack }) => removeImages(project, stack),
};
