/** What a benchmark of sites on several targets begins and ends with. */
import { defaultImages } from "../../components/spec/defaults";
import { prepareEngine } from "../../offline";
import { removeCluster } from "../../offline/cluster";
import { ensureDocker } from "../../scripts/machine";
import { ensureTestCluster, testLayout } from "../kubernetes/cluster";
import { removeAllLeftovers } from "../leftovers";

/** Tells how it goes on. */
export const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Run a benchmark on the targets that the command line names, or on all; the cluster is removed then. What goes wrong is one line.
 *
 * @param all by their names
 * @param measure with the names of those that are wanted; returns what is printed in the end
 */
export function onTargets<Target>(
  all: Record<string, () => Target>,
  measure: (wanted: { name: string; target: () => Target }[]) => Promise<string>,
): void {
  main(process.argv.slice(2), all, measure).catch((error: unknown) => {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}

async function main<Target>(
  names: string[],
  all: Record<string, () => Target>,
  measure: (wanted: { name: string; target: () => Target }[]) => Promise<string>,
): Promise<void> {
  const unknown = names.filter((name) => !(name in all));
  if (unknown.length > 0) {
    log(`no such target: ${unknown.join(", ")}; the targets are ${Object.keys(all).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const wanted = Object.entries(all)
    .map(([name, target]) => ({ name, target }))
    .filter(({ name }) => names.length === 0 || names.includes(name));
  await ensureDocker(log);
  log((await prepareEngine({ log, officialImages: defaultImages })).summary);
  await removeAllLeftovers();
  const onCluster = wanted.some(({ name }) => name === "kubernetes");
  try {
    if (onCluster) await ensureTestCluster(log);
    process.stdout.write(`${await measure(wanted)}\n`);
  } finally {
    if (onCluster) await removeCluster(log, testLayout);
  }
}
