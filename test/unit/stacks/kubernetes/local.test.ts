/** The cluster of this machine, as the commands use it. */
import "./local-mocks";

import { defaultImages } from "../../../../components/spec/defaults";
import * as offline from "../../../../offline";
import * as cluster from "../../../../offline/cluster";
import * as images from "../../../../offline/cluster/images";
import * as machine from "../../../../scripts/machine";
import { localTarget } from "../../../../stacks/kubernetes/local";

const name = { project: "shop", stack: "mine" };
const target = localTarget({ file: "stacks/Pulumi.mine.yaml", name, spec: {}, config: {} });
const made = {
  nginx: "made/nginx:1",
  oauth2Proxy: "made/proxy:1",
  redis: "made/redis:1",
  python: "made/python:1",
};
const pushed = { nginx: "r/nginx@1", oauth2Proxy: "r/proxy@1", redis: "r/redis@1", python: "r/python@1" };
const engine = (own: typeof made): offline.Engine => ({
  ...{ pulumiHome: "", cli: "", cliRoot: "", env: { PATH: "/bin" }, summary: "" },
  images: own,
});

beforeEach(() => {
  jest.clearAllMocks();
  jest.mocked(machine.ensureDocker).mockResolvedValue(undefined);
  jest.mocked(cluster.ensureCluster).mockResolvedValue({ kubeconfig: "/admin" } as cluster.Cluster);
  jest.mocked(images.baseImages).mockResolvedValue(pushed);
});

test("is brought up, and its kubeconfig and registry are what the engine works with", async () => {
  jest.mocked(offline.prepareEngine).mockResolvedValue(engine(made));
  const prepared = await target.prepare(() => undefined);
  expect(prepared.env).toEqual({ PATH: "/bin", KUBECONFIG: "/admin" });
  // Docker itself builds from Python's.
  expect(prepared.images).toEqual({ ...pushed, python: "made/python:1" });
});

test("pulls the official images itself where they can be had", async () => {
  jest.mocked(offline.prepareEngine).mockResolvedValue(engine(defaultImages));
  expect((await target.prepare(() => undefined)).images).toEqual(defaultImages);
  expect(images.baseImages).not.toHaveBeenCalled();
});

test("is not brought up by a command that only looks, which says so", async () => {
  jest.mocked(cluster.clusterStatus).mockResolvedValue({ daemons: {}, ready: false, kubeconfig: "/admin" });
  await expect(target.status(name)).rejects.toThrow(
    "the cluster of this machine does not run: npm run up -- --stack mine brings it up",
  );
  expect(cluster.ensureCluster).not.toHaveBeenCalled();
});
