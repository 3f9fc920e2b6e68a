/** Docker, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { ensureDocker } from "../../scripts/machine";
import type { StackTarget } from "../target";
import { failedContainers } from "./containers";
import { expectedParts } from "./expected-parts";
import { removeHalfMade } from "./half-made";
import { oldBuilds } from "./images";
import { interruption } from "./interruptions";
import { leftovers, removeLeftovers } from "./leftovers";
import { logs } from "./logs";
import { partOf } from "./parts";
import { explainPort } from "./ports";
import { dockerStack } from "./program";
import { status } from "./status";
import { keptVolumes, removeVolumes } from "./volumes";

/** Stacks on one machine with Docker. */
export const dockerTarget: StackTarget = {
  program: dockerStack,
  prepare: async (log) => {
    await ensureDocker(log);
    return prepareEngine({ log, officialImages: defaultImages });
  },
  partOf,
  interruption,
  failures: ({ project, stack }, only) => failedContainers(project, stack, 20, only),
  explainFault: explainPort,
  removeHalfMade: (_name, pending) => removeHalfMade(pending),
  leftovers,
  removeLeftovers,
  oldBuilds,
  status,
  expectedParts,
  logs,
  keptVolumes: ({ project, stack }) => keptVolumes(project, stack),
  removeVolumes: ({ project, stack }) => removeVolumes(project, stack),
};
