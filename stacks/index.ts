/** What `pulumi up` runs (`main` in Pulumi.yaml); `npm run up` runs the same program through `cli.ts`. */
import * as pulumi from "@pulumi/pulumi";
import type { SiteOutputs } from "./target";
import { isTargetName, targetNames } from "./target-names";

/** The program of the stack's target, loaded when it is known, so that no program loads the SDK of another one. */
async function program(): Promise<SiteOutputs> {
  const target = new pulumi.Config().get("target") ?? "docker";
  if (!isTargetName(target))
    throw new pulumi.RunError(`target is ${JSON.stringify(target)}; it may be ${targetNames.join(", ")}`);
  return target === "docker"
    ? (await import("./docker/program")).dockerStack()
    : (await import("./kubernetes/program")).kubernetesStack();
}

const outputs = program();

// One by one: what is secret in one of them makes no other one secret.
export const url = pulumi.output(outputs.then((site) => site.url));
export const apps = pulumi.output(outputs.then((site) => site.apps));
export const caCertificate = pulumi.output(outputs.then((site) => site.caCertificate));
export const passwords = pulumi.output(outputs.then((site) => site.passwords));
