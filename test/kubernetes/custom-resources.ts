/** The custom resources of others, as their own projects define them: the API server then checks what a site has of them as it does elsewhere. */
import * as path from "node:path";
import { exec } from "../../scripts/exec";
import { ensureTestCluster } from "./cluster";

/** Where the definitions are: a Go module, which `crds/go.mod` pins, and a folder in it. */
export interface Definitions {
  module: string;
  folder: string;
}

/** The definitions of cert-manager. Its programs are Go modules of their own, which are not to be had everywhere. */
export const certManager: Definitions = {
  module: "github.com/cert-manager/cert-manager",
  folder: "deploy/crds",
};

/** The definitions of Gateway API, of its standard channel. */
export const gatewayApi: Definitions = { module: "sigs.k8s.io/gateway-api", folder: "config/crd/standard" };

/** Define custom resources in the cluster of the tests, anew if need be, and wait until the API server serves them. */
export async function define(definitions: Definitions): Promise<void> {
  await undefine(definitions);
  const folder = await folderOf(definitions);
  await kubectl("create", "-f", folder);
  await kubectl("wait", "--for=condition=Established", "-f", folder, "--timeout=60s");
}

/** Remove the definitions of custom resources, and all such resources with them. */
export async function undefine(definitions: Definitions): Promise<void> {
  await kubectl("delete", "-f", await folderOf(definitions), "--ignore-not-found", "--wait");
}

async function kubectl(...args: string[]): Promise<void> {
  const { kubectl, kubeconfig } = await ensureTestCluster();
  await exec(kubectl, args, { env: { KUBECONFIG: kubeconfig }, seconds: 120 });
}

async function folderOf({ module, folder }: Definitions): Promise<string> {
  const pinned = { cwd: path.join(__dirname, "crds"), seconds: 600 };
  const { stdout } = await exec("go", ["mod", "download", "-json", module], pinned);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return path.join(Dir, folder);
}
