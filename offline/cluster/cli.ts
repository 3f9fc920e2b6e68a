/** `npm run cluster -- up | down | status`: a Kubernetes cluster of one node on this machine. */
import "../../scripts/lazy-modules";
import { Command } from "commander";
import { clusterStatus, ensureCluster, removeCluster } from ".";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<void> {
  const program = new Command("npm run cluster --")
    .description(
      "A Kubernetes cluster of one node on this machine, made from package registries, in a network of its own.",
    )
    .addHelpText("after", "\nExamples:\n  npm run cluster -- up\n  npm run cluster -- status --json");
  program
    .command("up")
    .description("Bring it up, and build its programs if need be; start what of it does not run.")
    .action(async () => {
      const cluster = await ensureCluster(log);
      process.stdout.write(
        [
          `The cluster is up. Its registry is ${cluster.registry}, its node ports are at ${cluster.nodeAddress}.`,
          `export KUBECONFIG=${cluster.kubeconfig}`,
          `${cluster.kubectl} get pods --all-namespaces`,
          "",
        ].join("\n"),
      );
    });
  program
    .command("down")
    .description("Remove it with everything in it. The programs that were built are kept.")
    .action(async () => {
      const was = await removeCluster(log);
      process.stdout.write(was ? "The cluster is gone.\n" : "There was no cluster.\n");
    });
  program
    .command("status")
    .description("Say what of it runs. The exit code is 1 when it is not ready.")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const status = await clusterStatus();
      const lines = Object.entries(status.daemons).map(
        ([name, runs]) => `${name}: ${runs ? "runs" : "does not run"}`,
      );
      const text = [...lines, status.ready ? "The node is ready." : "The cluster is not ready."].join("\n");
      process.stdout.write(`${json ? JSON.stringify(status, undefined, 2) : text}\n`);
      if (!status.ready) process.exitCode = 1;
    });
  try {
    await program.parseAsync();
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

void main();
