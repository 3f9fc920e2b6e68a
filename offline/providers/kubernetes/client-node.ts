/** What is used of `@kubernetes/client-node`, loaded from one file. */
import type * as Client from "@kubernetes/client-node";

import { fromOneFile } from "../../../scripts/one-file";

type Used = "KubeConfig" | "makeInformer";

let loaded: Pick<typeof Client, Used> | undefined;

/** Loads it on first use. */
export function clientNode(): Pick<typeof Client, Used> {
  return (loaded ??= fromOneFile<typeof Client, Used>("@kubernetes/client-node", [
    "KubeConfig",
    "makeInformer",
  ]));
}
