/** What `pulumi up` runs (`main` in Pulumi.yaml); `npm run up` runs the same program through `cli.ts`. */
import * as pulumi from "@pulumi/pulumi";
import type { AwsOutputs } from "./aws/program";
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
  switch (target) {
    case "docker":
      return (require("./docker/program") as typeof import("./docker/program")).dockerStack();
    case "aws":
      return (require("./aws/program") as typeof import("./aws/program")).awsStack();
    default:
      return (require("./kubernetes/program") as typeof import("./kubernetes/program")).kubernetesStack();
  }
}
/* eslint-enable @typescript-eslint/no-require-imports */

const outputs: SiteOutputs & Partial<AwsOutputs> = program();
export const { url, apps, caCertificate, passwords } = outputs;
/** On AWS alone; what is undefined is no output. */
export const { loadBalancer, taskRoles, signInDomain, userPoolId, programs } = outputs;
