/** Contract 10 on Kubernetes: the shared tests. */
import { ReplicatedSite, rolledReplicas, stickyReplicas } from "../gateway/replicas";
import { KubernetesTarget } from "./target";

jest.setTimeout(180_000);

describe("replicas", () => {
  const site = new ReplicatedSite(new KubernetesTarget("contract-kubernetes-replicas"));
  beforeAll(() => site.up());
  afterAll(() => site.down());
  stickyReplicas(site);
  describe("that change", () => {
    rolledReplicas(site);
  });
});
