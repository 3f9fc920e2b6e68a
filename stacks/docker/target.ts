/** Docker, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { ensureDocker } from "../../scripts/machine";
import type { StackTarget } from "../target";
import { failedContainers, removeImages } from "./containers";
import { expectedParts } from "./expected-parts";
import { removeHalfMade } from "./half-made";
import { logs } from "./logs";
import { dockerStack } from "./program";
import { status } from "./status";

/** Stacks on one machine with Docker. */
export const dockerTarget: StackTarget = {
  program: dockerStack,
  prepare: async (log) => {
    await ensureDocker(log);
    return prepareEngine({ log, officialImages: defaultImages });
  },
  explainFailures: ({ project, stack }) => failedContainers(project, stack, 20),
  removeHalfMade,
  cleanUp: ({ project, stack }) => removeImages(project, stack),
  status,
  expectedParts,
  logs,
};
