/** AWS, as the commands need to know it. */
import { defaultImages } from "../../components/spec/defaults";
import { type Engine, prepareEngine } from "../../offline";
import { npmVersion } from "../../offline/engine/build";
import { ensureDocker } from "../../scripts/machine";
import { fieldOf, type StackFile } from "../stack-file";
import type { Log, StackTarget } from "../target";
import { UserError } from "../user-error";
import { AwsClient } from "./client";
import { expectedParts } from "./expected-parts";
import { failures } from "./failures";
import { explainFault } from "./faults";
import { tellHalfMade } from "./half-made";
import { interruption } from "./interruptions";
import { logs } from "./logs";
import { partOf } from "./parts";
import { ensurePlugin } from "./plugin";
import { awsStack } from "./program";
import { awsSettings } from "./settings";
import { targetStatus } from "./status";
import { rollbacks } from "./troubles";

/**
 * Stacks in an account of AWS.
 *
 * @param file the stack's file: it may say which region and profile
 */
export function awsTarget(file: StackFile): StackTarget {
  let opened: AwsClient | undefined;
  const client = (): AwsClient => (opened ??= new AwsClient(awsSettings(file)));
  return {
    updatesInPlace: true,
    leftoversStay:
      "on AWS nothing is removed without its state, since most of what a site is made of cannot be told from what somebody else made. " +
      "The Resource Groups Tag Editor in the console lists what is there, by the tags streamlit.project and streamlit.stack",
    program: awsStack,
    prepare: (log) => prepare(client(), file, log),
    partOf,
    interruption,
    explainFault: (name, message) => Promise.resolve(explainFault(name, message)),
    expectedParts,
    failures: (name, only) => failures(client(), name, only),
    status: async (name) => {
      await client().greet();
      return targetStatus(await client().observe(name));
    },
    logs: (name, request, write, signal) => logs(client(), name, request, write, signal),
    leftovers: async (name) =>
      (await client().observe(name)).services.map(({ service: { serviceName = "" } }) => ({
        kind: "ECS service",
        name: serviceName,
      })),
    removeLeftovers: () => Promise.resolve(false),
    removeHalfMade: (name, pending, log) => {
      tellHalfMade(name, pending, log);
      return Promise.resolve();
    },
    // Old images go by the rule of their repository.
    oldBuilds: () => Promise.resolve(() => Promise.resolve()),
    afterUp: async (name, since) => {
      const back = rollbacks((await client().observe(name)).services, since);
      if (back.length === 0) return;
      throw new UserError(
        `ECS has gone back to the version before, because the new one did not come up: ${back.map((app) => `app ${app}`).join(", ")}. ` +
          `npm run logs -- ${back[0] ?? ""} --stack ${name.stack} has why; the next up tries again once something is changed`,
      );
    },
    // An app on AWS has no volumes.
    keptVolumes: () => Promise.resolve([]),
    removeVolumes: () => Promise.resolve([]),
  };
}

async function prepare(client: AwsClient, { spec }: StackFile, log: Log): Promise<Engine> {
  await client.greet();
  const sources = Object.values(fieldOf(spec, "apps") ?? {}).some(
    (app) => fieldOf(app, "source") !== undefined,
  );
  // Before anything is built: without it nothing of that is of use.
  const engine = await prepareEngine({ log });
  await ensurePlugin(engine, npmVersion("@pulumi/aws"), log);
  if (!sources) return engine;
  await ensureDocker(log);
  return prepareEngine({ log, officialImages: defaultImages });
}
