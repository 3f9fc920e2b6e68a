import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../spec/errors";

/**
 * Say what is likely to be a mistake, or soon will be one, at every `preview` and `up`; the deployment goes on.
 *
 * @param warnings where it is in the spec, and what it is
 * @param resource the component whose spec it is
 */
export function logWarnings(warnings: readonly Fault[], resource: pulumi.Resource): void {
  for (const { path, message } of warnings) void pulumi.log.warn(`${path}: ${message}`, resource);
}
