/** The cluster that tests of the commands use. */
import { ensureCluster } from "../../offline/cluster";

/** How it is used. */
export interface TestCluster {
  kubeconfig: string;
  registry: string;
  nodeAddress: string;
}

/**
 * The cluster of this machine, which is made if need be, or the one that `TEST_KUBECONFIG` names: then `TEST_REGISTRY` is a registry
 * that this machine pushes to and that cluster pulls from, and `TEST_NODE` the address of its node ports.
 */
export async function testCluster(): Promise<TestCluster> {
  const {
    TEST_KUBECONFIG: kubeconfig,
    TEST_REGISTRY: registry = "localhost:5051",
    TEST_NODE: nodeAddress = "10.251.0.2",
  } = process.env;
  if (kubeconfig !== undefined) return { kubeconfig, registry, nodeAddress };
  return ensureCluster((line) => process.stderr.write(`${line}\n`));
}
