/** `npm run down`. */
import type { Command } from "commander";
import { listLeftovers } from "../lost-state";
import { npmRun } from "../site-status";
import type { KeptVolume } from "../target";
import { openTarget } from "../targets";
import { UserError } from "../user-error";
import { hasStackFile, projectName, removeStack } from "../workspace";
import { operate } from "./operation";
import { exclusively, isEmpty, prepare, stackCommand, type StackOptions } from "./prepare";
import { askYesOrNo, log } from "./terminal";

interface Options extends StackOptions {
  leftovers?: boolean;
  volumes?: boolean;
  yes?: boolean;
}

/** Add the command. */
export function addDown(program: Command): void {
  stackCommand(
    program,
    "down",
    "remove the site and everything that up made for it, but the volumes of its apps",
  )
    .option("--leftovers", "find what is there of a stack whose state was lost, show it and remove it")
    .option("--volumes", "remove these as well, with all that the apps kept there")
    .option("--yes", "with --leftovers: do not ask before it is removed")
    .action((options: Options) =>
      exclusively(options, () => (options.leftovers ? removeLeftovers(options) : down(options))),
    );
}

async function down(options: Options): Promise<void> {
  const opened = await prepare(options);
  const { stack, name, target } = opened;
  const removeBuilds = await target.oldBuilds(name);
  await operate(opened, (listening) =>
    stack.destroy({ ...listening, suppressOutputs: true, continueOnError: true }),
  );
  await removeBuilds();
  const volumes = options.volumes ? await target.removeVolumes(name) : await target.keptVolumes(name);
  const encrypted = await removeStack(stack);
  log(removed(volumes, options));
  if (encrypted.length > 0)
    log(`.state/passphrase is kept: it opens what is encrypted in ${encrypted.join(", ")}.`);
}

function removed(volumes: readonly KeptVolume[], { stack, volumes: all }: Options): string {
  const listed = volumes.map(({ volume, name }) => `\n  ${volume}: ${name}`).join("");
  if (volumes.length === 0) return "All of it is removed, the stack's state as well.";
  if (all) return `All of it is removed, the stack's state as well, and the volumes of its apps:${listed}`;
  return (
    "All of it is removed, the stack's state as well, but the volumes of its apps, which a later up finds again:" +
    `${listed}\nTo remove these, too: ${npmRun("down", stack, "--volumes")}`
  );
}

/** What the labels show is removed without the engine, which knows nothing of it. */
async function removeLeftovers(options: Options): Promise<void> {
  const target = await openTarget(options.stack);
  if (target.leftoversStay !== undefined) throw new UserError(target.leftoversStay);
  if (hasStackFile(options.stack) && !isEmpty((await prepare(options)).state))
    throw new UserError(
      `the state of stack ${options.stack} is there: npm run down -- --stack ${options.stack} removes what it knows of. ` +
        "--leftovers is for what is there when it has gone",
    );
  const found = await target.leftovers(
    { project: projectName(), stack: options.stack },
    options.volumes ?? false,
  );
  if (found.length === 0) {
    log(`nothing is there of stack ${options.stack}`);
    return;
  }
  for (const line of listLeftovers(found)) log(line);
  const agreed = options.yes === true || (await askYesOrNo("Remove all of it?"));
  if (agreed === undefined) throw new UserError("nobody can be asked whether to remove it: add --yes");
  if (!agreed) throw new UserError("nothing was removed");
  if (!(await target.removeLeftovers(found, log)))
    throw new UserError("some of it could not be removed, for the reasons above");
  log("All of it is removed.");
}
