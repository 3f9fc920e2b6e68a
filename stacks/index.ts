/** What `pulumi up` runs (`main` in Pulumi.yaml); `npm run up` runs the same program through `cli.ts`. */
import * as pulumi from "@pulumi/pulumi";
import type { SiteOutputs } from "./target";
import { isTargetName, targetNames } from "./target-names";

/**
 * The program of the stack's target, loaded when it is known, so that no program loads the SDK of another one. By `require`, which is all
 * that the loader of TypeScript in Pulumi.yaml knows; `import()` would find no file.
 */
/* eslint-disable @typescript-eslint/no-require-imports */
function program(): SiteOutputs {
  const target = new pulumi.Config().get("target") ?? "docker";
  if (!isTargetName(target))
    throw new pulumi.RunError(`target is ${JSON.stringify(target)}; it may be ${targetNames.join(", ")}`);
  return target === "docker"
    ? (require("./docker/program") as typeof import("./docker/program")).dockerStack()
    : (require("./kubernetes/program") as typeof import("./kubernetes/program")).kubernetesStack();
}
/* eslint-enable @typescript-eslint/no-require-imports */

export const { url, apps, caCertificate, passwords } = program();
