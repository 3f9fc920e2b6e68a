/** The cluster that tests use: not the one of `kubernetes-local`, in which somebody may have a site. */
import { type Cluster, ensureCluster } from "../../offline/cluster";
import { clusterLayout } from "../../offline/cluster/layout";
import { exec } from "../../scripts/exec";

/** Where it is. */
export const testLayout = clusterLayout(1);

/** How it is used: what tests of the commands need to know of a cluster. */
export type TestCluster = Pick<Cluster, "kubeconfig" | "kubectl" | "registry" | "nodeAddress">;

/**
 * The cluster of the tests, which is made if need be, or the one that `TEST_KUBECONFIG` names: then `TEST_REGISTRY` is a registry
 * that this machine pushes to and that cluster pulls from, `TEST_NODE` the address of its node ports, and `kubectl` is on the path.
 */
export async function testCluster(): Promise<TestCluster> {
  const {
    TEST_KUBECONFIG: kubeconfig,
    TEST_REGISTRY: registry = "localhost:5052",
    TEST_NODE: nodeAddress = "10.251.1.2",
  } = process.env;
  if (kubeconfig !== undefined) return { kubeconfig, kubectl: "kubectl", registry, nodeAddress };
  return ensureTestCluster();
}

/** Remove the namespaces of tests whose run was killed: their sites keep the ports that the next run needs. */
export async function removeTestNamespaces({ kubectl, kubeconfig }: TestCluster): Promise<void> {
  await exec(kubectl, ["delete", "namespaces", "--selector", "streamlit.project", "--wait"], {
    env: { KUBECONFIG: kubeconfig },
    seconds: 600,
  });
}

/** The cluster of the tests, which is made if need be. */
export function ensureTestCluster(
  log = (line: string): unknown => process.stderr.write(`${line}\n`),
): Promise<Cluster> {
  return ensureCluster(log, testLayout);
}
