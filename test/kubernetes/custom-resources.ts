/** The custom resources of others, as their own projects define them: the API server then checks what a site has of them as it does elsewhere. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ApiextensionsV1Api,
  type KubeConfig,
  type V1CustomResourceDefinition,
} from "@kubernetes/client-node";
import { load } from "js-yaml";
import { exec } from "../../scripts/exec";

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

/** Define custom resources in a cluster, anew if need be, and wait until the API server serves them. */
export async function define(config: KubeConfig, definitions: Definitions): Promise<void> {
  const api = config.makeApiClient(ApiextensionsV1Api);
  await undefine(config, definitions);
  for (const body of await read(definitions)) {
    await api.createCustomResourceDefinition({ body });
    const name = nameOf(body);
    const isServed = async (): Promise<boolean> =>
      (await api.readCustomResourceDefinition({ name })).status?.conditions?.some(
        ({ type, status }) => type === "Established" && status === "True",
      ) === true;
    while (!(await isServed())) await delay(100);
  }
}

/** Remove the definitions of custom resources, and all such resources with them. */
export async function undefine(config: KubeConfig, definitions: Definitions): Promise<void> {
  const api = config.makeApiClient(ApiextensionsV1Api);
  for (const body of await read(definitions)) {
    const name = nameOf(body);
    const isGone = (): Promise<boolean> =>
      api.readCustomResourceDefinition({ name }).then(
        () => false,
        () => true,
      );
    await api.deleteCustomResourceDefinition({ name }).catch(() => undefined);
    while (!(await isGone())) await delay(100);
  }
}

async function read({ module, folder }: Definitions): Promise<V1CustomResourceDefinition[]> {
  const { stdout } = await exec("go", ["mod", "download", "-json", module], {
    cwd: path.join(__dirname, "crds"),
    seconds: 600,
  });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const files = fs.readdirSync(path.join(Dir, folder)).filter((name) => name.endsWith(".yaml"));
  return files.map(
    (name) => load(fs.readFileSync(path.join(Dir, folder, name), "utf8")) as V1CustomResourceDefinition,
  );
}

const nameOf = ({ metadata }: V1CustomResourceDefinition): string => metadata?.name ?? "";
